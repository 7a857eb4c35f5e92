"""The sending part: when it probes, when it sends, and how long it sleeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.service.sending import SOONEST_SECONDS, SendStep
from appliance.sync.refusal import refusal
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync.fakes import FakeRemote

EVERY_SECONDS, PROBE_SECONDS = 900.0, 30.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A box with one sealed hồ sơ."""
    with WorkerPool(1, 2 * 1024**3, 60) as pool:
        made = Bench(tmp_path, pool)
        made.sealed({"HS-01": 1})
        yield made
        made.close()


@pytest.fixture
def far(bench: Bench) -> FakeRemote:
    """The far side, which counts its probes."""
    return bench.far_side()


@pytest.fixture
def step(bench: Bench, far: FakeRemote) -> SendStep:
    """The part for the province."""
    return SendStep(bench.deposit_stage(far), bench.clock, EVERY_SECONDS, PROBE_SECONDS)


def test_the_first_round_probes_and_sends(bench: Bench, step: SendStep) -> None:
    """A start finds out whether the line is there and sends what waits."""
    assert step.run("sync:province:1") == 1
    assert [row.state for row in bench.deposits()] == ["proved"]


def test_a_line_that_is_down_is_probed_only_now_and_then(
    bench: Bench, far: FakeRemote, step: SendStep
) -> None:
    """Between two probes nothing is tried; the first that succeeds sends at once."""
    far.fail_next("LINE-DOWN", times=2)
    assert step.run("sync:province:1") == 0
    assert step.run("sync:province:1") == 0
    assert len(far.errors) == 1
    bench.clock.advance(PROBE_SECONDS)
    assert step.run("sync:province:1") == 0
    assert len(far.errors) == 0
    bench.clock.advance(PROBE_SECONDS)
    assert step.run("sync:province:1") == 1
    assert [row.state for row in bench.deposits()] == ["proved"]


def test_a_line_that_stays_down_is_probed_less_and_less(
    bench: Bench, far: FakeRemote, step: SendStep
) -> None:
    """Soon at first, since most cuts are short; then never less often than was set."""
    far.fail_next("LINE-DOWN", times=8)
    pauses = []
    while far.errors:
        step.run("sync:province:1")
        pauses.append(step.idle_seconds())
        bench.clock.advance(pauses[-1])
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, PROBE_SECONDS, PROBE_SECONDS, PROBE_SECONDS]


def test_a_line_that_is_cut_while_sending_is_probed_soon(
    bench: Bench, far: FakeRemote, step: SendStep
) -> None:
    """After a cut the next attempt begins with a probe: not at once, but before long."""
    far.errors.append(None)
    far.fail_next("LINE-DOWN")
    assert step.run("sync:province:1") == 1
    assert step.run("sync:province:1") == 0
    assert [row.state for row in bench.deposits()] == ["waiting"]
    bench.clock.advance(SOONEST_SECONDS)
    assert step.run("sync:province:1") == 1
    assert [row.state for row in bench.deposits()] == ["proved"]


def test_a_line_that_had_held_is_probed_soon_again(
    bench: Bench, far: FakeRemote, step: SendStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut every 20 seconds it goes on at once each time; cut at once, later and later."""
    pauses = []
    for held_seconds in (20.0, 20.0, 20.0, 0.0, 0.0, 0.0, 20.0):

        def deposit(*_: object, seconds: float = held_seconds, **__: object) -> None:
            bench.clock.advance(seconds)
            raise refusal("LINE-DOWN", "cut")

        monkeypatch.setattr(far, "deposit", deposit)
        assert step.run("sync:province:1") == 1
        pauses.append(step.idle_seconds())
        bench.clock.advance(pauses[-1])
    assert pauses == [0.1, 0.1, 0.1, 1.0, 2.0, 4.0, 0.1]


@pytest.mark.parametrize("code", ["AUTH-REFUSED", "LINE-REFUSED-BY-HOST"])
def test_a_place_that_turns_this_box_away_is_not_pressed(
    bench: Bench, far: FakeRemote, step: SendStep, code: str
) -> None:
    """A host that counts failed logins would shut the address out, and the office behind it."""
    far.fail_next(code, times=2)
    for _ in range(2):
        assert step.run("sync:province:1") == 0
        assert step.idle_seconds() == PROBE_SECONDS
        bench.clock.advance(PROBE_SECONDS)
    assert step.run("sync:province:1") == 1


def test_it_never_sleeps_past_its_probe(bench: Bench, far: FakeRemote, step: SendStep) -> None:
    """While the line is down the pause ends with the next probe, and not before."""
    far.fail_next("LINE-DOWN")
    step.run("sync:province:1")
    assert step.idle_seconds() == SOONEST_SECONDS
    bench.clock.advance(SOONEST_SECONDS - 0.3)
    assert step.idle_seconds() == pytest.approx(0.3)
    bench.clock.advance(60)
    assert step.idle_seconds() == pytest.approx(0.1)
