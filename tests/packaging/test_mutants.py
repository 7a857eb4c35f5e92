"""A good package spoiled in every part; the verifier must name the right rule each time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.pdf import check_pdf
from tests.packaging.mutants_content import CONTENT_MUTANTS, edit_pdf
from tests.packaging.mutants_structure import STRUCTURE_MUTANTS

if TYPE_CHECKING:
    from tests.packaging.bags import Bag
    from tests.packaging.conftest import Sealed

MUTANTS = {**STRUCTURE_MUTANTS, **CONTENT_MUTANTS}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_refused_by_its_rule(name: str, bag: Bag) -> None:
    """Every mutant fails, and the rule that must catch it is named."""
    code, mutate = MUTANTS[name]
    mutate(bag)
    (report,) = verify_path(bag.folder)
    assert code in {finding.code for finding in report.findings}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


def test_the_unspoiled_copy_passes(bag: Bag) -> None:
    """The starting point of every mutant is good, and relinking changes no byte of it."""
    before = {path: path.read_bytes() for path in bag.folder.rglob("*") if path.is_file()}
    bag.relink()
    changed = [path for path, data in before.items() if path.read_bytes() != data]
    assert [path.name for path in changed] in ([], ["tagmanifest-sha256.txt"])
    (report,) = verify_path(bag.folder, deep=True)
    assert (report.findings, report.not_checked) == ((), ())


def test_a_master_that_decodes_badly_is_found_when_deep(bag: Bag) -> None:
    """Only ``deep`` notices a master that was sealed damaged, and it names it."""
    tiff = bag.first("representations/rep2/data/*.tif")
    data = bag.path(tiff).read_bytes()
    bag.path(tiff).write_bytes(data[: len(data) // 2])
    bag.repremis()
    (shallow,) = verify_path(bag.folder)
    (deep,) = verify_path(bag.folder, deep=True)
    assert shallow.findings == ()
    assert "MASTER-DAMAGED" in {finding.code for finding in deep.findings}


def test_a_pdf_stream_that_decodes_badly_is_found_when_deep(bag: Bag) -> None:
    """Only ``deep`` reads PDF streams whole."""

    def spoil(pdf: pikepdf.Pdf) -> None:
        spoiled = pikepdf.Stream(pdf, b"not deflated")
        spoiled.Filter = pikepdf.Name.FlateDecode
        pdf.pages[0].Resources.XObject.Fm0 = spoiled

    edit_pdf(bag, spoil)
    (deep,) = verify_path(bag.folder, deep=True)
    assert {"PDF-STREAM", "PDF-UNREADABLE"} & {finding.code for finding in deep.findings}


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=20)
)
def test_a_damaged_pdf_never_stops_the_verifier(
    sealed: Sealed, changes: list[tuple[float, int]]
) -> None:
    """Whatever is changed in a PDF, the check ends with findings or none, never with an error."""
    data = bytearray(sealed.facts.pdfs[0].path.read_bytes())
    for position, value in changes:
        data[int(position * len(data))] = value
    findings, pages = check_pdf("x.pdf", io.BytesIO(data), deep=True)
    assert findings or pages == sealed.facts.pdfs[0].page_count
