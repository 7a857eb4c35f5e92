"""Backups of the catalogue go along on carried disks: a place without a line needs them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.catalogue import backups, events
from appliance.catalogue.deposits import StoredReceipt
from appliance.catalogue.events import EventDraft
from appliance.catalogue.snapshot import BACKUP_KIND
from appliance.domain.custody import EventType
from appliance.domain.receipts import Receipt
from appliance.pipeline.agents import SOFTWARE_AGENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.backup_tables import BackupRow
    from appliance.catalogue.engine import Catalogue
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.backup import BackupStage
    from appliance.sync.papers import SignedReceipt


def backups_owed(stage: BackupStage, destination: str) -> Sequence[BackupRow]:
    """What a destination lacks of the newest backup and the one that it builds on."""
    with stage.catalogue.read() as session:
        last = backups.newest(session)
        chain = () if last is None else backups.chain_of(session, last)
        return [row for row in chain if not _is_proved(session, row, destination)]


def _is_proved(session: Session, row: BackupRow, destination: str) -> bool:
    copy = backups.copy_at(session, row.id or 0, destination)
    return copy is not None and copy.proved_at is not None


def prove_backup(
    catalogue: Catalogue, row: BackupRow, destination: str, signed: SignedReceipt
) -> bool:
    """Record a checked receipt of a backup; whether it says something new."""
    told = signed.receipt
    stored = StoredReceipt(told.to_bytes(), signed.signature, told.counter, signed.digest())
    with catalogue.write() as writing:
        copy = backups.copy_at(writing.session, row.id or 0, destination)
        known = copy.receipt if copy is not None else None
        if known is not None and Receipt.from_bytes(known).counter >= told.counter:
            return False
        proved_at = min(max(told.read_at, row.made_at), writing.now)
        backups.prove(writing, row.id or 0, destination, stored, proved_at)
        detail: dict[str, JsonValue] = {"destination": destination, "receipt_counter": told.counter}
        draft = EventDraft(
            EventType.REPLICATION, BACKUP_KIND, row.objid, SOFTWARE_AGENT, detail=detail
        )
        events.record(writing, draft)
    return True
