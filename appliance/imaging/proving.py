"""A master that is read again later: held against its record before anything is made of it."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.policy import MAX_HELD_BYTES
from appliance.imaging.reading import held_whole
from appliance.imaging.windows import held_window, open_window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.imaging.reading import ExpectedBytes
    from appliance.imaging.windows import ByteWindow

_last_proved: list[tuple[object, ...]] = []
"""At most one: which unchanged master this process has just held against its record."""


@dataclass(frozen=True, slots=True)
class ProvedMaster:
    """The bytes of a master, for as long as its context lasts.

    Args:
        window: Looks into them.
        data: All of them; None when they are too many to be held.
    """

    window: ByteWindow
    data: memoryview | None


@contextmanager
def proved_master(
    path: Path, expected: ExpectedBytes | None, *, is_first_page: bool
) -> Iterator[ProvedMaster]:
    """Open a master and prove that it is what was recorded.

    The bytes that are compared are those that are held, so a page that is whole in memory is
    proved itself. Of a master of many pages the first page is always proved, with every byte of
    the file; the others when this process has not just done so for the same unchanged file.

    Args:
        path: The master.
        expected: Its record; None to open it unproved.
        is_first_page: Whether its first page is asked for.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those recorded.
        OSError: It cannot be read.
    """
    identity = _identity(path, expected)
    if not is_first_page and identity in _last_proved:
        expected = None
    with (
        held_whole(path, MAX_HELD_BYTES, expected) as data,
        open_window(path) if data is None else nullcontext(held_window(data)) as window,
    ):
        if expected is not None:
            _last_proved[:] = [identity]
        yield ProvedMaster(window, data)


def _identity(path: Path, expected: ExpectedBytes | None) -> tuple[object, ...]:
    found = path.stat()
    return (path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, expected)
