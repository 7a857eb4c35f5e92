"""What an audit asks of a place that holds copies: this box, or a destination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a copy brought, as the columns of a slice count it."""

    proved: int = 0
    scrubbed: int = 0
    damaged: int = 0
    repaired: int = 0
    read_bytes: int = 0


class Visit(Protocol):
    """A place while it is looked at."""

    def look(self, passed: set[int]) -> Look | None:
        """Look at the copy whose turn it is; None when nothing is due.

        Args:
            passed: What could not be done in this slice and is not tried again in it; grows.

        Raises:
            RemoteError: The place cannot be asked now.
            StorageError: This box's disk refused.
        """
        ...

    def repair(self, passed: set[int]) -> Look | None:
        """Repair what is known to be damaged, and nothing else; as of ``look``."""
        ...


class Copies(Protocol):
    """The copies at one place."""

    @property
    def place(self) -> str:
        """The place's name."""
        ...

    @property
    def label(self) -> str:
        """How people call it."""
        ...

    @property
    def is_downloaded(self) -> bool:
        """Whether reading a copy means to download it."""
        ...

    def visited(self, asked_at: str) -> AbstractContextManager[Visit]:
        """Go there; raises as of ``Visit.look``, or ``Halted``.

        Args:
            asked_at: Proofs older than this are due whatever their age, since a person asked
                (``clock.to_text``); empty when nobody did.
        """
        ...

    def is_any_damaged(self, session: Session) -> bool:
        """Whether a copy there is known to be damaged, and could be repaired."""
        ...

    def oldest_proof_at(self, session: Session) -> str | None:
        """The oldest proof there; None when there is none."""
        ...
