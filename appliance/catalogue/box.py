"""Facts of the box itself: its id, the heartbeat of its service, standing notices, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, delete, or_, select

from appliance.catalogue.deposits import finding_column, finding_from
from appliance.catalogue.tables import CounterRow, MetaRow, NoticeRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

_BOX_ID: Final = "box_id"
_HEARTBEAT: Final = "heartbeat"
_STOPPED: Final = "service_stopped"


def box_id(session: Session) -> str | None:
    """The id of this box; None before the first start."""
    row = session.get(MetaRow, _BOX_ID)
    return row.value if row is not None else None


def set_box_id(writing: Writing, value: str) -> None:
    """Name this box, once."""
    writing.session.add(MetaRow(name=_BOX_ID, value=value))
    writing.session.flush()


def beat(writing: Writing) -> None:
    """The service is alive now."""
    _put_meta(writing, _HEARTBEAT, writing.now)
    writing.session.execute(delete(MetaRow).where(col(MetaRow.name) == _STOPPED))


def stop_beating(writing: Writing) -> None:
    """The service was told to stop and has; another beat, of any process, takes it back."""
    _put_meta(writing, _STOPPED, writing.now)


def is_service_stopped(session: Session) -> bool:
    """Whether the service was told to stop, and nothing has beaten since."""
    return session.get(MetaRow, _STOPPED) is not None


def heartbeat(session: Session) -> str | None:
    """When the service last said that it is alive; None before the first start."""
    row = session.get(MetaRow, _HEARTBEAT)
    return row.value if row is not None else None


def _put_meta(writing: Writing, name: str, value: str) -> None:
    statement = upsert(MetaRow).values(name=name, value=value)
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def put_notice(writing: Writing, finding: Finding) -> None:
    """Note a standing condition as it is now; one that stands already keeps its first moment."""
    statement = upsert(NoticeRow).values(
        code=finding.code,
        place=finding.where,
        finding=finding_column(finding),
        since=writing.now,
    )
    newer = {"finding": statement.excluded.finding}
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["code", "place"], set_=newer)
    )


def clear_notice(writing: Writing, code: str, place: str) -> None:
    """A standing condition has passed."""
    same = (col(NoticeRow.code) == code, col(NoticeRow.place) == place)
    writing.session.execute(delete(NoticeRow).where(*same))


def clear_part_notices(writing: Writing, part: str) -> None:
    """A part that has just started has not failed yet; what others have to say stands."""
    own = or_(
        col(NoticeRow.place) == part, col(NoticeRow.place).startswith(f"{part}:", autoescape=True)
    )
    writing.session.execute(delete(NoticeRow).where(col(NoticeRow.code) == "STAGE-FAILED", own))


def notices(session: Session) -> tuple[tuple[Finding, str], ...]:
    """Every standing condition, with the moment it was first seen."""
    rows = session.exec(select(NoticeRow).order_by(col(NoticeRow.since)))
    found = ((finding_from(row.finding), row.since) for row in rows)
    return tuple((finding, since) for finding, since in found if finding is not None)


def counters(session: Session) -> Mapping[str, int]:
    """Every kept counter by its name."""
    return {row.name: row.value for row in session.exec(select(CounterRow))}
