"""Parked files: judged again from the bytes in the store, by a person or when the cause passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue import masters, parked
from appliance.catalogue.parked import Wanted
from appliance.catalogue.tables import EventRow
from appliance.domain.rules import RULES
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.parked import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    PASSING_CAUSES,
    ask,
)
from tests.pipeline.making import codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.watchers.values import Look
    from tests.pipeline.making import Bench

OWNER = "inspect:parked:1"


def test_registering_the_unit_frees_its_pages(bench: Bench) -> None:
    """Pages that came before their register go on by themselves, in the order they came."""
    for number in (1, 2):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
    assert bench.parked_stage().retry() == 0
    bench.register({"HS-01": 2})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["accepted", "accepted"]
    bench.settle()
    assert bench.unit("HS-01").state == "sealed"


def test_of_two_scans_that_waited_the_later_one_counts(bench: Bench) -> None:
    """A rescan that was parked as well replaces the first, as it would have done at once."""
    for seed in (1, 2):
        bench.drop("HS-01", "0001.png", page_bytes(seed))
    bench.register({"HS-01": 1})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["replaced", "accepted"]


def test_the_same_bytes_that_waited_twice_count_once(bench: Bench) -> None:
    """A page dropped twice into an unknown hồ sơ is one page and one duplicate."""
    for _ in range(2):
        bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.register({"HS-01": 1})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["accepted", "duplicate"]


def test_a_bad_scan_never_takes_the_place_of_its_rescan(bench: Bench) -> None:
    """Retrying what was parked first must not push out the good page that came after it."""
    bench.register({"HS-01": 1})
    bad = page_bytes(1)
    damaged = bytearray(bad)
    at = bad.index(b"IDAT") + 40
    damaged[at : at + 64] = bytes(64)
    bench.drop("HS-01", "0001.png", bytes(damaged))
    bench.settle(seal=False)
    bench.drop("HS-01", "0001.png", page_bytes(2))
    parked, good = bench.masters()
    assert (parked.state, good.state) == ("parked", "accepted")
    assert bench.parked_stage().retry(Wanted(ids=frozenset({parked.id or 0}))) == 0
    again, still_good = bench.masters()
    assert (again.state, still_good.state) == ("parked", "accepted")
    assert codes_of(again) == ["IMAGE-NOT-DECODABLE"]
    bench.settle(seal=False)
    assert [row.state for row in bench.masters()] == ["replaced", "inspected"]
    assert bench.unit("HS-01").state == "derived"


def test_what_is_still_bad_stays_with_a_fresh_reason(bench: Bench) -> None:
    """A retry by a person judges again; the same bytes give the same answer."""
    row = bench.drop("HS-01", "notes.txt", b"no image")
    assert bench.parked_stage().retry(Wanted(ids=frozenset({row.id or 0}))) == 0
    (again,) = bench.masters()
    assert (again.state, codes_of(again)) == ("parked", ["INTAKE-NOT-IMAGE"])


def test_only_passing_causes_are_retried_by_themselves(bench: Bench) -> None:
    """Without being asked, only what can pass by itself is looked at."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "page.png", page_bytes(1))
    looked: list[Path] = []
    stage = bench.parked_stage()

    def spy(path: Path) -> Look:
        looked.append(path)
        return stage.look(path)

    assert replace(stage, look=spy).retry() == 0
    assert looked == []


def test_one_unreadable_master_stops_no_other(bench: Bench) -> None:
    """A parked file whose bytes are gone stays parked; the next one goes on."""
    lost = bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.drop("HS-01", "0002.png", page_bytes(2))
    bench.store.master_path(lost.sha256).unlink()
    bench.register({"HS-01": 2})
    assert bench.parked_stage().retry() == 1
    assert [row.state for row in bench.masters()] == ["parked", "accepted"]


def asked_events(bench: Bench) -> list[EventRow]:
    """The requests to look again, in order."""
    with bench.catalogue.read() as session:
        statement = select(EventRow).where(EventRow.type == "review")
        return list(session.exec(statement.order_by(col(EventRow.counter))))


def due_count(bench: Bench) -> int:
    """How many parked files the service comes to now."""
    with bench.catalogue.read() as session:
        now = bench.clock.now().isoformat().replace("+00:00", ".000000Z")
        return sum(group.due for group in parked.groups(session, now))


def test_the_service_does_what_a_person_asked_for(bench: Bench) -> None:
    """A request only makes files due; the service judges them once, and tells who asked."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "notes.txt", b"no image")
    stage = bench.parked_stage()
    assert stage.run_once(OWNER) == 0
    assert ask(bench.catalogue, Wanted(cause="INTAKE-NOT-IMAGE"), LOCAL_AGENT) == 1
    assert due_count(bench) == 1
    assert stage.run_once(OWNER) == 1
    assert stage.run_once(OWNER) == 0
    (row,) = bench.masters()
    assert (row.state, row.next_attempt, row.owner) == ("parked", None, None)
    (event,) = asked_events(bench)
    assert (event.agent, event.object_kind, event.object_id) == (
        LOCAL_AGENT,
        "parked",
        "INTAKE-NOT-IMAGE",
    )


def test_a_request_about_one_file_is_an_event_of_that_file(bench: Bench) -> None:
    """The history of a file says who asked for it to be judged again; nobody is nothing."""
    row = bench.drop("HS-01", "0001.png", page_bytes(1))
    assert ask(bench.catalogue, Wanted(ids=frozenset({999})), LOCAL_AGENT) == 0
    assert ask(bench.catalogue, Wanted(ids=frozenset({row.id or 0})), LOCAL_AGENT) == 1
    (event,) = asked_events(bench)
    assert (event.object_kind, event.object_id) == ("master", row.sha256)


def test_passing_causes_are_looked_at_again_later_each_time(bench: Bench) -> None:
    """paperless-ngx#8329: what waits for a passing cause goes on by itself when it passes."""
    bench.drop("HS-01", "0001.png", page_bytes(1))
    stage = bench.parked_stage()
    waits = FIRST_RETRY_SECONDS
    assert stage.run_once(OWNER) == 0
    for _ in range(8):
        bench.clock.advance(waits - 1)
        assert stage.run_once(OWNER) == 0
        bench.clock.advance(1)
        assert stage.run_once(OWNER) == 1
        waits = min(2 * waits, LONGEST_RETRY_SECONDS)
    bench.register({"HS-01": 1})
    bench.clock.advance(LONGEST_RETRY_SECONDS)
    assert stage.run_once(OWNER) == 1
    assert [row.state for row in bench.masters()] == ["accepted"]


def test_an_unreadable_file_does_not_keep_the_service_busy(bench: Bench) -> None:
    """A due file whose bytes are gone is put off, not asked for again at once."""
    lost = bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.store.master_path(lost.sha256).unlink()
    ask(bench.catalogue, Wanted(), LOCAL_AGENT)
    stage = bench.parked_stage()
    assert stage.run_once(OWNER) == 1
    assert stage.run_once(OWNER) == 0
    (row,) = bench.masters()
    assert row.state == "parked"
    assert row.next_attempt is not None


def test_a_cause_is_retried_whole_over_many_slices(bench: Bench) -> None:
    """More files than one transaction takes leave the list in the order they came."""
    count = 70
    with bench.catalogue.read() as session:
        assert parked.how_many(session, Wanted()) == 0
    for number in range(1, count + 1):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(number % 3))
    bench.register({"HS-01": count})
    wanted = Wanted(cause="INTAKE-UNKNOWN-FILE-UNIT")
    assert bench.parked_stage().retry(wanted) == count
    assert {row.state for row in bench.masters()} == {"accepted"}


def test_what_left_the_list_meanwhile_is_let_alone(bench: Bench) -> None:
    """Two retries at once: the second finds nothing to do and breaks nothing."""
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.register({"HS-01": 1})
    stage = bench.parked_stage()
    both: list[int] = []

    def slow(path: Path) -> Look:
        both.append(bench.parked_stage().retry())
        return stage.look(path)

    assert replace(stage, look=slow).retry() == 0
    assert both == [1]
    assert [row.state for row in bench.masters()] == ["accepted"]


def test_every_passing_cause_says_so_to_people() -> None:
    """A cause that the box looks at again is one whose rule promises it, and no other."""
    assert {code for code, rule in RULES.items() if rule.retries} == PASSING_CAUSES
    assert "INTAKE-UNKNOWN-FILE-UNIT" in PASSING_CAUSES
    assert "IMAGE-NOT-DECODABLE" not in PASSING_CAUSES


def test_a_retry_forgets_no_patience(bench: Bench) -> None:
    """A file that is as unfinished as before is told of as before: it was waited for."""
    bench.register({"HS-01": 1})
    row = bench.drop("HS-01", "0001.png", page_bytes(1)[:-20])
    before = masters.findings_of(row.findings)
    assert [finding.code for finding in before] == ["INTAKE-INCOMPLETE"]
    assert ask(bench.catalogue, Wanted(), LOCAL_AGENT) == 1
    assert bench.parked_stage().run_once(OWNER) == 1
    (again,) = bench.masters()
    assert masters.findings_of(again.findings) == before
