"""A small real disk that can be filled to its last block and emptied again."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STEP_BYTES = 256 * 1024


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system of its own."""

    root: Path

    @property
    def free_bytes(self) -> int:
        """What can still be written."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self, leave_bytes: int = 0) -> None:
        """Let somebody else use up the disk, but for so many bytes."""
        with (self.root / "ballast").open("ab", buffering=0) as ballast:
            step_bytes = _STEP_BYTES
            while step_bytes:
                written_bytes = 0
                if self.free_bytes - step_bytes >= leave_bytes:
                    with suppress(OSError):  # what is left is of no use to a file
                        written_bytes = ballast.write(bytes(step_bytes))
                if not written_bytes:
                    step_bytes //= 2
            os.fsync(ballast.fileno())

    def make_room(self) -> None:
        """Let somebody else clear up."""
        (self.root / "ballast").unlink()


@contextmanager
def mounted_disk(folder: Path, size_mib: int) -> Iterator[SmallDisk]:
    """An ext4 image on a loop device; skips where that cannot be had."""
    if os.getuid() != 0:
        pytest.skip("NOT TESTED: a full disk needs root, to mount a small one")
    image, root = folder / "disk.img", folder / "disk"
    root.mkdir()
    with image.open("wb") as stream:
        stream.truncate(size_mib * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    mounting = ["mount", "-o", "loop", str(image), str(root)]
    if subprocess.run(mounting, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("NOT TESTED: this machine mounts no loop devices, so no disk can be filled")
    try:
        yield SmallDisk(root)
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)
        image.unlink()
