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
    FIXITY_CHECK = "fixity check"
    REGISTRATION = "registration"
    """The register or a selection list changed."""
    APPROVAL = "approval"
    MODIFICATION = "modification"
    """A sealed hồ sơ was opened for a correction, or the correction was finished or withdrawn."""
    SIGNATURE_VALIDATION = "digital signature validation"
    """A PDF came back signed, and its signatures were verified."""
    PARKING = "parking"
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
        object_kind: ``master``, ``file_unit``, ``package``, ``selection_list``, ``destination``.
        object_id: Its identifier: a SHA-256, a file code, an OBJID, a list code.
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


def first_break(events: Iterable[CustodyEvent], *, head: str) -> int | None:
    """The counter of the first event that does not follow from the one before it.

    Args:
        events: All events, by counter.
        head: The digest that the last event must have.

    Returns:
        None when the chain is whole; 0 when only the head differs or the chain is empty but
        should not be.
    """
    previous, expected = GENESIS, 1
    for event in events:
        if event.previous != previous or event.counter != expected:
            return event.counter
        previous, expected = event.digest(), expected + 1
    return None if previous == head else 0
