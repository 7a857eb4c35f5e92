"""Backup: a day's catalogue becomes a sealed package of its own kind, encrypted to paper.

Order as for every package: snapshot and package in temporary files, read back and verified by
the reader that shares no code with the writer, published, then one transaction. The private
half of the recovery key is printed and nowhere else: this box cannot open its own backups.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import backups, box, events
from appliance.catalogue.backup_tables import BackupRow
from appliance.catalogue.events import EventDraft
from appliance.catalogue.snapshot import BACKUP_KIND, take_snapshot
from appliance.disk.digesting import fingerprint_of
from appliance.disk.durable import (
    make_folder,
    publish,
    replace_file,
    storage_errors,
    sweep_temporaries,
    temporary_beside,
)
from appliance.domain.backups import BACKUP_FILE_CODE, BACKUP_FONDS
from appliance.domain.clock import from_text, to_text
from appliance.domain.custody import EventType
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Finding
from appliance.domain.identifiers import object_folder, object_id
from appliance.packaging.write.backup import BackupFacts, write_backup
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.backup_package import encrypted_part, verified_backup
from appliance.pipeline.catalogue_blocks import (
    DIGEST_BYTES,
    changed_blocks,
    measured,
)
from appliance.pipeline.sealing_sidecar import Signer, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.snapshot import Snapshot
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.catalogue_blocks import Measured
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.papers import SignedSidecar

_LOG: Final = logging.getLogger(__name__)
NO_KEY: Final = "BACKUP-NO-KEY"
_PLACE: Final = "sync"
"""Where the notice of a missing key stands: with the part that makes backups."""
WHOLE_EVERY_DAYS: Final = 31
"""Our own: a whole backup a month; between two, only what changed since the last whole one."""
_MOST_CHANGED: Final = 0.5
"""Our own: when more than half of the blocks changed, a whole backup costs little more."""


@dataclass(frozen=True, slots=True)
class BackupStage:
    """The stage with what it needs.

    Args:
        catalogue: What is backed up.
        folder: Takes the packages; those of the newest chain stay there.
        work_folder: Snapshots pass through it.
        key: Signs the sidecars.
        box_id: This box.
        recovery_key: What backups are encrypted to; None while no recovery sheet was printed.
        every_hours: Between two backups.
    """

    catalogue: Catalogue
    folder: Path
    work_folder: Path
    key: MachineKey
    box_id: str
    recovery_key: PublicKey | None
    every_hours: float

    def package_path(self, objid: str) -> Path:
        """Where the package of a backup lies, as long as it is kept here."""
        return self.folder / f"{object_folder(objid)}.zip"

    def start(self) -> None:
        """Clear away what a crash left; say whether there is a key. Only under the part's lock."""
        with self.catalogue.write() as writing:
            if self.recovery_key is None:
                box.put_notice(writing, Finding(NO_KEY, _PLACE))
            else:
                box.clear_notice(writing, NO_KEY, _PLACE)
        if self.folder.is_dir():
            sweep_temporaries(self.folder)
            with self.catalogue.read() as session:
                self._clear(session)

    def run_once(self, _owner: str) -> int:
        """Make a backup if one is due; how many were made."""
        if self.recovery_key is None or not self._is_due():
            return 0
        self.make()
        return 1

    def _is_due(self) -> bool:
        with self.catalogue.read() as session:
            last = backups.newest(session)
            if last is None:
                return True
            age = self.catalogue.clock.now() - from_text(last.made_at)
            is_stale = age.total_seconds() >= self.every_hours * 3600
            return is_stale and backups.last_change(session) > last.covers_counter

    def make(self, *, whole: bool = False) -> BackupRow:
        """Make a backup now.

        Args:
            whole: Of everything, whatever was backed up before.

        Raises:
            ConfigError: ``BACKUP-NO-KEY``.
            IntegrityError: The catalogue is damaged, or what was written does not verify.
            StorageError: The disk refused.
        """
        if self.recovery_key is None:
            raise ConfigError(
                "there is no recovery key: print the recovery sheet (appliance recovery-sheet)",
                code=NO_KEY,
            )
        folder = self.work_folder / f"backup-{uuid4().hex}"
        with storage_errors(f"cannot write below {self.work_folder}"):
            make_folder(folder)
            make_folder(self.folder)
            try:
                return self._made(folder, self.recovery_key, whole=whole)
            finally:
                shutil.rmtree(folder)

    def _made(self, folder: Path, recovery_key: PublicKey, *, whole: bool) -> BackupRow:
        catalogue = folder / "catalogue.db"
        snapshot = take_snapshot(self.catalogue, catalogue)
        found = measured(catalogue)
        with self.catalogue.read() as session:
            version = backups.next_version(session)
            base = None if whole else self._base(session, recovery_key)
        changes = None if base is None else self._changes(base, found)
        base = None if changes is None else base
        encrypted = encrypted_part(catalogue, changes, recovery_key)
        sealed = fingerprint_of(encrypted)
        facts = BackupFacts(
            objid=object_id(str(uuid4())),
            box_id=self.box_id,
            version=version,
            made_at=to_text(self.catalogue.clock.now()),
            base_objid="" if base is None else base.objid,
            recovery_key=recovery_key.line(),
            catalogue_sha256=found.sha256,
            software=SOFTWARE_AGENT.removeprefix("software:"),
            encrypted=encrypted,
            size_bytes=sealed.size_bytes,
            sha256=sealed.sha256,
        )
        signed = self._published(facts, snapshot)
        if base is None:
            replace_file(self._blocks_path(facts.objid), b"".join(found.blocks))
        base_id = None if base is None else base.id
        return self._record(facts, signed, found, (base_id, snapshot.covers_counter))

    def _base(self, session: Session, recovery_key: PublicKey) -> BackupRow | None:
        """The whole backup that changes may be told against; None when a whole one is due."""
        last = backups.newest(session)
        base = None if last is None else backups.chain_of(session, last)[0]
        if base is None or base.recovery_key != recovery_key.line():
            return None
        age = self.catalogue.clock.now() - from_text(base.made_at)
        return base if abs(age.days) < WHOLE_EVERY_DAYS else None

    def _changes(self, base: BackupRow, found: Measured) -> tuple[int, ...] | None:
        """The blocks that changed since a whole backup; None when a whole one is better."""
        try:
            known = self._blocks_path(base.objid).read_bytes()
        except FileNotFoundError:
            return None
        parts = (known[at : at + DIGEST_BYTES] for at in range(0, len(known), DIGEST_BYTES))
        changes = changed_blocks(tuple(parts), found.blocks)
        return changes if len(changes) <= _MOST_CHANGED * len(found.blocks) else None

    def _blocks_path(self, objid: str) -> Path:
        return self.package_path(objid).with_suffix(".blocks")

    def _published(self, facts: BackupFacts, snapshot: Snapshot) -> SignedSidecar:
        """The package under its name, verified, with its sidecar and signature beside it."""
        final = self.package_path(facts.objid)
        temporary = temporary_beside(final)
        try:
            write_backup(temporary, facts)
            whole = verified_backup(temporary)
            publish(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)
        subject = Subject(
            objid=facts.objid,
            file_code=BACKUP_FILE_CODE,
            fonds_code=BACKUP_FONDS,
            version=facts.version,
            sealed_at=facts.made_at,
            event_counter=snapshot.event_counter,
            event_head=snapshot.event_head,
        )
        return Signer(self.key, self.box_id).sign_beside(final, whole, subject)

    def _record(
        self,
        facts: BackupFacts,
        signed: SignedSidecar,
        found: Measured,
        covers: tuple[int | None, int],
    ) -> BackupRow:
        """Row and event in one transaction; older packages may leave this disk then."""
        sidecar = signed.sidecar
        row = BackupRow(
            objid=facts.objid,
            version=facts.version,
            base_id=covers[0],
            catalogue_bytes=found.size_bytes,
            catalogue_sha256=found.sha256,
            covers_counter=covers[1],
            recovery_key=facts.recovery_key,
            made_at=facts.made_at,
            size_bytes=sidecar.size_bytes,
            sidecar=sidecar.to_bytes(),
            sidecar_signature=signed.signature,
        )
        detail: dict[str, JsonValue] = {"size_bytes": sidecar.size_bytes, "version": facts.version}
        draft = EventDraft(
            EventType.PACKAGE_CREATION, BACKUP_KIND, facts.objid, SOFTWARE_AGENT, detail=detail
        )
        with self.catalogue.write() as writing:
            backups.add(writing, row)
            events.record(writing, draft)
            self._clear(writing.session)
        _LOG.info("backed up the catalogue: %s, %d bytes", facts.objid, sidecar.size_bytes)
        return row

    def _clear(self, session: Session) -> None:
        """Remove what no recorded backup of the newest chain needs.

        Nobody on this box can open these packages; what counts of them lies elsewhere.
        """
        last = backups.newest(session)
        chain = () if last is None else backups.chain_of(session, last)
        kept = {object_folder(row.objid) for row in chain}
        for path in self.folder.glob("*.*"):
            if path.name.split(".", 1)[0] not in kept:
                path.unlink()
