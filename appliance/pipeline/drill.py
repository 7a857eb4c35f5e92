"""The restore drill: once a month a package is brought back from each destination, and opened.

A copy that was read back is there; only a copy that was brought back, verified and looked at can
be used. Which package is drawn by lot, from a seed that is kept, so that nobody chose it.
"""

from __future__ import annotations

import logging
import random
import secrets
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import audits, drill_pages, drills
from appliance.catalogue.drills import DrillResult
from appliance.disk.durable import make_folder
from appliance.domain.audits import DrillOutcome
from appliance.domain.clock import from_text, to_text
from appliance.domain.errors import ApplianceError, IllegalTransition, RemoteError, StorageError
from appliance.domain.findings import Finding, Verdict
from appliance.domain.policy import DRILL_EVERY_DAYS
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.drill_values import DrillLook, DrillSubject, unreadable
from appliance.pipeline.far_proof import DAMAGE_CODES, note_far_damage
from appliance.pipeline.jobs import look_at_package
from appliance.pipeline.master_copies import manifest_of
from appliance.pipeline.recorded_pdfs import recorded_pdfs
from appliance.signing import sshsig
from appliance.sync.papers import PackageName
from appliance.workers.pool import WorkerCrashed, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.far_proof import FarPlace
    from appliance.sync.papers import SignedSidecar

_LOG: Final = logging.getLogger(__name__)
_DAY_SECONDS: Final = 86_400
_SEED_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class DrillStage:
    """Holds restore drills at one destination.

    Args:
        catalogue: What is proved there, and how drills ended.
        store: Where the pictures of pages are kept.
        place: The destination.
        work_folder: Packages are brought back into it, and removed.
        pool: Opens worker processes for what is looked at.
    """

    catalogue: Catalogue
    store: Store
    place: FarPlace
    work_folder: Path
    pool: Callable[[], AbstractContextManager[Executor]]

    def is_due(self) -> bool:
        """Whether a month has passed since the last drill that was held, and one is possible.

        One that was not possible is tried again on the next day.
        """
        now = self.catalogue.clock.now()
        with self.catalogue.read() as session:
            held = drills.last_held(session, self.place.name)
            newest = drills.newest(session, self.place.name, 1)
            candidates = drills.how_many(session, self.place.name)
        if not candidates:
            return False
        tried = [
            (now - from_text(row.ended_at)).total_seconds()
            for row in newest
            if row.outcome == DrillOutcome.NOT_POSSIBLE
        ]
        if any(0 <= age < _DAY_SECONDS / 2 for age in tried):
            return False
        if held is None:
            return True
        age = (now - from_text(held.ended_at)).total_seconds()
        return not 0 <= age < DRILL_EVERY_DAYS * _DAY_SECONDS

    def hold(self, seed: str | None = None) -> DrillResult:
        """Hold a drill, and record how it ended.

        Args:
            seed: What the package is drawn with; fresh when None.
        """
        started_at = to_text(self.catalogue.clock.now())
        lot = seed or f"{secrets.randbits(_SEED_BITS):016x}"
        with self.catalogue.read() as session:
            candidates = drills.how_many(session, self.place.name)
            position = _by_lot(lot).randrange(candidates) if candidates else 0
            deposit = drills.drawn(session, self.place.name, position)
            package = audits.package(session, deposit.package_id) if deposit is not None else None
        outcome, findings, facts = self._held(package, lot)
        result = DrillResult(
            self.place.name, package, lot, candidates, started_at, outcome, findings, facts
        )
        if deposit is not None and package is not None:
            self._note_damage(deposit, package, findings)
        with self.catalogue.write() as writing:
            drills.record_drill(writing, result, SOFTWARE_AGENT)
        _LOG.info("restore drill at %s: %s", self.place.name, outcome)
        return result

    def _note_damage(
        self, deposit: DepositRow, package: PackageRow, findings: Sequence[Finding]
    ) -> None:
        """A copy that came back damaged, or not at all, counts no more, and is repaired."""
        for one in findings:
            if one.code in DAMAGE_CODES:
                problem = RemoteError(str(one.values["problem"]), code=one.code, retryable=False)
                with suppress(IllegalTransition):  # an audit was quicker
                    note_far_damage(self.catalogue, deposit, package, problem)
                return

    def _held(
        self, package: PackageRow | None, lot: str
    ) -> tuple[DrillOutcome, tuple[Finding, ...], dict[str, JsonValue]]:
        if package is None:
            nothing = Finding("DRILL-NOTHING", self.place.name)
            return DrillOutcome.NOT_POSSIBLE, (nothing,), {}
        folder = self.work_folder / f"drill-{uuid4().hex}"
        make_folder(folder)
        try:
            self.store.ensure_room(2 * package.size_bytes)
            return self._brought_back(package, folder, lot)
        except (RemoteError, StorageError) as problem:
            return self._not_brought(problem)
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # the next start sweeps what stays

    def _not_brought(
        self, problem: ApplianceError
    ) -> tuple[DrillOutcome, tuple[Finding, ...], dict[str, JsonValue]]:
        """A copy that is gone or damaged fails the drill; a line that is down forbids it."""
        _LOG.warning("restore drill at %s: %s", self.place.name, problem)
        is_copy = problem.code in DAMAGE_CODES
        outcome = DrillOutcome.FAILED if is_copy else DrillOutcome.NOT_POSSIBLE
        finding = Finding(problem.code, self.place.name, {"problem": str(problem)})
        return outcome, (finding,), {}

    def _brought_back(
        self, package: PackageRow, folder: Path, lot: str
    ) -> tuple[DrillOutcome, tuple[Finding, ...], dict[str, JsonValue]]:
        sidecar = Sidecar.from_bytes(package.sidecar)
        target = folder / sidecar.name
        with self.place.open_remote() as remote:
            signed = remote.fetch(PackageName.of(sidecar), target)
        findings = [*self._judge_paper(signed, package)]
        report = verify_path(target, deep=True)
        serious = [one for part in report for one in part.findings]
        if judge(tuple(serious), complete=True) is not Verdict.PASS:
            findings += serious
        subject = self._subject(package, target, lot)
        if subject is None:
            problem = "no page of this package is on record"
            findings.append(unreadable(package.name, self.place.name, problem))
            return DrillOutcome.FAILED, tuple(findings), {"package": package.name}
        look = self._looked(subject, folder)
        findings += look.findings
        outcome = DrillOutcome.FAILED if findings else DrillOutcome.PASSED
        return outcome, tuple(findings), _facts(package, subject, look)

    def _looked(self, subject: DrillSubject, folder: Path) -> DrillLook:
        """Open the package in a process of its own: what breaks it is a finding."""
        try:
            with self.pool() as pool:
                return pool.submit(look_at_package, subject, folder).result()
        except (WorkerCrashed, WorkerTimeout, MemoryError) as problem:
            told = str(problem) or type(problem).__name__
            finding = unreadable(subject.package.name, self.place.name, told)
            return DrillLook((finding,), None, None)

    def _judge_paper(self, signed: SignedSidecar, package: PackageRow) -> list[Finding]:
        """The sidecar that came back must be the one that this box signed, and still verify."""
        try:
            sshsig.verify(signed.signature, signed.sidecar.to_bytes(), PACKAGE_NAMESPACE)
        except sshsig.SignatureError as problem:
            _LOG.error("the sidecar from %s: %s", self.place.name, problem)
            return [Finding("DRILL-SIDECAR", self.place.name)]
        is_ours = signed.sidecar.to_bytes() == package.sidecar
        return [] if is_ours else [Finding("DRILL-SIDECAR", self.place.name)]

    def _subject(self, package: PackageRow, target: Path, lot: str) -> DrillSubject | None:
        """What is looked at: the first page of the first PDF, and a page drawn by lot."""
        with zipfile.ZipFile(target) as archive:
            digests = manifest_of(archive).keys()
        pdf = recorded_pdfs(package, Sidecar.from_bytes(package.sidecar).file_code)[0]
        with self.catalogue.read() as session:
            pages = drill_pages.known_pages(session, package, digests)
        page = drill_pages.drawn_by_lot(pages, _by_lot(lot))
        if page is None:
            return None
        return DrillSubject(
            package=target,
            place=self.place.name,
            pdf_name=pdf.name,
            pdf_view=self._kept(drill_pages.view_of(pages, pdf.first_page)),
            master_sha256=page.sha256,
            master_name=page.name,
            frame=page.frame,
            width_px=page.width_px,
            height_px=page.height_px,
            master_view=self._kept(page.view_sha256),
        )

    def _kept(self, sha256: str | None) -> Path | None:
        return self.store.derivative_path(sha256) if sha256 is not None else None


def _by_lot(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - drawn by lot, no secret


def _facts(package: PackageRow, subject: DrillSubject, look: DrillLook) -> dict[str, JsonValue]:
    return {
        "package": package.name,
        "size_bytes": package.size_bytes,
        "pdf": subject.pdf_name,
        "pdf_difference": look.pdf_difference,
        "master": subject.master_name,
        "frame": subject.frame,
        "master_difference": look.master_difference,
    }
