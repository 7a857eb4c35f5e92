"""The mark on the disk of the hot folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.watchers.marker import Disk, judge_disk, mark_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_marked_disk_is_known_again(tmp_path: Path) -> None:
    """The mark carries the box's id, and is written once."""
    claimed = tmp_path / ".claimed"
    assert judge_disk(claimed, "box-1") is Disk.UNMARKED
    mark_disk(claimed, "box-1")
    assert judge_disk(claimed, "box-1") is Disk.OURS
    assert judge_disk(claimed, "box-2") is Disk.FOREIGN
    with pytest.raises(FileExistsError):
        mark_disk(claimed, "box-2")


@pytest.mark.parametrize("bytes_", [b"", b"\xff\xfe", b"box-1" * 1000])
def test_what_is_no_mark_of_ours_is_foreign(tmp_path: Path, bytes_: bytes) -> None:
    """An empty or foreign file under the mark's name proves nothing."""
    (tmp_path / ".appliance-drop").write_bytes(bytes_)
    assert judge_disk(tmp_path, "box-1") is Disk.FOREIGN
