"""Thousands of drops in every way while the service is killed: nothing lost, nothing doubled.

``make soak`` runs the long form. APPLIANCE_CAMPAIGN_DROPS, _KILLS and _SEED scale and repeat it.
"""

from __future__ import annotations

import os
import random
import time
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from tests.campaign.accounting import assert_all_counted
from tests.campaign.dropping import scanners
from tests.campaign.planning import SCANNERS, Plan
from tests.uploads.box import Box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.campaign.dropping import Scanner

pytestmark = [pytest.mark.kill, pytest.mark.timeout(0)]
"""Its own deadline grows with the number of drops."""

PARTS: Final = ("watch", "inspect", "assemble", "derive", "seal", "sync", "audit")
"""All parts that write: only together do they clear up after a crash when they start."""
_UNREACHED_PAGES: Final = 90_000
"""Expected pages that no hồ sơ reaches, so that intake alone is at work."""
_KILL_JITTER_SECONDS: Final = 0.5
_POLL_SECONDS: Final = 0.02
_SECONDS_A_DROP: Final = 0.5
"""Patience of the test, on the slowest machine."""
_SETTINGS: Final = {
    "settle_seconds = 0.2": "settle_seconds = 0.1",
    "patience_seconds = 60": "patience_seconds = 5",
}


@pytest.fixture
def seed() -> int:
    """The seed of this run; printed, and set by APPLIANCE_CAMPAIGN_SEED to repeat one."""
    chosen = os.environ.get("APPLIANCE_CAMPAIGN_SEED", random.SystemRandom().randrange(10**6))
    print(f"seed {chosen}: repeat with APPLIANCE_CAMPAIGN_SEED={chosen}")  # noqa: T201 - pytest shows it on failure
    return int(chosen)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A box whose service does not run yet."""
    made = Box(tmp_path, settings=_SETTINGS)
    for name in SCANNERS:
        (made.drop / name).mkdir()
    try:
        yield made
    finally:
        made.clean_up()


class Campaign:
    """One campaign over a box.

    Args:
        box: Its service is killed and started again.
        plan: What is dropped.
        kills: How often.
        seed: Of the moments.
    """

    def __init__(self, box: Box, plan: Plan, kills: int, seed: int) -> None:
        self.box = box
        self._count = len(plan.drops)
        self._chooser = random.Random(f"{seed} kills")
        self._deadline = time.monotonic() + 120 + _SECONDS_A_DROP * self._count
        marks = (self._chooser.randrange(self._count * 9 // 10) for _ in range(kills))
        self._marks = sorted(marks)

    def run(self, working: Sequence[Scanner]) -> None:
        """Drop, kill, start again, until everything is taken."""
        for scanner in working:
            scanner.start()
        self.box.start(*PARTS)
        for mark in self._marks:
            self._wait(partial(self._has_come_to, mark))
            time.sleep(self._chooser.uniform(0, _KILL_JITTER_SECONDS))
            self.box.kill()
            self.box.start(*PARTS)
        self._wait(lambda: not any(scanner.is_alive() for scanner in working))
        for scanner in working:
            assert scanner.problem is None, scanner.problem
        self._wait(self._is_done)
        self.box.stop()

    def came_in(self) -> int:
        """How many drops have their row; 0 before the first."""
        rows = self.box.rows("SELECT value FROM counter WHERE name = 'came_in'")
        return rows[0]["value"] if rows else 0

    def _has_come_to(self, mark: int) -> bool:
        return self.came_in() >= mark

    def _is_done(self) -> bool:
        if self.came_in() < self._count or self.box.dropped():
            return False
        waiting = "SELECT id FROM master WHERE state = 'accepted' OR is_read_back = 0 LIMIT 1"
        return not self.box.rows(waiting)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            assert self.box.is_running(), self.box.log.read_text("utf-8", "replace")[-4000:]
            assert time.monotonic() < self._deadline, (
                f"{self.came_in()} of {self._count} came in; left: {self.box.dropped()[:20]}"
            )
            time.sleep(_POLL_SECONDS)


def test_nothing_lost_nothing_doubled(box: Box, tmp_path: Path, seed: int) -> None:
    """Whatever the moment of each kill, every drop is counted once on disk and in the catalogue."""
    drops = int(os.environ.get("APPLIANCE_CAMPAIGN_DROPS", "150"))
    kills = int(os.environ.get("APPLIANCE_CAMPAIGN_KILLS", "3"))
    plan = Plan(seed, drops)
    box.register(dict.fromkeys(plan.file_codes, _UNREACHED_PAGES))
    started = time.monotonic()
    Campaign(box, plan, kills, seed).run(scanners(plan, box.drop, tmp_path / "aside", seed))
    print(f"{drops} drops, {kills} kills, {time.monotonic() - started:.0f} s")  # noqa: T201 - make soak shows it
    assert_all_counted(box, plan)
    assert not list((box.drop / ".claimed").rglob("*/*"))
