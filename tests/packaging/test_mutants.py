"""A good package spoiled in every part; the verifier must name the right rule each time."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.findings import Verdict
from appliance.domain.identifiers import object_folder
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.pdf import check_pdf
from appliance.packaging.write import write_package
from tests.packaging.making import digest_of, make_events, make_facts
from tests.packaging.mutants_content import CONTENT_MUTANTS, edit_pdf
from tests.packaging.mutants_fields import FIELD_MUTANTS
from tests.packaging.mutants_good import GOOD_MUTANTS
from tests.packaging.mutants_late import LATE_MUTANTS
from tests.packaging.mutants_mets import METS_MUTANTS
from tests.packaging.mutants_pdf import PDF_MUTANTS
from tests.packaging.mutants_premis import PREMIS_MUTANTS
from tests.packaging.mutants_structure import STRUCTURE_MUTANTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.bags import Bag
    from tests.packaging.conftest import Sealed

FAMILIES = (
    STRUCTURE_MUTANTS,
    CONTENT_MUTANTS,
    METS_MUTANTS,
    PREMIS_MUTANTS,
    FIELD_MUTANTS,
    PDF_MUTANTS,
    LATE_MUTANTS,
)
MUTANTS = {name: mutant for family in FAMILIES for name, mutant in family.items()}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_refused_by_its_rule(name: str, bag: Bag) -> None:
    """Every mutant fails, and its rule is named: ``CODE``, or ``CODE:`` and a clause or field."""
    code, _, about = MUTANTS[name][0].partition(":")
    MUTANTS[name][1](bag)
    (report,) = verify_path(bag.folder)
    named = [finding for finding in report.findings if finding.code == code]
    assert named, [finding.code for finding in report.findings]
    assert not about or about in {one.values.get("rule", one.values.get("field")) for one in named}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


@pytest.mark.parametrize("name", GOOD_MUTANTS)
def test_what_another_writer_may_do_passes(name: str, bag: Bag) -> None:
    """Forms that cost no proof are read with tolerance: no error is named, nothing left out."""
    GOOD_MUTANTS[name](bag)
    (report,) = verify_path(bag.folder)
    verdict = judge(report.findings, complete=not report.not_checked)
    assert verdict is Verdict.PASS, report.findings


def test_every_part_is_damaged_in_every_way() -> None:
    """No two families share a mutant's name, and there are many more than a hundred and fifty."""
    assert len(MUTANTS) == sum(len(family) for family in FAMILIES)
    assert len(MUTANTS) >= 250


def test_the_unspoiled_copy_passes(bag: Bag) -> None:
    """The starting point of every mutant is good, and relinking changes no byte of it."""
    before = {path: path.read_bytes() for path in bag.folder.rglob("*") if path.is_file()}
    bag.relink()
    changed = [path for path, data in before.items() if path.read_bytes() != data]
    assert [path.name for path in changed] in ([], ["tagmanifest-sha256.txt"])
    (report,) = verify_path(bag.folder, deep=True)
    assert (report.findings, report.not_checked) == ((), ())


def test_a_master_that_decodes_badly_is_found_when_deep(tmp_path: Path) -> None:
    """Only ``deep`` notices a master that was sealed damaged, and it names it."""
    facts = make_facts(tmp_path)
    first, *others = facts.masters
    first.path.write_bytes(first.path.read_bytes()[: first.size_bytes // 2])
    size_bytes = first.path.stat().st_size
    damaged = replace(first, sha256=digest_of(first.path), size_bytes=size_bytes)
    masters = (damaged, *others)
    path = tmp_path / f"{object_folder(facts.objid)}.zip"
    write_package(path, replace(facts, masters=masters, events=make_events(masters)))
    (shallow,) = verify_path(path)
    (deep,) = verify_path(path, deep=True)
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
