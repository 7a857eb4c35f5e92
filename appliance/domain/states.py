"""Every state machine of the appliance, as tables.

Rules for editors: everything that decides which state follows lives here. A transition is a
look-up; an event that does not apply raises ``IllegalTransition`` and changes nothing. The
diagrams in ``docs/states.md`` are generated from these tables.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

from appliance.domain.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Mapping


class MasterState(StrEnum):
    """Where one dropped file stands. Each one that came in is in exactly one of these."""

    RECEIVED = "received"
    """Claimed, not yet in the catalogue; no row ever holds it."""
    ACCEPTED = "accepted"
    """In the store under its digest, waiting for inspection."""
    BATCHED = "batched"
    """Decoded; waits until the cover sheets of its batch say which hồ sơ it belongs to."""
    SHEET = "sheet"
    """A cover sheet or a target sheet of our own: read, kept, no page of any hồ sơ."""
    INSPECTED = "inspected"
    """Decoded to the last row; its pages count."""
    PARKED = "parked"
    """Put aside with a reason; a person can see it."""
    DUPLICATE = "duplicate"
    """The same bytes for the same number again; points at the first."""
    REPLACED = "replaced"
    """A rescan of the same number took its place; kept."""
    SEALED = "sealed"
    """In a sealed package; sealed again, or replaced, when its hồ sơ is corrected."""


class MasterEvent(StrEnum):
    """What can happen to one dropped file."""

    ACCEPT = "accept"
    RECOGNISE = "recognise"
    INSPECT = "inspect"
    BATCH = "batch"
    """Decoded, as part of a batch."""
    ASSIGN = "assign"
    """The batch was split: it belongs to a hồ sơ now."""
    RECOGNISE_SHEET = "recognise_sheet"
    PARK = "park"
    RETRY = "retry"
    REPLACE = "replace"
    SEAL = "seal"


class FileUnitState(StrEnum):
    """Where one hồ sơ stands on its way to the package."""

    REGISTERED = "registered"
    SCANNING = "scanning"
    """Pages are arriving, found and expected differ, or a correction is not finished."""
    COMPLETE = "complete"
    """Pages found = pages expected."""
    REVIEWED = "reviewed"
    """Every finding settled by a person or a recorded rule."""
    DERIVED = "derived"
    """Derivatives and OCR of every page stored."""
    SEALED = "sealed"


class FileUnitEvent(StrEnum):
    """What can happen to one hồ sơ."""

    CHANGE = "change"
    """A page arrived, was replaced or parked, or the register changed."""
    COMPLETE = "complete"
    SETTLE = "settle"
    DERIVE = "derive"
    SEAL = "seal"
    CORRECT = "correct"
    """A sealed one is opened for a correction; its package stays as it is."""
    WITHDRAW = "withdraw"
    """A correction that changed nothing is given up."""


class DepositState(StrEnum):
    """Where one package stands on its way to one destination."""

    WAITING = "waiting"
    SENDING = "sending"
    PROVED = "proved"
    """The far side read it back; the receipt is stored and verified."""
    REFUSED = "refused"
    """Will not mend by itself; a person must act."""
    DAMAGED = "damaged"
    """Our own copy no longer matches its sealed digest; it is not sent (invariant I6)."""
    FAR_DAMAGED = "far_damaged"
    """The copy there no longer reads as it was sealed, or is gone; never counted as a copy."""


class DepositEvent(StrEnum):
    """What can happen to one deposit."""

    START = "start"
    PROVE = "prove"
    INTERRUPT = "interrupt"
    REFUSE = "refuse"
    FIND_DAMAGE = "find_damage"
    FIND_FAR_DAMAGE = "find_far_damage"
    """An audit, or a deposit of what is stored there already, read something else."""
    RETRY = "retry"


class BatchState(StrEnum):
    """Where one batch of a scanner stands."""

    OPEN = "open"
    """Pages are arriving."""
    SPLIT = "split"
    """Every page belongs to a hồ sơ."""
    PARKED = "parked"
    """A sheet is missing or cannot be read; a person must act."""


class BatchEvent(StrEnum):
    """What can happen to a batch."""

    SPLIT = "split"
    PARK = "park"
    RETRY = "retry"


class ListState(StrEnum):
    """Where a selection list stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    REVOKED = "revoked"


class ListEvent(StrEnum):
    """What can happen to a selection list."""

    APPROVE = "approve"
    REVOKE = "revoke"


MASTER_INITIAL: Final = MasterState.RECEIVED
MASTER_TABLE: Final[Mapping[MasterState, Mapping[MasterEvent, MasterState]]] = {
    MasterState.RECEIVED: {
        MasterEvent.ACCEPT: MasterState.ACCEPTED,
        MasterEvent.PARK: MasterState.PARKED,
        MasterEvent.RECOGNISE: MasterState.DUPLICATE,
    },
    MasterState.ACCEPTED: {
        MasterEvent.INSPECT: MasterState.INSPECTED,
        MasterEvent.BATCH: MasterState.BATCHED,
        MasterEvent.RECOGNISE_SHEET: MasterState.SHEET,
        MasterEvent.PARK: MasterState.PARKED,
        MasterEvent.REPLACE: MasterState.REPLACED,
    },
    MasterState.BATCHED: {
        MasterEvent.ASSIGN: MasterState.INSPECTED,
        MasterEvent.RECOGNISE: MasterState.DUPLICATE,
        MasterEvent.RECOGNISE_SHEET: MasterState.SHEET,
        MasterEvent.PARK: MasterState.PARKED,
        MasterEvent.REPLACE: MasterState.REPLACED,
    },
    MasterState.INSPECTED: {
        MasterEvent.REPLACE: MasterState.REPLACED,
        MasterEvent.PARK: MasterState.PARKED,
        MasterEvent.SEAL: MasterState.SEALED,
    },
    MasterState.PARKED: {
        MasterEvent.RETRY: MasterState.ACCEPTED,
        MasterEvent.RECOGNISE: MasterState.DUPLICATE,
        MasterEvent.REPLACE: MasterState.REPLACED,
    },
    MasterState.SHEET: {},
    MasterState.DUPLICATE: {},
    MasterState.REPLACED: {},
    MasterState.SEALED: {
        MasterEvent.SEAL: MasterState.SEALED,
        MasterEvent.REPLACE: MasterState.REPLACED,
    },
}

_CHANGING: Final = {FileUnitEvent.CHANGE: FileUnitState.SCANNING}
FILE_UNIT_INITIAL: Final = FileUnitState.REGISTERED
FILE_UNIT_TABLE: Final[Mapping[FileUnitState, Mapping[FileUnitEvent, FileUnitState]]] = {
    FileUnitState.REGISTERED: {**_CHANGING},
    FileUnitState.SCANNING: {
        **_CHANGING,
        FileUnitEvent.COMPLETE: FileUnitState.COMPLETE,
        FileUnitEvent.WITHDRAW: FileUnitState.SEALED,
    },
    FileUnitState.COMPLETE: {**_CHANGING, FileUnitEvent.SETTLE: FileUnitState.REVIEWED},
    FileUnitState.REVIEWED: {**_CHANGING, FileUnitEvent.DERIVE: FileUnitState.DERIVED},
    FileUnitState.DERIVED: {**_CHANGING, FileUnitEvent.SEAL: FileUnitState.SEALED},
    FileUnitState.SEALED: {FileUnitEvent.CORRECT: FileUnitState.SCANNING},
}

DEPOSIT_INITIAL: Final = DepositState.WAITING
DEPOSIT_TABLE: Final[Mapping[DepositState, Mapping[DepositEvent, DepositState]]] = {
    DepositState.WAITING: {DepositEvent.START: DepositState.SENDING},
    DepositState.SENDING: {
        DepositEvent.PROVE: DepositState.PROVED,
        DepositEvent.INTERRUPT: DepositState.WAITING,
        DepositEvent.REFUSE: DepositState.REFUSED,
        DepositEvent.FIND_DAMAGE: DepositState.DAMAGED,
        DepositEvent.FIND_FAR_DAMAGE: DepositState.FAR_DAMAGED,
    },
    DepositState.PROVED: {DepositEvent.FIND_FAR_DAMAGE: DepositState.FAR_DAMAGED},
    DepositState.REFUSED: {DepositEvent.RETRY: DepositState.WAITING},
    DepositState.DAMAGED: {DepositEvent.RETRY: DepositState.WAITING},
    DepositState.FAR_DAMAGED: {DepositEvent.RETRY: DepositState.WAITING},
}

BATCH_INITIAL: Final = BatchState.OPEN
BATCH_TABLE: Final[Mapping[BatchState, Mapping[BatchEvent, BatchState]]] = {
    BatchState.OPEN: {
        BatchEvent.SPLIT: BatchState.SPLIT,
        BatchEvent.PARK: BatchState.PARKED,
    },
    BatchState.PARKED: {BatchEvent.RETRY: BatchState.OPEN},
    BatchState.SPLIT: {},
}

LIST_INITIAL: Final = ListState.DRAFT
LIST_TABLE: Final[Mapping[ListState, Mapping[ListEvent, ListState]]] = {
    ListState.DRAFT: {ListEvent.APPROVE: ListState.APPROVED},
    ListState.APPROVED: {ListEvent.REVOKE: ListState.REVOKED},
    ListState.REVOKED: {},
}

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def advance(table: Mapping[S, Mapping[E, S]], state: S, event: E) -> S:
    """The state that follows.

    Raises:
        IllegalTransition: The event does not apply to this state.
    """
    try:
        return table[state][event]
    except KeyError:
        raise IllegalTransition(
            f"{type(state).__name__} {state.value!r} has no event {event.value!r}; "
            "nothing was changed: look at the record again"
        ) from None
