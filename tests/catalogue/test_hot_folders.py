"""How each scanner's folder is watched, as the page reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.catalogue import hot_folders
from appliance.catalogue.hot_folders import FolderFacts
from appliance.catalogue.hot_folders import folder_rows as rows_of
from tests.catalogue.making import add_master, add_unit

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue

MOMENT = "2026-11-22T13:00:00.000000Z"
FACTS = FolderFacts("scan01", True, "events", MOMENT, 3, MOMENT)  # noqa: FBT003 - in the order of the class


def ways(catalogue: Catalogue) -> list[tuple[str, str, int]]:
    """Name, way and count of each folder."""
    with catalogue.read() as session:
        return [(row.scanner, row.way, row.waiting) for row in rows_of(session)]


def test_facts_are_written_and_written_anew(catalogue: Catalogue) -> None:
    """A folder has one row, which says how it is now."""
    for waiting in (3, 0):
        with catalogue.write() as writing:
            hot_folders.record_folders(writing, [replace(FACTS, waiting=waiting)])
        assert ways(catalogue) == [("scan01", "events", waiting)]


def test_a_moment_that_a_new_start_does_not_know_stays(catalogue: Catalogue) -> None:
    """The last arrival is remembered over a restart of the service."""
    with catalogue.write() as writing:
        hot_folders.record_folders(writing, [FACTS])
        later = replace(FACTS, way="unknown", probed_at=None, last_arrival_at=None)
        hot_folders.record_folders(writing, [later])
    with catalogue.read() as session:
        (row,) = rows_of(session)
    assert (row.way, row.probed_at, row.last_arrival_at) == ("unknown", MOMENT, MOMENT)


def test_a_folder_that_nobody_names_any_more_is_forgotten(catalogue: Catalogue) -> None:
    """A folder that was removed on purpose leaves the page; a hot folder that is gone does not."""
    with catalogue.write() as writing:
        hot_folders.record_folders(writing, [FACTS, replace(FACTS, scanner="scan02")])
        hot_folders.record_folders(writing, [FACTS])
    assert ways(catalogue) == [("scan01", "events", 3)]
    with catalogue.write() as writing:
        hot_folders.mark_all_gone(writing)
    assert ways(catalogue) == [("scan01", "gone", 3)]


def test_the_mark_is_remembered_once(catalogue: Catalogue) -> None:
    """Whether the drop's disk was marked survives, and remembering twice harms nothing."""
    with catalogue.write() as writing:
        assert not hot_folders.is_drop_marked(writing.session)
        hot_folders.remember_drop_mark(writing)
        hot_folders.remember_drop_mark(writing)
    with catalogue.read() as session:
        assert hot_folders.is_drop_marked(session)


def test_recorded_claims_are_told_from_others(catalogue: Catalogue) -> None:
    """A claim with a row is recorded, however many are asked for at a time."""
    with catalogue.write() as writing:
        row = add_master(writing, 1, add_unit(writing).id)
    asked = [*(f"{number:032x}" for number in range(1200)), row.claim_id]
    with catalogue.read() as session:
        assert hot_folders.recorded_claims(session, asked) == {row.claim_id}
