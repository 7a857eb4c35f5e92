"""Which file system a folder is on, and what follows from that for packages."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_ESCAPE: Final = re.compile(r"\\([0-7]{3})")
_FIELDS_BEFORE_OPTIONAL: Final = 6

FAT_LARGEST_BYTES: Final = 4 * 1024**3 - 1
"""The largest file of FAT32; Microsoft FAT specification (2005) §6.2, ``DIR_FileSize``."""

_LOCAL_DISKS: Final = frozenset(
    {"btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "msdos", "ntfs3", "vfat", "xfs"}
)
"""File systems of this kernel on a disk of this machine, whose direct reads come from the disk:
not memory, not another machine, and not a program in between with a cache of its own."""
_FAT: Final = frozenset({"vfat", "msdos", "fuse.fusefat"})


@dataclass(frozen=True, slots=True)
class Mount:
    """What a folder is mounted from.

    Args:
        kind: The file system as the kernel names it, such as ``ext4``; empty when unknown.
    """

    kind: str

    @property
    def is_local_disk(self) -> bool:
        """Whether a direct read surely comes from a disk of this machine."""
        return self.kind in _LOCAL_DISKS

    @property
    def largest_file_bytes(self) -> int:
        """The largest file that it takes; 0 = larger than any package."""
        return FAT_LARGEST_BYTES if self.kind in _FAT else 0


def mount_of(folder: Path, mounts: Path = _MOUNTS) -> Mount:
    """What a folder is mounted from, by the longest mount point above it.

    Args:
        folder: Need not exist.
        mounts: In the form of proc(5), ``/proc/self/mountinfo``.

    Raises:
        OSError: The list cannot be read.
    """
    wanted = Path(os.path.realpath(folder))
    best, kind = -1, ""
    for line in mounts.read_text("utf-8", "surrogateescape").splitlines():
        point, found = _point_and_kind(line)
        if point == wanted or point in wanted.parents:
            depth = len(point.parts)
            if depth >= best:  # a later mount on the same point covers the earlier one
                best, kind = depth, found
    return Mount(kind)


def _point_and_kind(line: str) -> tuple[Path, str]:
    words = line.split(" ")
    separator = words.index("-", _FIELDS_BEFORE_OPTIONAL)
    point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), words[4])
    return Path(point), words[separator + 1]
