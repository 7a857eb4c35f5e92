"""The pulse: alive is recorded, and what others commit is noticed; a look takes no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, update

from appliance.catalogue import box, leases
from appliance.catalogue.due import next_moment
from appliance.catalogue.leases import Claim
from appliance.catalogue.pulse import opened_pulse
from appliance.catalogue.tables import MasterRow
from appliance.domain.clock import to_text
from tests.catalogue.making import add_master, add_unit

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from tests.fakes.clock import FakeClock

READY = (col(MasterRow.state) == "accepted",)


def _moment(catalogue: Catalogue) -> str | None:
    with catalogue.read() as session:
        return next_moment(session, MasterRow, READY)


def test_a_beat_is_recorded_and_changes_nothing_for_its_own_pulse(
    catalogue: Catalogue, clock: FakeClock
) -> None:
    """Otherwise every beat of an idle box would wake every part."""
    with opened_pulse(catalogue) as pulse:
        for _ in range(2):
            clock.pass_seconds(5)
            pulse.beat()
            assert not pulse.has_changed()
    with catalogue.read() as session:
        assert box.heartbeat(session) == to_text(clock.now())


def test_an_end_stands_until_something_beats_again(catalogue: Catalogue) -> None:
    """Of two processes one is stopped: the next beat of the other says that the box works on."""
    with opened_pulse(catalogue) as pulse, opened_pulse(catalogue) as other:
        told: list[bool] = []
        for say in (pulse.beat, pulse.end, other.beat):
            say()
            with catalogue.read() as session:
                told.append(box.is_service_stopped(session))
    assert told == [False, True, False]


def test_what_others_commit_is_noticed_once(catalogue: Catalogue, clock: FakeClock) -> None:
    """A commit on any other connection shows, also one that falls between two beats."""
    with opened_pulse(catalogue) as pulse, opened_pulse(catalogue) as other:
        other.beat()
        clock.pass_seconds(5)
        pulse.beat()
        assert pulse.has_changed()
        assert not pulse.has_changed()
        assert other.has_changed()


def test_a_look_tells_when_something_comes_due(catalogue: Catalogue, clock: FakeClock) -> None:
    """Nothing, then a record for now, then one that an owner holds until the lease ends."""
    assert _moment(catalogue) is None
    with catalogue.write() as writing:
        unit = add_unit(writing)
        add_master(writing, 1, unit.id, next_attempt=writing.now)
    assert _moment(catalogue) == to_text(clock.now())
    with catalogue.write() as writing:
        taken = leases.take(writing, MasterRow, READY, Claim("inspect:1", limit=1, seconds=60))
    assert _moment(catalogue) == taken[0].lease_until
    with catalogue.write() as writing:
        writing.session.execute(update(MasterRow).values(leases.waits()))
    assert _moment(catalogue) is None


def test_a_look_waits_for_no_writer(catalogue: Catalogue) -> None:
    """While another holds the write lock, a look answers at once."""
    with catalogue.write():
        assert _moment(catalogue) is None
