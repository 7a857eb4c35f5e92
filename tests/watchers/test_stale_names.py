"""Names that are passed over: a word is said when they stay, and none about what is no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.domain.scanners import ScannerProfile
from tests.watchers.making import PATIENCE_SECONDS, SETTLE_SECONDS, page_bytes

if TYPE_CHECKING:
    from tests.watchers.making import Watched

PAGE = page_bytes(1)


def codes(watched: Watched, seconds: float = PATIENCE_SECONDS) -> list[str]:
    """What stands in the way after a wait."""
    return [finding.code for finding in watched.settled(seconds).obstacles]


@pytest.mark.parametrize(
    "name", ["scan01/0001.tif.part", "scan01/HS/.0001.tif.Xy12", "scan01/HS/~0001.tif", "0001.tmp"]
)
def test_a_page_under_a_name_that_stays_unfinished_is_mentioned(
    watched: Watched, name: str
) -> None:
    """An upload that broke off for good is nobody's page until somebody hears of it."""
    path = watched.drop(name, PAGE)
    assert codes(watched, PATIENCE_SECONDS - 1) == []
    assert codes(watched, 1) == ["INTAKE-STALE-NAME"]
    assert watched.opened == []
    path.unlink()
    assert codes(watched, 0) == []


@pytest.mark.parametrize("name", [".scan02", "scan02.tmp", "~scan02"])
def test_a_scanner_under_a_name_that_is_passed_over_is_mentioned(
    watched: Watched, name: str
) -> None:
    """A whole folder beside the scanners', full of pages, is not silently left lying."""
    watched.drop(f"{name}/HS/0001.tif", PAGE)
    (finding,) = watched.settled(PATIENCE_SECONDS).obstacles
    assert (finding.code, finding.where) == ("INTAKE-STALE-NAME", str(watched.root))
    assert finding.values["name"] == name


def test_many_such_names_are_one_quiet_word(watched: Watched) -> None:
    """The scanner's folder is named, how many there are, and one of them."""
    for number in (3, 1, 2):
        watched.drop(f"scan01/HS/{number:04d}.tif.part", PAGE)
    (finding,) = watched.settled(PATIENCE_SECONDS).obstacles
    assert finding.where == str(watched.root / "scan01")
    assert finding.values == {"name": "HS/0001.tif.part", "count": 3, "minutes": 15}


def test_one_that_still_grows_is_not_mentioned(watched: Watched) -> None:
    """A long upload under a temporary name is an upload."""
    path = watched.drop("scan01/0001.tif.part", PAGE)
    codes(watched, PATIENCE_SECONDS - 1)
    path.write_bytes(PAGE + PAGE)
    assert codes(watched, 1) == []


@pytest.mark.parametrize(
    "name", [".appliance-canary-1", "Thumbs.db", "desktop.ini", ".DS_Store", "._0001.tif"]
)
def test_what_was_never_meant_as_a_page_is_not_mentioned(watched: Watched, name: str) -> None:
    """What the box and file managers keep for themselves needs nobody's eye."""
    watched.drop(f"scan01/{name}", b"x")
    assert codes(watched) == []


def test_a_hidden_folder_is_mentioned_but_for_our_own(watched: Watched) -> None:
    """Pages that somebody moved into a hidden folder are not lost from sight."""
    watched.drop("scan01/.old/0001.tif", PAGE)
    watched.drop(".claimed/0001.tif", PAGE)
    (finding,) = watched.settled(PATIENCE_SECONDS).obstacles
    assert (finding.code, finding.values["name"]) == ("INTAKE-STALE-NAME", ".old")


def test_a_lock_that_holds_files_up_is_mentioned_once(watched: Watched) -> None:
    """The lock's own finding says all; a lock that holds nothing up is a stale name."""
    watched.configure(
        ScannerProfile(
            name="scan01",
            settle_seconds=SETTLE_SECONDS,
            patience_seconds=PATIENCE_SECONDS,
            lock_names=("*.lock",),
        )
    )
    watched.drop("scan01/HS/batch.lock", b"")
    page = watched.drop("scan01/HS/0001.png", PAGE)
    assert codes(watched) == ["INTAKE-LOCKED"]
    page.unlink()
    assert codes(watched, 0) == ["INTAKE-STALE-NAME"]


def test_the_word_comes_when_the_patience_ends(watched: Watched) -> None:
    """Nobody need wait for the next event: the scan says when to look again."""
    watched.drop("scan01/0001.tif.part", PAGE)
    result = watched.folder.scan()
    assert (result.waiting, result.scans["scan01"].next_seconds) == (0, PATIENCE_SECONDS)
