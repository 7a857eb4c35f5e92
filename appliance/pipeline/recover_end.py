"""The end of a recovery: receipts, what is lost, and a chain of events that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select, update

from appliance.catalogue import events, file_units, masters, rebuilding
from appliance.catalogue.deposits import StoredReceipt
from appliance.catalogue.tables import (
    DestinationRow,
    EventRow,
    FileUnitRow,
    MasterRow,
    PageRow,
)
from appliance.domain.custody import (
    EVENTS_NEVER_SEEN,
    GENESIS,
    CustodyEvent,
    EventType,
    Gap,
    Outcome,
)
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitState, MasterState
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.recover_rows import LOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.store import Store
    from appliance.pipeline.recover_far import Anchors
    from appliance.pipeline.recover_values import Recovered, RecoveryPlan
    from appliance.sync.papers import SignedReceipt

_NEED_BYTES = (
    str(MasterState.ACCEPTED),
    str(MasterState.BATCHED),
    str(MasterState.INSPECTED),
    str(MasterState.PARKED),
)
"""States in which somebody still waits for the bytes; sheets and duplicates nobody asks for."""


def take_receipts(
    catalogue: Catalogue,
    receipts: Iterable[SignedReceipt],
    plan: RecoveryPlan,
    anchors: Anchors,
    found: Recovered,
) -> None:
    """Let what the place kept prove its copies; each receipt anchors the event chain, too.

    Args:
        catalogue: The recovered one.
        receipts: Believed, in their order.
        plan: The recovery.
        anchors: Gets what the receipts say of the event chain.
        found: Counts them.
    """
    newest: dict[str, SignedReceipt] = {}
    last: SignedReceipt | None = None
    for signed in receipts:
        receipt = signed.receipt
        anchors.take(receipt.event_counter, receipt.event_head, f"receipt {receipt.counter}")
        newest[receipt.objid] = last = signed
        found.receipts += 1
    with catalogue.write() as writing:
        for objid, signed in newest.items():
            found.proofs += _prove(writing, objid, signed, plan.source.name)
        if last is not None:
            _set_head(writing, plan.source.name, last)


def _prove(writing: Writing, objid: str, signed: SignedReceipt, place: str) -> int:
    package, receipt = rebuilding.package_row(writing.session, objid), signed.receipt
    if package is None or (package.sha256, package.size_bytes) != (
        receipt.sha256,
        receipt.size_bytes,
    ):
        return 0
    stored = StoredReceipt(receipt.to_bytes(), signed.signature, receipt.counter, signed.digest())
    return int(rebuilding.prove_deposit(writing, package.id or 0, place, stored, receipt.read_at))


def _set_head(writing: Writing, place: str, last: SignedReceipt) -> None:
    counter = last.receipt.counter
    older = update(DestinationRow).where(
        col(DestinationRow.name) == place, col(DestinationRow.receipt_counter) < counter
    )
    writing.session.execute(older.values(receipt_counter=counter, receipt_sha256=last.digest()))


def park_lost(catalogue: Catalogue, plan: RecoveryPlan, found: Recovered) -> None:
    """Scans that were in no sealed package are gone: they say so, and their hồ sơ go back."""
    with catalogue.write() as writing:
        session = writing.session
        rows = session.exec(select(MasterRow).where(col(MasterRow.state).in_(_NEED_BYTES))).all()
        lost = [row for row in rows if not plan.store.master_path(row.sha256).exists()]
        for row in lost:
            rebuilding.set_lost(writing, row.id or 0, Finding(LOST, row.name, {"name": row.name}))
        units = {row.file_unit_id for row in lost if row.file_unit_id is not None}
        session.expire_all()
        for unit_id in sorted(units):
            file_units.changed(writing, unit_id)
        found.lost_masters = _count_lost(session)
        found.findings += _not_sealed(session, units)


def _count_lost(session: Session) -> int:
    return len(session.exec(select(MasterRow.id).where(MasterRow.cause == LOST)).all())


def _not_sealed(session: Session, unit_ids: Iterable[int]) -> list[Finding]:
    statement = select(FileUnitRow.file_code).where(
        col(FileUnitRow.id).in_(sorted(unit_ids)),
        FileUnitRow.state != str(FileUnitState.SEALED),
    )
    return [Finding("RECOVER-NOT-SEALED", code) for code in sorted(session.exec(statement))]


def finish(catalogue: Catalogue, plan: RecoveryPlan, anchors: Anchors, found: Recovered) -> None:
    """Let the chain of events go on past every number that anyone saw, and end the recovery.

    A catalogue whose recovery has ended is left as it is.
    """
    with catalogue.write() as writing:
        if rebuilding.unfinished(writing.session) is None:
            found.next_counter = events.head(writing.session)[0] + 1
            return
        for digest_counter, where in anchors.forks:
            values = {"counter": digest_counter}
            found.findings.append(Finding("RECOVER-FORKED", where, {**values}))
        _derive_again(writing, plan.store)
        event = _restoration(writing, plan, anchors, found)
        writing.session.execute(
            EventRow.__table__.insert(), [events.event_values(event, event.digest())]
        )
        found.next_counter = event.counter + 1
        rebuilding.put_former_keys(writing, [key.line() for key in plan.box_keys])
        rebuilding.wake_open_deposits(writing)
        rebuilding.mark_finished(writing)


def _derive_again(writing: Writing, store: Store) -> None:
    """Pages whose derivatives are in no package are derived when a correction needs them."""
    derived = select(PageRow.id, PageRow.derivative_sha256, PageRow.words_sha256).where(
        PageRow.is_derived == 1
    )
    lacking = [
        page_id
        for page_id, *digests in writing.session.connection().execute(derived)
        if any(one and not store.derivative_path(one).exists() for one in digests)
    ]
    for page_id in lacking:
        masters.update_page(writing, page_id, {"is_derived": 0, "next_attempt": None})


def _restoration(
    writing: Writing, plan: RecoveryPlan, anchors: Anchors, found: Recovered
) -> CustodyEvent:
    known, digest = _unbroken(writing.session)
    highest, resumes = max(anchors.highest(), events.head(writing.session), (known, digest))
    gap = Gap(known + 1, highest + EVENTS_NEVER_SEEN, resumes)
    return CustodyEvent(
        counter=gap.last + 1,
        type=EventType.RESTORATION,
        object_kind="box",
        object_id=plan.box_id,
        at=writing.now,
        clock_trusted=writing.clock_trusted,
        agent=SOFTWARE_AGENT,
        outcome=Outcome.SUCCESS,
        detail={
            **gap.to_json(),
            "recovery": found.recovery_id,
            "place": plan.source.name,
            "backup": found.backup,
            "packages": found.packages,
            "rebuilt": len(found.rebuilt),
            "lost_masters": found.lost_masters,
        },
        previous=resumes,
    )


def _unbroken(session: Session) -> tuple[int, str]:
    """The last event of the backup: what a package tells beyond it stands alone."""
    counter, digest = 0, GENESIS
    for row in session.connection().execute(
        select(EventRow.counter, EventRow.previous, EventRow.digest).order_by(col(EventRow.counter))
    ):
        if row.previous != digest:
            break
        counter, digest = row.counter, row.digest
    return counter, digest


def check_anchors(session: Session, anchors: Anchors) -> None:
    """Hold what signed papers say of the chain against the chain that came back."""
    for counter, digest in sorted(anchors.known.items()):
        there = events.digest_at(session, counter)
        if there not in {None, digest}:
            anchors.forks.append((counter, "catalogue"))
