"""The scan of a hot folder: the truth about what was dropped, whatever events said.

A dropped file is ready when it has been quiet for the settle time (no change of size, mtime,
ctime or allocated blocks between two looks) and is structurally whole. What stays unfinished is
looked at again until the patience is over, then handed on with its problem, never dropped. The
same rule holds at start-up: nothing is remembered from before.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.domain.clock import Clock

MAX_DEPTH: Final = 8
"""Our own: folders below the hot folder's root; deeper ones are not entered."""

_TEMPORARY_SUFFIXES: Final = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".lck")
_FOREIGN_NAMES: Final = frozenset({"thumbs.db", "desktop.ini"})


class Look(NamedTuple):
    """What a structural look at one path says.

    Args:
        is_image: Whether the bytes begin as an image this box reads.
        is_whole: Whether the image's structure lies inside the bytes to its end.
        problem: What is wrong, in a few Vietnamese words; empty when whole.
        problem_en: The same in English.
    """

    is_image: bool
    is_whole: bool
    problem: str = ""
    problem_en: str = ""


@dataclass(frozen=True, slots=True)
class SettlingRules:
    """How long to wait.

    Args:
        settle_seconds: Quiet time after which a whole file is ready.
        patience_seconds: Quiet time after which an unfinished file is handed on as such.
    """

    settle_seconds: float
    patience_seconds: float


@dataclass(frozen=True, slots=True)
class SettledDrop:
    """A dropped file that may be claimed.

    Args:
        path: Where it lies.
        parts: Its path below the root: scanner, folders, name.
    """

    path: Path
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What one scan saw.

    Args:
        ready: Files that may be claimed, by path.
        waiting: How many files are not ready yet.
        obstacles: Things that are no regular files, which are never opened, and folders that
            cannot be read; one finding each.
        is_gone: Whether the root folder is missing; then nothing else is known.
    """

    ready: tuple[SettledDrop, ...] = ()
    waiting: int = 0
    obstacles: tuple[Finding, ...] = ()
    is_gone: bool = False


class _State(NamedTuple):
    """What must not change while a file is quiet."""

    size: int
    mtime_ns: int
    ctime_ns: int
    blocks: int


@dataclass(slots=True)
class _Sighting:
    state: _State
    since: float
    look: Look | None = None


class HotFolder:
    """One hot folder; remembers only what it saw in earlier scans of this process.

    Args:
        root: Its scanners' folders lie in it.
        rules: How long to wait.
        clock: Tells quiet times.
        look: Judges the structure of a quiet file, without decoding it.
    """

    def __init__(
        self, root: Path, rules: SettlingRules, clock: Clock, look: Callable[[Path], Look]
    ) -> None:
        self._root = root
        self._rules = rules
        self._clock = clock
        self._look = look
        self._seen: dict[tuple[int, int], _Sighting] = {}

    def scan(self) -> ScanResult:
        """Look at everything once."""
        if not self._root.is_dir():
            self._seen.clear()
            return ScanResult(is_gone=True)
        now = self._clock.monotonic()
        ready, present = [], set()
        obstacles: list[Finding] = []
        for path, parts, status in _walk(self._root, obstacles):
            if not _is_plain(status):
                obstacles.append(special_file(path))
                continue
            identity = (status.st_dev, status.st_ino)
            present.add(identity)
            if self._is_ready(identity, path, status, now):
                ready.append(SettledDrop(path, parts))
        for identity in self._seen.keys() - present:
            del self._seen[identity]
        return ScanResult(tuple(ready), len(present) - len(ready), tuple(obstacles))

    def _is_ready(
        self, identity: tuple[int, int], path: Path, status: os.stat_result, now: float
    ) -> bool:
        state = _State(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_blocks)
        sighting = self._seen.get(identity)
        if sighting is None or sighting.state != state:
            self._seen[identity] = _Sighting(state, now)
            return False
        quiet_seconds = now - sighting.since
        if quiet_seconds < self._rules.settle_seconds:
            return False
        if sighting.look is None:
            sighting.look = self._look_at(path)
        is_final = sighting.look.is_whole or not sighting.look.is_image
        is_settled = is_final and state.size > 0
        return is_settled or quiet_seconds >= self._rules.patience_seconds

    def _look_at(self, path: Path) -> Look:
        try:
            return self._look(path)
        except OSError as problem:
            reason = problem.strerror or "unreadable"
            return Look(
                is_image=True, is_whole=False, problem="không đọc được tệp", problem_en=reason
            )


def shown(path: Path) -> str:
    """A path as a catalogue and a page can hold it: what is no UTF-8 is replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def special_file(path: Path) -> Finding:
    """The finding on something that is no regular file with one name."""
    return Finding("INTAKE-SPECIAL-FILE", shown(path), {"name": shown(Path(path.name))})


def is_foreign_name(name: str) -> bool:
    """Whether a name belongs to a file that is not meant for us, or not finished."""
    lower = name.lower()
    return (
        name.startswith((".", "~"))
        or lower.endswith(_TEMPORARY_SUFFIXES)
        or lower in _FOREIGN_NAMES
    )


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _walk(
    root: Path, obstacles: list[Finding]
) -> Iterator[tuple[Path, tuple[str, ...], os.stat_result]]:
    """Every candidate below the root, sorted, without following links."""
    pending: list[tuple[str, tuple[str, ...]]] = [(os.fspath(root), ())]
    while pending:
        folder, parts = pending.pop()
        for entry in _entries(folder, obstacles):
            if is_foreign_name(entry.name):
                continue
            inner = (*parts, entry.name)
            if entry.is_dir(follow_symlinks=False):
                if len(inner) <= MAX_DEPTH:
                    pending.append((entry.path, inner))
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # taken away between listing and looking
            yield Path(entry.path), inner, status


def _entries(folder: str, obstacles: list[Finding]) -> list[os.DirEntry[str]]:
    """What lies in a folder; one that cannot be read is said, and holds up only itself."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []  # taken away or swapped since its parent was listed
    except OSError as problem:
        values = {"stage": "watch", "problem": problem.strerror or type(problem).__name__}
        obstacles.append(Finding("STAGE-FAILED", shown(Path(folder)), {**values}))
        return []
