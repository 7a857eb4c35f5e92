"""Pages handed in by the page: dropped whole, durably, and nowhere but in the hot folder."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import StorageError
from appliance.pipeline.rescan import WEB_SCANNER, RescanDrop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """An empty hot folder."""
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def test_the_bytes_lie_where_a_scanner_would_put_them(drop: Path) -> None:
    """Scanner, hồ sơ, number; nothing else is left behind."""
    RescanDrop(drop).put(io.BytesIO(b"page"), "HS-01", "0017.tif")
    assert (drop / WEB_SCANNER / "HS-01" / "0017.tif").read_bytes() == b"page"
    assert [path.name for path in (drop / WEB_SCANNER / "HS-01").iterdir()] == ["0017.tif"]


def test_one_that_waits_is_never_overwritten(drop: Path) -> None:
    """A second upload of a number is refused while the first was not taken."""
    rescans = RescanDrop(drop)
    rescans.put(io.BytesIO(b"first"), "HS-01", "0017.tif")
    with pytest.raises(FileExistsError):
        rescans.put(io.BytesIO(b"second"), "HS-01", "0017.tif")
    assert (drop / WEB_SCANNER / "HS-01" / "0017.tif").read_bytes() == b"first"


@pytest.mark.parametrize("folder", ["", ".", "..", "../x", "a/b", ".claimed", "a\0b"])
def test_names_that_lead_elsewhere_are_refused(drop: Path, folder: str) -> None:
    """Neither folder nor name may be a path, or hidden."""
    with pytest.raises(ValueError, match="not a plain name"):
        RescanDrop(drop).put(io.BytesIO(b"x"), folder, "0001.tif")
    with pytest.raises(ValueError, match="not a plain name"):
        RescanDrop(drop).put(io.BytesIO(b"x"), "HS-01", folder)
    assert list(drop.iterdir()) == []


KILLED = """
import io, os, signal, sys
from pathlib import Path
from appliance.pipeline import rescan
rescan.rename_to_free_name = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
rescan.RescanDrop(Path(sys.argv[1])).put(io.BytesIO(b"page"), "HS-01", "0017.tif")
"""


@pytest.mark.kill
def test_what_a_killed_process_left_is_swept(drop: Path, tmp_path: Path) -> None:
    """Only hidden files with our own ending go, and none that a planted link leads to."""
    killed = subprocess.run([sys.executable, "-c", KILLED, str(drop)], check=False)
    assert killed.returncode == -9
    scanner = drop / WEB_SCANNER
    (unfinished,) = (scanner / "HS-01").iterdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    for path in (outside / unfinished.name, scanner / "HS-01" / ".hidden", scanner / "0001.tif"):
        path.write_bytes(b"x")
    (scanner / "HS-02").symlink_to(outside)
    RescanDrop(drop).sweep()
    assert [path.name for path in (scanner / "HS-01").iterdir()] == [".hidden"]
    assert (outside / unfinished.name).exists()
    RescanDrop(tmp_path / "gone").sweep()


@pytest.mark.parametrize("depth", [0, 1])
def test_a_planted_link_is_not_followed(drop: Path, tmp_path: Path, depth: int) -> None:
    """A link in place of a folder leads nothing outside the hot folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    link = (drop / WEB_SCANNER, drop / WEB_SCANNER / "HS-01")[depth]
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    with pytest.raises(StorageError):
        RescanDrop(drop).put(io.BytesIO(b"x"), "HS-01", "0001.tif")
    assert list(outside.iterdir()) == []


def test_a_broken_upload_leaves_nothing(drop: Path) -> None:
    """When the bytes stop coming, no file carries the name and no rest is left."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "the line broke", str(size))

    with pytest.raises(StorageError):
        RescanDrop(drop).put(Broken(), "HS-01", "0001.tif")
    assert list((drop / WEB_SCANNER / "HS-01").iterdir()) == []


def test_without_a_hot_folder_nothing_is_made(tmp_path: Path) -> None:
    """A drop folder that is gone is not made anew under its mount point."""
    with pytest.raises(StorageError):
        RescanDrop(tmp_path / "gone").put(io.BytesIO(b"x"), "HS-01", "0001.tif")
    assert not (tmp_path / "gone").exists()
