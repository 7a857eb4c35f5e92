"""Inspect: every frame of an accepted master is decoded to its last row in a worker process.

The worker reads the master from the disk once: the bytes that prove the copy are the bytes that
are decoded. When that is committed, the drop that the master came from may go (invariant I2).
Outcomes are recorded several in one transaction, as they come, so that a crash costs little;
a thread beside the one that feeds the workers does it, for it mostly waits for the disk.
"""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.catalogue import leases, masters
from appliance.catalogue.leases import Claim
from appliance.catalogue.work import TO_INSPECT
from appliance.disk.store import DIFFERS
from appliance.domain.errors import IntegrityError, StorageError
from appliance.domain.findings import Finding
from appliance.domain.paper import largest_frame_pixels
from appliance.domain.policy import MAX_FRAME_PIXELS
from appliance.domain.scanners import Grouping
from appliance.imaging.facts import Inspection
from appliance.imaging.jobs import inspect_image
from appliance.imaging.reading import ExpectedBytes
from appliance.pipeline.inspect_flow import Flow, grouped
from appliance.pipeline.outcomes import Outcome, record_outcomes
from appliance.pipeline.release import claim_of, let_go, opened_claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.domain.scanners import ScannerProfile, ScannerProfiles
    from appliance.imaging.limits import InspectionLimits

_LOG: Final = logging.getLogger(__name__)

LEASE_SECONDS: Final = 1800
_MENDING_TRIES: Final = 3
"""Our own: a disk that returns other bytes so often is a matter for a person."""


def limits_for(profile: ScannerProfile, base: InspectionLimits) -> InspectionLimits:
    """What a page of a scanner must keep to.

    Args:
        profile: The largest paper and the highest resolution follow from it, a tenth more each
            way, and whether its pages can be cover sheets.
        base: Everything else.
    """
    pixels = largest_frame_pixels(profile.max_paper, profile.max_dpi)
    return replace(
        base,
        max_frame_pixels=min(pixels, MAX_FRAME_PIXELS),
        reads_marks=profile.grouping is Grouping.COVER_SHEETS,
    )


@dataclass(frozen=True, slots=True)
class InspectStage:
    """The stage with what it needs.

    Args:
        catalogue: Where masters wait and pages are written.
        store: Where masters lie and derivatives go.
        executor: Decodes; its workers have no network and a memory bound.
        claimed_root: Where claims wait until their masters are proved.
        profiles: What each scanner may send.
        limits: What a page must keep to, whatever the scanner.
        batch: Masters taken at a time.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    claimed_root: Path
    profiles: ScannerProfiles
    limits: InspectionLimits
    batch: int

    def run_once(self, owner: str) -> int:
        """Inspect a batch of accepted masters; how many there were."""
        taken = self.take(owner, self.batch)
        if not taken:
            return 0
        with self.store.views_folder() as folder, ThreadPoolExecutor(1, "record") as recording:
            flow = Flow(self, owner, folder)
            flow.add(taken)
            ends = [recording.submit(self._finish, group) for group in self._inspections(flow)]
        for end in ends:
            end.result()
        return flow.begun

    def take(self, owner: str, most: int) -> list[MasterRow]:
        """Lease so many accepted masters at most, the oldest first."""
        with self.catalogue.write() as writing:
            return leases.take(writing, *TO_INSPECT, Claim(owner, most, LEASE_SECONDS))

    def submit(self, master: MasterRow, views_folder: Path) -> Future[Inspection]:
        """Hand a master to a worker.

        Args:
            master: Leased.
            views_folder: Where its pictures go.
        """
        return self.executor.submit(
            inspect_image,
            self.store.master_path(master.sha256),
            name=master.name,
            views_folder=views_folder,
            limits=limits_for(self.profiles.of(master.scanner), self.limits),
            expected=ExpectedBytes(master.xxh3, master.size_bytes),
        )

    def _inspections(self, flow: Flow) -> Iterator[list[Outcome]]:
        """Outcomes in groups, in the order in which workers end."""
        for group in grouped(flow):
            yield [self._outcome(master, future) for master, future in group]

    def _outcome(self, master: MasterRow, future: Future[Inspection]) -> Outcome:
        """A worker's answer, and whether the master is proved.

        An answer says so by itself: the worker compares before it decodes. Without one the
        master is read back here.
        """
        try:
            return Outcome(master, future.result(), is_proved=True)
        except CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001 - I8: a decoder's fault stays with its file
            inspection = failure(problem, master.name)
        try:
            self.store.prove_master(master.sha256, master.size_bytes)
        except (IntegrityError, OSError):
            return Outcome(master, inspection, is_proved=False)
        return Outcome(master, inspection, is_proved=not _differed(inspection))

    def _finish(self, group: Sequence[Outcome]) -> None:
        """Derivatives durable first, then one transaction, then the drops may go."""
        proved = [outcome for outcome in group if outcome.is_proved]
        self.store.adopt_derivatives(
            (made.path, made.sha256)
            for outcome in proved
            if not outcome.is_blocked
            for frame in outcome.inspection.frames
            for made in (frame.thumbnail, frame.view)
            if made is not None
        )
        with self.catalogue.write() as writing:
            record_outcomes(writing, proved, self.profiles)
        let_go((outcome.master for outcome in proved), self.claimed_root, self.store)
        for outcome in group:
            if not outcome.is_proved:
                self._mend(outcome.master)

    def _mend(self, master: MasterRow) -> None:
        """What lies on the disk is not what was written: copy it again, or tell a person."""
        finding = Finding(DIFFERS, master.name, {"name": master.name})
        try:
            is_copied = self._copy_again(master)
        except (StorageError, OSError) as problem:
            _LOG.warning("%s could not be copied again: %s", master.name, problem)
            is_copied = True  # the disk may take it, or give it, the next time
        is_hopeful = is_copied and master.tries < _MENDING_TRIES
        with self.catalogue.write() as writing:
            found = (*masters.kept_findings(master), finding)
            columns = {"findings": masters.findings_text(found)}
            if is_hopeful:
                columns |= leases.retry_later(writing.now, master.tries)
                masters.update_master(writing, master.id or 0, columns)
            else:
                refused = Inspection("unknown", findings=(finding,))
                record_outcomes(writing, [Outcome(master, refused, is_proved=False)], self.profiles)

    def _copy_again(self, master: MasterRow) -> bool:
        """Make the copy anew from its claim; False when that cannot be done or must not be.

        A copy that another drop was let go for is evidence and stays, whatever it reads as.
        """
        with self.catalogue.read() as session:
            is_evidence = masters.is_proved(session, master.sha256)
        claim = claim_of(master, self.claimed_root)
        if is_evidence or claim is None:
            return False
        with opened_claim(claim) as source:
            copy = self.store.copy_master(source, master.size_bytes)
        if copy.fingerprint.sha256 != master.sha256:
            self.store.drop(copy)
            return False
        self.store.put_right(copy)
        return True


def failure(problem: Exception, name: str) -> Inspection:
    """What a worker's failure says of this one file."""
    if isinstance(problem, IntegrityError):
        finding = Finding(problem.code, name, {"name": name})
    elif isinstance(problem, OSError):
        values = {"stage": "inspect", "problem": problem.strerror or str(problem)}
        finding = Finding("STAGE-FAILED", name, {**values})
    else:
        finding = Finding("IMAGE-DECODER-CRASHED", name, {"problem": str(problem)})
    return Inspection("unknown", findings=(finding,))


def _differed(inspection: Inspection) -> bool:
    return any(finding.code == DIFFERS for finding in inspection.findings)
