"""What a dropped file says of itself, and what the catalogue says to that."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from appliance.catalogue import batches, events, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.neighbours import Neighbours
from appliance.domain.clock import from_text
from appliance.domain.custody import EventType
from appliance.domain.drop_names import NameProblem, meant, name_problem, visible
from appliance.domain.identifiers import parse_drop_name
from appliance.domain.intake import Arrival, BatchPlace, Decision, decide
from appliance.domain.naming import name_pattern
from appliance.domain.policy import TWIN_SECONDS
from appliance.domain.scanners import Grouping, ScannerProfile
from appliance.domain.states import FileUnitState, MasterEvent, MasterState
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.rescan import WEB_SCANNER
from appliance.watchers.values import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow, MasterRow

_PLACE_DEPTH: Final = 3
"""``<scanner>/<hồ sơ code>/NNNN.ext``; a batch or a template's files may lie one level higher."""

_PAGE_ENDINGS: Final = frozenset({".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2", ".pdf"})
"""Endings of what may have been meant as a page, whatever its bytes are."""

_USUAL: Final = ScannerProfile()
_UNSEEN: Final = Look(is_image=True, is_whole=True, problem="", problem_en="")
"""Stands for the look at a file whose name alone is asked for."""


def place_bytes_of(parts: Sequence[str]) -> bytes:
    """The path below the hot folder, byte for byte as the drop account wrote it."""
    return b"/".join(os.fsencode(part) for part in parts)


def parts_of(place_bytes: bytes) -> tuple[str, ...]:
    """The inverse of ``place_bytes_of``."""
    return tuple(os.fsdecode(part) for part in place_bytes.split(b"/"))


def arrival_of(
    parts: Sequence[str],
    look: Look,
    *,
    waited_seconds: int,
    profile: ScannerProfile = _USUAL,
) -> Arrival:
    """What a dropped file says of itself, before it is held against the catalogue.

    Args:
        parts: Its path below the hot folder: scanner, folders, name; as it is on disk.
        look: At its structure.
        waited_seconds: How long it was waited for.
        profile: Of its scanner: how pages find their hồ sơ.
    """
    name = visible(parts[-1])
    arrival = Arrival(
        name=name,
        folder=None,
        number=None,
        is_image=look.is_image,
        is_whole=look.is_whole,
        problem=look.problem,
        problem_en=look.problem_en,
        waited_seconds=waited_seconds,
        unit_state=None,
    )
    shown = [visible(part) for part in parts]
    if profile.grouping is Grouping.FOLDER:
        return _in_folder(arrival, shown)
    if len(parts) > _PLACE_DEPTH:
        return replace(arrival, is_too_deep=True)
    if len(parts) < _PLACE_DEPTH - 1:
        return arrival
    if profile.grouping is Grouping.NAME_TEMPLATE:
        return _by_template(arrival, profile)
    return _in_batch(arrival, shown, profile)


def number_of(master: MasterRow, profile: ScannerProfile) -> int | None:
    """The number that a master has, or that its place and name say; None when neither does.

    Args:
        master: In any state.
        profile: Of its scanner.
    """
    if master.file_number is not None:
        return master.file_number
    return arrival_of(dropped_at(master), _UNSEEN, waited_seconds=0, profile=profile).number


def dropped_at(master: MasterRow) -> tuple[str, ...]:
    """Where it was dropped; byte for byte, unless an earlier release took it."""
    if master.place_bytes is None:
        return tuple(master.place.split("/"))
    return parts_of(master.place_bytes)


def _in_folder(arrival: Arrival, shown: Sequence[str]) -> Arrival:
    if len(shown) != _PLACE_DEPTH:
        return arrival
    drop_name = parse_drop_name(arrival.name)
    if drop_name is not None:
        return replace(arrival, folder=meant(shown[1]), number=drop_name.number)
    problem = name_problem(arrival.name) or arrival.name_problem
    return replace(arrival, folder=meant(shown[1]), name_problem=problem)


def _by_template(arrival: Arrival, profile: ScannerProfile) -> Arrival:
    named = name_pattern(profile.name_template, profile.file_code_template).read(arrival.name)
    if named is not None:
        return replace(arrival, folder=named.file_code, number=named.number)
    return replace(arrival, folder="", name_problem=_off_template(profile.name_template))


def _off_template(template: str) -> NameProblem:
    return NameProblem(f"không theo mẫu {template}", f"it does not follow {template}")


def _in_batch(arrival: Arrival, shown: Sequence[str], profile: ScannerProfile) -> Arrival:
    """Pages of a batch; what was never meant as a page does not hold the batch up."""
    ending = PurePosixPath(arrival.name).suffix.lower()
    if not arrival.is_image and ending not in _PAGE_ENDINGS:
        return replace(arrival, folder="")
    place = BatchPlace(shown[0], "/".join(shown[:-1]), profile.batch_quiet_seconds)
    return replace(arrival, batch=place)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when a file came.

    Args:
        place_bytes: Its path below the hot folder, byte for byte.
        received_at: When it was taken, as ``clock.to_text``.
    """

    place_bytes: bytes
    received_at: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An arrival held against the catalogue.

    Args:
        arrival: With what the catalogue knows.
        unit: The hồ sơ it belongs to.
        holder: The master that has its number, or its name in its batch.
        decision: What to do with it.
    """

    arrival: Arrival
    unit: FileUnitRow | None
    holder: MasterRow | None
    decision: Decision


def place(
    session: Session,
    arrival: Arrival,
    sha256: str,
    origin: Origin | None = None,
    *,
    near: Neighbours | None = None,
) -> Placed:
    """Find the hồ sơ or batch, the number's holder and equal bytes, and decide.

    Args:
        session: A read or write transaction.
        arrival: What the file says of itself.
        sha256: Of its bytes.
        origin: Where and when it came; None when a person asks for it although its number came
            twice at the same time, or was scanned again since.
        near: What was read ahead.
    """
    if arrival.batch is not None:
        return _place_in_batch(session, arrival, sha256)
    if not arrival.folder:
        return Placed(arrival, None, None, decide(arrival))
    near = near or Neighbours(session)
    named = near.unit_named(arrival.folder)
    unit = named.unit
    if unit is None:
        known = replace(arrival, similar_codes=named.similar)
        return Placed(known, None, None, decide(known))
    unit_id, number = unit.id or 0, arrival.number or 0
    holder = near.holder(unit_id, number)
    twin = near.same_bytes(unit_id, sha256)
    is_twin = twin is not None and twin.file_number != number
    known = replace(
        arrival,
        unit_state=FileUnitState(unit.state),
        holds_number=_holds(near, holder, sha256, origin),
        twin_place="" if holder is None else holder.place,
        same_bytes_number=twin.file_number if twin is not None and is_twin else None,
    )
    return Placed(known, unit, holder, decide(known))


def _holds(near: Neighbours, holder: MasterRow | None, sha256: str, origin: Origin | None) -> str:
    if holder is None:
        return "none"
    if holder.sha256 == sha256:
        return "same"
    if origin is None or parts_of(origin.place_bytes)[0] == WEB_SCANNER:
        return "other"  # a person has said that it takes the place
    if _came_together(holder, origin):
        return "twin"
    unit_id, number = holder.file_unit_id or 0, holder.file_number or 0
    return "newer" if near.gave_way(unit_id, number, sha256) else "other"


def _came_together(holder: MasterRow, origin: Origin) -> bool:
    """Whether two files of one number lay in the hot folder at the same time.

    One path holds one file: what comes under the very same path came after the other was
    claimed, and is a rescan. Two paths for one number (``17.tif`` and ``0017.tif``, folders that
    differ in their Unicode form or by case) may be two pages, and a person is asked.
    """
    if holder.place_bytes is None or holder.place_bytes == origin.place_bytes:
        return False
    apart = abs(from_text(origin.received_at) - from_text(holder.received_at))
    return apart <= dt.timedelta(seconds=TWIN_SECONDS)


def _place_in_batch(session: Session, arrival: Arrival, sha256: str) -> Placed:
    place_ = arrival.batch
    batch = None if place_ is None else batches.newest_open(session, place_.scanner, place_.place)
    holder = None if batch is None else batches.named(session, batch.id or 0, arrival.name)
    is_whole = holder is not None and holder.state != MasterState.PARKED
    is_same = is_whole and holder is not None and holder.sha256 == sha256
    known = replace(arrival, holds_number="same") if is_same else arrival
    return Placed(known, None, holder, decide(known))


def batch_for(writing: Writing, placed: Placed) -> int | None:
    """The id of the open batch that an arrival joins, made if there is none; None without one.

    A name that the open batch holds already with other bytes begins another batch: the scanner
    started to count anew, and the pages of two stacks of paper are never shuffled together. A
    broken file alone makes room for the same name in its own batch.
    """
    where = placed.arrival.batch
    if where is None or placed.decision.event is MasterEvent.RECOGNISE:
        return None
    batch = batches.newest_open(writing.session, where.scanner, where.place)
    holder = placed.holder
    if batch is None or (holder is not None and holder.state != MasterState.PARKED):
        batch = batches.open_batch(writing, where.scanner, where.place)
    batches.touch(writing, batch, where.quiet_seconds)
    return batch.id


def give_way(writing: Writing, holder: MasterRow, **values: object) -> None:
    """A rescan takes the number of an earlier master, which is kept."""
    masters.transit(writing, holder, MasterEvent.REPLACE, **leases.waits(), **values)
    draft = EventDraft(EventType.REPLACEMENT, "master", holder.sha256, SOFTWARE_AGENT)
    events.record(writing, draft)
