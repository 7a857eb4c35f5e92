"""The port to the files of a plain place: a folder here, or one behind SFTP.

Paths are texts relative to the place's root, with ``/``. What a place refuses is an ``OSError``
with the errno that says why; a line that fails is a ``RemoteError``. Nothing of this port replaces
a file or removes one that is not this project's own unfinished one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from appliance.sync.rate import RateLimit

OWN: Final = ".appliance"
"""The folder of a place that holds everything but packages."""
MARKER: Final = f"{OWN}/store.json"
"""Says which store the place is."""
INCOMING: Final = f"{OWN}/incoming"
"""Unfinished files; the only ones that are ever written twice or removed."""

PIECE_BYTES: Final = 32 * 1024
"""What a rate limit is asked for at a time."""


MAX_LISTING_BYTES: Final = 64 * 1024 * 1024
"""Our own: what the names of one folder may take in memory; some 300,000 of them fit. Whoever
keeps a place may let it have names without end."""

_ENTRY_BYTES: Final = 150
"""An ``Entry`` and its place in a list take this, measured, ..."""
_LETTER_BYTES: Final = 4
"""... and each letter of its name this at the most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder.

    Args:
        name: Without its folder.
        size_bytes: Of a file.
        is_folder: Whether it is a folder.
    """

    name: str
    size_bytes: int
    is_folder: bool


class PlainWriter(Protocol):
    """An unfinished file, open for writing at any place."""

    def write(self, offset_bytes: int, data: bytes | memoryview) -> None:
        """Hand over bytes; they may still be on their way when this returns."""
        ...

    def confirmed_bytes(self) -> int:
        """How many bytes of those handed over have arrived."""
        ...

    def finish(self) -> None:
        """Wait for every byte, and make them durable where the place can."""
        ...


class PlainFiles(Protocol):
    """An open place. Not for several threads at once; streams may be read in turns.

    Attributes:
        is_near: Whether reading costs no line, so that it is done freely.
    """

    is_near: bool

    def describe(self) -> str:
        """Where the place is, for messages."""
        ...

    def abilities(self) -> str:
        """What the place can and cannot do, for people."""
        ...

    def entries(self, folder: str) -> list[Entry]:
        """What lies in a folder, in the order of names; none when there is no such folder.

        Raises:
            RemoteError: As of ``gathered``.
        """
        ...

    def size_bytes(self, path: str) -> int | None:
        """The size of a file; None when there is nothing under that name."""
        ...

    def read(self, path: str, offset_bytes: int, length_bytes: int) -> bytes:
        """Some bytes of a file; fewer when it ends before.

        Raises:
            FileNotFoundError: It is not there.
        """
        ...

    def stream(
        self, path: str, offset_bytes: int = 0, length_bytes: int | None = None
    ) -> Iterator[bytes | memoryview]:
        """The bytes of a file in pieces, each valid until the next; from the medium if it can be.

        Args:
            path: The file.
            offset_bytes: Where to begin.
            length_bytes: How many; None = to its end.
        """
        ...

    def reads_the_medium(self) -> bool:
        """Whether a stream of a whole file surely comes from the medium, not from a cache."""
        ...

    def writing(self, path: str, *, afresh: bool) -> AbstractContextManager[PlainWriter]:
        """Open an unfinished file in ``INCOMING``, made when missing.

        Args:
            path: The file.
            afresh: Whether to begin with nothing, whatever is there.
        """
        ...

    def copy_runs(
        self, source: str, runs: Sequence[tuple[int, int]], size_bytes: int, target: str
    ) -> bool:
        """Make an unfinished file of some runs of another one's bytes, without the line.

        Args:
            source: The other file.
            runs: Where each begins, and where the next byte after it is, in order.
            size_bytes: How long the new file may become; what is in no run is of no matter.
            target: The unfinished file; whatever is there is lost.

        Returns:
            False when the place cannot do so; nothing was copied.
        """
        ...

    def rename(self, old: str, new: str) -> None:
        """Move a file to a name that is free.

        Raises:
            FileExistsError: It is not free.
        """
        ...

    def make_folder(self, folder: str) -> None:
        """Make a folder and those above it; one that is there is fine."""
        ...

    def remove_unfinished(self, path: str) -> None:
        """Remove a file of ``INCOMING``, if the place allows that."""
        ...

    def free_bytes(self) -> int | None:
        """Room for this account; None when the place does not tell."""
        ...

    def close(self) -> None:
        """End the work with this place."""
        ...


def gathered(folder: str, told: Iterable[Entry | None]) -> list[Entry]:
    """What a place tells of a folder, in the order of names; None stands for what is left out.

    Raises:
        RemoteError: ``FAR-NAMES-ENDLESS``: more than ``MAX_LISTING_BYTES``.
    """
    found: list[Entry] = []
    room_bytes = MAX_LISTING_BYTES
    for entry in told:
        letters = len(entry.name) if entry is not None else 0
        room_bytes -= _ENTRY_BYTES + _LETTER_BYTES * letters
        if room_bytes < 0:
            raise refusal("FAR-NAMES-ENDLESS", f"{folder}: more names than can be listed")
        if entry is not None:
            found.append(entry)
    return sorted(found, key=lambda entry: entry.name)


def take_in_pieces(limit: RateLimit, size_bytes: int) -> None:
    """Ask a limit for so many bytes, a piece at a time."""
    while size_bytes > 0:
        limit.take(min(size_bytes, PIECE_BYTES))
        size_bytes -= PIECE_BYTES


def refuse_finished(path: str) -> None:
    """Make sure that only unfinished files are written or removed.

    Raises:
        ValueError: It is another file: a bug.
    """
    if not path.startswith(f"{INCOMING}/"):
        raise ValueError(f"not an unfinished file: {path!r}")
