"""Packages, bags and PDFs that others made: no good one refused, no bad one accepted."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Severity, Verdict
from appliance.domain.rules import RULES, judge
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.bag import PROFILE_CODES, check_bag
from appliance.packaging.verify.folder_contents import read_folder
from appliance.packaging.verify.images import decode_master
from appliance.packaging.verify.pdf import check_pdf

if TYPE_CHECKING:
    from pathlib import Path

RIGHT_CODES = {
    "i01-flip-byte-tiff": "BAG-DIGEST",
    "i03-missing-file": "BAG-MISSING",
    "i04-extra-file": "BAG-EXTRA",
    "i05-truncated": "METS-SIZE",
    "i07-manifest-digest-edited": "BAG-DIGEST",
    "i10-no-bagit-txt": "BAG-NO-DECLARATION",
    "i15-path-dotdot": "BAG-UNSAFE-PATH",
    "i18-dup-different": "BAG-TWICE",
    "i40-mets-orphan-file": "METS-ORPHAN",
    "i44-no-objid": "METS-PROFILE",
}


def _unpacked(corpus: Path, name: str, tmp_path: Path) -> Path:
    with tarfile.open(corpus / "packages" / f"{name}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / name


@pytest.mark.parametrize("name", ["v01-ok", "v02-crlf"])
def test_a_good_package_of_another_writer_passes(name: str, corpus: Path, tmp_path: Path) -> None:
    """Packages that another program wrote to the circular are accepted, decoded whole."""
    (report,) = verify_path(_unpacked(corpus, name, tmp_path), deep=True)
    assert report.findings == ()
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS


@pytest.mark.parametrize("name", RIGHT_CODES)
def test_a_bad_package_of_another_writer_fails(name: str, corpus: Path, tmp_path: Path) -> None:
    """Each damaged package is refused under the rule that its name tells."""
    (report,) = verify_path(_unpacked(corpus, name, tmp_path))
    assert RIGHT_CODES[name] in {finding.code for finding in report.findings}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


def _original(folder: Path) -> Path:
    """The suite's own bag: in this copy some of them lie inside a bag made later by ``bdbag``."""
    information = folder / "bag-info.txt"
    is_wrapped = information.exists() and b"BDBag" in information.read_bytes()
    return folder / "data" if is_wrapped else folder


def _bag_errors(folder: Path) -> set[str]:
    """Codes of errors that RFC 8493 knows; what only our profile asks is left out."""
    contents = read_folder(_original(folder))
    findings = [*contents.findings, *check_bag(contents)]
    codes = {one.code for one in findings if RULES[one.code].severity is Severity.ERROR}
    return codes - PROFILE_CODES


SUITE_EXCEPTIONS = {
    # In this copy of the suite the bag has only one manifest, so there is nothing to find.
    "notAllManifestsListAllFiles",
    # They name what is to be fetched: we refuse every fetch.txt (BAG-FETCH), a profile rule.
    "holey-bag",
    "out-of-scope-file-paths-using-dot-notation-for-fetch",
    "out-of-scope-file-paths-using-absolute-path-for-fetch",
    "out-of-scope-file-paths-using-shortcut-for-fetch",
    "out-of-scope-file-paths-using-shortcut-username-for-fetch",
}


@pytest.mark.parametrize("kind", ["valid", "invalid", "linux-only"])
def test_the_bagit_conformance_suite(kind: str, corpus: Path) -> None:
    """Every bag of the Library of Congress suite is judged as the suite says."""
    bags = sorted((corpus / "bagit-conformance-suite").glob(f"v*/{kind}/*"))
    judged = [bag for bag in bags if bag.name not in SUITE_EXCEPTIONS]
    assert len(judged) >= 3
    accepted = {f"{bag.parts[-3]}/{bag.name}" for bag in judged if not _bag_errors(bag)}
    everything = {f"{bag.parts[-3]}/{bag.name}" for bag in judged}
    assert accepted == (everything if kind == "valid" else set())


def test_pdfs_are_judged_as_a_pdfa_validator_does(corpus: Path) -> None:
    """Small PDFs whose names tell the verdict of a PDF/A validator get the same from us."""
    for path in sorted((corpus / "pdfa-own").glob("*.pdf")):
        with path.open("rb") as stream:
            findings, pages = check_pdf(path.name, stream, deep=True)
        assert bool(findings) == path.name.startswith("fail-"), path.name
        assert pages or path.name.startswith("fail-")


def test_bombs_are_refused_undecoded(corpus: Path) -> None:
    """Images that would fill the memory are refused from their header."""
    bombs = sorted((corpus / "bad-images" / "derived").glob("bomb-*"))
    assert bombs
    for path in bombs:
        with path.open("rb") as stream:
            findings, frames = decode_master(path.name, stream)
        assert ([one.code for one in findings], frames) == (["MASTER-DAMAGED"], 0)
