"""The sending part: when it probes, when it sends, and how long it sleeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.service.sending import SendStep
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


def test_a_line_that_goes_down_while_sending_is_left_alone_for_a_while(
    bench: Bench, far: FakeRemote, step: SendStep
) -> None:
    """After a cut the next attempt begins with a probe, and not at once."""
    far.errors.append(None)
    far.fail_next("LINE-CUT")
    assert step.run("sync:province:1") == 1
    assert [row.state for row in bench.deposits()] == ["waiting"]
    bench.clock.advance(PROBE_SECONDS - 1)
    assert step.run("sync:province:1") == 0
    bench.clock.advance(1)
    assert step.run("sync:province:1") == 1
    assert [row.state for row in bench.deposits()] == ["proved"]


def test_it_never_sleeps_past_its_probe(bench: Bench, far: FakeRemote, step: SendStep) -> None:
    """While the line is down the pause ends with the next probe, and not before."""
    far.fail_next("LINE-DOWN")
    step.run("sync:province:1")
    assert step.idle_seconds() == PROBE_SECONDS
    bench.clock.advance(PROBE_SECONDS - 2)
    assert step.idle_seconds() == pytest.approx(2.0)
    bench.clock.advance(60)
    assert step.idle_seconds() == pytest.approx(0.1)
