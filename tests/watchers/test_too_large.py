"""What no scanner of this box can have made is not opened, whatever its length says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.domain.rules import sentence
from appliance.domain.scanners import ScannerProfile
from tests.watchers.making import PATIENCE_SECONDS, Watched, page_bytes

if TYPE_CHECKING:
    from pathlib import Path

TERABYTE = 1024**4
PAGE = page_bytes(1)


def sparse(path: Path, size_bytes: int) -> None:
    """Make a file that only says that it is long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(PAGE)
        os.truncate(stream.fileno(), size_bytes)


def test_a_terabyte_of_nothing_stays_where_it_lies(watched: Watched) -> None:
    """It is said with its size, never opened, however long it lies; its neighbours are taken."""
    huge = watched.root / "scan01" / "HS" / "0001.png"
    sparse(huge, TERABYTE)
    watched.drop("scan01/HS/0002.png", PAGE)
    assert watched.ready(PATIENCE_SECONDS + 1) == {"scan01/HS/0002.png"}
    assert watched.opened == [str(watched.root / "scan01" / "HS" / "0002.png")]
    (finding,) = watched.folder.scan().obstacles
    assert (finding.code, finding.where) == ("INTAKE-TOO-LARGE", str(huge))
    assert f"“{huge}” lớn 1048576 MiB, quá mức 16384 MiB" in sentence(finding)
    assert huge.stat().st_size == TERABYTE
    huge.unlink()
    assert watched.folder.scan().obstacles == ()


def test_a_file_that_grows_for_ever_is_said_before_it_is_quiet(watched: Watched) -> None:
    """A writer in a loop never lets it settle: its length alone says enough."""
    huge = watched.root / "scan01" / "0001.tif"
    for more in range(3):
        sparse(huge, TERABYTE + more)
        watched.clock.advance(0.1)
        assert [one.code for one in watched.folder.scan().obstacles] == ["INTAKE-TOO-LARGE"]


def test_each_scanner_has_its_own_bound(watched: Watched) -> None:
    """One byte over the bound of its scanner is too much; the bound itself is not."""
    limit = len(PAGE)
    watched.configure(ScannerProfile(name="scan01", max_file_bytes=limit))
    watched.drop("scan01/HS/0001.png", PAGE)
    watched.drop("scan01/HS/0002.png", PAGE + b"\0")
    watched.drop("scan02/HS/0003.png", PAGE + b"\0")
    assert watched.ready() == {"scan01/HS/0001.png", "scan02/HS/0003.png"}


def test_what_is_put_right_is_taken(watched: Watched) -> None:
    """A file whose writer cuts it to its true length settles like any other."""
    path = watched.root / "scan01" / "HS" / "0001.png"
    sparse(path, TERABYTE)
    assert watched.ready() == set()
    os.truncate(path, len(PAGE))
    assert watched.ready() == {"scan01/HS/0001.png"}
