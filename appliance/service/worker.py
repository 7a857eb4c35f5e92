"""A part's thread: works while there is work, sleeps until rung, never dies of one bad thing."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import box, leases
from appliance.domain.errors import ApplianceError
from appliance.domain.findings import Finding
from appliance.service.doorbell import Doorbell

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.engine import Catalogue

_LOG: Final = logging.getLogger(__name__)
_FAILURE_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Step:
    """What a worker does again and again.

    Args:
        run: One round with the lease owner's name; how much was done.
        idle_seconds: How long to sleep after a round that did nothing; called anew each time.
    """

    run: Callable[[str], int]
    idle_seconds: Callable[[], float]


class Worker:
    """One thread that repeats a step.

    Args:
        name: The part's name; leases are owned by ``name:instance``.
        instance: Of this process.
        step: What to repeat.
        catalogue: Where a failure is put up as a notice.
        on_work: Called after a round that did something, to wake the other parts.
    """

    def __init__(
        self,
        name: str,
        instance: str,
        step: Step,
        catalogue: Catalogue,
        on_work: Callable[[], None],
    ) -> None:
        self.name = name
        self.bell = Doorbell()
        self._owner = f"{name}:{instance}"
        self._step = step
        self._catalogue = catalogue
        self._on_work = on_work
        self._stopping = threading.Event()
        self._has_notice = False
        self._holds_leases = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start working."""
        self._thread.start()

    def stop(self) -> None:
        """Ask to stop after the round at hand."""
        self._stopping.set()
        self.bell.ring()

    def join(self, seconds: float) -> None:
        """Wait for the thread to end."""
        self._thread.join(seconds)

    def _work(self) -> None:
        while not self._stopping.is_set():
            done = self._round()
            if done:
                self._on_work()
            elif done is not None and not self._stopping.is_set():
                self.bell.sleep(self._step.idle_seconds())

    def _round(self) -> int | None:
        """One round; what it cannot handle is logged, put up as a notice, and tried again.

        Returns:
            How much was done; None after a failure, whose pause is over.
        """
        try:
            self._give_back()
            done = self._step.run(self._owner)
            self._take_down()
        except CancelledError:
            return 0  # the pool was shut down: the service is stopping
        except Exception as problem:  # noqa: BLE001 - I8: put up, logged whole, tried again
            if self._stopping.is_set():
                _LOG.info("%s was stopped in the middle of a round: %s", self.name, problem)
                return 0
            self._report(problem)
        else:
            return done
        self._stopping.wait(_FAILURE_PAUSE_SECONDS)
        return None

    def _report(self, problem: Exception) -> None:
        if isinstance(problem, ApplianceError):
            code = problem.code
            _LOG.warning("%s: %s: %s", self.name, code, problem)
        else:
            code = type(problem).__name__
            _LOG.error("%s failed and will try again", self.name, exc_info=problem)
        self._holds_leases = True
        try:
            self._put_up(code, str(problem))
        except Exception:  # noqa: BLE001 - a part outlives its own notice
            _LOG.exception("%s cannot put up its notice", self.name)

    def _put_up(self, code: str, problem: str) -> None:
        """Say it on the page, and give back what the round held, or it would wait for hours."""
        values = {"stage": self.name, "problem": f"{code}: {problem}"}
        with self._catalogue.write() as writing:
            box.put_notice(writing, Finding("STAGE-FAILED", self.name, values))
            leases.give_back(writing, self.name)
        self._has_notice, self._holds_leases = True, False

    def _give_back(self) -> None:
        """What a round held that failed so badly that the catalogue took no word of it."""
        if self._holds_leases:
            with self._catalogue.write() as writing:
                leases.give_back(writing, self.name)
            self._holds_leases = False

    def _take_down(self) -> None:
        if self._has_notice:
            with self._catalogue.write() as writing:
                box.clear_notice(writing, "STAGE-FAILED", self.name)
            self._has_notice = False
