"""The part of the service that reads copies again: one thread for each place.

Sending comes first: while packages wait to be sent to a place, its audit looks at one copy and
then rests three times as long as that took.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audits
from appliance.config.auditing import audit_plan
from appliance.domain.audits import rest_seconds
from appliance.domain.clock import to_text
from appliance.pipeline.audit import AuditStage
from appliance.pipeline.audit_far import FarCopies
from appliance.pipeline.audit_own import OwnCopies
from appliance.pipeline.audit_repairing import repair_slice
from appliance.pipeline.drill import DrillStage
from appliance.pipeline.far_proof import FarPlace
from appliance.pipeline.master_copies import MasterCopies
from appliance.pipeline.repair import OwnRepair
from appliance.pipeline.repair_far import FarRepair
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.bootstrap import Appliance
    from appliance.config import DestinationSettings

CARRIED: Final = frozenset({"courier"})
"""Kinds of destinations that no line leads to: disks bring their proofs."""
DOWNLOADED: Final = frozenset({"sftp"})
"""Kinds whose copies are read by downloading them."""
WORK_SECONDS: Final = 30.0
"""Our own: one round over one connection; a stop waits for the copy at hand alone."""
LOOK_SECONDS: Final = 60.0
"""Our own: at least so often it is asked whether the night has come."""
LINE_SECONDS: Final = 300.0
"""Our own: after a place was not reached it is left alone for so long."""


@dataclass(slots=True)
class AuditStep:
    """One place: its night's slice with the restore drill that is due, or repairs at any hour.

    A drill takes its time and its bytes from the night's.

    Args:
        stage: Audits it.
        drill: Holds restore drills; None for this box, which nothing is brought back to.
    """

    stage: AuditStage
    drill: DrillStage | None = None
    _rest_until: float = field(default=float("-inf"))

    def run(self, owner: str) -> int:
        """A round of the slice that is on, if any; how many there were."""
        del owner  # rows are not claimed: two looks at one copy do no harm
        clock = self.stage.catalogue.clock
        if clock.monotonic() < self._rest_until:
            return 0
        slice_id = self.stage.night_slice()
        began, is_sending = clock.monotonic(), self._is_sending()
        if slice_id is not None and self.drill is not None and self.drill.is_due():
            read_bytes = self.drill.hold().read_bytes
            worked_seconds = clock.monotonic() - began
            self.stage.charge(slice_id, worked_seconds, read_bytes)
            self._rest(rest_seconds(worked_seconds, is_sending=is_sending))
            return 1
        if slice_id is None:
            slice_id = repair_slice(self.stage)
        if slice_id is None:
            self._rest(LOOK_SECONDS)
            return 0
        outcome = self.stage.work(slice_id, 0.0 if is_sending else WORK_SECONDS)
        if outcome is not None:
            self._rest(LOOK_SECONDS)
        elif self._is_kept_out(slice_id):
            self._rest(LINE_SECONDS)
        else:
            self._rest(rest_seconds(clock.monotonic() - began, is_sending=is_sending))
        return 1

    def idle_seconds(self) -> float:
        """Until the place may be looked at again."""
        left = self._rest_until - self.stage.catalogue.clock.monotonic()
        return min(max(left, 0.1), LOOK_SECONDS)

    def _rest(self, seconds: float) -> None:
        self._rest_until = self.stage.catalogue.clock.monotonic() + seconds

    def _is_kept_out(self, slice_id: int) -> bool:
        """Whether the place could not be reached."""
        with self.stage.catalogue.read() as session:
            return audits.slice_by_id(session, slice_id).finding is not None

    def _is_sending(self) -> bool:
        now = to_text(self.stage.catalogue.clock.now())
        with self.stage.catalogue.read() as session:
            return audits.is_sending(session, self.stage.place, now)


def audit_steps(appliance: Appliance) -> Iterator[tuple[str, AuditStep]]:
    """The step of each place, with the name of its thread."""
    for stage, drill in audit_stages(appliance):
        yield f"audit:{stage.place}", AuditStep(stage, drill)


def audit_stages(appliance: Appliance) -> Iterator[tuple[AuditStage, DrillStage | None]]:
    """The audits of this box and of each destination that a line leads to, with its drills."""
    plan = audit_plan(appliance.settings)
    catalogue, store = appliance.catalogue, appliance.store
    places = [far_place(appliance, one) for one in _reachable(appliance)]
    repair = OwnRepair(catalogue, store, places)
    own = OwnCopies(catalogue, plan, store, repair, MasterCopies(catalogue, store))
    yield AuditStage(catalogue, plan, own), None
    for place in places:
        far = FarCopies(catalogue, plan, place, FarRepair(catalogue, repair))
        yield AuditStage(catalogue, plan, far), drill_stage(appliance, place)


def far_place(appliance: Appliance, place: DestinationSettings) -> FarPlace:
    """A destination as audits ask it."""
    is_downloaded = getattr(place, "kind", "receiver") in DOWNLOADED
    return FarPlace(place.name, place.label, lambda: appliance.remote(place), is_downloaded)


def drill_stage(appliance: Appliance, place: FarPlace) -> DrillStage:
    """What holds restore drills at a destination."""
    workers, work = appliance.settings.workers, appliance.settings.paths.work
    memory_bytes = workers.memory_mib * 1024 * 1024

    def pool() -> WorkerPool:
        return WorkerPool(1, memory_bytes, workers.task_seconds)

    return DrillStage(appliance.catalogue, appliance.store, place, work, pool)


def _reachable(appliance: Appliance) -> list[DestinationSettings]:
    places = appliance.settings.destination
    return [one for one in places if getattr(one, "kind", "receiver") not in CARRIED]
