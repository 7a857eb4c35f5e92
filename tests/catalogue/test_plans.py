"""Nothing that runs for every page, or in every idle round, walks through a whole table."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import event
from sqlmodel import col

from appliance.catalogue import browse, leases, lists, masters, overview
from appliance.catalogue.leases import LEASED_TABLES
from appliance.catalogue.standing import read_standing
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow
from appliance.domain.states import MasterEvent
from tests.catalogue.making import CLAIM, add_master, add_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.catalogue.engine import Catalogue


READY: Final[dict[str, tuple[Any, ...]]] = {
    "MasterRow": (col(MasterRow.state) == "accepted",),
    "FileUnitRow": (col(FileUnitRow.state) == "complete",),
    "DepositRow": (col(DepositRow.destination) == "a", col(DepositRow.state) == "waiting"),
}
"""What parts ask for."""


@contextmanager
def plans_of(catalogue: Catalogue) -> Iterator[list[str]]:
    """How SQLite answers each statement of the block, one line for each step."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:  # noqa: ANN401 - the event's own form
        seen.append((statement, values[0] if isinstance(values, list) else values))

    event.listen(catalogue.engine, "before_cursor_execute", note)
    plans: list[str] = []
    try:
        yield plans
    finally:
        event.remove(catalogue.engine, "before_cursor_execute", note)
    with catalogue.engine.connect() as connection:
        for statement, values in seen:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans += [row[3] for row in rows]


@pytest.fixture
def unit_id(catalogue: Catalogue) -> int:
    """A hồ sơ with a few masters in several states."""
    with catalogue.write() as writing:
        unit = add_unit(writing).id or 0
        for number, state in enumerate(("accepted", "inspected", "parked"), start=1):
            add_master(writing, number, unit, state=state, next_attempt=writing.now)
    return unit


@pytest.mark.parametrize("table", LEASED_TABLES)
def test_an_idle_round_asks_an_index(catalogue: Catalogue, table: type[Any]) -> None:
    """Whatever the number of records, asking for work reads only what is ready or held."""
    ready = READY.get(table.__name__, (table.id > 0,))
    with plans_of(catalogue) as plans, catalogue.write() as writing:
        leases.take(writing, table, ready, CLAIM)
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    if table is MasterRow:
        assert any("master_held" in plan for plan in plans)
        assert any("master_ready" in plan for plan in plans)


def test_what_is_asked_for_every_page_has_an_index(catalogue: Catalogue, unit_id: int) -> None:
    """By claim, number or digest: never through the other pages of the hồ sơ."""
    with plans_of(catalogue) as plans, catalogue.read() as session:
        masters.by_claims(session, ["claim", "other"])
        masters.live_with_number(session, unit_id, 1)
        masters.live_with_digest(session, unit_id, "00")
        masters.unproved_bytes(session)
        masters.is_proved(session, "00")
    used = [plan.split(" INDEX ")[1].split(" ")[0] for plan in plans if " INDEX " in plan]
    assert used == [
        "sqlite_autoindex_master_1",
        "master_live",
        "master_sha256",
        "master_unread",
        "master_sha256",
    ]


def test_the_status_page_reads_no_large_row(catalogue: Catalogue) -> None:
    """What it counts over all packages and proofs it counts from indexes alone."""
    with plans_of(catalogue) as plans, catalogue.read() as session:
        read_standing(session, catalogue.clock.now())
        overview.proved_everywhere(session)
        browse.page_totals(session)
    used = {plan for plan in plans if "deposit" in plan or " package" in plan}
    assert not {plan for plan in used if " INDEX " not in plan}
    assert not {plan for plan in used if plan.startswith("SCAN") and "COVERING" not in plan}
    assert {plan.split(" INDEX ")[1].split(" ")[0] for plan in used} >= {
        "deposit_proved",
        "deposit_proved_packages",
        "package_check_proved",
        "package_pages",
    }


def test_what_waits_for_approval_is_found_by_its_state(catalogue: Catalogue) -> None:
    """Only hồ sơ that could be sealed are held against their lists, whatever the register has."""
    with plans_of(catalogue) as plans, catalogue.read() as session:
        lists.awaiting_approval(session)
    assert plans
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    assert any("file_unit_ready (state=?" in plan for plan in plans)


def test_recording_a_page_touches_no_other(catalogue: Catalogue, unit_id: int) -> None:
    """The statements of an outcome find their rows by key."""
    with catalogue.read() as session:
        master = masters.live_with_number(session, unit_id, 1)
    assert master is not None
    with plans_of(catalogue) as plans, catalogue.write() as writing:
        masters.mark_read_back(writing, [master])
        masters.parked_in(writing.session, [unit_id])
        masters.put_pages(writing, master.id or 0, [])
    assert len(plans) == 3
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def test_a_row_that_the_session_holds_follows(catalogue: Catalogue, unit_id: int) -> None:
    """A plain statement does not leave the transaction with a stale row."""
    with catalogue.write() as writing:
        held = masters.live_with_number(writing.session, unit_id, 1)
        assert held is not None
        masters.transit(writing, held, MasterEvent.INSPECT, frame_count=2)
        assert (held.state, held.frame_count) == ("inspected", 2)
        assert not writing.session.dirty
    with catalogue.read() as session:
        again = masters.by_id(session, held.id or 0)
        assert again is not None
        assert (again.state, again.frame_count) == ("inspected", 2)
