"""What waits for the disk, waited for side by side: the disk sees to several requests in one go."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

T = TypeVar("T")

_MOST_AT_A_TIME: Final = 2
"""Our own: two are some times as fast as one, and more hardly faster; measured."""


def side_by_side(work: Callable[[T], object], given: Collection[T]) -> None:
    """Do the same with each, in no order, a few at a time.

    Args:
        work: Mostly waits for the disk; called from several threads.
        given: What to call it with.

    Raises:
        Exception: What the first of them raised; some of the others may not have begun.
    """
    count = min(len(given), _MOST_AT_A_TIME)
    if count <= 1:
        for one in given:
            work(one)
        return
    with ThreadPoolExecutor(count, "disk") as pool:
        for _ in pool.map(work, given):
            pass


def make_durable(paths: Collection[Path], mode: int) -> None:
    """Set the permissions of files that were written whole, and make every byte durable.

    Raises:
        OSError: One of them is a link, or the disk refused.
    """
    side_by_side(partial(_make_durable, mode=mode), paths)


def _make_durable(path: Path, mode: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
