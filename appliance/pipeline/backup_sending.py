"""Backups go to the destinations, apart from the packages of hồ sơ and never behind them.

Only the newest backup matters, with the whole one that it builds on: what an unreachable place
missed in between it never needs. A backup that stays the newest is read again there every day,
so that the age of its proof says how the place is now.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import select

from appliance.catalogue import backups, box, deposits, events, leases
from appliance.catalogue.deposits import StoredReceipt, finding_column
from appliance.catalogue.events import EventDraft
from appliance.catalogue.snapshot import BACKUP_KIND
from appliance.catalogue.tables import PackageRow
from appliance.domain.clock import from_text
from appliance.domain.custody import EventType
from appliance.domain.errors import ApplianceError, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.sync.papers import ReceiptHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.backup_tables import BackupCopyRow, BackupRow
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.backup import BackupStage
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Remote

_LOG: Final = logging.getLogger(__name__)
SPOILED: Final = frozenset({"FAR-COPY-DAMAGED", "FAR-COPY-MISSING", "FAR-CONFLICT"})
"""What a place says when a backup there is of no use any more: a fresh one goes there."""
TWICE: Final = "BOX-TWICE"


@dataclass(frozen=True, slots=True)
class BackupSending:
    """The backups' way to one destination.

    Args:
        stage: Makes them.
        destination: Its name.
        open_remote: Makes the port to it; costs nothing until it is used.
    """

    stage: BackupStage
    destination: str
    open_remote: Callable[[], Remote]

    def run_once(self, _owner: str) -> int:
        """Bring the newest backup there, or have it read again; how many were proved."""
        due = self._due()
        proved = 0
        for row in due:
            try:
                with self.open_remote() as remote:
                    self._prove(remote, row)
            except ApplianceError as problem:
                self._note(row, problem)
                break
            proved += 1
        return proved

    def _due(self) -> tuple[BackupRow, ...]:
        """What of the newest chain is to be sent or read again, the whole backup first."""
        now = self.stage.catalogue.clock.now()
        with self.stage.catalogue.read() as session:
            last = backups.newest(session)
            place = deposits.destination(session, self.destination)
            if last is None or place.is_line_up == 0:
                return ()
            chain = backups.chain_of(session, last)
            known = [backups.copy_at(session, row.id or 0, self.destination) for row in chain]
        if any(one is not None and _waits(one, now.timestamp()) for one in known):
            return ()
        old_seconds = self.stage.every_hours * 3600
        return tuple(
            row
            for row, copy in zip(chain, known, strict=True)
            if copy is None
            or copy.proved_at is None
            or (now - from_text(copy.proved_at)).total_seconds() >= old_seconds
        )

    def _prove(self, remote: Remote, row: BackupRow) -> None:
        with self.stage.catalogue.read() as session:
            place = deposits.destination(session, self.destination)
            copy = backups.copy_at(session, row.id or 0, self.destination)
        head = ReceiptHead(place.receipt_counter, place.receipt_sha256)
        sidecar = Sidecar.from_bytes(row.sidecar)
        if copy is not None and copy.proved_at is not None:
            signed = remote.audit(sidecar, head=head)
        else:
            path = self.stage.package_path(row.objid)
            signed = remote.deposit(path, sidecar, row.sidecar_signature, head=head)
        self._record(row, signed, is_first=copy is None or copy.proved_at is None)
        self._look_for_a_twin(remote, head)

    def _record(self, row: BackupRow, signed: SignedReceipt, *, is_first: bool) -> None:
        receipt = signed.receipt
        stored = StoredReceipt(
            receipt.to_bytes(), signed.signature, receipt.counter, signed.digest()
        )
        detail: dict[str, JsonValue] = {
            "destination": self.destination,
            "store_id": receipt.store_id,
            "receipt_counter": receipt.counter,
            "receipt_sha256": stored.sha256,
            "proof": receipt.proof,
        }
        kind = EventType.REPLICATION if is_first else EventType.FIXITY_CHECK
        draft = EventDraft(kind, BACKUP_KIND, row.objid, SOFTWARE_AGENT, detail=detail)
        with self.stage.catalogue.write() as writing:
            backups.prove(writing, row.id or 0, self.destination, stored)
            events.record(writing, draft)
        _LOG.info("backup %s proved at %s", row.objid, self.destination)

    def _look_for_a_twin(self, remote: Remote, head: ReceiptHead) -> None:
        """Receipts for this box that it never earned: another box has its id."""
        try:
            named = {
                one.receipt.objid
                for one in remote.receipts(head.counter)
                if one.receipt.box_id == self.stage.box_id
            }
        except RemoteError as problem:
            _LOG.info("%s gives no receipts (%s): no twin is looked for", self.destination, problem)
            return
        with self.stage.catalogue.read() as session:
            statement = select(PackageRow.objid)
            own = {*session.exec(statement)} if named else set()
            strange = [one for one in named - own if backups.by_objid(session, one) is None]
        if strange:
            finding = Finding(TWICE, self.destination, {"objid": strange[0]})
            with self.stage.catalogue.write() as writing:
                box.put_notice(writing, finding)

    def _note(self, row: BackupRow, problem: ApplianceError) -> None:
        """Keep the reason; a copy that is of no use any more calls for a fresh whole backup."""
        _LOG.warning("backup to %s: %s: %s", self.destination, problem.code, problem)
        code = problem.code if isinstance(problem, RemoteError) else "STAGE-FAILED"
        values = {"stage": "sync", "problem": str(problem)}
        reason = finding_column(Finding(code, self.destination, {**values})) or ""
        with self.stage.catalogue.write() as writing:
            known = backups.copy_at(writing.session, row.id or 0, self.destination)
            later = leases.retry_later(writing.now, (known.tries if known else 0) + 1)
            if problem.code in SPOILED:
                backups.lose_proof(writing, row.id or 0, self.destination, reason=reason)
            else:
                backups.note_failure(
                    writing,
                    row.id or 0,
                    self.destination,
                    reason=reason,
                    next_attempt=later["next_attempt"],
                )
        if problem.code in SPOILED:
            self.stage.make(whole=True)


def _waits(copy: BackupCopyRow, now_seconds: float) -> bool:
    return copy.next_attempt is not None and from_text(copy.next_attempt).timestamp() > now_seconds
