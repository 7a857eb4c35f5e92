"""Writing into the central register: the same papers twice change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select as core_select
from sqlalchemy import tuple_
from sqlmodel import col, select

from appliance.central.entries import PackageEntry, Problem, ReceiptEntry
from appliance.central.tables import (
    CentralHoldingRow,
    CentralPackageRow,
    CentralPaperRow,
    CentralReceiptRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlmodel import Session

    from appliance.central.engine import Register
    from appliance.central.entries import PaperRead

CONFLICT: Final = "CENTRAL-CONFLICT"
FORK: Final = "CENTRAL-RECEIPTS-FORK"
_DESCRIBED: Final = ("title", "start_date", "end_date", "page_count")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a paper that was looked at before.

    Args:
        size_bytes: Of it then.
        modified_ns: Of it then.
        has_metadata: Whether its package lay beside it then.
        code: Why it did not count; empty when it did.
    """

    size_bytes: int
    modified_ns: int
    has_metadata: bool
    code: str


def seen_papers(session: Session, source: str, paths: Sequence[str]) -> dict[str, Seen]:
    """Which of some papers of a source were looked at before."""
    columns = CentralPaperRow.__table__.c
    statement = core_select(
        columns.path, columns.size_bytes, columns.modified_ns, columns.has_metadata, columns.code
    ).where(columns.source == source, columns.path.in_(paths))
    found = session.connection().execute(statement)
    return {path: Seen(size, at, bool(has), code) for path, size, at, has, code in found}


def put_papers(register: Register, source: str, papers: Sequence[PaperRead]) -> list[Problem]:
    """Write what some papers say, in one transaction.

    Args:
        register: Open.
        source: Where they lie.
        papers: No path twice.

    Returns:
        What does not fit with what the register knew.

    Raises:
        StorageError: The database refuses; nothing of it was written.
    """
    with register.session() as session:
        packages = [one for one in papers if isinstance(one.content, PackageEntry)]
        receipts = [one for one in papers if isinstance(one.content, ReceiptEntry)]
        misfits = {**_conflicts(session, packages), **_forks(session, receipts)}
        _put_packages(register, session, [one for one in packages if one.file.path not in misfits])
        _put_receipts(register, session, [one for one in receipts if one.file.path not in misfits])
        rows = [_paper_row(source, one, misfits.get(one.file.path)) for one in papers]
        changing = ("size_bytes", "modified_ns", "has_metadata", "code", "problem")
        register.put(session, CentralPaperRow, rows, changing)
    return list(misfits.values())


def _conflicts(session: Session, papers: Sequence[PaperRead]) -> dict[str, Problem]:
    """Sidecars of an OBJID that the register knows with another sidecar."""
    wanted = {one.sidecar.objid for _, one in _packages(papers)}
    statement = select(CentralPackageRow.objid, CentralPackageRow.sidecar_sha256)
    known = dict(session.exec(statement.where(col(CentralPackageRow.objid).in_(wanted))).all())
    found = {}
    for path, entry in _packages(papers):
        objid = entry.sidecar.objid
        if known.setdefault(objid, entry.sidecar_sha256) != entry.sidecar_sha256:
            found[path] = Problem(CONFLICT, f"{objid} is known with another sidecar")
    return found


def _forks(session: Session, papers: Sequence[PaperRead]) -> dict[str, Problem]:
    """Receipts whose number the register knows with another receipt."""
    wanted = {(one.ledger, one.receipt.counter) for _, one in _receipts(papers)}
    row = CentralReceiptRow
    key = tuple_(col(row.ledger), col(row.counter))
    statement = select(row.ledger, row.counter, row.receipt_sha256).where(key.in_(wanted))
    known = {(ledger, number): digest for ledger, number, digest in session.exec(statement)}
    found = {}
    for path, entry in _receipts(papers):
        place = (entry.ledger, entry.receipt.counter)
        if known.setdefault(place, entry.receipt_sha256) != entry.receipt_sha256:
            text = f"receipt {entry.receipt.counter} of {entry.ledger} is known with other words"
            found[path] = Problem(FORK, text)
    return found


def _packages(papers: Sequence[PaperRead]) -> Iterator[tuple[str, PackageEntry]]:
    for paper in papers:
        if isinstance(paper.content, PackageEntry):
            yield paper.file.path, paper.content


def _receipts(papers: Sequence[PaperRead]) -> Iterator[tuple[str, ReceiptEntry]]:
    for paper in papers:
        if isinstance(paper.content, ReceiptEntry):
            yield paper.file.path, paper.content


def _put_packages(register: Register, session: Session, papers: Sequence[PaperRead]) -> None:
    rows: dict[str, dict[str, Any]] = {}
    for _, entry in _packages(papers):
        row = _package_row(entry)
        known = rows.setdefault(entry.sidecar.objid, row)
        known |= {name: row[name] for name in _DESCRIBED if row[name] is not None}
    register.put(session, CentralPackageRow, rows.values(), ("sidecar_sha256",), keeping=_DESCRIBED)


def _put_receipts(register: Register, session: Session, papers: Sequence[PaperRead]) -> None:
    receipts: dict[tuple[str, int], dict[str, Any]] = {}
    holdings: dict[tuple[str, str], dict[str, Any]] = {}
    for _, entry in _receipts(papers):
        receipt = entry.receipt
        receipts[entry.ledger, receipt.counter] = {
            "ledger": entry.ledger,
            "counter": receipt.counter,
            "objid": receipt.objid,
            "receipt_sha256": entry.receipt_sha256,
        }
        newest = holdings.get((receipt.objid, entry.ledger))
        if newest is None or newest["counter"] < receipt.counter:
            holdings[receipt.objid, entry.ledger] = _holding_row(entry)
    register.put(session, CentralReceiptRow, receipts.values(), ("objid", "receipt_sha256"))
    changing = ("signer", "counter", "sha256", "size_bytes", "read_at", "cache_possible")
    register.put(session, CentralHoldingRow, holdings.values(), changing, only_if_newer="counter")


def _package_row(entry: PackageEntry) -> dict[str, Any]:
    sidecar, described = entry.sidecar, entry.described
    shared = (
        *("objid", "box_id", "fonds_code", "file_code", "version", "name", "size_bytes"),
        *("sha256", "sealed_at", "event_counter", "event_head"),
    )
    return {
        **{name: getattr(sidecar, name) for name in shared},
        "sidecar_sha256": entry.sidecar_sha256,
        **{name: getattr(described, name) for name in _DESCRIBED},
    }


def _holding_row(entry: ReceiptEntry) -> dict[str, Any]:
    receipt = entry.receipt
    shared = ("objid", "store_id", "attestor", "counter", "sha256", "size_bytes", "read_at")
    return {
        **{name: getattr(receipt, name) for name in shared},
        "ledger": entry.ledger,
        "signer": entry.signer,
        "cache_possible": int(receipt.cache_possible),
    }


def _paper_row(source: str, paper: PaperRead, misfit: Problem | None) -> dict[str, Any]:
    problem = misfit or paper.problem
    return {
        "source": source,
        "path": paper.file.path,
        "size_bytes": paper.file.size_bytes,
        "modified_ns": paper.file.modified_ns,
        "has_metadata": int(paper.file.has_metadata),
        "code": problem.code if problem is not None else "",
        "problem": problem.text[:500] if problem is not None else "",
    }
