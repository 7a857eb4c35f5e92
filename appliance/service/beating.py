"""The beat of a service: says "alive" while every part is, and rings when the catalogue changes.

What other processes and the web page commit is noticed here, by one cheap question, so that the
parts need not look by themselves.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from appliance.catalogue.pulse import opened_pulse
from appliance.service.notify import notify

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.pulse import Pulse

_LOG: Final = logging.getLogger(__name__)
_BEAT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.5
"""Our own: what parts in other processes do is noticed within this time; a look costs some µs."""


class Beating:
    """The thread that beats.

    Args:
        catalogue: Where the beat is recorded and changes are seen.
        is_alive: Whether every part is.
        ring: Lets every part look for work.
    """

    def __init__(
        self, catalogue: Catalogue, is_alive: Callable[[], bool], ring: Callable[[], None]
    ) -> None:
        self._catalogue = catalogue
        self._is_alive = is_alive
        self._ring = ring
        self._beat_at = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="beat", daemon=True)

    def start(self) -> None:
        """Start beating."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Beat no more, and say so; wait so long for the thread to end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def beat_once(self, pulse: Pulse) -> None:
        """Say "alive" if every part is; a dead part is silence, and silence is not green."""
        if not self._is_alive():
            _LOG.critical("a part of the service has died; see its last words above")
            return
        moved = pulse.beat()
        notify("WATCHDOG=1")
        if moved:  # its own commits wake nobody
            _LOG.warning("the clock was set back: %d pauses and leases with it", moved)
            self._ring()

    def _keep_beating(self) -> None:
        while not self._stopping.is_set():
            try:
                with opened_pulse(self._catalogue) as pulse:
                    self._ring()  # what was committed before this pulse was taken
                    self._beat_until_stopped(pulse)
            except Exception:  # noqa: BLE001 - silence says it; the next beat tries again
                _LOG.exception("the service cannot say that it is alive")
                self._stopping.wait(_BEAT_SECONDS)

    def _beat_until_stopped(self, pulse: Pulse) -> None:
        while True:
            now = self._catalogue.clock.monotonic()
            if now >= self._beat_at:
                self._beat_at = now + _BEAT_SECONDS
                self.beat_once(pulse)
            if self._stopping.wait(_LOOK_SECONDS):
                pulse.end()
                return
            if pulse.has_changed():
                self._ring()
