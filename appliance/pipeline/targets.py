"""Targets: what the target sheets in the batches say about their scanners, and the alarm.

A sheet is measured from its master, at the full resolution of the scan. Its figures are held
against the first good reading of the same sheet on the same scanner; what is wrong stands as a
notice until a later reading of that sheet is good.
"""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import box, events, targets
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType, Outcome
from appliance.domain.drift import judge_drift, judge_target
from appliance.domain.findings import Finding
from appliance.domain.sheets import PREFIX, SheetKind, parse_sheet
from appliance.domain.targets import TargetFigures, TargetReference, nominal_reference
from appliance.imaging.jobs import measure_target
from appliance.imaging.problems import Problem
from appliance.pipeline.agents import SOFTWARE_AGENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.targets import UnreadTarget
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue

MARK_PREFIX: Final = f"{PREFIX}{SheetKind.TARGET}:"
"""How the marks of target sheets begin."""
_ALARMS: Final = ("QUALITY-TARGET-POOR", "QUALITY-TARGET-DRIFT", "QUALITY-TARGET-UNREADABLE")
_BATCH: Final = 8
_LOG: Final = logging.getLogger(__name__)
_STOPPED: Final = Problem("bộ đo bị dừng giữa chừng", "the measuring stopped halfway")


@dataclass(frozen=True, slots=True)
class TargetStage:
    """The stage with what it needs.

    Args:
        catalogue: Where recognised sheets are and readings go.
        store: Where masters lie.
        executor: Measures.
        references: The measured colours of printed sheets, by target id.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    references: Mapping[str, TargetReference] = field(default_factory=dict)

    def run_once(self, owner: str) -> int:  # noqa: ARG002 - readings are unique: two owners do no harm
        """Measure the sheets that were not measured yet; how many there were."""
        with self.catalogue.read() as session:
            found = targets.unread(session, MARK_PREFIX, _BATCH)
            is_settled = not found and _notices(session) == _wanted(session)
        measured = [(one, self._measure(one)) for one in found]
        if not is_settled:
            with self.catalogue.write() as writing:
                for target, figures in measured:
                    record_target(writing, target, figures, self._reference(target))
                _tell(writing)
        return len(found)

    def _measure(self, target: UnreadTarget) -> TargetFigures | Problem:
        path = self.store.master_path(target.master.sha256)
        reference = self._reference(target)
        try:
            return self.executor.submit(measure_target, path, target.frame, reference).result()
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - I8: a crash, a time-out or a library's fault, logged
            _LOG.exception("target sheet %s could not be measured", target.master.name)
            return _STOPPED  # one reading is lost, no page

    def _reference(self, target: UnreadTarget) -> TargetReference:
        target_id = _target_id(target)
        return self.references.get(target_id) or nominal_reference(target_id)


def record_target(
    writing: Writing,
    target: UnreadTarget,
    figures: TargetFigures | Problem,
    reference: TargetReference,
) -> tuple[Finding, ...]:
    """Record one reading with what it finds wrong, and the event of it."""
    scanner, target_id = target.master.scanner, _target_id(target)
    where = f"{target_id} ({scanner})"
    known = figures if isinstance(figures, TargetFigures) else None
    if isinstance(figures, Problem):
        values: dict[str, JsonValue] = {**figures.values()}
        findings: tuple[Finding, ...] = (Finding("QUALITY-TARGET-UNREADABLE", where, values),)
    else:
        first = targets.baseline(writing.session, scanner, target_id)
        findings = judge_target(figures, where, is_measured=reference.is_measured)
        findings += judge_drift(first, figures, where) if first is not None else ()
    targets.put(writing, target.master, target_id, known, findings)
    draft = EventDraft(
        EventType.VALIDATION,
        "master",
        target.master.sha256,
        SOFTWARE_AGENT,
        Outcome.FAILURE if findings else Outcome.SUCCESS,
        {"scanner": scanner, "target_id": target_id, "codes": [one.code for one in findings]},
    )
    events.record(writing, draft)
    return findings


def _target_id(target: UnreadTarget) -> str:
    sheet = parse_sheet(target.mark)
    return sheet.code if sheet is not None else target.mark


def _notices(session: Session) -> frozenset[tuple[str, str]]:
    standing = box.notices(session)
    return frozenset((one.code, one.where) for one, _ in standing if one.code in _ALARMS)


def _wanted(session: Session) -> frozenset[tuple[str, str]]:
    return frozenset((one.code, one.where) for one in targets.standing(session))


def _tell(writing: Writing) -> None:
    """Let the notices be what the newest readings say."""
    for code, where in _notices(writing.session) - _wanted(writing.session):
        box.clear_notice(writing, code, where)
    for finding in targets.standing(writing.session):
        box.put_notice(writing, finding)
