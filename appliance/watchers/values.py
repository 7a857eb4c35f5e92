"""What watchers say: looks, drops that are ready, what one scan saw."""

from __future__ import annotations

import os
from collections.abc import Mapping  # noqa: TC003 - a field of a dataclass
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue

Identity: TypeAlias = "tuple[int, int]"
"""Device and inode."""

_MIB: Final = 1024 * 1024

LOOSE: Final = ""
"""Stands for a scanner where a file lies in the hot folder itself."""


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


class FileState(NamedTuple):
    """What must not change while a file is quiet.

    Args:
        size_bytes: Its length.
        mtime_ns: When its bytes changed, as its writer says.
        ctime_ns: When anything of it changed, as the kernel says.
        blocks: Allocated; grows while a writer fills a length that was set first.
    """

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    blocks: int


def state_of(status: os.stat_result) -> FileState:
    """The part of a status that must not change."""
    return FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_blocks)


def identity_of(status: os.stat_result) -> Identity:
    """Which file it is, whatever its name."""
    return status.st_dev, status.st_ino


@dataclass(frozen=True, slots=True)
class SettledDrop:
    """A dropped file that may be claimed.

    Args:
        path: Where it lies: the hot folder, then its parts.
        parts: Its path below the hot folder: scanner, folders, name.
        identity: Which file settled; None when whatever lies there is meant.
        state: How it was when it settled; None likewise.
    """

    path: Path
    parts: tuple[str, ...]
    identity: Identity | None = None
    state: FileState | None = None


@dataclass(frozen=True, slots=True)
class ScannerScan:
    """What one scan saw of one scanner.

    Args:
        ready: Files that may be claimed, by path; at most as many as one scan hands on.
        waiting: How many files are not handed on yet, as far as they are kept in mind.
        obstacles: What stands in the way, one finding each: things that are no regular files,
            folders that cannot be read, locks that stay, bounds that were reached.
        next_seconds: When the next file can settle; None when nothing waits for time to pass.
        has_more: Whether another scan at once would hand on more.
    """

    ready: tuple[SettledDrop, ...] = ()
    waiting: int = 0
    obstacles: tuple[Finding, ...] = ()
    next_seconds: float | None = None
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What one scan of the hot folder saw.

    Args:
        scans: Of each scanner that was looked at; ``LOOSE`` for files in the hot folder itself.
        present: Names of every scanner's folder that is there.
        is_gone: Whether the hot folder is missing; then nothing else is known.
        own_obstacles: What stands in the way of whole scanners.
    """

    scans: Mapping[str, ScannerScan] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    is_gone: bool = False
    own_obstacles: tuple[Finding, ...] = ()

    @property
    def ready(self) -> tuple[SettledDrop, ...]:
        """Everything that may be claimed, the scanners taking turns."""
        queues = [list(scan.ready) for scan in self.scans.values() if scan.ready]
        longest = max((len(queue) for queue in queues), default=0)
        turns = (queue[turn] for turn in range(longest) for queue in queues if turn < len(queue))
        return tuple(turns)

    @property
    def waiting(self) -> int:
        """How many files are not handed on yet."""
        return sum(scan.waiting for scan in self.scans.values())

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """Everything that stands in the way."""
        inner = (finding for scan in self.scans.values() for finding in scan.obstacles)
        return (*self.own_obstacles, *inner)


def scanner_of(parts: tuple[str, ...]) -> str:
    """The scanner of a path below the hot folder, by the name of its folder."""
    return parts[0] if len(parts) > 1 else LOOSE


def shown(path: Path) -> str:
    """A path as a catalogue and a page can hold it: what is no UTF-8 is replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def too_large(path: Path, size_bytes: int, limit_bytes: int) -> Finding:
    """The finding on a file that is larger than its scanner can have made it."""
    values: dict[str, JsonValue] = {
        "name": shown(Path(path.name)),
        "size_mib": -(-size_bytes // _MIB),
        "limit_mib": limit_bytes // _MIB,
    }
    return Finding("INTAKE-TOO-LARGE", shown(path), values)


def held_open(path: Path, quiet_seconds: float) -> Finding:
    """The finding on a quiet file that somebody has open for writing."""
    values: dict[str, JsonValue] = {
        "name": shown(Path(path.name)),
        "minutes": round(quiet_seconds / 60),
    }
    return Finding("INTAKE-HELD-OPEN", shown(path), values)


def special_file(path: Path) -> Finding:
    """The finding on something that is no regular file with one name."""
    return Finding("INTAKE-SPECIAL-FILE", shown(path), {"name": shown(Path(path.name))})
