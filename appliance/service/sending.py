"""The sending part of one destination: probe, then send, and know when to look again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.catalogue.work import deposits_to
from appliance.service.resting import Resting

if TYPE_CHECKING:
    from appliance.domain.clock import Clock
    from appliance.pipeline.deposit import DepositStage


@dataclass(slots=True)
class SendStep:
    """One round for one destination.

    Args:
        stage: Probes and sends.
        clock: Tells when to probe again.
        every_seconds: Between two rounds while the line is up.
        probe_seconds: Between two probes while it is down.
    """

    stage: DepositStage
    clock: Clock
    every_seconds: float
    probe_seconds: float
    _send: Resting = field(init=False)
    _is_up: bool = False
    _probe_at: float = field(default=float("-inf"))

    def __post_init__(self) -> None:
        work = deposits_to(self.stage.destination)
        self._send = Resting(self.stage.catalogue, work, self.stage.run_once)

    def run(self, owner: str) -> int:
        """Probe when it is time, then send what waits; how many packages were tried."""
        now = self.clock.monotonic()
        if now >= self._probe_at:
            self._is_up = self.stage.probe()
            pause = self.every_seconds if self._is_up else self.probe_seconds
            self._probe_at = self.clock.monotonic() + pause
        if not self._is_up:
            return 0
        tried = self._send.run(owner)
        if self.stage.is_line_down():
            self._is_up = False
            self._probe_at = self.clock.monotonic() + self.probe_seconds
        return tried

    def idle_seconds(self) -> float:
        """Until the next probe, or until a package comes due while the line is up."""
        until_probe = max(self._probe_at - self.clock.monotonic(), 0.1)
        return min(until_probe, self._send.idle_seconds()) if self._is_up else until_probe
