"""Every question that an audit asks is answered by an index, whatever the number of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from appliance.catalogue import audit_overview, audits, master_walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue

MOMENT = "2026-01-01T00:00:00.000000Z"
LATER = "2030-01-01T00:00:00.000000Z"
BAD_ONLY = "USING INDEX package_check_bad"
"""Holds damaged copies alone, so that all of it is little."""
QUESTIONS: dict[str, Callable[[Session], object]] = {
    "far to repair": lambda s: audits.far_to_repair(s, "province", {7}),
    "far to prove": lambda s: audits.far_to_prove(s, "province", MOMENT, LATER, set()),
    "far to scrub": lambda s: audits.far_to_scrub(s, "province", MOMENT, set()),
    "own to repair": lambda s: audits.own_to_repair(s, set()),
    "own to prove": lambda s: audits.own_to_prove(s, MOMENT, LATER, {7}),
    "own to scrub": lambda s: audits.own_to_scrub(s, MOMENT, set()),
    "is sending": lambda s: audits.is_sending(s, "province", MOMENT),
    "last slice": lambda s: audits.last_slice(s, "province"),
    "next master": master_walk.next_master,
    "damage": lambda s: audit_overview.open_damage(s, "@box", "master"),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_no_question_walks_through_a_table(
    catalogue: Catalogue, ask: Callable[[Session], object]
) -> None:
    """Its plan searches indexes only, and sorts nothing."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, given: object, *_: object) -> None:
        asked.append((statement, given))

    with catalogue.read() as session:
        event.listen(catalogue.engine, "before_cursor_execute", note)
        ask(session)
        event.remove(catalogue.engine, "before_cursor_execute", note)
        for statement, given in asked:
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            steps = [str(row[3]) for row in rows]
            walks = [one for one in steps if one.startswith("SCAN") and BAD_ONLY not in one]
            assert not walks, (statement, steps)
            assert not [one for one in steps if "TEMP B-TREE" in one], (statement, steps)
    assert asked
