"""Packages, bags and PDFs that others made: no good one refused, no bad one accepted."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Severity, Verdict
from appliance.domain.rules import RULES, judge
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.bag import PROFILE_CODES, check_bag
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.images import decode_master
from appliance.packaging.verify.options import unheeded
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
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # none in Python 3.11.2
        archive.extractall(tmp_path)  # noqa: S202 - our own corpus, and filtered where that is known
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
    with folder_members(_original(folder), 1, unheeded) as reading:
        reading.finish()
    contents = reading.contents
    findings = [*contents.findings, *check_bag(contents)]
    codes = {one.code for one in findings if RULES[one.code].severity is Severity.ERROR}
    return codes - PROFILE_CODES


SUITE_SIZES = {"valid": 27, "invalid": 15, "linux-only": 6}
"""Bags of each kind: bagit.py 1.9.0 judges 27, 14 and 6 of them as the suite says."""


@pytest.mark.parametrize("kind", SUITE_SIZES)
def test_the_bagit_conformance_suite(kind: str, corpus: Path) -> None:
    """Every bag of the Library of Congress suite is judged as the suite says."""
    bags = sorted((corpus / "bagit-conformance-suite").glob(f"v*/{kind}/*"))
    everything = {f"{bag.parts[-3]}/{bag.name}" for bag in bags}
    assert len(everything) == SUITE_SIZES[kind]
    accepted = {f"{bag.parts[-3]}/{bag.name}" for bag in bags if not _bag_errors(bag)}
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
