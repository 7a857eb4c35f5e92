"""The packages that are judged do hold what is odd, and our own verifier passes every one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pikepdf

from appliance.domain import codes
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from tests.referees.conftest import DROPPED_PAGES, LONG_PAGES
from tests.referees.odd_register import LETTERS, SPECIAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.referees.subjects import Subject


def _texts(one: Subject, pattern: str, element: str) -> list[str]:
    """The texts of one element in descriptions, one each."""
    found = []
    for path in sorted(one.aip.rglob(pattern)):
        match = re.search(rf"<{element}>([^<]*)</{element}>", path.read_text("utf-8"))
        found.append(match[1] if match else "")
    return found


def test_every_code_and_letter_is_in_one_package(subjects: dict[str, Subject]) -> None:
    """Each type, language, level and state; the longest title, with every letter and sign."""
    one = subjects["everything"]
    asked: Mapping[tuple[str, str], Mapping[str, str]] = {
        ("EAD_doc_*.xml", "typeName"): codes.TYPE_NAME,
        ("EAD_doc_*.xml", "format"): codes.PHYSICAL_STATE,
        ("EAD_doc_*.xml", "confidenceLevel"): codes.CONFIDENCE_LEVEL,
        ("EAD_pic_*.xml", "typePic"): codes.TYPE_PICTURE,
        ("EAD_pic_*.xml", "colour"): codes.COLOUR,
    }
    for (pattern, element), known in asked.items():
        assert set(_texts(one, pattern, element)) >= set(known)
    (languages,) = _texts(one, "EAD.xml", "language")
    assert languages == ", ".join(codes.LANGUAGE)
    ead = (one.aip / "metadata" / "descriptive" / "EAD.xml").read_text("utf-8")
    (title,) = re.findall(r"<title>(.*?)</title>", ead, re.DOTALL)
    assert LETTERS in title
    assert "&lt;a href='x'&gt;&amp;amp;" in title
    assert SPECIAL.split()[-2] in title  # Hán Nôm


def test_every_kind_of_master_is_in_one_package(subjects: dict[str, Subject]) -> None:
    """All forms, a TIFF of many pages, a PDF with JBIG2, a page of A0 at its true size."""
    one = subjects["everything"]
    masters = [path for path in one.content if "/rep2/" in str(path)]
    assert {path.suffix for path in masters} == {".jpg", ".jp2", ".png", ".tif", ".pdf"}
    (scanned,) = (path for path in masters if path.suffix == ".pdf")
    assert b"JBIG2Decode" in scanned.read_bytes()
    pages = sum(len(_sizes(path)) for path in one.pdfs)
    assert pages > len(masters) + 10
    widest = max(max(size) for path in one.pdfs for size in _sizes(path))
    assert abs(widest - 1189 / 25.4 * 72) < 2


def _sizes(pdf: Path) -> list[tuple[float, float]]:
    with pikepdf.open(pdf) as opened:
        boxes = [[float(number) for number in page.mediabox] for page in opened.pages]
        return [(box[2] - box[0], box[3] - box[1]) for box in boxes]


def test_lengths_versions_and_forms_are_what_they_are_called(subjects: dict[str, Subject]) -> None:
    """2,000 masters, three volumes, one page, a second version that names the first, two forms."""
    assert len(subjects["long"].content) == LONG_PAGES + len(subjects["long"].pdfs)
    if DROPPED_PAGES:
        masters = [path for path in subjects["dropped"].content if path.suffix == ".jpg"]
        assert len(masters) == DROPPED_PAGES
        read = [one for one in subjects.values() if one.name.startswith("H11.")]
        assert len(read) == 6
        assert all(b"/ToUnicode" in path.read_bytes() for one in read for path in one.pdfs)
    assert len(subjects["volumes"].pdfs) == 3
    assert [len(_sizes(path)) for path in subjects["least"].pdfs] == [1]
    first, second = subjects["version-1"], subjects["version-2"]
    objid = first.bag.name.replace("_", ":")
    assert f"Package-Predecessor: {objid}" in (second.bag / "bag-info.txt").read_text("utf-8")
    assert b"/ByteRange" in subjects["signed"].pdfs[0].read_bytes()
    for name in ("aip_hoso", "sip_hoso"):
        assert len(subjects[name].pdfs) == len(subjects["everything"].pdfs)
        assert not (subjects[name].aip / "representations" / "rep2").exists()


def test_our_own_verifier_passes_every_one(subjects: dict[str, Subject]) -> None:
    """Packed and unpacked."""
    for one in subjects.values():
        for path in (one.package, one.bag):
            (report,) = verify_path(path)
            verdict = judge(report.findings, complete=not report.not_checked)
            assert verdict is Verdict.PASS, (one.name, report)
