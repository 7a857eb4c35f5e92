"""The copies at one destination, looked at over one connection."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, func, select

from appliance.catalogue import audit_records, audits, box, deposits
from appliance.catalogue.tables import DepositRow
from appliance.domain.audits import not_yet
from appliance.domain.errors import IllegalTransition, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.domain.states import DepositState
from appliance.pipeline.audit import Halted
from appliance.pipeline.audit_places import Look
from appliance.pipeline.deposit import PLACE_CODES
from appliance.pipeline.far_proof import DAMAGE_CODES, note_far_damage, prove_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.audits import AuditPlan
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.far_proof import FarPlace
    from appliance.pipeline.repair_far import FarRepair
    from appliance.sync.remote import Remote

_CUT_CODE: Final = "FAR-RECEIPTS-CUT"
_TOO_OLD: Final = "FAR-TOO-OLD"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FarCopies:
    """The copies at one destination. Implements ``Copies``.

    Args:
        catalogue: Their records.
        plan: What is due.
        at: The destination.
        repairs: Makes way for whole copies.
    """

    catalogue: Catalogue
    plan: AuditPlan
    at: FarPlace
    repairs: FarRepair

    @property
    def place(self) -> str:
        """As of ``Copies``."""
        return self.at.name

    @property
    def label(self) -> str:
        """As of ``Copies``."""
        return self.at.label

    @property
    def is_downloaded(self) -> bool:
        """As of ``Copies``."""
        return self.at.is_downloaded

    @contextmanager
    def visited(self, asked_at: str) -> Iterator[_FarVisit]:
        """As of ``Copies``; the list of receipts there is held against those that are here."""
        with self.catalogue.read() as session:
            known = deposits.destination(session, self.place).receipt_counter
        with self.at.open_remote() as remote:
            self._check_receipts(remote.probe().receipt_counter, known)
            yield _FarVisit(self, remote, asked_at, can_scrub=not self.is_downloaded)

    def is_any_damaged(self, session: Session) -> bool:
        """As of ``Copies``."""
        return audits.far_to_repair(session, self.place, ()) is not None

    def oldest_proof_at(self, session: Session) -> str | None:
        """As of ``Copies``."""
        proved = (
            DepositRow.destination == self.place,
            DepositRow.state == str(DepositState.PROVED),
        )
        return session.exec(select(func.min(col(DepositRow.proved_at))).where(*proved)).one()

    def _check_receipts(self, counter: int, known: int) -> None:
        """A store that went back without a deposit shows it by its counter alone.

        Raises:
            Halted: Receipts that this box holds are not on the list there any more.
        """
        values: dict[str, JsonValue] = {"label": self.label, "counter": counter, "known": known}
        finding = Finding(_CUT_CODE, self.place, values)
        with self.catalogue.read() as session:
            standing = {(one.code, one.where) for one, _ in box.notices(session)}
        is_noted = (_CUT_CODE, self.place) in standing
        if (counter < known) != is_noted:
            with self.catalogue.write() as writing:
                if is_noted:
                    box.clear_notice(writing, _CUT_CODE, self.place)
                else:
                    box.put_notice(writing, finding)
        if counter < known:
            raise Halted(finding)


@dataclass(slots=True)
class _FarVisit:
    """A destination, connected. Implements ``Visit``."""

    copies: FarCopies
    remote: Remote
    asked_at: str
    can_scrub: bool

    def look(self, passed: set[int]) -> Look | None:
        """As of ``Visit``."""
        copies, now = self.copies, self.copies.catalogue.clock.now()
        before = max(copies.plan.proof_due_before(now), self.asked_at)
        scrubbed_before = copies.plan.scrub_due_before(now)
        if (look := self.repair(passed)) is not None:
            return look
        with copies.catalogue.read() as session:
            due = audits.far_to_prove(session, copies.place, before, not_yet(now), passed)
            stale = audits.far_to_scrub(session, copies.place, scrubbed_before, passed)
        if due is not None:
            return self._prove(due, passed)
        if stale is not None and self.can_scrub:
            return self._scrub(stale, passed)
        return None

    def repair(self, passed: set[int]) -> Look | None:
        """As of ``Visit``."""
        with self.copies.catalogue.read() as session:
            deposit = audits.far_to_repair(session, self.copies.place, passed)
            if deposit is None:
                return None
            package = audits.package(session, deposit.package_id)
        passed.add(deposit.id or 0)
        try:
            is_under_way = self.copies.repairs.repair(self.remote, deposit, package)
        except IllegalTransition as problem:
            _LOG.info("%s was repaired by somebody else: %s", package.objid, problem)
            return Look()
        return Look(repaired=int(is_under_way), read_bytes=package.size_bytes)

    def _prove(self, deposit: DepositRow, passed: set[int]) -> Look:
        with self.copies.catalogue.read() as session:
            package = audits.package(session, deposit.package_id)
        try:
            prove_again(self.copies.catalogue, self.remote, deposit, package)
        except RemoteError as problem:
            return self._judge(deposit, problem, passed)
        return Look(proved=1, read_bytes=package.size_bytes)

    def _scrub(self, deposit: DepositRow, passed: set[int]) -> Look:
        with self.copies.catalogue.read() as session:
            package = audits.package(session, deposit.package_id)
        sidecar = Sidecar.from_bytes(package.sidecar)
        try:
            bad = self.remote.scrub(sidecar)
        except RemoteError as problem:
            if problem.code == _TOO_OLD:
                self.can_scrub = False  # proofs go on; its receiver knows no comparison
                return Look()
            return self._judge(deposit, problem, passed)
        if bad:
            told = f"{len(bad)} of {len(sidecar.blocks)} blocks differ there"
            damage = RemoteError(told, code="FAR-COPY-DAMAGED", retryable=False)
            return self._judge(deposit, damage, passed)
        with self.copies.catalogue.write() as writing:
            audit_records.note_far_scrub(writing, deposit)
        return Look(scrubbed=1, read_bytes=package.size_bytes)

    def _judge(self, deposit: DepositRow, problem: RemoteError, passed: set[int]) -> Look:
        """Damage is recorded, a trouble of the place raised, and any other passed over for now.

        Raises:
            RemoteError: The place cannot be asked now.
        """
        if problem.code in PLACE_CODES:
            raise problem
        passed.add(deposit.id or 0)
        if problem.code not in DAMAGE_CODES:
            _LOG.warning("a copy at %s was not read: %s", deposit.destination, problem)
            return Look()
        with self.copies.catalogue.read() as session:
            package = audits.package(session, deposit.package_id)
        try:
            note_far_damage(self.copies.catalogue, deposit, package, problem)
        except IllegalTransition:
            return Look()
        passed.discard(deposit.id or 0)  # its repair is the next thing to try
        _LOG.error("%s at %s: %s", package.objid, deposit.destination, problem)
        return Look(damaged=1, read_bytes=package.size_bytes)
