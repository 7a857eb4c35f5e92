"""Lets this process die by SIGKILL when it passes a named point for the N-th time."""

from __future__ import annotations

import itertools
import os
import signal
from typing import TYPE_CHECKING, Any

from appliance.disk import durable

if TYPE_CHECKING:
    from collections.abc import Callable

    Point = tuple[Any, str, str]
    """Where the function is looked up, its name, and on which side of it to die."""

DURABLE_POINTS: dict[str, Point] = {
    "after a temporary file is opened": (durable, "_created", "after"),
    "after a temporary file is written": (durable, "_fill", "after"),
    "between a file's two names": (durable, "_link", "after"),
    "after a file takes another's place": (durable, "_take_place", "after"),
    "before a folder is made durable": (durable, "fsync_folder", "before"),
}
"""The steps of every durable write, of the box and of a receiver alike."""


def _nothing() -> None:
    pass


def arm(point: Point, count: int, last_act: Callable[[], None] = _nothing) -> None:
    """Let the process die the ``count``-th time it passes a point.

    Args:
        point: One of a table.
        count: 1 = the first time.
        last_act: Done just before.
    """
    place, name, side = point
    original: Callable[..., Any] = getattr(place, name)
    calls = itertools.count(1)  # its next() is one step: threads pass a point side by side

    def die() -> None:
        last_act()
        os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
        is_last = next(calls) == count
        if is_last and side == "before":
            die()
        result = original(*arguments, **named)
        if is_last and side == "after":
            die()
        return result

    setattr(place, name, wrapped)
