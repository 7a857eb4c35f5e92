"""The queue of a destination: its order, its leases, its figures, and what asking for it costs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits, place_lists, sending
from appliance.catalogue.tables import DepositRow
from appliance.domain.clock import from_text
from appliance.domain.pace import NO_LIMIT, Bandwidth, Hours, OfficeHours
from appliance.domain.sending import send_rank
from appliance.domain.states import DepositEvent, DepositState
from tests.catalogue.making import (
    MINISTRY,
    PROVINCE,
    add_package,
    add_unit,
    deposit_row,
    deposit_to,
    receipt,
    set_deposit,
)
from tests.catalogue.test_plans import plans_of

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.sending import Estimate
    from tests.fakes.clock import FakeClock

MIB = 1024 * 1024
OWNER = "sync:province:1"


def owe(catalogue: Catalogue, *sizes_bytes: int) -> list[int]:
    """Packages of these sizes, sealed now; the row ids of their deposits at the province."""
    ids: list[int] = []
    with catalogue.write() as writing:
        deposits.configure_destinations(writing, [PROVINCE, MINISTRY])
        for size_bytes in sizes_bytes:
            number = len(ids) + 1
            unit = add_unit(writing, f"H{writing.now[5:19]}-{number}")
            package = add_package(writing, unit.id or 0, size_bytes=size_bytes)
            ids.append(deposit_to(writing, package, "province").id or 0)
    return ids


def taken(catalogue: Catalogue, below_bytes: int | None = None) -> int | None:
    """The row id of the deposit that comes next."""
    with catalogue.write() as writing:
        row = sending.take_next(writing, "province", OWNER, below_bytes=below_bytes)
    return None if row is None else row.id


def estimate(
    catalogue: Catalogue, bandwidth: Bandwidth = NO_LIMIT, *, is_halted: bool = False
) -> Estimate:
    """When the province has everything."""
    with catalogue.read() as session:
        place = deposits.destination(session, "province")
        bounds, now = {"province": bandwidth}, catalogue.clock.now()
        found = sending.estimates(session, [place], bounds, now, is_halted=is_halted)
    return found["province"]


class TestOrder:
    """Which package goes next."""

    def test_the_smallest_of_one_hour_goes_first(self, catalogue: Catalogue) -> None:
        """Whatever the order in which they were sealed."""
        large, small, middle = owe(catalogue, 900 * MIB, MIB, 40 * MIB)
        assert [taken(catalogue) for _ in range(4)] == [small, middle, large, None]

    def test_a_large_old_one_is_not_overtaken_for_ever(
        self, catalogue: Catalogue, clock: FakeClock
    ) -> None:
        """A week later a small one comes too late to go before it."""
        (large,) = owe(catalogue, 1024 * MIB)
        clock.pass_seconds(5 * 86_400)
        (small,) = owe(catalogue, MIB)
        clock.pass_seconds(2 * 86_400)
        (late,) = owe(catalogue, MIB)
        assert [taken(catalogue) for _ in range(3)] == [small, large, late]

    def test_the_rank_is_the_domains(self, catalogue: Catalogue) -> None:
        """SQL and Python reckon alike, for packages of any size."""
        sizes = (1, 5000, 40 * MIB, 1 << 45)
        for deposit_id, size_bytes in zip(owe(catalogue, *sizes), sizes, strict=True):
            row = deposit_row(catalogue, deposit_id)
            with catalogue.read() as session:
                sealed_at = deposits.package_by_id(session, row.package_id).sealed_at
            assert row.size_bytes == size_bytes
            assert row.send_rank == send_rank(int(from_text(sealed_at).timestamp()), size_bytes)

    def test_what_pauses_lets_others_go_first(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """Until its time has come; then it is first again."""
        first, second = owe(catalogue, MIB, 2 * MIB)
        assert taken(catalogue) == first
        with catalogue.write() as writing:
            row = deposit_row(catalogue, first)
            deposits.transit(writing, row, DepositEvent.INTERRUPT, **sending.pauses(writing, row))
        assert taken(catalogue) == second
        assert taken(catalogue) is None
        clock.pass_seconds(10)
        assert taken(catalogue) == first
        assert deposit_row(catalogue, first).tries == 2

    def test_only_what_still_fits(self, catalogue: Catalogue) -> None:
        """A full disk there is asked for smaller packages only."""
        _large, small = owe(catalogue, 10 * MIB, MIB)
        assert taken(catalogue, below_bytes=MIB) is None
        assert taken(catalogue, below_bytes=MIB + 1) == small


class TestLeases:
    """Who sends, and when they count as dead."""

    def test_a_dead_sender_gives_back_after_a_while(
        self, catalogue: Catalogue, clock: FakeClock
    ) -> None:
        """Nothing stays "being sent" for ever, and a slow but living one is left alone."""
        (number,) = owe(catalogue, MIB)
        assert taken(catalogue) == number
        clock.pass_seconds(800)
        with catalogue.write() as writing:
            row = writing.session.get_one(DepositRow, number)
            sending.note_progress(writing, row, 1000)
        clock.pass_seconds(800)
        assert taken(catalogue) is None
        assert deposit_row(catalogue, number).sent_bytes == 1000
        clock.pass_seconds(200)
        assert taken(catalogue) == number

    def test_a_lease_without_owner_is_a_dead_one(self, catalogue: Catalogue) -> None:
        """A failed round gives its leases back without knowing the state."""
        (number,) = owe(catalogue, MIB)
        taken(catalogue)
        set_deposit(catalogue, number, owner=None, lease_until=None)
        assert taken(catalogue) == number

    def test_a_start_leaves_other_processes_alone(self, catalogue: Catalogue) -> None:
        """What a command is sending goes on while the service starts."""
        mine, other = owe(catalogue, MIB, 2 * MIB)
        assert taken(catalogue) == mine
        with catalogue.write() as writing:
            assert sending.take_next(writing, "province", "command:7") is not None
            assert sending.reset_sending(writing, "province") == 1
        assert deposit_row(catalogue, mine).state == "waiting"
        assert deposit_row(catalogue, other).state == "sending"


class TestRetry:
    """What a person lets be tried again."""

    def test_one_a_cause_or_all(self, catalogue: Catalogue) -> None:
        """Each asks for exactly its own."""
        ids = owe(catalogue, 1, 2, 3, 4)
        for number, code in zip(ids, ("A", "A", "B", "B"), strict=True):
            reason = f'{{"code":"{code}","values":{{}},"where":""}}'
            set_deposit(catalogue, number, state="refused", reason=reason, next_attempt=None)
        with catalogue.write() as writing:
            assert sending.retry_stopped(writing, "province", deposit_id=ids[0]) == 1
            assert sending.retry_stopped(writing, "province", cause="A") == 1
            assert sending.retry_stopped(writing, "ministry") == 0
            assert sending.retry_stopped(writing, "province") == 2
            assert sending.retry_stopped(writing, "province") == 0
        assert taken(catalogue) == ids[0]


class TestEstimate:
    """When everything is there."""

    def test_without_a_measure_nobody_knows(self, catalogue: Catalogue) -> None:
        """The bytes are known, the date is not."""
        owe(catalogue, MIB, 2 * MIB)
        with catalogue.write() as writing:
            deposits.note_contact(writing, "province", None)
        assert (estimate(catalogue).queue_bytes, estimate(catalogue).finish_at) == (3 * MIB, None)

    def test_the_queue_by_the_usual_speed(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """What waits and what is still missing of the one that is being sent."""
        owe(catalogue, MIB, 2 * MIB)
        number = taken(catalogue) or 0
        set_deposit(catalogue, number, sent_bytes=MIB // 2)
        with catalogue.write() as writing:
            deposits.note_contact(writing, "province", None)
            sending.note_pace(writing, "province", Hours.NIGHT, 600 * MIB, 600.0)
        found = estimate(catalogue)
        assert found.queue_bytes == 2 * MIB + MIB // 2
        assert found.bytes_per_second == pytest.approx(MIB)
        assert found.finish_at == clock.now() + dt.timedelta(seconds=2.5)
        assert estimate(catalogue, is_halted=True).finish_at is None

    def test_a_line_that_is_down_has_no_date(self, catalogue: Catalogue) -> None:
        """Nobody knows when it comes back."""
        owe(catalogue, MIB)
        with catalogue.write() as writing:
            sending.note_pace(writing, "province", Hours.NIGHT, MIB, 1.0)
        assert estimate(catalogue).finish_at is None

    def test_the_bound_of_the_hours_is_in_it(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """By day a tenth of what the line can."""
        owe(catalogue, 10 * MIB)
        hours = OfficeHours(dt.time(7), dt.time(17), frozenset(range(7)), dt.UTC)
        with catalogue.write() as writing:
            deposits.note_contact(writing, "province", None)
            sending.note_pace(writing, "province", Hours.NIGHT, 10 * MIB, 1.0)
        found = estimate(catalogue, Bandwidth(hours, MIB, None))
        assert found.bytes_per_second == MIB
        assert found.finish_at == clock.now() + dt.timedelta(seconds=10)

    def test_bytes_are_counted_through_every_state(self, catalogue: Catalogue) -> None:
        """The kept counters equal the summed rows."""
        ids = owe(catalogue, MIB, 2 * MIB, 4 * MIB)
        taken(catalogue)
        with catalogue.write() as writing:
            row = writing.session.get_one(DepositRow, ids[0])
            deposits.prove(writing, row, receipt())
        set_deposit(catalogue, ids[1], state="refused")
        assert estimate(catalogue).queue_bytes == 4 * MIB
        set_deposit(catalogue, ids[1], state="waiting")
        assert estimate(catalogue).queue_bytes == 6 * MIB


class TestLists:
    """What a destination's screen shows."""

    def test_walking_the_queue_meets_each_once(self, catalogue: Catalogue) -> None:
        """In the order of the sending, by keys."""
        ids = owe(catalogue, *(MIB * (7 - number) for number in range(7)))
        seen: list[int] = []
        after = (-1, 0)
        with catalogue.read() as session:
            while rows := place_lists.in_state(
                session, "province", DepositState.WAITING, after=after, limit=3
            ):
                seen += [row.deposit.id or 0 for row in rows]
                after = (rows[-1].deposit.send_rank, rows[-1].deposit.id or 0)
                assert all(row.file_code.startswith("H") for row in rows)
            fourth = session.get_one(DepositRow, seen[3])
            assert place_lists.bytes_before(session, "province", fourth) == (1 + 2 + 3) * MIB
        assert seen == ids[::-1]

    def test_walking_the_proofs_newest_first(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """By the moment of the proof."""
        owe(catalogue, *([MIB] * 4))
        order = []
        for counter in range(1, 5):
            clock.pass_seconds(1)
            with catalogue.write() as writing:
                row = sending.take_next(writing, "province", OWNER)
                assert row is not None
                deposits.prove(writing, row, receipt(counter))
                order.append(row.id)
        with catalogue.read() as session:
            first = place_lists.proofs(session, "province", limit=2)
            last = first[-1].deposit
            rest = place_lists.proofs(
                session, "province", before=(last.proved_at or "", last.id or 0), limit=9
            )
        assert [one.deposit.id for one in (*first, *rest)] == order[::-1]


def test_taking_and_listing_ask_an_index(catalogue: Catalogue) -> None:
    """However long the queue is, its head is found at once."""
    owe(catalogue, MIB)
    with plans_of(catalogue) as plans, catalogue.write() as writing:
        sending.take_next(writing, "province", OWNER)
        place_lists.in_state(
            writing.session, "province", DepositState.REFUSED, after=(5, 5), limit=50
        )
        place_lists.proofs(writing.session, "province", limit=50)
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
    used = {plan.split(" INDEX ")[1].split(" ")[0] for plan in plans if " INDEX " in plan}
    assert {"deposit_listed", "deposit_proved"} <= used
