"""Derive: each page of a reviewed hồ sơ gets its place in the PDF and its machine-read text.

The slow part is reading text. It goes page by page, so that a crash costs one page, and its
results are stored, so that sealing again gives the same bytes. How much is at work at once, and
at which priority, is the executor's; a page that goes out names everything it needs, so the
executor may as well be a cluster's that sees the same folders.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.sealing import derived_pages
from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
from appliance.catalogue.work import TO_DERIVE
from appliance.disk.durable import make_folder
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType
from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.findings import Finding
from appliance.domain.policy import MIN_TEXT_CONFIDENCE
from appliance.domain.states import FileUnitEvent, FileUnitState
from appliance.imaging.jobs import derive_page
from appliance.imaging.ocr import TextOutcome
from appliance.imaging.reading import ExpectedBytes
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.workers.pool import WorkerCrashed, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.imaging.derivation_options import DerivationOptions
    from appliance.imaging.page_derivative import PageDerivative

_LEASE_SECONDS: Final = 6 * 3600
"""Longer than any round: what a dead part held, its next start gives back at once."""
_HALF_TURN_DEGREES: Final = 180
_TURN: Final = "turn_degrees"
"""The value that findings have of the way a page was read, whatever their code."""


@dataclass(frozen=True, slots=True)
class _PageTask:
    """A page that was taken, with what it needs on the way."""

    page: PageRow
    master: MasterRow
    options: DerivationOptions

    @property
    def where(self) -> str:
        """As inspection calls it in findings."""
        is_alone = (self.master.frame_count or 1) == 1
        return self.master.name if is_alone else f"{self.master.name}#{self.page.frame}"


@dataclass(frozen=True, slots=True)
class DeriveStage:
    """The stage with what it needs.

    Args:
        catalogue: Where pages wait.
        store: Where masters lie and derivatives go.
        executor: Derives; whatever it is, the same is recorded.
        work_folder: Derivatives pass through it.
        options: How pages are derived ...
        batch: Pages taken at a time.
        fonds_options: ... unless their fonds, by its code, is here.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    work_folder: Path
    options: DerivationOptions
    batch: int
    fonds_options: Mapping[str, DerivationOptions] = field(default_factory=dict)

    def run_once(self, owner: str) -> int:
        """Derive a batch of pages; how many there were."""
        with self.catalogue.write() as writing:
            claim = Claim(owner, self.batch, _LEASE_SECONDS)
            taken = [self._task(writing, page) for page in leases.take(writing, *TO_DERIVE, claim)]
        folder = self.work_folder / f"derive-{uuid4().hex}"
        make_folder(folder)
        try:
            futures = {self._submit(task, folder): task for task in taken}
            for future in as_completed(futures):
                self._finish(futures[future], folder, future)
        finally:
            shutil.rmtree(folder)
        return len(taken)

    def _task(self, writing: Writing, page: PageRow) -> _PageTask:
        unit = file_units.by_id(writing.session, page.file_unit_id or 0)
        master = writing.session.get_one(MasterRow, page.master_id)
        return _PageTask(page, master, self.fonds_options.get(unit.fonds_code, self.options))

    def _submit(self, task: _PageTask, folder: Path) -> Future[PageDerivative]:
        own = folder / f"page-{task.page.id}"
        make_folder(own)
        path = self.store.master_path(task.master.sha256)
        expected = ExpectedBytes(task.master.xxh3, task.master.size_bytes)
        return self.executor.submit(derive_page, path, task.page.frame, own, task.options, expected)

    def _finish(self, task: _PageTask, folder: Path, future: Future[PageDerivative]) -> None:
        """Derivatives durable first, then one transaction."""
        page = task.page
        try:
            derivative = future.result()
        except CancelledError:
            raise
        except RuleError as problem:
            return self._fail(page, problem.findings or (_failed(task.where, problem),))
        except IntegrityError as problem:
            return self._fail(
                page, (Finding(problem.code, task.where, {"name": task.master.name}),)
            )
        except Exception as problem:  # noqa: BLE001 - I8: it holds up this hồ sơ alone
            return self._fail(page, (_failed(task.where, problem),))
        own = folder / f"page-{page.id}"
        values = {
            **leases.waits(),
            "is_derived": 1,
            "derivation": canonical_json(derivative.to_json()).decode("utf-8"),
            "derivative_sha256": self._stored(own, derivative.image_name),
            "words_sha256": self._stored(own, derivative.words_name),
            "ocr_confidence": _confidence(derivative),
            "findings": _with_text_findings(task, derivative),
        }
        with self.catalogue.write() as writing:
            masters.update_page(writing, page.id or 0, values)
            advance_if_derived(writing, file_units.by_id(writing.session, page.file_unit_id or 0))
        return None

    def _stored(self, folder: Path, name: str | None) -> str | None:
        return None if name is None else self.store.add_derivative(folder / name).sha256

    def _fail(self, page: PageRow, findings: tuple[Finding, ...]) -> None:
        with self.catalogue.write() as writing:
            later = leases.retry_later(writing.now, page.tries)
            masters.update_page(writing, page.id or 0, later)
            unit = file_units.by_id(writing.session, page.file_unit_id or 0)
            if unit.state == FileUnitState.REVIEWED:
                file_units.release(writing, unit, findings)


def _failed(where: str, problem: Exception) -> Finding:
    english = str(problem)
    match problem:
        case WorkerTimeout():
            vietnamese = "chưa xong trong thời gian cho phép, có thể vì máy đang bận"
        case WorkerCrashed():
            vietnamese = "tiến trình xử lý bị dừng giữa chừng"
        case _:
            vietnamese = english
    return Finding("DERIVE-FAILED", where, {"problem": vietnamese, "problem_en": english})


def _confidence(derivative: PageDerivative) -> int | None:
    """Of what was read, kept or not; None where nothing was."""
    was_read = derivative.text_outcome in {TextOutcome.FOUND, TextOutcome.UNSURE}
    return derivative.mean_confidence if was_read else None


def _with_text_findings(task: _PageTask, derivative: PageDerivative) -> str:
    """The page's findings as they were, and what this reading adds in place of an earlier one."""
    kept = [one for one in masters.findings_of(task.page.findings) if not _is_of_reading(one)]
    known = {finding.code for finding in kept}
    found = (*_turn_findings(task, derivative), *_text_findings(task, derivative))
    return masters.findings_text((*kept, *(one for one in found if one.code not in known)))


def _is_of_reading(finding: Finding) -> bool:
    """Whether it was found by reading the text, not by measuring the picture."""
    return finding.code.startswith("TEXT-") or _TURN in finding.values


def _turn_findings(task: _PageTask, derivative: PageDerivative) -> tuple[Finding, ...]:
    degrees = derivative.text_turn_degrees
    if degrees == 0:
        return ()
    code = "QUALITY-UPSIDE-DOWN" if degrees == _HALF_TURN_DEGREES else "TEXT-SIDEWAYS"
    return (Finding(code, task.where, {_TURN: degrees}),)


def _text_findings(task: _PageTask, derivative: PageDerivative) -> tuple[Finding, ...]:
    values: dict[str, JsonValue]
    match derivative.text_outcome:
        case TextOutcome.TIMED_OUT:
            values = {"seconds": task.options.text_seconds}
            return (Finding("TEXT-TIMED-OUT", task.where, values),)
        case TextOutcome.FAILED:
            return (Finding("TEXT-FAILED", task.where),)
        case TextOutcome.UNSURE:
            values = {"confidence": derivative.mean_confidence, "limit": MIN_TEXT_CONFIDENCE}
            return (Finding("TEXT-UNSURE", task.where, values),)
    return ()


def advance_if_derived(writing: Writing, unit: FileUnitRow) -> None:
    """Move a reviewed hồ sơ on when the last of its pages is derived."""
    unit_id = unit.id or 0
    if unit.state != FileUnitState.REVIEWED:
        return
    if file_units.pages_left_to_derive(writing.session, unit_id):
        return
    summary = _derivation_summary(derived_pages(writing.session, unit_id))
    detail: dict[str, JsonValue] = {"pages": unit.pages_found, **summary}
    draft = EventDraft(
        EventType.NORMALIZATION, "file_unit", unit.file_code, SOFTWARE_AGENT, detail=detail
    )
    events.record(writing, draft)
    file_units.transit(writing, unit, FileUnitEvent.DERIVE, findings="[]")


def _derivation_summary(pages: Iterable[tuple[str, int | None]]) -> dict[str, JsonValue]:
    """What the record of custody, and so the package, says of the pages' derivation.

    Args:
        pages: Derivation and confidence of each, in order; taken one by one.

    Returns:
        ``images``: pages by what was done with their image; ``text``: pages by how the reading
        ended; ``text_engines``: what read them; ``text_confidence``: 0 to 100 of each page, in
        order, None where nothing was read; ``text_turned``, where there are any: the degrees
        by which pages were turned to be read, by their numbers.
    """
    images, text = Counter[str](), Counter[str]()
    engines, confidences = set[str](), list[int | None]()
    turned: dict[str, JsonValue] = {}
    for number, (derivation, confidence) in enumerate(pages, start=1):
        confidences.append(confidence)
        made = json.loads(derivation)
        images[made["recipe"]] += 1
        text[made["text_outcome"]] += 1
        engines |= {made["text_engine"]} - {""}
        if made.get("text_turn_degrees"):  # no record of an earlier release has it
            turned[str(number)] = made["text_turn_degrees"]
    return {
        "images": dict(images),
        "text": dict(text),
        "text_engines": sorted(engines),
        "text_confidence": [*confidences],
        **({"text_turned": turned} if turned else {}),
    }
