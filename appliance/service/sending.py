"""The sending part of one destination: probe, then send, and know when to look again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue.work import deposits_to
from appliance.service.resting import Resting

if TYPE_CHECKING:
    from appliance.domain.clock import Clock
    from appliance.pipeline.deposit import DepositStage

SOONEST_SECONDS: Final = 1.0
"""Our own: a line that is down while the place itself is well is probed after so long, then after
twice as long each time. One that had held for longer is probed at once: most cuts are short, and
a line that is cut every minute must not lie idle for half of it."""


@dataclass(slots=True)
class SendStep:
    """One round for one destination.

    Args:
        stage: Probes and sends.
        clock: Tells when to probe again.
        every_seconds: Between two rounds while the line is up.
        probe_seconds: Between two probes while it stays down, at most.
    """

    stage: DepositStage
    clock: Clock
    every_seconds: float
    probe_seconds: float
    _send: Resting = field(init=False)
    _is_up: bool = False
    _probe_at: float = field(default=float("-inf"))
    _up_since: float = field(default=float("-inf"))
    _pause_seconds: float = 0.0

    def __post_init__(self) -> None:
        work = deposits_to(self.stage.destination)
        self._send = Resting(self.stage.catalogue, work, self.stage.run_once)

    def run(self, owner: str) -> int:
        """Probe when it is time, then send what waits; how many packages were tried."""
        now = self.clock.monotonic()
        if now >= self._probe_at:
            self._probe()
        if not self._is_up:
            return 0
        tried = self._send.run(owner)
        if self.stage.is_line_down():
            self._wait_for_the_line()
        return tried

    def idle_seconds(self) -> float:
        """Until the next probe, or until a package comes due while the line is up."""
        until_probe = max(self._probe_at - self.clock.monotonic(), 0.1)
        return min(until_probe, self._send.idle_seconds()) if self._is_up else until_probe

    def _probe(self) -> None:
        if not self.stage.probe():
            self._wait_for_the_line()
            return
        now = self.clock.monotonic()
        if not self._is_up:
            self._up_since = now
        self._is_up, self._probe_at = True, now + self.every_seconds

    def _wait_for_the_line(self) -> None:
        """Probe at once when the line held for longer than the last pause, else less and less."""
        now = self.clock.monotonic()
        longer_seconds = max(2 * self._pause_seconds, SOONEST_SECONDS)
        has_held = self._is_up and now - self._up_since > longer_seconds
        if not self.stage.is_worth_asking_soon():
            self._pause_seconds = self.probe_seconds
        else:
            self._pause_seconds = 0.0 if has_held else min(longer_seconds, self.probe_seconds)
        self._is_up, self._probe_at = False, now + self._pause_seconds
