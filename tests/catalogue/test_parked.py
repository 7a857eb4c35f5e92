"""What was put aside: groups, screens and due moments, each by an index however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from appliance.catalogue import masters, parked
from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.parked import Wanted
from appliance.catalogue.tables import MasterRow
from appliance.domain.findings import Finding
from tests.catalogue.making import add_master, new_master, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing

NOW = "2026-03-02T08:00:00.000000Z"
LATER = "2026-03-02T09:00:00.000000Z"


def park(writing: Writing, number: int, code: str, **values: object) -> MasterRow:
    """A parked master with one finding."""
    text = masters.findings_text([Finding(code, f"{number}", {"name": f"{number}"})])
    row = new_master(number, None, state="parked", **values)
    row.cause, row.findings = code, text
    return masters.add_master(writing, row)


@pytest.fixture
def mixed(catalogue: Catalogue) -> Catalogue:
    """Three files of one cause, two of which are due; one of another; one that is not parked."""
    with catalogue.write() as writing:
        park(writing, 1, "INTAKE-BAD-PLACE")
        park(writing, 2, "INTAKE-UNKNOWN-FILE-UNIT", next_attempt=NOW)
        park(writing, 3, "INTAKE-UNKNOWN-FILE-UNIT", next_attempt=NOW)
        park(writing, 4, "INTAKE-UNKNOWN-FILE-UNIT", next_attempt=LATER)
        add_master(writing, 5)
    return catalogue


def test_groups_are_by_cause_with_what_is_due(mixed: Catalogue) -> None:
    """The largest first, with the finding of its oldest, and how many the service comes to."""
    with mixed.read() as session:
        groups = parked.groups(session, NOW)
    assert [(group.code, group.count, group.due) for group in groups] == [
        ("INTAKE-UNKNOWN-FILE-UNIT", 3, 2),
        ("INTAKE-BAD-PLACE", 1, 0),
    ]
    assert [group.example.where for group in groups if group.example] == ["2", "1"]


def test_a_reason_without_its_cause_is_still_shown(catalogue: Catalogue) -> None:
    """A row whose findings do not name its cause shows the reason that it has, or none."""
    text = masters.findings_text([Finding("INTAKE-BAD-NAME", "x")])
    with catalogue.write() as writing:
        add_master(writing, 1, state="parked", cause="STAGE-FAILED", findings=text)
        add_master(writing, 2, state="parked", cause="INTAKE-INCOMPLETE")
    with catalogue.read() as session:
        examples = {group.code: group.example for group in parked.groups(session, NOW)}
    named = examples["STAGE-FAILED"]
    assert named is not None
    assert named.code == "INTAKE-BAD-NAME"
    assert examples["INTAKE-INCOMPLETE"] is None


def test_a_cause_is_listed_screen_by_screen(mixed: Catalogue) -> None:
    """Oldest first, after the last id of the screen before; others are left out."""
    wanted = Wanted(cause="INTAKE-UNKNOWN-FILE-UNIT")
    with mixed.read() as session:
        first = parked.listed(session, wanted, limit=2)
        rest = parked.listed(session, wanted, after_id=first[-1].id or 0, limit=2)
        assert parked.how_many(session, wanted) == 3
        assert parked.how_many(session, Wanted()) == 4
        assert parked.how_many(session, Wanted(ids=frozenset({1, 5}))) == 1
    assert [row.file_number for row in [*first, *rest]] == [2, 3, 4]


def test_asking_makes_due_what_is_wanted_alone(mixed: Catalogue) -> None:
    """One, a cause, or all: nothing else changes its moment, and nothing that is not parked."""
    with mixed.write() as writing:
        assert parked.ask(writing, Wanted(ids=frozenset({1, 5}))) == 1
        assert parked.ask(writing, Wanted(cause="INTAKE-UNKNOWN-FILE-UNIT")) == 3
        now = writing.now
    with mixed.read() as session:
        moments = [row.next_attempt for row in parked.listed(session, Wanted(), limit=9)]
        accepted = session.get_one(MasterRow, 5)
    assert moments == [now] * 4
    assert accepted.next_attempt is None


def test_passing_causes_get_their_first_moment_once(mixed: Catalogue) -> None:
    """A file that waits for a passing cause is scheduled; one that has a moment keeps it."""
    causes = frozenset({"INTAKE-UNKNOWN-FILE-UNIT", "STAGE-FAILED"})
    with mixed.write() as writing:
        park(writing, 6, "STAGE-FAILED")
        assert parked.schedule(writing, causes, LATER) == 1
        assert parked.schedule(writing, causes, LATER) == 0
    with mixed.read() as session:
        rows = parked.listed(session, Wanted(), limit=9)
    assert [row.next_attempt for row in rows] == [None, NOW, NOW, LATER, LATER]


def test_pictures_of_files_and_sheets(catalogue: Catalogue) -> None:
    """The first frame of a file, and the picture of the sheet that a batch is parked for."""
    with catalogue.write() as writing:
        batch = BatchRow(
            scanner="scan01", place="scan01", state="parked", opened_at=NOW, last_arrival_at=NOW
        )
        writing.session.add(batch)
        writing.session.flush()
        sheet = add_master(writing, 1, state="batched", batch_id=batch.id)
        other = add_master(writing, 2, state="batched", batch_id=batch.id)
        pages = [page_of(sheet, frame, thumbnail_sha256=f"{frame:064d}") for frame in (1, 2)]
        masters.put_pages(writing, sheet.id or 0, pages)
        masters.put_pages(writing, other.id or 0, [page_of(other)])
    with catalogue.read() as session:
        assert [row.id for row in parked.batches(session, limit=5)] == [batch.id]
        assert parked.count_batches(session) == 1
        first = parked.first_pages(session, [sheet.id or 0])
        pictures = parked.sheet_pictures(session, [batch.id or 0], [sheet.name, other.name])
    assert {key: page.frame for key, page in first.items()} == {sheet.id: 1}
    assert {key: page.frame for key, page in pictures.items()} == {(batch.id, sheet.name): 1}


READINGS: dict[str, Callable[[Session], object]] = {
    "groups": lambda session: parked.groups(session, NOW),
    "one cause": lambda session: parked.listed(
        session, Wanted(cause="STAGE-FAILED"), after_id=7, limit=100
    ),
    "all": lambda session: parked.listed(session, Wanted(), after_id=7, limit=100),
    "some": lambda session: parked.listed(session, Wanted(ids=frozenset({1, 2})), limit=100),
    "pictures": lambda session: parked.first_pages(session, [1, 2]),
    "sheets": lambda session: parked.sheet_pictures(session, [1], ["x"]),
    "batches": lambda session: parked.batches(session, limit=5),
    "count of batches": parked.count_batches,
}
CHANGES: dict[str, Callable[[Writing], object]] = {
    "schedule": lambda writing: parked.schedule(writing, {"STAGE-FAILED"}, LATER),
    "ask for a cause": lambda writing: parked.ask(writing, Wanted(cause="STAGE-FAILED")),
    "ask for one": lambda writing: parked.ask(writing, Wanted(ids=frozenset({1}))),
}


def plans_of(catalogue: Catalogue, act: Callable[[], object]) -> Iterator[str]:
    """How SQLite goes about each statement that an act runs, with its very values."""
    seen: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        seen.append((arguments[2], arguments[3]))

    event.listen(catalogue.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(catalogue.engine, "before_cursor_execute", note)
    with catalogue.engine.connect() as connection:
        for statement, values in seen:
            if statement.startswith(("SELECT", "UPDATE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                yield from (row[3] for row in plan)


@pytest.mark.parametrize("name", READINGS)
def test_readings_go_by_an_index(mixed: Catalogue, name: str) -> None:
    """No reading walks a whole table: each names the index or key that it goes by."""

    def act() -> None:
        with mixed.read() as session:
            READINGS[name](session)

    _assert_indexed(list(plans_of(mixed, act)))


@pytest.mark.parametrize("name", CHANGES)
def test_changes_go_by_an_index(mixed: Catalogue, name: str) -> None:
    """No change walks a whole table either."""

    def act() -> None:
        with mixed.write() as writing:
            CHANGES[name](writing)

    _assert_indexed(list(plans_of(mixed, act)))


def _assert_indexed(plan: list[str]) -> None:
    walks = [line for line in plan if line.startswith("SCAN") and " USING " not in line]
    assert any(line.startswith(("SEARCH", "SCAN")) for line in plan)
    assert walks == []
