"""Derive: each page of a reviewed hồ sơ gets its place in the PDF and its machine-read text.

The slow part is reading text. It goes page by page, so that a crash costs one page, and its
results are stored, so that sealing again gives the same bytes.
"""

from __future__ import annotations

import shutil
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.catalogue.work import TO_DERIVE
from appliance.disk.durable import make_folder
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitEvent, FileUnitState
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.pipeline.agents import SOFTWARE_AGENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.disk.store import Store
    from appliance.imaging.page_derivative import PageDerivative

_LEASE_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True)
class DeriveStage:
    """The stage with what it needs.

    Args:
        catalogue: Where pages wait.
        store: Where masters lie and derivatives go.
        executor: Derives; at low priority.
        work_folder: Derivatives pass through it.
        options: How pages are derived.
        batch: Pages taken at a time.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    work_folder: Path
    options: DerivationOptions
    batch: int

    def run_once(self, owner: str) -> int:
        """Derive a batch of pages; how many there were."""
        with self.catalogue.write() as writing:
            claim = Claim(owner, self.batch, _LEASE_SECONDS)
            taken = leases.take(writing, *TO_DERIVE, claim)
            digests = _master_digests(writing, taken)
        folder = self.work_folder / f"derive-{uuid4().hex}"
        make_folder(folder)
        try:
            futures = {self._submit(page, digests[page.master_id], folder): page for page in taken}
            for future in as_completed(futures):
                self._finish(futures[future], digests, folder, future)
        finally:
            shutil.rmtree(folder)
        return len(taken)

    def _submit(self, page: PageRow, sha256: str, folder: Path) -> Future[PageDerivative]:
        own = folder / f"page-{page.id}"
        make_folder(own)
        master = self.store.master_path(sha256)
        return self.executor.submit(derive_page, master, page.frame, own, self.options)

    def _finish(
        self,
        page: PageRow,
        digests: dict[int, str],
        folder: Path,
        future: Future[PageDerivative],
    ) -> None:
        """Derivatives durable first, then one transaction."""
        where = f"{digests[page.master_id][:12]}#{page.frame}"
        try:
            derivative = future.result()
        except CancelledError:
            raise
        except RuleError as problem:
            return self._fail(page, problem.findings or (_failed(where, str(problem)),))
        except Exception as problem:  # noqa: BLE001 - I8: it holds up this hồ sơ alone
            return self._fail(page, (_failed(where, str(problem)),))
        own = folder / f"page-{page.id}"
        values = {
            **leases.waits(),
            "is_derived": 1,
            "derivation": canonical_json(derivative.to_json()).decode("utf-8"),
            "derivative_sha256": self._stored(own, derivative.image_name),
            "words_sha256": self._stored(own, derivative.words_name),
            "ocr_confidence": derivative.mean_confidence if derivative.word_count else None,
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


def _failed(where: str, problem: str) -> Finding:
    return Finding("DERIVE-FAILED", where, {"problem": problem})


def _master_digests(writing: Writing, pages: Sequence[PageRow]) -> dict[int, str]:
    ids = {page.master_id for page in pages}
    found = {one: writing.session.get_one(MasterRow, one) for one in ids}
    return {one: row.sha256 for one, row in found.items()}


def advance_if_derived(writing: Writing, unit: FileUnitRow) -> None:
    """Move a reviewed hồ sơ on when the last of its pages is derived."""
    unit_id = unit.id or 0
    if unit.state != FileUnitState.REVIEWED:
        return
    if file_units.pages_left_to_derive(writing.session, unit_id):
        return
    detail: dict[str, Any] = {"pages": unit.pages_found}
    draft = EventDraft(
        EventType.NORMALIZATION, "file_unit", unit.file_code, SOFTWARE_AGENT, detail=detail
    )
    events.record(writing, draft)
    file_units.transit(writing, unit, FileUnitEvent.DERIVE, findings="[]")
