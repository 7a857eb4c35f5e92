"""What a dropped file says of itself, and what the catalogue says to that."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events, leases, masters, register
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType
from appliance.domain.identifiers import nfc, parse_drop_name
from appliance.domain.intake import Arrival, Decision, decide
from appliance.domain.states import FileUnitState, MasterEvent
from appliance.pipeline.agents import SOFTWARE_AGENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow, MasterRow
    from appliance.watchers.hotfolder import Look

_PLACE_DEPTH: Final = 3
"""``<scanner>/<hồ sơ code>/NNNN.ext``"""


def arrival_of(parts: Sequence[str], look: Look, *, waited_minutes: int) -> Arrival:
    """What a dropped file says of itself, before it is held against the catalogue.

    Args:
        parts: Its path below the hot folder as people read it: scanner, folders, name.
        look: At its structure.
        waited_minutes: How long it was waited for.
    """
    name = parts[-1]
    drop_name = parse_drop_name(name)
    return Arrival(
        name=name,
        folder=parts[1] if len(parts) == _PLACE_DEPTH else None,
        number=drop_name.number if drop_name is not None else None,
        is_image=look.is_image,
        is_whole=look.is_whole,
        problem=look.problem,
        problem_en=look.problem_en,
        waited_minutes=waited_minutes,
        unit_state=None,
    )


def display_text(part: str) -> str:
    """A name as people read it: NFC, with what is no UTF-8 or no printable letter replaced."""
    text = nfc(os.fsencode(part).decode("utf-8", "replace"))
    return "".join("�" if unicodedata.category(c).startswith("C") else c for c in text)


@dataclass(frozen=True, slots=True)
class Placed:
    """An arrival held against the catalogue."""

    arrival: Arrival
    unit: FileUnitRow | None
    holder: MasterRow | None
    decision: Decision


def place(session: Session, arrival: Arrival, sha256: str) -> Placed:
    """Find the hồ sơ, the number's holder and equal bytes, and decide."""
    folder = arrival.folder
    unit = None if folder is None else register.file_unit_in_folder(session, folder)
    if unit is None:
        return Placed(arrival, None, None, decide(arrival))
    unit_id, number = unit.id or 0, arrival.number or 0
    holder = masters.live_with_number(session, unit_id, number)
    twin = masters.live_with_digest(session, unit_id, sha256)
    holds = "none" if holder is None else "same" if holder.sha256 == sha256 else "other"
    is_twin = twin is not None and twin.file_number != number
    known = replace(
        arrival,
        unit_state=FileUnitState(unit.state),
        holds_number=holds,
        same_bytes_number=twin.file_number if twin is not None and is_twin else None,
    )
    return Placed(known, unit, holder, decide(known))


def give_way(writing: Writing, holder: MasterRow, **values: object) -> None:
    """A rescan takes the number of an earlier master, which is kept."""
    masters.transit(writing, holder, MasterEvent.REPLACE, **leases.waits(), **values)
    draft = EventDraft(EventType.REPLACEMENT, "master", holder.sha256, SOFTWARE_AGENT)
    events.record(writing, draft)
