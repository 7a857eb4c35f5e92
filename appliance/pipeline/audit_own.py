"""The copies on this box: packages and masters, whichever proof is older first."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from appliance.catalogue import audit_records, audits, master_walk
from appliance.catalogue.audit_overview import BOX_LABEL
from appliance.catalogue.audit_tables import PackageCheckRow
from appliance.domain.audits import BOX_PLACE, CheckState, not_yet
from appliance.domain.findings import Finding
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.audit import Halted
from appliance.pipeline.audit_places import Look
from appliance.pipeline.halting import STORE_MISSING, does_damage_spread, has_own_store
from appliance.pipeline.own_copies import OwnCopy
from appliance.pipeline.repair import Repaired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.domain.audits import AuditPlan
    from appliance.pipeline.master_copies import MasterCopies
    from appliance.pipeline.repair import OwnRepair


@dataclass(frozen=True, slots=True)
class OwnCopies:
    """The copies on this box. Implements ``Copies``.

    Args:
        catalogue: Their records.
        plan: What is due.
        store: Where they lie.
        repairs: Puts damaged packages together again.
        masters: Reads and repairs masters.
    """

    catalogue: Catalogue
    plan: AuditPlan
    store: Store
    repairs: OwnRepair
    masters: MasterCopies

    @property
    def place(self) -> str:
        """As of ``Copies``."""
        return BOX_PLACE

    @property
    def label(self) -> str:
        """As of ``Copies``."""
        return BOX_LABEL

    @property
    def is_downloaded(self) -> bool:
        """As of ``Copies``."""
        return False

    @contextmanager
    def visited(self, asked_at: str) -> Iterator[_OwnVisit]:
        """As of ``Copies``; a store that is not mounted is no damage.

        Raises:
            Halted: The store is not there.
        """
        if not has_own_store(self.catalogue, self.store):
            raise Halted(Finding(STORE_MISSING, str(self.store.root)))
        yield _OwnVisit(self, asked_at)

    def is_any_damaged(self, session: Session) -> bool:
        """As of ``Copies``; what is good nowhere is asked for at night alone."""
        if does_damage_spread(session):
            return False
        bad = audits.own_to_repair(session, ())
        is_package = bad is not None and bad.state != CheckState.BROKEN
        return is_package or master_walk.damaged(session, ()) is not None

    def oldest_proof_at(self, session: Session) -> str | None:
        """As of ``Copies``."""
        good = PackageCheckRow.state == str(CheckState.GOOD)
        oldest = session.exec(select(func.min(col(PackageCheckRow.proved_at))).where(good)).one()
        known = [one for one in (oldest, master_walk.proved_since(session)) if one is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class _OwnVisit:
    """This box's store. Implements ``Visit``."""

    copies: OwnCopies
    asked_at: str

    def look(self, passed: set[int]) -> Look | None:
        """As of ``Visit``."""
        return self.repair(passed) or self._prove(passed) or self._scrub(passed)

    def repair(self, passed: set[int]) -> Look | None:
        """As of ``Visit``; nothing while a person must look at what all sending stopped for."""
        with self.copies.catalogue.read() as session:
            if does_damage_spread(session):
                return None
            bad = audits.own_to_repair(session, passed)
            if bad is not None:
                package = audits.package(session, bad.package_id)
        if bad is None:
            return self._repair_master(passed)
        passed.add(bad.package_id)
        found = self.copies.repairs.prove(package)  # it may have been put right by hand
        if found.is_whole or self.copies.repairs.repair(package) is Repaired.WHOLE:
            return Look(repaired=1, read_bytes=package.size_bytes)
        return Look(read_bytes=package.size_bytes)

    def _repair_master(self, passed: set[int]) -> Look | None:
        skipped = {-number for number in passed if number < 0}  # packages have ids above 0
        with self.copies.catalogue.read() as session:
            rotten = master_walk.damaged(session, skipped)
        if rotten is None:
            return None
        passed.add(-(rotten.id or 0))
        is_whole = self.copies.masters.repair(rotten)
        return Look(repaired=int(is_whole), read_bytes=rotten.size_bytes)

    def _prove(self, passed: set[int]) -> Look | None:
        now = self.copies.catalogue.clock.now()
        before = max(self.copies.plan.proof_due_before(now), self.asked_at)
        with self.copies.catalogue.read() as session:
            due = audits.own_to_prove(session, before, not_yet(now), passed)
            masters_since = master_walk.proved_since(session)
        is_masters_turn = masters_since is not None and masters_since < before
        if is_masters_turn and (due is None or (masters_since or "") < due.proved_at):
            return self._prove_master()
        if due is None:
            return None
        with self.copies.catalogue.read() as session:
            package = audits.package(session, due.package_id)
        is_whole = self.copies.repairs.prove(package).is_whole
        return Look(proved=int(is_whole), damaged=int(not is_whole), read_bytes=package.size_bytes)

    def _prove_master(self) -> Look | None:
        master = self._next_master()
        if master is None:
            return None
        is_whole = self.copies.masters.prove(master)
        return Look(proved=int(is_whole), damaged=int(not is_whole), read_bytes=master.size_bytes)

    def _next_master(self) -> MasterRow | None:
        """The master whose turn it is; after the last one the walk begins again."""
        with self.copies.catalogue.read() as session:
            master = master_walk.next_master(session)
        if master is not None:
            return master
        with self.copies.catalogue.write() as writing:
            master_walk.begin_round(writing)
            return master_walk.next_master(writing.session)

    def _scrub(self, passed: set[int]) -> Look | None:
        before = self.copies.plan.scrub_due_before(self.copies.catalogue.clock.now())
        with self.copies.catalogue.read() as session:
            stale = audits.own_to_scrub(session, before, passed)
            if stale is None:
                return None
            package = audits.package(session, stale.package_id)
        bad = OwnCopy.of(self.copies.store, package).bad_blocks()
        with self.copies.catalogue.write() as writing:
            if bad:
                values = {
                    "problem": f"{len(bad)} khối không khớp",
                    "problem_en": f"{len(bad)} blocks differ",
                }
                finding = Finding("BOX-COPY-DAMAGED", package.objid, {**values})
                audit_records.find_own_damage(
                    writing, package, finding, CheckState.DAMAGED, SOFTWARE_AGENT
                )
            else:
                audit_records.note_own_scrub(writing, package.id or 0)
        return Look(scrubbed=int(not bad), damaged=int(bool(bad)), read_bytes=package.size_bytes)
