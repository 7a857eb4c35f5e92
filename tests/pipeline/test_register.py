"""The register comes in whole or not at all, and nothing secret is repeated."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import register
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.records import Approval
from appliance.domain.rules import sentence, todo
from appliance.domain.states import ListState
from appliance.pipeline.register import approve, import_workbook
from appliance.spreadsheet.reading import read_workbook
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from appliance.spreadsheet.writing import write_workbook
from tests.pipeline.making import FONDS_ROW, LIST_CODE, list_row, unit_row, workbook_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench

HIDDEN_TITLE = "Phương án tác chiến mật"


def refused(bench: Bench, workbook: Workbook) -> tuple[Finding, ...]:
    """The findings of an import that must be refused."""
    with pytest.raises(RuleError) as caught:
        import_workbook(bench.catalogue, workbook)
    assert all(sentence(finding) and todo(finding) for finding in caught.value.findings)
    return caught.value.findings


def document_row(file_code: str = "HS-01", ordinal: int = 1, **changes: str) -> WorkbookRow:
    """A row of the sheet of documents."""
    values = {
        "first_page": "1",
        "last_page": "1",
        "arcFileCode": file_code,
        "mode": "01",
        "language": "01",
        "numberOfPage": "1",
        "docCode": f"{file_code}.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typeName": "06",
        "issuedDate": "05/03/1983",
        "organName": "UBND tỉnh Thuận Hải",
        "subject": "Về việc tưới tiêu vụ mùa",
    }
    return WorkbookRow({**values, **changes}, "Tài liệu", 2 + ordinal)


def with_documents(*rows: WorkbookRow) -> Workbook:
    """A register of one hồ sơ with these documents."""
    return replace(workbook_of({"HS-01": 1}), documents=rows)


def test_a_workbook_on_disk_comes_in_whole(bench: Bench, tmp_path: Path) -> None:
    """What an archivist saved as .xlsx is in the catalogue, documents and list included."""
    path = tmp_path / "register.xlsx"
    write_workbook(path, with_documents(document_row()))
    imported = import_workbook(bench.catalogue, read_workbook(path))
    assert (imported.fonds, imported.file_units, imported.lists) == (1, 1, 1)
    unit = bench.unit("HS-01")
    assert (unit.number_of_page, unit.state) == (1, "registered")
    with bench.catalogue.read() as session:
        (document,) = register.documents_of(session, unit.id or 0)
    assert document.fields["subject"] == "Về việc tưới tiêu vụ mùa"
    assert len(bench.events("registration")) == 1


def test_one_bad_row_refuses_everything(bench: Bench) -> None:
    """Of two hồ sơ one has a wrong date: neither enters, and the cell is named."""
    bad = unit_row("HS-02", 1, 4, startDate="31/02/1983")
    findings = refused(bench, Workbook((FONDS_ROW,), (), (unit_row("HS-01", 1), bad)))
    assert [(finding.code, finding.where) for finding in findings] == [
        ("FIELD-NOT-DATE", "Hồ sơ!4")
    ]
    with bench.catalogue.read() as session:
        assert register.file_unit_row(session, "HS-01") is None
        assert register.fonds_of(session, "TH") is None
    assert bench.events("registration") == []


def _units(*rows: WorkbookRow) -> Workbook:
    return Workbook(fonds=(FONDS_ROW,), file_units=rows)


_INVENTORY = WorkbookRow({"fonds_code": "XX", "number": "01"}, "Mục lục", 3)


@pytest.mark.parametrize(
    ("workbook", "code"),
    [
        (_units(unit_row("HS-01", 1, title="")), "FIELD-MISSING"),
        (_units(unit_row("HS-01", 1, numberOfPage="ba")), "FIELD-NOT-NUMBER"),
        (_units(unit_row("HS-01", 1, language="99")), "FIELD-NOT-CODE"),
        (_units(unit_row("H" * 101, 1)), "FIELD-TOO-LONG"),
        (_units(unit_row("HS-01", 1, fonds_code="XX")), "REGISTER-UNKNOWN-FONDS"),
        (_units(unit_row("HS-01", 1), unit_row("HS-01", 2, 4)), "REGISTER-TWICE"),
        (_units(unit_row("HS-01", 1), unit_row("hs-01", 2, 4)), "REGISTER-TWICE"),
        (Workbook((FONDS_ROW,), (_INVENTORY,)), "REGISTER-UNKNOWN-FONDS"),
        (Workbook((FONDS_ROW,), list_items=(list_row("HS-99"),)), "LIST-UNKNOWN-FILE-UNIT"),
        (with_documents(document_row("HS-99")), "DOCUMENT-UNKNOWN-FILE-UNIT"),
        (with_documents(document_row(), replace(document_row(), number=9)), "DOCUMENT-TWICE"),
        (with_documents(document_row(first_page="một")), "FIELD-NOT-NUMBER"),
        (with_documents(document_row(subject="")), "FIELD-MISSING"),
    ],
)
def test_every_rule_of_the_register_refuses_with_its_code(
    bench: Bench, workbook: Workbook, code: str
) -> None:
    """Each kind of mistake is named by a code and a place, and changes nothing."""
    findings = refused(bench, workbook)
    assert code in {finding.code for finding in findings}
    assert all(finding.where for finding in findings)
    with bench.catalogue.read() as session:
        assert register.fonds_of(session, "TH") is None


@pytest.mark.parametrize(
    "workbook",
    [
        _units(unit_row("MAT-01", 1, mode="03", title=HIDDEN_TITLE, startDate="nope")),
        _units(
            unit_row("MAT-01", 1, mode="03", title=HIDDEN_TITLE),
            unit_row("MAT-01", 1, 4, mode="03", title=HIDDEN_TITLE),
        ),
        with_documents(document_row(mode="03", subject=HIDDEN_TITLE, docCode="MAT-01")),
        replace(
            _units(unit_row("MAT-01", 1, mode="03", title=HIDDEN_TITLE)),
            documents=(document_row("MAT-01", subject=HIDDEN_TITLE, issuedDate=HIDDEN_TITLE),),
        ),
    ],
)
def test_what_is_secret_is_refused_without_an_echo(bench: Bench, workbook: Workbook) -> None:
    """The finding says where the row is, and repeats neither its title nor its code."""
    findings = refused(bench, workbook)
    assert {finding.code for finding in findings} == {"REGISTER-SECRET"}
    told = "".join(f"{f.to_json()}{sentence(f)}{sentence(f, 'en')}" for f in findings)
    assert HIDDEN_TITLE not in told
    assert "MAT-01" not in told


def test_warnings_come_in_and_are_told(bench: Bench) -> None:
    """A hồ sơ that is not of permanent value is taken with a word of caution."""
    imported = import_workbook(bench.catalogue, _units(unit_row("HS-01", 1, maintenance="02")))
    assert [finding.code for finding in imported.findings] == ["REGISTER-NOT-PERMANENT"]


def test_importing_again_changes_only_what_differs(bench: Bench) -> None:
    """The same register twice is one register; a corrected title is corrected."""
    bench.register({"HS-01": 1}, approved=False)
    before = bench.unit("HS-01")
    bench.register({"HS-01": 1}, approved=False)
    assert bench.unit("HS-01").id == before.id
    import_workbook(bench.catalogue, _units(unit_row("HS-01", 1, title="Tên mới")))
    assert bench.unit("HS-01").title == "Tên mới"


def test_a_sealed_unit_cannot_be_changed_but_may_stand_in_the_workbook(bench: Bench) -> None:
    """The same words pass; other words refuse the import, and the sealed record stays."""
    bench.sealed({"HS-01": 1})
    title = bench.unit("HS-01").title
    import_workbook(bench.catalogue, _units(unit_row("HS-01", 1)))
    findings = refused(bench, _units(unit_row("HS-01", 1, title="Tên mới")))
    assert [finding.code for finding in findings] == ["REGISTER-SEALED"]
    assert (bench.unit("HS-01").title, bench.unit("HS-01").state) == (title, "sealed")


def test_an_approved_list_is_final(bench: Bench) -> None:
    """Neither a second decision nor another import touches an approved list."""
    bench.register({"HS-01": 1})
    approval = Approval(LIST_CODE, "13", dt.date(2026, 4, 1), "Người khác")
    with pytest.raises(RuleError) as caught:
        approve(bench.catalogue, approval)
    assert [finding.code for finding in caught.value.findings] == ["LIST-APPROVED"]
    findings = refused(bench, workbook_of({"HS-01": 1, "HS-02": 1}))
    assert [finding.code for finding in findings] == ["LIST-APPROVED"]
    other = WorkbookRow({"list_code": LIST_CODE, "title": "Tên khác", "file_code": "HS-01"}, "L", 3)
    findings = refused(bench, replace(workbook_of({"HS-01": 1}), list_items=(other,)))
    assert [finding.code for finding in findings] == ["LIST-APPROVED"]


def test_an_approved_list_may_stand_in_a_corrected_workbook(bench: Bench) -> None:
    """Who corrects a title imports the whole workbook again; what was approved stays approved."""
    bench.register({"HS-01": 1})
    workbook = workbook_of({"HS-01": 1})
    corrected = replace(workbook, file_units=(unit_row("HS-01", 1, title="Tên mới"),))
    assert import_workbook(bench.catalogue, corrected).lists == 0
    assert bench.unit("HS-01").title == "Tên mới"
    with bench.catalogue.read() as session:
        assert register.list_state(session, LIST_CODE) is ListState.APPROVED
        assert register.approval_of(session, bench.unit("HS-01").id or 0) is not None


def test_an_unknown_list_cannot_be_approved(bench: Bench) -> None:
    """A decision needs a list that was imported."""
    with pytest.raises(RuleError) as caught:
        approve(bench.catalogue, Approval("DM-99", "13", dt.date(2026, 4, 1), "Ai đó"))
    assert [finding.code for finding in caught.value.findings] == ["LIST-UNKNOWN"]


def test_an_approval_is_an_event_of_its_signer(bench: Bench) -> None:
    """Number and day of the decision are in the chain."""
    bench.register({"HS-01": 1})
    assert bench.events("approval") == [
        {"decision_number": "12/QĐ-SNV", "decision_date": "2026-03-16"}
    ]


@pytest.mark.parametrize("digits", [11, 400, 5000])
@pytest.mark.parametrize("name", ["docOrdinal", "first_page", "last_page", "numberOfPage"])
def test_a_number_without_end_is_a_finding(bench: Bench, name: str, digits: int) -> None:
    """Python refuses to read thousands of digits: the register says which cell, and no more."""
    row = document_row()
    row = replace(row, values={**row.values, name: "9" * digits})
    findings = refused(bench, with_documents(row))
    assert {finding.code for finding in findings} <= {
        "FIELD-TOO-LONG",
        "FIELD-NOT-NUMBER",
        "DOCUMENT-TOTAL",
    }
    assert any(finding.values.get("field") == name for finding in findings)
    assert max(len(sentence(finding)) for finding in findings) < 400


@pytest.mark.parametrize("digits", [11, 5000])
@pytest.mark.parametrize("name", ["numberOfPage", "numberOfPaper", "totalDoc"])
def test_a_count_without_end_is_a_finding(bench: Bench, name: str, digits: int) -> None:
    """The counts of a hồ sơ have ten digits at most, as the circular says."""
    row = unit_row("HS-01", 1)
    findings = refused(bench, _units(replace(row, values={**row.values, name: "9" * digits})))
    assert [(f.code, f.values["field"]) for f in findings] == [("FIELD-TOO-LONG", name)]


@pytest.mark.parametrize(
    ("start", "end", "is_sound"),
    [
        ("02/01/1983", "02/01/1983", True),
        ("03/01/1983", "02/01/1983", False),
        ("30/12/1983", "1983", True),  # a bare year reaches to its last day
        ("1983", "02/01/1983", True),
        ("02/1983", "28/02/1983", True),
        ("01/03/1983", "02/1983", False),
        ("29/02/1984", "02/1984", True),
        ("1984", "1983", False),
        ("12/1983", "1983", True),
    ],
)
def test_no_unit_ends_before_it_begins(
    bench: Bench, start: str, end: str, *, is_sound: bool
) -> None:
    """Only what is impossible for every day that the two dates may mean is refused."""
    workbook = _units(unit_row("HS-01", 1, startDate=start, endDate=end))
    if is_sound:
        assert import_workbook(bench.catalogue, workbook).file_units == 1
        return
    (finding,) = refused(bench, workbook)
    assert (finding.code, finding.values) == (
        "REGISTER-DATES-REVERSED",
        {"start": start, "end": end},
    )
    assert start in sentence(finding)


def test_a_sealed_units_documents_say_where_to_correct_them() -> None:
    """The advice names the button by its own words."""
    finding = Finding("DOCUMENT-SEALED", "HS-01")
    assert "“Sửa hồ sơ đã niêm phong”" in todo(finding)
