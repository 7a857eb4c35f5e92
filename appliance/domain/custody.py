"""Custody events: who did what to which object, hash-chained (PREMIS *event*, *agent*).

The digest of each event covers the digest of the one before it, so that removing or altering
one shows; the head of the chain is anchored in every receipt. Order comes from the counter,
never from the clock (invariant I10).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.domain.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue

GENESIS: Final = "0" * 64
"""The digest before the first event."""


class EventType(StrEnum):
    """Event types, in the words of the Library of Congress list and of TT 05/2025."""

    TRANSFER = "transfer"
    """A scan came in: digitising, as TT 05/2025 names it."""
    INGESTION = "ingestion"
    """A dropped file was accepted into the store."""
    DIGEST_CALCULATION = "message digest calculation"
    VALIDATION = "validation"
    """A page image was decoded and judged, or a package checked."""
    REVIEW = "review"
    """Findings were settled, by a person or a recorded rule."""
    NORMALIZATION = "normalization"
    """Derivatives and text were made."""
    PACKAGE_CREATION = "information package creation"
    REPLICATION = "replication"
    """A destination proved that it holds the package."""
    EXPORTING = "exporting"
    """Sealed packages were written to a disk that is carried to a destination, or it left."""
    FIXITY_CHECK = "fixity check"
    QUARANTINE = "quarantine"
    """A copy that is not as it was sealed was put aside, and kept."""
    RECOVERY = "recovery"
    """A copy was made whole again from proved ones."""
    REGISTRATION = "registration"
    """The register or a selection list changed."""
    APPROVAL = "approval"
    MODIFICATION = "modification"
    """A sealed hồ sơ was opened for a correction, or the correction was finished or withdrawn."""
    SIGNATURE_VALIDATION = "digital signature validation"
    """A PDF came back signed, and its signatures were verified."""
    PARKING = "parking"
    RESTORATION = "restoration"
    """The catalogue came back from copies; its detail names the events that nobody saw."""
    REPLACEMENT = "replacement"


class Outcome(StrEnum):
    """How an event ended."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One event.

    Args:
        counter: 1-based, without gaps, per box.
        type: What was done.
        object_kind: ``master``, ``file_unit``, ``package``, ``selection_list``, ``destination``,
            ``courier_disk``.
        object_id: Its identifier: a SHA-256, a file code, an OBJID, a list code, a disk's id.
        at: When, by the box's clock (``clock.to_text``).
        clock_trusted: Whether that clock was synchronised.
        agent: Who or what did it: ``software:archive-appliance/0.1.0``, ``scanner:scan01``,
            ``person:...``.
        outcome: How it ended.
        detail: Facts of the event.
        previous: Digest of the event before it, or ``GENESIS``.
    """

    counter: int
    type: EventType
    object_kind: str
    object_id: str
    at: str
    clock_trusted: bool
    agent: str
    outcome: Outcome
    detail: Mapping[str, JsonValue] = field(default_factory=dict)
    previous: str = GENESIS

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of every field, hexadecimal."""
        body: dict[str, JsonValue] = {
            "agent": self.agent,
            "at": self.at,
            "clock_trusted": self.clock_trusted,
            "counter": self.counter,
            "detail": dict(self.detail),
            "object_id": self.object_id,
            "object_kind": self.object_kind,
            "outcome": str(self.outcome),
            "previous": self.previous,
            "type": str(self.type),
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()


EVENTS_NEVER_SEEN: Final = 1_000_000
"""Our own: numbers left free after the last event that any copy knows of. The lost box may have
recorded so many more; none of its numbers is ever given twice."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that a recovery could not bring back.

    Args:
        first: The first counter that is not known to be there.
        last: The last one; the event after it is the recovery itself.
        resumes: The digest that the recovery follows: of the last event that a signed paper
            anchors.
    """

    first: int
    last: int
    resumes: str

    def to_json(self) -> dict[str, JsonValue]:
        """As the recovery's event tells it."""
        return {"gap_first": self.first, "gap_last": self.last, "resumes": self.resumes}

    @classmethod
    def of(cls, event: CustodyEvent) -> Gap:
        """The gap that a recovery's event tells of."""
        told = event.detail
        return cls(int(str(told["gap_first"])), int(str(told["gap_last"])), str(told["resumes"]))


def first_break(
    events: Iterable[CustodyEvent], *, head: str, gaps: Iterable[Gap] = ()
) -> int | None:
    """The counter of the first event that does not follow from the one before it.

    Args:
        events: All events, by counter.
        head: The digest that the last event must have.
        gaps: What recoveries say is not there; what is known inside must follow where it can.

    Returns:
        None when the chain is whole; 0 when only the head differs or the chain is empty but
        should not be.
    """
    told = {gap.first: gap for gap in gaps}
    previous, last, gap = GENESIS, 0, None
    for event in events:
        gap = told.get(last + 1, gap)
        if gap is not None and event.counter == gap.last + 1:
            follows, gap = event.previous == gap.resumes, None
        elif event.counter == last + 1:
            follows = event.previous == previous
        else:
            follows = gap is not None and last < event.counter <= gap.last
        if gap is not None and event.counter == gap.first:
            follows = True
        if not follows:
            return event.counter
        previous, last = event.digest(), event.counter
    return None if previous == head else 0
