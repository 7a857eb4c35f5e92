"""The walk below one scanner's folder: streaming, by descriptors, bounded in depth and number.

Nothing is kept but one open folder a level, so a folder of a million files costs time, never
memory; and what one walk looks at is bounded, so it costs others no time either.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from appliance.domain.findings import Finding
from appliance.watchers.descriptors import opened_folder, status_in
from appliance.watchers.names import NamePatterns, is_foreign_name, is_silent_name
from appliance.watchers.reasons import cannot_read
from appliance.watchers.values import shown, special_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DEPTH: Final = 8
"""Our own: folders below the hot folder's root; deeper ones are not entered."""
MAX_ENTRIES: Final = 500_000
"""Our own: names that one walk looks at; a second or two on a slow disk."""
MAX_OBSTACLES: Final = 50
"""Our own: findings of one walk; more of them say nothing new."""

_Parts = tuple[str, ...]


class Lock(NamedTuple):
    """A name that says "still writing".

    Args:
        parts: Its path below the hot folder.
        status: How it is.
    """

    parts: _Parts
    status: os.stat_result


class Sight(NamedTuple):
    """A regular file that the walk meets; its folder is open until the walk goes on.

    Args:
        folder: Descriptor of its folder.
        parts: Its path below the hot folder.
        status: How it is.
        lock: What holds it up, if anything.
        is_passed_over: Whether its name says that it is hidden or not finished; it is never
            opened, and may be a folder then.
    """

    folder: int
    parts: _Parts
    status: os.stat_result
    lock: Lock | None
    is_passed_over: bool = False


@dataclass(slots=True)
class Walk:
    """One walk and what it says beside the files it meets.

    Args:
        root: The hot folder, for messages.
        device: Of its file system; nothing is claimed across its border.
        temporary_names: What this scanner calls unfinished.
        lock_names: What this scanner puts beside files that it writes.
        max_entries: Names that may be looked at.
    """

    root: Path
    device: int
    temporary_names: NamePatterns
    lock_names: NamePatterns
    max_entries: int = MAX_ENTRIES
    obstacles: list[Finding] = field(default_factory=list)
    entries: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the bound was reached; what lies beyond was not looked at."""
        return self.entries >= self.max_entries

    def files(
        self, folder: int, parts: _Parts, lock: Lock | None = None, *, enters: bool = True
    ) -> Iterator[Sight]:
        """Every regular file below an open folder, in the order the disk has them.

        Names that are passed over are seen too, marked so.
        """
        try:
            lock = lock or self._lock_in(folder, parts)
            with os.scandir(folder) as entries:
                for entry in entries:
                    self.entries += 1
                    if self.is_over:
                        return
                    if self._is_meant(entry.name):
                        yield from self._at(folder, parts, entry, lock, enters=enters)
                    elif not is_silent_name(entry.name):
                        yield from self._passed_over(folder, parts, entry)
        except OSError as problem:
            self.cannot_read(parts, problem)

    def say(self, finding: Finding) -> None:
        """Note an obstacle, unless there are many already."""
        if len(self.obstacles) < MAX_OBSTACLES:
            self.obstacles.append(finding)

    def cannot_read(self, parts: _Parts, problem: OSError) -> None:
        """Note what is not given to us."""
        self.say(cannot_read(shown(self.where(parts)), problem))

    def where(self, parts: _Parts) -> Path:
        """The path of something below the hot folder, for messages."""
        return self.root.joinpath(*parts)

    def _is_meant(self, name: str) -> bool:
        return not (
            is_foreign_name(name)
            or self.temporary_names.matches(name)
            or self.lock_names.matches(name)
        )

    def _at(
        self,
        folder: int,
        parts: _Parts,
        entry: os.DirEntry[str],
        lock: Lock | None,
        *,
        enters: bool,
    ) -> Iterator[Sight]:
        inner = (*parts, entry.name)
        try:
            if entry.is_dir(follow_symlinks=False):
                if enters:
                    yield from self._inside(folder, inner, lock)
                return
            if not entry.is_file(follow_symlinks=False):
                self.say(special_file(self.where(inner)))
                return
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return  # taken away between listing and looking
        except OSError as problem:  # a broken entry costs itself alone
            self.cannot_read(inner, problem)
            return
        yield Sight(folder, inner, status, lock)

    def _passed_over(self, folder: int, parts: _Parts, entry: os.DirEntry[str]) -> Iterator[Sight]:
        """A hidden or unfinished name."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return  # taken away, or broken: nobody waits for it
        yield Sight(folder, (*parts, entry.name), status, None, is_passed_over=True)

    def _inside(self, parent: int, parts: _Parts, lock: Lock | None) -> Iterator[Sight]:
        if len(parts) > MAX_DEPTH:
            where = shown(self.where(parts))
            self.say(Finding("INTAKE-FOLDER-TOO-DEEP", where, {"depth": MAX_DEPTH}))
            return
        try:
            with opened_folder(parent, parts[-1]) as folder:
                if os.fstat(folder).st_dev != self.device:
                    self.say(Finding("INTAKE-OTHER-DISK", shown(self.where(parts))))
                    return
                yield from self.files(folder, parts, lock)
        except (FileNotFoundError, NotADirectoryError):
            return  # taken away or swapped since its parent was listed
        except OSError as problem:
            self.cannot_read(parts, problem)

    def _lock_in(self, folder: int, parts: _Parts) -> Lock | None:
        """The first lock in a folder; listed before its files, since it holds them all up."""
        if not self.lock_names:
            return None
        with os.scandir(folder) as entries:
            for entry in entries:
                self.entries += 1
                if self.lock_names.matches(entry.name):
                    return self._lock(folder, (*parts, entry.name))
                if self.is_over:
                    return None
        return None

    def _lock(self, folder: int, parts: _Parts) -> Lock | None:
        try:
            return Lock(parts, status_in(folder, parts[-1]))
        except FileNotFoundError:
            return None  # gone between listing and looking
