"""The mark that proves the drop's disk is mounted: an empty mount point looks like no drops."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import make_folder, write_once

if TYPE_CHECKING:
    from pathlib import Path

MARKER: Final = ".appliance-drop"
_MARKER_BYTES: Final = 1000
"""Our own: a box's id is far shorter; a foreign file under this name may be any size."""


class Disk(StrEnum):
    """What the marker says of the disk below the hot folder."""

    OURS = "ours"
    UNMARKED = "unmarked"
    FOREIGN = "foreign"


def judge_disk(claimed_root: Path, box_id: str) -> Disk:
    """Read the marker.

    Raises:
        OSError: It cannot be read, though it is there.
    """
    try:
        with (claimed_root / MARKER).open("rb") as stream:
            found = stream.read(_MARKER_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return Disk.UNMARKED
    return Disk.OURS if found.strip() == box_id.encode() else Disk.FOREIGN


def mark_disk(claimed_root: Path, box_id: str) -> None:
    """Write the marker, durably; the hot folder itself must be there.

    Raises:
        OSError: The disk refused.
    """
    make_folder(claimed_root)
    write_once(claimed_root / MARKER, f"{box_id}\n".encode())
