"""What waits for the disk, waited for side by side: the disk sees to several requests in one go."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

T = TypeVar("T")

_HELPERS: Final = ThreadPoolExecutor(4, "disk")
"""Our own: as many parts may do so at the same time. Made once: to start and end two threads
takes the processor longer than ten folders do."""


def side_by_side(work: Callable[[T], object], given: Collection[T]) -> None:
    """Do the same with each, in no order, two at a time: more are hardly faster; measured.

    Args:
        work: Mostly waits for the disk; called from two threads.
        given: What to call it with.

    Raises:
        Exception: What one of them raised; some of the others may not have begun.
    """
    left = iter(given)  # shared: what one thread takes from it, the other does not get
    helper = _HELPERS.submit(_work_off, work, left) if len(given) > 1 else None
    try:
        _work_off(work, left)
    finally:
        if helper is not None and not helper.cancel():  # else none was free, and none is needed
            wait([helper])
    if helper is not None and not helper.cancelled():
        helper.result()


def _work_off(work: Callable[[T], object], left: Iterator[T]) -> None:
    for one in left:
        work(one)


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
