"""Reading past the cache gives the same bytes as reading through it, on any file system."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from appliance.disk.uncached_reading import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 8192
SIZES = [0, 1, 4095, 4096, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES, 5 * BLOCK_BYTES + 777]


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk, and one in memory, where nothing can be read past the cache."""
    if request.param == "disk":
        yield tmp_path
        return
    if not os.access("/dev/shm", os.W_OK):  # noqa: S108 - a file system in memory is what is wanted
        pytest.skip("there is no /dev/shm to write to")
    with TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@pytest.mark.parametrize("from_disk", [True, False])
@pytest.mark.parametrize("size_bytes", SIZES)
def test_all_bytes_come_in_whole_blocks(size_bytes: int, folder: Path, *, from_disk: bool) -> None:
    """Every byte once, in order; each block but the last is whole."""
    path, data = folder / "a", os.urandom(size_bytes)
    path.write_bytes(data)
    found = [bytes(one) for one in blocks_of(path, BLOCK_BYTES, 2, from_disk=from_disk)]
    assert b"".join(found) == data
    assert all(len(one) == BLOCK_BYTES for one in found[:-1])


def test_a_block_is_valid_until_its_room_is_needed(tmp_path: Path) -> None:
    """As many blocks as there are rooms can be held at a time."""
    path, data = tmp_path / "a", os.urandom(6 * BLOCK_BYTES)
    path.write_bytes(data)
    blocks = blocks_of(path, BLOCK_BYTES, 3, from_disk=True)
    held = [next(blocks) for _ in range(3)]
    assert b"".join(held) == data[: 3 * BLOCK_BYTES]


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    """A folder and a missing path raise what the system says."""
    with pytest.raises(IsADirectoryError):
        list(blocks_of(tmp_path, BLOCK_BYTES, 2, from_disk=True))
    with pytest.raises(FileNotFoundError):
        list(blocks_of(tmp_path / "none", BLOCK_BYTES, 2, from_disk=False))
