"""Scanners at work: one thread each, dropping in every way, whether the service runs or not."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING, Final

from tests.campaign.planning import SCANNERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.campaign.planning import Drop, Plan

_POLL_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 0.3
"""Longer than the campaign's settle time, much shorter than its patience."""
_PAUSE_EVERY: Final = 4


class Scanner(threading.Thread):
    """Drops its share of a plan in order.

    Args:
        name: Its folder below the hot folder.
        groups: Single drops, and folders to be moved in whole.
        drop_root: The hot folder.
        aside: A folder on the same file system, out of the hot folder.
        seed: Of its pauses.
    """

    def __init__(
        self, name: str, groups: Sequence[list[Drop]], drop_root: Path, aside: Path, seed: int
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._groups = groups
        self._root = drop_root
        self._aside = aside
        self._chooser = random.Random(f"{seed} {name}")
        self.problem: Exception | None = None

    def run(self) -> None:
        """Drop everything; what went wrong is kept for the test."""
        try:
            for group in self._groups:
                self._drop(group)
        except Exception as problem:  # noqa: BLE001 - the test raises it
            self.problem = problem

    def _drop(self, group: list[Drop]) -> None:
        if group[0].way == "folder":
            self._move_in(group)
            return
        (drop,) = group
        target = self._root.joinpath(*drop.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():  # a scanner that overwrites its own scan loses it by itself
            time.sleep(_POLL_SECONDS)
        getattr(self, f"_{drop.way}")(target, drop.data)
        if self._chooser.randrange(_PAUSE_EVERY) == 0:
            self._pause()

    def _pause(self) -> None:
        time.sleep(self._chooser.uniform(0, _LONGEST_PAUSE_SECONDS))

    def _pieces_of(self, data: bytes) -> list[bytes]:
        first = self._chooser.randrange(1, len(data) - 1)
        return [data[:first], data[first:]]

    def _whole(self, target: Path, data: bytes) -> None:
        target.write_bytes(data)

    def _pieces(self, target: Path, data: bytes) -> None:
        """Partial writes, the file held open."""
        with target.open("wb", buffering=0) as stream:
            for piece in self._pieces_of(data):
                stream.write(piece)
                self._pause()

    def _reopened(self, target: Path, data: bytes) -> None:
        """Partial writes, the file closed in between; it must not be taken meanwhile."""
        first = max(len(data) // 2, 1024)
        target.write_bytes(data[:first])
        self._pause()
        with target.open("r+b", buffering=0) as stream:
            stream.seek(first)
            stream.write(data[first:])

    def _renamed(self, target: Path, data: bytes) -> None:
        temporary = target.with_name(f"{target.name}.part")
        temporary.write_bytes(data)
        temporary.rename(target)

    def _linked(self, target: Path, data: bytes) -> None:
        """As OpenSSH renames: a second name, then the removal of the first."""
        temporary = target.with_name(f"{target.name}.tmp")
        temporary.write_bytes(data)
        os.link(temporary, target)
        temporary.unlink()

    def _move_in(self, group: list[Drop]) -> None:
        """paperless-ngx#5881: a folder that is moved in whole."""
        folder = self._root.joinpath(*group[0].parts[:-1])
        made = self._aside / folder.name
        made.mkdir(parents=True)
        for drop in group:
            (made / drop.parts[-1]).write_bytes(drop.data)
        folder.parent.mkdir(exist_ok=True)
        made.rename(folder)


def scanners(plan: Plan, drop_root: Path, aside: Path, seed: int) -> list[Scanner]:
    """A thread per scanner, not started, with what the plan gives it."""
    return [
        Scanner(
            name,
            [group for group in plan.groups if group[0].parts[0] == name],
            drop_root,
            aside,
            seed,
        )
        for name in SCANNERS
    ]
