"""Work on a carried disk that a person began on the page: one at a time, beside the page.

Killing it at any moment is safe: a disk without its manifest is taken in nowhere, and the next
filling goes on with what is there. So the thread does not hold up the end of the service.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from appliance.domain.errors import ApplianceError, RuleError
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.pipeline.courier import Prepared
    from appliance.pipeline.courier_returns import Imported
    from appliance.pipeline.couriers import Couriers

_LOG = logging.getLogger(__name__)


class JobKind(StrEnum):
    """What is done with a disk."""

    PREPARE = "prepare"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Job:
    """The newest work on a disk.

    Args:
        kind: What is done.
        mount: Which disk, by its folder.
        is_running: Whether it goes on.
        done_bytes: Of packages that are on the disk.
        total_bytes: Wanted; 0 while that is not known.
        prepared: What a filling brought; None before its end.
        imported: What an import brought; None before its end.
        findings: Why it ended without that.
    """

    kind: JobKind
    mount: Path
    is_running: bool = True
    done_bytes: int = 0
    total_bytes: int = 0
    prepared: Prepared | None = None
    imported: Imported | None = None
    findings: tuple[Finding, ...] = ()


class CourierJobs:
    """Runs work on disks.

    Args:
        couriers: What does the work.
    """

    def __init__(self, couriers: Couriers) -> None:
        self._couriers = couriers
        self._lock = threading.Lock()
        self._job: Job | None = None

    @property
    def job(self) -> Job | None:
        """The newest work; None before the first."""
        return self._job

    def prepare(self, destination: str, mount: Path, agent: str) -> bool:
        """Begin to fill a disk; False when another work is on."""

        def fill() -> Job:
            prepared = self._couriers.prepare(destination, mount, agent, progress=self._note)
            return replace(self._current(), is_running=False, prepared=prepared)

        return self._begin(Job(JobKind.PREPARE, mount), fill)

    def import_disk(self, mount: Path, agent: str) -> bool:
        """Begin to take receipts in; False when another work is on."""

        def take() -> Job:
            imported = self._couriers.import_disk(mount, agent)
            return replace(self._current(), is_running=False, imported=imported)

        return self._begin(Job(JobKind.IMPORT, mount), take)

    def _begin(self, job: Job, work: Callable[[], Job]) -> bool:
        with self._lock:
            if self._job is not None and self._job.is_running:
                return False
            self._job = job
        threading.Thread(target=self._run, args=(job, work), name="courier", daemon=True).start()
        return True

    def _run(self, job: Job, work: Callable[[], Job]) -> None:
        try:
            self._job = work()
        except RuleError as problem:
            self._job = replace(job, is_running=False, findings=problem.findings)
        except ApplianceError as problem:
            self._stop(job, problem)
        except Exception as problem:  # noqa: BLE001 - told on the page and logged whole
            _LOG.exception("the work on the disk %s failed", job.mount)
            self._stop(job, problem)

    def _stop(self, job: Job, problem: Exception) -> None:
        _LOG.warning("the work on the disk %s ended: %s", job.mount, problem)
        finding = Finding("COURIER-INTERRUPTED", str(job.mount), {"problem": str(problem)[:300]})
        self._job = replace(job, is_running=False, findings=(finding,))

    def _note(self, done_bytes: int, total_bytes: int) -> None:
        self._job = replace(self._current(), done_bytes=done_bytes, total_bytes=total_bytes)

    def _current(self) -> Job:
        if self._job is None:
            raise ValueError("no work has begun")
        return self._job
