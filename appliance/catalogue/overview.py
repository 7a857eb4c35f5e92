"""What the status page, the command line and the digest show: read in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from appliance.catalogue import box, deposits, parked
from appliance.catalogue.intake_tables import HotFolderRow
from appliance.catalogue.masters import findings_of
from appliance.catalogue.tables import DepositRow, DestinationRow, FileUnitRow, PackageRow
from appliance.catalogue.version_tables import CorrectionRow
from appliance.domain.clock import from_text
from appliance.domain.rules import is_blocking, rule_of
from appliance.domain.scanners import WatchWay
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.verdict import BoxFacts, PlaceFacts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from appliance.domain.findings import Finding

S = TypeVar("S", bound="StrEnum")


def box_facts(session: Session, now: dt.datetime) -> BoxFacts:
    """Everything the verdict is taken from."""
    counters = box.counters(session)
    beat = box.heartbeat(session)
    return BoxFacts(
        came_in=counters.get("came_in", 0),
        masters=_by_state(counters, "master", MasterState),
        file_units=_by_state(counters, "file_unit", FileUnitState),
        proved_everywhere=proved_everywhere(session),
        held_for_person=held_for_person(session),
        notices=len(box.notices(session)),
        places=tuple(_place(session, row, counters, now) for row in deposits.destinations(session)),
        heartbeat_age_seconds=_age(beat, now),
        parked_batches=parked.count_batches(session),
        folders_gone=sum(row.way == WatchWay.GONE for row in hot_folders(session)),
        correcting=corrections_unproved(session),
    )


def hot_folders(session: Session) -> Sequence[HotFolderRow]:
    """How each scanner's folder is watched, by its name."""
    return session.exec(select(HotFolderRow).order_by(col(HotFolderRow.scanner))).all()


def _by_state(counters: Mapping[str, int], prefix: str, states: type[S]) -> dict[S, int]:
    return {state: counters.get(f"{prefix}:{state}", 0) for state in states}


def _age(moment: str | None, now: dt.datetime) -> int | None:
    return None if moment is None else max(0, int((now - from_text(moment)).total_seconds()))


def _place(
    session: Session, row: DestinationRow, counters: Mapping[str, int], now: dt.datetime
) -> PlaceFacts:
    oldest = session.exec(
        select(func.min(DepositRow.proved_at)).where(
            DepositRow.destination == row.name, DepositRow.state == str(DepositState.PROVED)
        )
    ).one()
    reason = deposits.finding_from(row.reason)
    return PlaceFacts(
        name=row.name,
        label=row.label,
        deposits=_by_state(counters, f"deposit:{row.name}", DepositState),
        contact_age_seconds=_age(row.last_contact_at, now),
        oldest_proof_age_seconds=_age(oldest, now),
        is_line_up=None if row.is_line_up is None else bool(row.is_line_up),
        reason_code=reason.code if reason is not None else None,
        needs_person=reason is not None and not rule_of(reason).retries,
    )


def proved_everywhere(session: Session) -> int:
    """Sealed hồ sơ whose newest package is proved at every configured destination.

    A package over which a correction is open is not the newest word on its hồ sơ any more.
    """
    statement = select(func.count()).select_from(PackageRow)
    return session.exec(statement.where(*_is_current(), *_is_proved_everywhere())).one()


def corrections_unproved(session: Session) -> int:
    """Hồ sơ with a correction that is not proved everywhere, though an earlier version is."""
    proved_now = select(PackageRow.file_unit_id).where(*_is_current(), *_is_proved_everywhere())
    proved_once = (
        select(PackageRow.file_unit_id)
        .join(CorrectionRow, col(CorrectionRow.file_unit_id) == col(PackageRow.file_unit_id))
        .where(col(CorrectionRow.withdrawn_at).is_(None), *_is_proved_everywhere())
    )
    found = set(session.exec(proved_once))
    still = proved_now.where(col(PackageRow.file_unit_id).in_(found))
    return len(found) - len(set(session.exec(still)))


def _is_current() -> tuple[ColumnElement[bool], ...]:
    """No later package, and no correction that makes one."""
    later = aliased(PackageRow)
    return tuple(
        ~exists().where(
            col(newer.file_unit_id) == col(PackageRow.file_unit_id),
            col(newer.version) > col(PackageRow.version),
            *more,
        )
        for newer, more in (
            (later, ()),
            (CorrectionRow, (col(CorrectionRow.withdrawn_at).is_(None),)),
        )
    )


def _is_proved_everywhere() -> tuple[ColumnElement[bool], ...]:
    places = select(func.count()).where(DestinationRow.is_configured == 1).scalar_subquery()
    proofs = (
        select(func.count())
        .select_from(DepositRow)
        .join(DestinationRow, col(DestinationRow.name) == col(DepositRow.destination))
        .where(DepositRow.package_id == PackageRow.id, DestinationRow.is_configured == 1)
        .where(DepositRow.state == str(DepositState.PROVED))
        .correlate(PackageRow)
        .scalar_subquery()
    )
    return places > 0, proofs == places


def held_for_person(session: Session) -> int:
    """Hồ sơ, not sealed, with a blocking finding or an open question."""
    statement = select(FileUnitRow.findings).where(
        FileUnitRow.state != str(FileUnitState.SEALED), FileUnitRow.findings != "[]"
    )
    return sum(any(map(_needs_person, findings_of(text))) for text in session.exec(statement))


def _needs_person(finding: Finding) -> bool:
    """Whether it stops its hồ sơ, or is a question that only a person answers."""
    return is_blocking(finding) or rule_of(finding).asks
