"""Claims as leases: nobody takes what another holds, and the dead give back."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select, update

from appliance.catalogue import leases
from appliance.catalogue.leases import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    Claim,
    done,
    give_back,
    retry_later,
    waits,
)
from appliance.catalogue.tables import MasterRow
from appliance.domain.clock import from_text, to_text
from tests.catalogue.making import CLAIM, add_master, add_unit
from tests.fakes.clock import START

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from tests.fakes.clock import FakeClock

READY = (col(MasterRow.state) == "accepted",)


def _add(catalogue: Catalogue, count: int) -> None:
    with catalogue.write() as writing:
        unit = add_unit(writing)
        for number in range(1, count + 1):
            add_master(writing, number, unit.id, next_attempt=writing.now)


def _take(catalogue: Catalogue, claim: Claim = CLAIM) -> list[int]:
    with catalogue.write() as writing:
        taken = leases.take(writing, MasterRow, READY, claim)
        return [row.file_number or 0 for row in taken]


def _set(catalogue: Catalogue, number: int, **values: object) -> None:
    with catalogue.write() as writing:
        one = update(MasterRow).where(col(MasterRow.file_number) == number)
        writing.session.execute(one.values(**values))


def _row(catalogue: Catalogue, number: int = 1) -> MasterRow:
    with catalogue.read() as session:
        return session.exec(select(MasterRow).where(MasterRow.file_number == number)).one()


def test_two_owners_never_hold_the_same(catalogue: Catalogue) -> None:
    """What one took is not there for the other, in batches of the asked size."""
    _add(catalogue, 5)
    assert _take(catalogue, replace(CLAIM, limit=3)) == [1, 2, 3]
    assert _take(catalogue, replace(CLAIM, owner="part:2")) == [4, 5]
    assert _take(catalogue, replace(CLAIM, owner="part:3")) == []


def test_eight_owners_at_once_share_without_overlap(catalogue: Catalogue) -> None:
    """Threads that take at the same time get each record once in all."""
    _add(catalogue, 40)
    start, found = threading.Barrier(8), []

    def take(owner: int) -> None:
        start.wait()
        while numbers := _take(catalogue, Claim(f"part:{owner}", 3, 60)):
            found.extend(numbers)

    threads = [threading.Thread(target=take, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 41))


def test_a_lease_says_whose_and_until_when(catalogue: Catalogue) -> None:
    """The row names its owner, the end of the lease, and counts the try."""
    _add(catalogue, 1)
    with catalogue.write() as writing:
        (taken,) = leases.take(writing, MasterRow, READY, CLAIM)
    for row in (taken, _row(catalogue)):
        assert (row.owner, row.tries) == ("part:1", 1)
        assert (from_text(row.lease_until or "") - START).total_seconds() == 60


def test_a_row_read_before_is_leased_as_it_is_now(catalogue: Catalogue) -> None:
    """What the same transaction looked at before does not come back as it was then."""
    _add(catalogue, 1)
    with catalogue.write() as writing:
        before = writing.session.exec(select(MasterRow)).one()
        assert before.owner is None
        (taken,) = leases.take(writing, MasterRow, READY, CLAIM)
        assert (taken.owner, taken.tries) == ("part:1", 1)


def test_the_dead_give_back_by_expiry(catalogue: Catalogue, clock: FakeClock) -> None:
    """archivematica/Issues#1055: A lease holds on its last moment, and is free after it."""
    _add(catalogue, 1)
    assert _take(catalogue) == [1]
    clock.pass_seconds(60)
    assert _take(catalogue, replace(CLAIM, owner="part:2")) == []
    clock.pass_seconds(1)
    assert _take(catalogue, replace(CLAIM, owner="part:2")) == [1]
    row = _row(catalogue)
    assert (row.owner, row.tries) == ("part:2", 2)


def test_the_oldest_comes_first(catalogue: Catalogue, clock: FakeClock) -> None:
    """Records are taken in the order in which they became ready, then as they came."""
    _add(catalogue, 3)
    clock.pass_seconds(10)
    _set(catalogue, 1, next_attempt=to_text(clock.now()))
    assert _take(catalogue) == [2, 3, 1]


def test_what_is_not_ready_is_left(catalogue: Catalogue, clock: FakeClock) -> None:
    """In another state, waiting for something, or before its time."""
    _add(catalogue, 4)
    _set(catalogue, 1, state="inspected")
    _set(catalogue, 2, next_attempt=None)
    clock.pass_seconds(5)
    _set(catalogue, 3, next_attempt=to_text(clock.now()))
    clock.pass_seconds(-1)
    assert _take(catalogue) == [4]
    clock.pass_seconds(1)
    assert _take(catalogue) == [3]


def test_a_part_gives_back_its_own_alone(catalogue: Catalogue) -> None:
    """Leases of other parts stay, whatever letters their names share."""
    owners = ["part:1", "part:2", "part2:1", "pa_t:1", "xpart:1"]
    _add(catalogue, len(owners))
    for number, owner in enumerate(owners, start=1):
        assert _take(catalogue, Claim(owner, 1, 60)) == [number]
    with catalogue.write() as writing:
        assert give_back(writing, "pa_t") == 1
        assert give_back(writing, "part") == 2
        assert give_back(writing, "part") == 0
    held = [_row(catalogue, number).owner for number in range(1, 6)]
    assert held == [None, None, "part2:1", None, "xpart:1"]
    assert _take(catalogue) == [1, 2, 4]


def test_done_may_be_taken_at_once_and_waits_not_at_all(catalogue: Catalogue) -> None:
    """The next step follows at once; what waits is taken only after something wakes it."""
    _add(catalogue, 2)
    _take(catalogue)
    _set(catalogue, 1, **done(to_text(START)))
    _set(catalogue, 2, **waits())
    assert _take(catalogue) == [1]
    assert _row(catalogue, 2).owner is None
    assert _row(catalogue, 2).tries == 0


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 2), (2, 4), (3, 8), (4, 16), (9, 512), (10, 900), (11, 900), (1000, 900)],
)
def test_pauses_grow_to_their_limit(tries: int, seconds: int) -> None:
    """Two seconds after the first try, doubled each time, at most fifteen minutes."""
    values = retry_later(to_text(START), tries)
    pause = from_text(values["next_attempt"]) - START
    assert pause.total_seconds() == seconds
    assert FIRST_RETRY_SECONDS <= seconds <= LONGEST_RETRY_SECONDS
    assert (values["owner"], values["lease_until"]) == (None, None)
    assert "tries" not in values


def test_the_pause_follows_the_tries(catalogue: Catalogue, clock: FakeClock) -> None:
    """A record that fails again and again is taken less and less often."""
    _add(catalogue, 1)
    pauses = []
    for _ in range(4):
        with catalogue.write() as writing:
            (row,) = leases.take(writing, MasterRow, READY, CLAIM)
            later = retry_later(writing.now, row.tries)
        _set(catalogue, 1, **later)
        pause_seconds = (from_text(later["next_attempt"]) - clock.now()).total_seconds()
        clock.pass_seconds(pause_seconds - 0.001)
        assert _take(catalogue) == []
        clock.pass_seconds(0.001)
        pauses.append(pause_seconds)
    assert pauses == [2, 4, 8, 16]
