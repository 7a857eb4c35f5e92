"""Masters, pages and hồ sơ on their way: moves are look-ups, everything else changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select, update

from appliance.catalogue import file_unit_details, file_units, leases, masters
from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
from appliance.domain.clock import from_text
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.states import (
    FILE_UNIT_TABLE,
    MASTER_INITIAL,
    MASTER_TABLE,
    FileUnitEvent,
    FileUnitState,
    MasterEvent,
    MasterState,
)
from tests.catalogue.making import CLAIM, add_master, add_unit, page_of, sha256_of

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from tests.fakes.clock import FakeClock

MASTER_PAIRS = [(s, e) for s in MasterState if s is not MASTER_INITIAL for e in MasterEvent]
UNIT_PAIRS = [(state, event) for state in FileUnitState for event in FileUnitEvent]


@pytest.mark.parametrize(("state", "event"), MASTER_PAIRS)
def test_a_master_moves_by_the_table_alone(
    catalogue: Catalogue, state: MasterState, event: MasterEvent
) -> None:
    """A legal event gives its state with further columns; any other leaves the row untouched."""
    with catalogue.write() as writing:
        row_id = add_master(writing, state=str(state), image_format="tiff").id
    expected = MASTER_TABLE[state].get(event)
    with catalogue.read() as session:
        found = session.get_one(MasterRow, row_id)
        before = found.model_dump()
    if expected is None:
        with pytest.raises(IllegalTransition), catalogue.write() as writing:
            masters.transit(writing, found, event, image_format="png")
        after = before
    else:
        with catalogue.write() as writing:
            row = writing.session.get_one(MasterRow, row_id)
            assert masters.transit(writing, row, event, image_format="png") is expected
        cause = "STAGE-FAILED" if expected is MasterState.PARKED else None
        after = {**before, "state": str(expected), "image_format": "png", "cause": cause}
    with catalogue.read() as session:
        assert session.get_one(MasterRow, row_id).model_dump() == after


@pytest.mark.parametrize(("state", "event"), UNIT_PAIRS)
def test_a_file_unit_moves_by_the_table_alone(
    catalogue: Catalogue, state: FileUnitState, event: FileUnitEvent
) -> None:
    """A legal event frees it for the next step at once; any other leaves the row untouched."""
    with catalogue.write() as writing:
        row_id = add_unit(writing).id
        held = {"owner": "part:1", "lease_until": writing.now, "tries": 3, "next_attempt": None}
        where = update(FileUnitRow).where(col(FileUnitRow.id) == row_id)
        writing.session.execute(where.values(state=str(state), **held))
    expected = FILE_UNIT_TABLE[state].get(event)
    with catalogue.read() as session:
        before = session.get_one(FileUnitRow, row_id).model_dump()
    if expected is None:
        with pytest.raises(IllegalTransition), catalogue.write() as writing:
            file_units.transit(writing, file_units.by_id(writing.session, row_id or 0), event)
        after = before
    else:
        with catalogue.write() as writing:
            row = file_units.by_id(writing.session, row_id or 0)
            assert file_units.transit(writing, row, event, pages_found=2) is expected
            moved = {**leases.done(writing.now), "state": str(expected), "pages_found": 2}
        after = {**before, **moved}
    with catalogue.read() as session:
        assert session.get_one(FileUnitRow, row_id).model_dump() == after


def test_a_stale_master_changes_nothing(catalogue: Catalogue) -> None:
    """Who read the row before another moved it is told, and the other's move stands."""
    with catalogue.write() as writing:
        stale = add_master(writing)
    with catalogue.write() as writing:
        fresh = writing.session.get_one(MasterRow, stale.id)
        masters.transit(writing, fresh, MasterEvent.REPLACE)
    with pytest.raises(IllegalTransition, match="no longer"), catalogue.write() as writing:
        masters.transit(writing, stale, MasterEvent.INSPECT, frame_count=1)
    with catalogue.read() as session:
        row = session.get_one(MasterRow, stale.id)
        assert (row.state, row.frame_count) == ("replaced", None)


def test_a_stale_file_unit_changes_nothing(catalogue: Catalogue) -> None:
    """The same for a hồ sơ, whether it is moved or only given back."""
    with catalogue.write() as writing:
        stale = add_unit(writing)
    with catalogue.write() as writing:
        file_units.changed(writing, stale.id or 0)
    with pytest.raises(IllegalTransition, match="H1 is no longer"), catalogue.write() as writing:
        file_units.transit(writing, stale, FileUnitEvent.CHANGE)
    with catalogue.write() as writing:
        file_units.release(writing, stale, (Finding("PAGES-TOO-FEW", "H1"),))
    with catalogue.read() as session:
        row = file_units.by_id(session, stale.id or 0)
        assert (row.state, row.findings) == ("scanning", "[]")


class TestMasters:
    """Who holds a number."""

    def test_a_master_is_found_by_claim_number_and_bytes(self, catalogue: Catalogue) -> None:
        """Each way finds it, and only in its own hồ sơ."""
        with catalogue.write() as writing:
            unit, other = add_unit(writing, "H1").id or 0, add_unit(writing, "H2").id or 0
            first = add_master(writing, 1, unit)
            add_master(writing, 1, other)
        sha256 = sha256_of(f"{unit}-1")
        with catalogue.read() as session:
            found = [
                masters.by_claims(session, [f"claim-{unit}-1", "claim"]).get(f"claim-{unit}-1"),
                masters.by_id(session, first.id or 0),
                masters.live_with_number(session, unit, 1),
                masters.live_with_digest(session, unit, sha256),
            ]
            assert [row.id if row else None for row in found] == [first.id] * 4
            assert masters.live_with_number(session, unit, 2) is None
            assert masters.live_with_digest(session, other, sha256) is None
            assert list(masters.by_claims(session, [f"claim-{unit}-1", "claim"])) == [
                f"claim-{unit}-1"
            ]

    @pytest.mark.parametrize("state", ["parked", "duplicate", "replaced"])
    def test_what_is_not_live_holds_no_number(self, catalogue: Catalogue, state: str) -> None:
        """A rescan may take the number."""
        with catalogue.write() as writing:
            unit = add_unit(writing).id or 0
            add_master(writing, 1, unit, state=state)
            assert masters.live_with_number(writing.session, unit, 1) is None
            assert masters.live_with_digest(writing.session, unit, sha256_of(f"{unit}-1")) is None
            live = add_master(writing, 1, unit, claim_id="rescan")
            assert [row.id for row in masters.live_masters(writing.session, unit)] == [live.id]

    def test_live_masters_are_in_the_order_of_their_numbers(self, catalogue: Catalogue) -> None:
        """Whatever the order of arrival."""
        with catalogue.write() as writing:
            unit = add_unit(writing).id or 0
            for number in (10, 2, 1):
                add_master(writing, number, unit)
        with catalogue.read() as session:
            found = masters.live_masters(session, unit)
            assert [row.file_number for row in found] == [1, 2, 10]

    def test_parked_ones_are_paged(self, catalogue: Catalogue) -> None:
        """Oldest first, going on after the last id."""
        with catalogue.write() as writing:
            ids = [add_master(writing, n, state="parked").id or 0 for n in range(1, 6)]
            add_master(writing, 9)
        with catalogue.read() as session:
            first = masters.parked(session, limit=3)
            rest = masters.parked(session, limit=3, after_id=first[-1].id or 0)
            assert [row.id for row in (*first, *rest)] == ids

    def test_findings_are_kept_as_text(self) -> None:
        """Through the column and back, letters and values included."""
        findings = (Finding("INTAKE-DUPLICATE", "hồ sơ/1.tif", {"n": 1}), Finding("LINE-DOWN"))
        assert masters.findings_of(masters.findings_text(findings)) == findings
        assert masters.findings_text(()) == "[]"


class TestPages:
    """Pages of a hồ sơ."""

    def test_pages_of_an_inspection_replace_the_earlier_ones(self, catalogue: Catalogue) -> None:
        """A second inspection leaves its own pages alone."""
        with catalogue.write() as writing:
            master = add_master(writing, 1, add_unit(writing).id)
            masters.put_pages(writing, master.id or 0, [page_of(master, n) for n in (1, 2)])
            masters.put_pages(writing, master.id or 0, [page_of(master, dpi=400)])
            found = writing.session.exec(select(PageRow.frame, PageRow.dpi)).all()
            assert [tuple(row) for row in found] == [(1, 400)]
            masters.put_pages(writing, master.id or 0, [])
            assert writing.session.exec(select(PageRow)).all() == []

    def test_pages_count_when_their_master_was_inspected(self, catalogue: Catalogue) -> None:
        """Accepted masters wait; parked and replaced ones do not count at all."""
        states = ["accepted", "inspected", "sealed", "parked", "replaced", "duplicate"]
        with catalogue.write() as writing:
            unit = add_unit(writing).id or 0
            for number, state in enumerate(states, start=1):
                master = add_master(writing, number, unit, state=state)
                masters.put_pages(writing, master.id or 0, [page_of(master, n) for n in (1, 2)])
        with catalogue.read() as session:
            assert masters.count_pages(session, unit) == (4, 1)
            assert masters.count_pages(session, unit + 1) == (0, 0)

    def test_a_number_is_a_position(self, catalogue: Catalogue) -> None:
        """Masters by their numbers, frames within them, 1-based and without gaps."""
        with catalogue.write() as writing:
            unit = add_unit(writing).id or 0
            for number in (7, 3):
                master = add_master(writing, number, unit, state="inspected")
                masters.put_pages(writing, master.id or 0, [page_of(master, n) for n in (2, 1)])
            masters.number_pages(writing, unit)
        with catalogue.read() as session:
            found = [(m.file_number, p.frame, p.number) for p, m in masters.pages_of(session, unit)]
            assert found == [(3, 1, 1), (3, 2, 2), (7, 1, 3), (7, 2, 4)]
            rest = file_unit_details.live_pages(session, unit, after=(3, 1), limit=2)
            assert [page.number for page, _master in rest] == [2, 3]

    def test_reviewed_pages_are_woken_until_derived(self, catalogue: Catalogue) -> None:
        """Only pages without derivatives can be taken, and each counts until it is done."""
        with catalogue.write() as writing:
            unit = add_unit(writing).id or 0
            master = add_master(writing, 1, unit, state="inspected")
            masters.put_pages(writing, master.id or 0, [page_of(master, n) for n in (1, 2)])
            first = writing.session.exec(select(PageRow).where(PageRow.frame == 1)).one()
            masters.update_page(writing, first.id or 0, {"is_derived": 1})
            assert file_units.pages_left_to_derive(writing.session, unit) == 1
            masters.wake_pages(writing, unit)
            taken = leases.take(writing, PageRow, (col(PageRow.is_derived) == 0,), CLAIM)
            assert [page.frame for page in taken] == [2]
            masters.update_page(writing, taken[0].id or 0, {"is_derived": 1})
            assert file_units.pages_left_to_derive(writing.session, unit) == 0


class TestFileUnits:
    """Giving a hồ sơ back, and telling it of changes."""

    def test_a_change_undoes_the_minted_id(self, catalogue: Catalogue) -> None:
        """An id stands for one set of pages; new pages get another."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            where = update(FileUnitRow).where(col(FileUnitRow.id) == unit_id)
            minted = {"state": "derived", "objid": "urn:uuid:0A", "minted_at": writing.now}
            writing.session.execute(where.values(**minted))
            file_units.changed(writing, unit_id)
        with catalogue.read() as session:
            row = file_units.by_id(session, unit_id)
            assert (row.state, row.objid, row.minted_at) == ("scanning", None, None)

    def test_a_sealed_one_stays_as_it_is(self, catalogue: Catalogue) -> None:
        """Sealed is final (invariant I3)."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            where = update(FileUnitRow).where(col(FileUnitRow.id) == unit_id)
            writing.session.execute(where.values(state="sealed", objid="urn:uuid:0A"))
        with catalogue.write() as writing:
            file_units.changed(writing, unit_id)
        with catalogue.read() as session:
            row = file_units.by_id(session, unit_id)
            assert (row.state, row.objid, row.next_attempt) == ("sealed", "urn:uuid:0A", None)

    def test_given_back_it_waits_or_tries_again(
        self, catalogue: Catalogue, clock: FakeClock
    ) -> None:
        """With its findings; by itself only when a failure may pass."""
        findings = (Finding("PAGES-TOO-FEW", "H1", {"found": 1, "expected": 2}),)
        for retries in (False, True):
            with catalogue.write() as writing:
                unit_id = add_unit(writing).id or 0
                where = update(FileUnitRow).where(col(FileUnitRow.id) == unit_id)
                writing.session.execute(where.values(**leases.done(writing.now)))
                (unit,) = leases.take(writing, FileUnitRow, (), CLAIM)
                file_units.release(
                    writing, unit, findings, retry_after_failure=retries, pages_found=1
                )
            with catalogue.read() as session:
                row = file_units.by_id(session, unit_id)
                assert masters.findings_of(row.findings) == findings
                assert (row.state, row.owner, row.pages_found) == ("registered", None, 1)
                assert (row.next_attempt is None) == (not retries)
        assert from_text(row.next_attempt or "") > clock.now()
