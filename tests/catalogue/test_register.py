"""The register: what is put in comes back, and a decision gates the list."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exc
from sqlmodel import col, func, insert, select, update

from appliance.catalogue import register
from appliance.catalogue.tables import FileUnitRow, SelectionItemRow
from appliance.domain.agencies import Agency, name_on
from appliance.domain.errors import IllegalTransition
from appliance.domain.fields import FILE_UNIT_FIELDS
from appliance.domain.identifiers import safe_name
from appliance.domain.records import Approval, Document, FileUnit, Inventory, SelectionList
from appliance.domain.states import ListState
from tests.catalogue.making import FIELDS, FONDS, add_unit

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue, Writing
    from tests.fakes.clock import FakeClock

APPROVAL = Approval("DM-01", "12/QĐ-UBND", dt.date(2026, 3, 1), "Nguyễn Văn Ả")


def _put_list(writing: Writing, *file_codes: str) -> None:
    register.put_selection_list(writing, SelectionList("DM-01", "Danh mục 1", file_codes))


class TestAgencies:
    """Names with their days."""

    def test_agencies_come_back(self, catalogue: Catalogue) -> None:
        """Every name with its dates, in the order of codes and days."""
        old = Agency("H11", "Tên cũ", None, dt.date(1991, 12, 31), "H1", "H12")
        new = Agency("H11", "Tên mới", dt.date(1992, 1, 1))
        other = Agency("H10", "Sở Nội vụ")
        with catalogue.write() as writing:
            for agency in (new, old, other):
                register.put_agency(writing, agency)
        with catalogue.read() as session:
            found = register.agencies(session)
        assert found == (other, old, new)
        assert name_on(found, "H11", dt.date(1980, 1, 1)) == "Tên cũ"

    @pytest.mark.parametrize("start", [None, dt.date(1976, 2, 1)])
    def test_the_same_first_day_corrects(self, catalogue: Catalogue, start: dt.date | None) -> None:
        """One code and first day is one record, without a date too."""
        with catalogue.write() as writing:
            register.put_agency(writing, Agency("H11", "Lỗi", start))
            register.put_agency(writing, Agency("H11", "Đúng", start))
        with catalogue.read() as session:
            assert [agency.name for agency in register.agencies(session)] == ["Đúng"]


class TestFonds:
    """Fonds and inventories."""

    def test_a_fonds_comes_back_and_can_be_corrected(self, catalogue: Catalogue) -> None:
        """The later description stands, under the same code."""
        with catalogue.write() as writing:
            register.put_fonds(writing, FONDS)
        with catalogue.write() as writing:
            register.put_fonds(writing, replace(FONDS, name="Tên khác", status="open"))
        with catalogue.read() as session:
            found = register.fonds_of(session, "P01")
            assert found == replace(FONDS, name="Tên khác", status="open")
            assert register.fonds_of(session, "P02") is None

    def test_an_inventory_needs_its_fonds(self, catalogue: Catalogue) -> None:
        """Foreign keys are held; with its fonds an inventory can be put twice."""
        with pytest.raises(exc.IntegrityError, match="FOREIGN KEY"), catalogue.write() as writing:
            register.put_inventory(writing, Inventory("P01", "01"))
        with catalogue.write() as writing:
            register.put_fonds(writing, FONDS)
            for title in ("a", "b"):
                register.put_inventory(writing, Inventory("P01", "01", title))


class TestFileUnits:
    """Hồ sơ and their documents."""

    def test_all_18_fields_come_back(self, catalogue: Catalogue) -> None:
        """Numbers as the register wrote them, absent fields as empty texts."""
        with catalogue.write() as writing:
            add_unit(writing, "H/1")
        with catalogue.read() as session:
            row = register.file_unit_row(session, "H/1")
            assert row is not None
            unit = register.as_file_unit(row)
        absent = {field.name: "" for field in FILE_UNIT_FIELDS}
        assert dict(unit.fields) == {**absent, **FIELDS, "arcFileCode": "H/1"}
        assert (unit.file_code, unit.fonds_code, unit.inventory_number) == ("H/1", "P01", "01")
        assert unit.expected_pages == 2
        assert (row.state, row.safe_name, row.pages_found) == ("registered", "H_2F1", 0)

    def test_every_field_has_its_column(self) -> None:
        """But for the code, which is the row's own key."""
        names = {field.name for field in FILE_UNIT_FIELDS}
        assert {*register.FIELD_COLUMNS, "arcFileCode"} == names
        assert set(register.FIELD_COLUMNS.values()) <= set(FileUnitRow.model_fields)

    def test_a_correction_keeps_the_row_and_its_state(self, catalogue: Catalogue) -> None:
        """The id stays, and the way to the package is not begun anew."""
        with catalogue.write() as writing:
            first = add_unit(writing)
            scanning = update(FileUnitRow).where(col(FileUnitRow.id) == first.id)
            writing.session.execute(scanning.values(state="scanning", pages_found=1))
        with catalogue.write() as writing:
            unit = FileUnit("H1", "P01", "02", {**FIELDS, "title": "Tiêu đề đúng"})
            assert register.put_file_unit(writing, unit) == first.id
        with catalogue.read() as session:
            row = session.get_one(FileUnitRow, first.id)
            assert (row.title, row.inventory_number) == ("Tiêu đề đúng", "02")
            assert (row.state, row.pages_found) == ("scanning", 1)

    def test_a_drop_folder_names_it_by_code_or_safe_name(self, catalogue: Catalogue) -> None:
        """Scanners cannot write every sign of a code."""
        with catalogue.write() as writing:
            add_unit(writing, "Hồ sơ/1")
        with catalogue.read() as session:
            for folder in ("Hồ sơ/1", safe_name("Hồ sơ/1")):
                found = register.file_unit_in_folder(session, folder)
                assert found is not None
                assert found.file_code == "Hồ sơ/1"
            assert register.file_unit_in_folder(session, "H2") is None

    def test_documents_are_set_in_place_of_those_before(self, catalogue: Catalogue) -> None:
        """In the order of their ordinals, with their fields."""
        first = Document(1, 1, 2, {"subject": "V/v cấp giấy"})
        second = Document(2, 3, 3, {"subject": "Tờ trình"})
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            register.put_documents(writing, unit_id, (Document(9, 1, 1), second))
            register.put_documents(writing, unit_id, (second, first))
        with catalogue.read() as session:
            assert register.documents_of(session, unit_id) == (first, second)
            assert register.documents_of(session, unit_id + 1) == ()


class TestApproval:
    """No seal without a decision (invariant I7)."""

    def test_only_an_approved_list_covers(self, catalogue: Catalogue) -> None:
        """A draft does not; the decision covers what is on the list and nothing else."""
        with catalogue.write() as writing:
            on_list, off_list = add_unit(writing, "H1").id or 0, add_unit(writing, "H2").id or 0
            _put_list(writing, "H1")
        with catalogue.read() as session:
            assert register.list_state(session, "DM-01") is ListState.DRAFT
            assert register.list_state(session, "DM-02") is None
            assert register.approval_of(session, on_list) is None
        with catalogue.write() as writing:
            assert register.approve_list(writing, APPROVAL) == 1
        with catalogue.read() as session:
            assert register.list_state(session, "DM-01") is ListState.APPROVED
            assert register.approval_of(session, on_list) == APPROVAL
            assert register.approval_of(session, off_list) is None

    def test_a_revoked_list_covers_no_longer(self, catalogue: Catalogue) -> None:
        """The decision stays on record, and frees nothing."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            _put_list(writing, "H1")
            register.approve_list(writing, APPROVAL)
        with catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(
                "UPDATE selection_list SET state = 'revoked'"
            )
        with catalogue.read() as session:
            assert register.approval_of(session, unit_id) is None

    def test_a_list_is_approved_once(self, catalogue: Catalogue) -> None:
        """A second decision changes nothing: the first stands."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            _put_list(writing, "H1")
            register.approve_list(writing, APPROVAL)
        other = replace(APPROVAL, decision_number="13/QĐ-UBND")
        with pytest.raises(IllegalTransition), catalogue.write() as writing:
            register.approve_list(writing, other)
        with catalogue.read() as session:
            assert register.approval_of(session, unit_id) == APPROVAL

    def test_an_approval_wakes_what_waited_for_it(
        self, catalogue: Catalogue, clock: FakeClock
    ) -> None:
        """Every hồ sơ of the list can be taken at once, no other one."""
        with catalogue.write() as writing:
            add_unit(writing, "H1")
            add_unit(writing, "H2")
            _put_list(writing, "H1")
        clock.pass_seconds(100)
        with catalogue.write() as writing:
            register.approve_list(writing, APPROVAL)
            now = writing.now
        with catalogue.read() as session:
            rows = session.exec(select(FileUnitRow.file_code, FileUnitRow.next_attempt))
            assert dict(rows.all()) == {"H1": now, "H2": None}

    def test_a_draft_can_be_set_anew(self, catalogue: Catalogue) -> None:
        """The later selection stands; what it no longer names is not covered."""
        with catalogue.write() as writing:
            first, second = add_unit(writing, "H1").id or 0, add_unit(writing, "H2").id or 0
            _put_list(writing, "H1", "H2")
            _put_list(writing, "H2")
            assert register.approve_list(writing, APPROVAL) == 1
        with catalogue.read() as session:
            assert register.approval_of(session, first) is None
            assert register.approval_of(session, second) == APPROVAL

    def test_a_list_of_a_whole_archive_is_approved(self, catalogue: Catalogue) -> None:
        """More hồ sơ than one SQL statement has room for parameters."""
        count = 40_000
        with catalogue.write() as writing:
            pattern = add_unit(writing).model_dump(exclude={"id"})
            _put_list(writing, "H1")
            rows = [
                {**pattern, "file_code": f"A{n}", "safe_name": f"A{n}"} for n in range(1, count)
            ]
            writing.session.execute(insert(FileUnitRow), rows)
            others = select(FileUnitRow.id).where(FileUnitRow.file_code != "H1")
            items = [
                {"list_code": "DM-01", "file_unit_id": i} for i in writing.session.exec(others)
            ]
            writing.session.execute(insert(SelectionItemRow), items)
        with catalogue.write() as writing:
            assert register.approve_list(writing, APPROVAL) == count
        with catalogue.read() as session:
            awake = select(func.count()).where(col(FileUnitRow.next_attempt).is_not(None))
            assert session.exec(awake).one() == count
