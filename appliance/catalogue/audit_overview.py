"""What the verdict and the page of audits are taken from; quick whatever the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue import drills, master_walk
from appliance.catalogue.audit_tables import DamageRow
from appliance.domain.audits import BOX_PLACE, CheckState
from appliance.domain.coverage import Coverage, DrillFacts
from appliance.domain.policy import DRILL_LATE_DAYS, PROOF_STALE_DAYS
from appliance.domain.proof_age import age_seconds
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.audit_tables import DrillRow
    from appliance.catalogue.standing import Standing
    from appliance.catalogue.tables import DestinationRow

BOX_LABEL = "Máy này"
BOX_LABEL_EN = "This box"
HALT_CODE = "AUDIT-MASS-DAMAGE"
_DAY_SECONDS = 86_400


def coverage(session: Session, standing: Standing) -> tuple[Coverage, ...]:
    """How well the copies at each place are covered by proofs: this box, then destinations."""
    halted = {finding.where for finding, _ in standing.notices if finding.code == HALT_CODE}
    return (
        _own(session, standing, halted),
        *(_far(standing, place, halted) for place in standing.places),
    )


def _own(session: Session, standing: Standing, halted: set[str]) -> Coverage:
    by_state = {state: standing.counters.get(f"package_check:{state}", 0) for state in CheckState}
    times = standing.own_proofs
    proved = by_state[CheckState.GOOD] - times.future
    return Coverage(
        place=BOX_PLACE,
        label=BOX_LABEL,
        total=sum(by_state.values()),
        proved=proved,
        within=proved - times.old,
        within_days=PROOF_STALE_DAYS,
        oldest_age_seconds=age_seconds(times.oldest_at, standing.at),
        damaged=by_state[CheckState.DAMAGED],
        broken=by_state[CheckState.BROKEN],
        lost_masters=len(open_damage(session, BOX_PLACE, "master")),
        masters_age_seconds=age_seconds(master_walk.proved_since(session), standing.at),
        is_halted=BOX_PLACE in halted,
        label_en=BOX_LABEL_EN,
    )


def _far(standing: Standing, place: DestinationRow, halted: set[str]) -> Coverage:
    kept = f"deposit:{place.name}:"
    by_state = {state: standing.counters.get(f"{kept}{state}", 0) for state in DepositState}
    times = standing.far_proofs[place.name]
    proved = by_state[DepositState.PROVED] - times.future
    return Coverage(
        place=place.name,
        label=place.label,
        total=sum(by_state.values()),
        proved=proved,
        within=proved - times.old,
        within_days=PROOF_STALE_DAYS,
        oldest_age_seconds=age_seconds(times.oldest_at, standing.at),
        damaged=by_state[DepositState.FAR_DAMAGED],
        is_halted=place.name in halted,
    )


def drill_facts(session: Session, standing: Standing) -> tuple[DrillFacts, ...]:
    """What is known of restore drills at each destination."""
    last = drills.last_held_anywhere(session)
    return tuple(_drill(standing, place, last.get(place.name)) for place in standing.places)


def _drill(standing: Standing, place: DestinationRow, last: DrillRow | None) -> DrillFacts:
    oldest_at = standing.far_proofs[place.name].oldest_at
    return DrillFacts(
        label=place.label,
        outcome=last.outcome if last is not None else None,
        age_seconds=age_seconds(last.ended_at, standing.at) if last is not None else None,
        oldest_deposit_seconds=age_seconds(oldest_at, standing.at),
        late_seconds=DRILL_LATE_DAYS * _DAY_SECONDS,
    )


def open_damage(session: Session, place: str, kind: str) -> tuple[DamageRow, ...]:
    """What is damaged at a place and not mended yet."""
    found = select(DamageRow).where(
        DamageRow.place == place,
        DamageRow.object_kind == kind,
        col(DamageRow.ended_at).is_(None),
    )
    return tuple(session.exec(found.order_by(col(DamageRow.id))))


def damage_log(session: Session, limit: int) -> tuple[DamageRow, ...]:
    """What was damaged anywhere: what still is first, then the newest that was mended."""
    order = (col(DamageRow.ended_at).is_not(None), col(DamageRow.id).desc())
    return tuple(session.exec(select(DamageRow).order_by(*order).limit(limit)))
