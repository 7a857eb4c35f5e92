"""PDFs that come back signed: matched to what was sealed, verified, kept, and sealed anew.

A signed PDF belongs to a hồ sơ by its name and by its bytes: it must begin with the very bytes
of the PDF in the newest package, to which a signing program only appends. What is verified is a
copy of our own, so that nothing changes between the look and the keeping.
"""

from __future__ import annotations

import logging
import shutil
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import corrections as records
from appliance.catalogue import events, file_units, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.version_tables import SignedPdfRow
from appliance.disk.digesting import copy_fingerprinted
from appliance.disk.durable import make_folder, storage_errors
from appliance.domain.canonical import canonical_json
from appliance.domain.clock import to_text
from appliance.domain.corrections import pages_digest
from appliance.domain.custody import EventType
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Finding
from appliance.domain.rules import is_blocking
from appliance.domain.states import FileUnitState
from appliance.pipeline import corrections
from appliance.pipeline.signed_look import SignedLook, look_at_signed
from appliance.pipeline.signed_match import Match, bases, match

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.domain.signatures import SignatureFacts

_LOG: Final = logging.getLogger(__name__)

_REASON: Final = "Nhận {count} PDF đã ký số"
"""Why a version was made, in the words of the custody record."""


@dataclass(frozen=True, slots=True)
class SignedOutcome:
    """What became of one PDF.

    Args:
        name: As it came.
        file_code: The hồ sơ it belongs to; empty when none was found.
        version: Of the package that it goes into; 0 when it was refused.
        signatures: As they were read.
        findings: Everything wrong or remarkable.
    """

    name: str
    file_code: str
    version: int
    signatures: tuple[SignatureFacts, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A PDF that was looked at and belongs somewhere.

    Args:
        outcome: So far.
        match: Where it belongs.
        copy: Our own copy of it.
        found: Its fingerprint.
    """

    outcome: SignedOutcome
    match: Match
    copy: Path
    found: Fingerprint

    @property
    def is_good(self) -> bool:
        """Whether it may be taken."""
        return not any(map(is_blocking, self.outcome.findings))

    def refused(self, code: str, **values: str | int) -> SignedOutcome:
        """The outcome when something else forbids to take it."""
        file_code = self.match.unit.file_code
        finding = Finding(code, self.outcome.name, {"file_code": file_code, **values})
        return replace(self.outcome, findings=(*self.outcome.findings, finding))


@dataclass(frozen=True, slots=True)
class SignedPdfStage:
    """Takes signed PDFs in.

    Args:
        catalogue: Where hồ sơ and their packages are recorded.
        store: Where packages lie and signed PDFs go.
        executor: Reads what strangers wrote.
        work_folder: Copies pass through it.
        roots: Where each trusted certificate lies; without any, signers are not checked.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    work_folder: Path
    roots: tuple[Path, ...]

    def take(self, paths: Iterable[Path], agent: str) -> list[SignedOutcome]:
        """Verify PDFs and keep the good ones; those of one hồ sơ go into one new version.

        Args:
            paths: They stay as they are.
            agent: Who hands them in, in the words of custody events.

        Raises:
            ConfigError: A trusted root cannot be read, or is no certificate.
            StorageError: The disk refused.
        """
        roots = tuple(map(_root, self.roots))
        folder = self.work_folder / f"signed-{uuid4().hex}"
        make_folder(folder)
        try:
            copies = ((path, folder / f"{number}.pdf") for number, path in enumerate(paths))
            judged = [self._judge(path, copy, roots) for path, copy in copies]
            good = [one for one in judged if isinstance(one, _Judged) and one.is_good]
            for one in good:
                self.store.add_derivative(one.copy)  # durable first, then the row
            recorded = {
                id(one): end for some in _by_unit(good) for one, end in self._record(some, agent)
            }
        finally:
            shutil.rmtree(folder)
        return [
            recorded.get(id(one), one.outcome) if isinstance(one, _Judged) else one
            for one in judged
        ]

    def _judge(self, path: Path, copy: Path, roots: tuple[bytes, ...]) -> _Judged | SignedOutcome:
        name = path.name
        with storage_errors(f"cannot read {path}"), path.open("rb") as source:
            self.store.ensure_room(path.stat().st_size)
            found = copy_fingerprinted(source, copy)
        with self.catalogue.read() as session:
            matched = match(session, self.store, copy, name)
        if isinstance(matched, Finding):
            file_code = str(matched.values.get("file_code", ""))
            return SignedOutcome(name, file_code, 0, (), (matched,))
        look = self._look(copy, name, matched, roots)
        file_code = matched.unit.file_code
        outcome = SignedOutcome(name, file_code, 0, look.signatures, look.findings)
        return _Judged(outcome, matched, copy, found)

    def _look(self, copy: Path, name: str, matched: Match, roots: tuple[bytes, ...]) -> SignedLook:
        moment = to_text(self.catalogue.clock.now())
        task = (copy, name, matched.base.size_bytes, roots, moment)
        try:
            return self.executor.submit(look_at_signed, *task).result()
        except (ConfigError, CancelledError):
            raise
        except Exception as problem:  # noqa: BLE001 - I8: a reader's fault stays with its PDF
            _LOG.warning("the signatures of %s could not be read: %s", name, problem)
            found = Finding("SIGNED-UNREADABLE", name, {"problem": str(problem)})
            return SignedLook((), (found,))

    def _record(
        self, several: Sequence[_Judged], agent: str
    ) -> list[tuple[_Judged, SignedOutcome]]:
        """Record the signed PDFs of one hồ sơ in one transaction, which asks for the seal."""
        with self.catalogue.write() as writing:
            unit = file_units.by_id(writing.session, several[0].match.unit.id or 0)
            refused = self._too_late(writing.session, unit, several)
            fresh = [one for one in several if id(one) not in refused]
            version = _add(writing, unit, fresh, agent) if fresh else 0
        taken = {id(one): replace(one.outcome, version=version) for one in fresh}
        return [(one, (refused | taken)[id(one)]) for one in several]

    def _too_late(
        self, session: Session, unit: FileUnitRow, several: Sequence[_Judged]
    ) -> dict[int, SignedOutcome]:
        """What is not taken although it was good when it was looked at."""
        standing = corrections.standing(session, unit)
        if standing is not None and standing.changes.may_move_pages:
            return {id(one): one.refused("SIGNED-UNDER-CORRECTION") for one in several}
        refused, names = {}, set()
        for one in several:
            name, base = one.match.pdf.name, one.match.base
            latest = next(bases(session, self.store, unit, name))
            if latest != base or name in names:
                versions = {"version": base.version, "newest": latest.version + (name in names)}
                refused[id(one)] = one.refused("SIGNED-OLDER-VERSION", **versions)
            names.add(name)
        return refused


def _root(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"signing.trust_roots: cannot read {path}: {problem.strerror}"
        ) from problem


def _add(writing: Writing, unit: FileUnitRow, fresh: Sequence[_Judged], agent: str) -> int:
    """Record signed PDFs and let their hồ sơ be sealed with them; the version that makes."""
    newest = records.newest_package(writing.session, unit.id or 0)
    version = newest.version if newest is not None else 0
    was_sealed = unit.state == FileUnitState.SEALED
    if was_sealed:
        reason = _REASON.format(count=len(fresh))
        corrections.start(writing, unit.file_code, reason, agent)
    for one in fresh:
        row = _row_of(writing, unit, one)
        row.agent, row.base_version = agent, version
        records.add_signed_pdf(writing, row)
        events.record(writing, _event_of(unit, one, agent))
    if was_sealed:
        corrections.finish(writing, unit.file_code, agent)
    else:
        file_units.changed(writing, unit.id or 0)
    return version + 1


def _row_of(writing: Writing, unit: FileUnitRow, one: _Judged) -> SignedPdfRow:
    first = one.match.pdf.first_page - 1
    every = masters.pages_of(writing.session, unit.id or 0)
    pages = every[first : first + one.match.pdf.page_count]
    return SignedPdfRow(
        file_unit_id=unit.id or 0,
        name=one.match.pdf.name,
        sha256=one.found.sha256,
        size_bytes=one.found.size_bytes,
        base_sha256=one.match.base.sha256,
        pages_sha256=pages_digest((master.sha256, page.frame) for page, master in pages),
        signatures=canonical_json(_signatures(one)).decode("utf-8"),
        findings=masters.findings_text(one.outcome.findings),
        received_at=writing.now,
    )


def _event_of(unit: FileUnitRow, one: _Judged, agent: str) -> EventDraft:
    detail: dict[str, JsonValue] = {
        "findings": [finding.code for finding in one.outcome.findings],
        "name": one.match.pdf.name,
        "sha256": one.found.sha256,
        "signatures": _signatures(one),
        "size_bytes": one.found.size_bytes,
    }
    kind = EventType.SIGNATURE_VALIDATION
    return EventDraft(kind, "file_unit", unit.file_code, agent, detail=detail)


def _signatures(one: _Judged) -> list[JsonValue]:
    return [facts.to_json() for facts in one.outcome.signatures]


def _by_unit(good: Iterable[_Judged]) -> list[list[_Judged]]:
    units: dict[int, list[_Judged]] = {}
    for one in good:
        units.setdefault(one.match.unit.id or 0, []).append(one)
    return list(units.values())
