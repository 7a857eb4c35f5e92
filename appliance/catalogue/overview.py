"""What the status page, the command line and the digest show: read in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from appliance.catalogue import (
    audit_overview,
    backups,
    box,
    browse,
    couriers,
    deposits,
    lists,
    parked,
)
from appliance.catalogue.proof_times import PROVED
from appliance.catalogue.standing import read_standing
from appliance.catalogue.tables import DepositRow, DestinationRow, PackageRow
from appliance.catalogue.version_tables import CorrectionRow
from appliance.domain.proof_age import age_seconds
from appliance.domain.rules import HOLDING_CODES, rule_of
from appliance.domain.scanners import WatchWay
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.verdict import BoxFacts, PlaceFacts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from enum import StrEnum

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from appliance.catalogue.standing import Standing

S = TypeVar("S", bound="StrEnum")

CARRIED_KIND: Final = "courier"
"""The kind of a destination that no line leads to."""


def box_facts(session: Session, now: dt.datetime) -> BoxFacts:
    """Everything the verdict is taken from."""
    return facts_of(session, read_standing(session, now))


def facts_of(session: Session, standing: Standing) -> BoxFacts:
    """Everything the verdict is taken from, with what was read already."""
    counters, now = standing.counters, standing.at
    return BoxFacts(
        came_in=counters.get("came_in", 0),
        masters=_by_state(counters, "master", MasterState),
        file_units=_by_state(counters, "file_unit", FileUnitState),
        proved_everywhere=proved_everywhere(session),
        held_for_person=browse.held_count(session, HOLDING_CODES),
        notices=len(standing.notices),
        places=_places(session, standing),
        heartbeat_age_seconds=age_seconds(standing.heartbeat_at, now),
        is_service_stopped=standing.is_service_stopped,
        parked_batches=parked.count_batches(session),
        folders_gone=sum(row.way == WatchWay.GONE for row in standing.folders),
        correcting=corrections_unproved(session),
        awaiting_approval=lists.awaiting_approval(session),
        coverage=audit_overview.coverage(session, standing),
        drills=audit_overview.drill_facts(session, standing),
        halt_codes=tuple(finding.code for finding, _since in standing.halts),
        backup=backups.facts(session, now),
    )


def _by_state(counters: Mapping[str, int], prefix: str, states: type[S]) -> dict[S, int]:
    return {state: counters.get(f"{prefix}:{state}", 0) for state in states}


def place_facts(
    session: Session,
    row: DestinationRow,
    now: dt.datetime,
    *,
    oldest_proof_at: str | None,
    is_halted: bool,
) -> PlaceFacts:
    """What the verdict on one destination is taken from.

    Args:
        session: A read transaction.
        row: The destination.
        now: The present moment.
        oldest_proof_at: Of its copies (``proof_times.far_proofs``).
        is_halted: Whether anything stops all sending (``halts.halts``).
    """
    away = couriers.packages_away(session)
    found = _place(row, box.counters(session), oldest_proof_at, away, now)
    return replace(found, is_halted=is_halted)


def _places(session: Session, standing: Standing) -> tuple[PlaceFacts, ...]:
    away, proofs = couriers.packages_away(session), standing.far_proofs
    return tuple(
        replace(
            _place(row, standing.counters, proofs[row.name].oldest_at, away, standing.at),
            is_halted=bool(standing.halts),
        )
        for row in standing.places
    )


def _place(
    row: DestinationRow,
    counters: Mapping[str, int],
    oldest_at: str | None,
    away: Mapping[str, int],
    now: dt.datetime,
) -> PlaceFacts:
    reason = deposits.finding_from(row.reason)
    return PlaceFacts(
        name=row.name,
        label=row.label,
        deposits=_by_state(counters, f"deposit:{row.name}", DepositState),
        contact_age_seconds=age_seconds(row.last_contact_at, now),
        oldest_proof_age_seconds=age_seconds(oldest_at, now),
        is_line_up=None if row.is_line_up is None else bool(row.is_line_up),
        reason_code=reason.code if reason is not None else None,
        needs_person=reason is not None and not rule_of(reason).retries,
        is_carried=row.kind == CARRIED_KIND,
        packages_away=away.get(row.name, 0),
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
    if not found:
        return 0
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
        .where(DepositRow.state == PROVED)
        .correlate(PackageRow)
        .scalar_subquery()
    )
    return places > 0, proofs == places
