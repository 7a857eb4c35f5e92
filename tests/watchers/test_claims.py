"""Claims: a rename takes a drop out of the scanner's reach, and nothing is lost on the way."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from appliance.watchers import claims
from appliance.watchers.hotfolder import SettledDrop
from tests.watchers.making import Watched, page_bytes

if TYPE_CHECKING:
    from pathlib import Path

PAGE = page_bytes(1)


@pytest.fixture
def claimed_root(watched: Watched) -> Path:
    """The hidden folder that takes claims."""
    return watched.root / ".claimed"


def settled(watched: Watched, name: str = "scan01/HS/0001.png") -> SettledDrop:
    """A drop that the scan found ready."""
    return SettledDrop(watched.drop(name, PAGE), tuple(name.split("/")))


def test_a_claim_is_the_same_file_under_a_path_that_says_all(
    watched: Watched, claimed_root: Path
) -> None:
    """The file is renamed, not copied, and its path below the claim is where it was dropped."""
    drop = settled(watched)
    inode = drop.path.stat().st_ino
    claim = claims.claim(drop, claimed_root)
    assert claim is not None
    assert not drop.path.exists()
    assert claim.path.stat().st_ino == inode
    assert claim.path == claimed_root.joinpath(claim.claim_id, "scan01", "HS", "0001.png")
    assert claim.parts == drop.parts


def test_claims_of_equal_names_do_not_meet(watched: Watched, claimed_root: Path) -> None:
    """The same name dropped twice gives two claims."""
    first = claims.claim(settled(watched), claimed_root)
    second = claims.claim(settled(watched), claimed_root)
    assert first is not None
    assert second is not None
    assert first.claim_id != second.claim_id
    assert len(claims.pending_claims(claimed_root)) == 2


def test_a_drop_that_vanished_is_no_claim(watched: Watched, claimed_root: Path) -> None:
    """A scanner may take a file away; no folder is left behind for it."""
    drop = settled(watched)
    drop.path.unlink()
    assert claims.claim(drop, claimed_root) is None
    assert list(claimed_root.iterdir()) == []


@pytest.mark.parametrize("kind", ["symlink", "hard link", "fifo"])
def test_what_was_swapped_in_is_put_back(watched: Watched, claimed_root: Path, kind: str) -> None:
    """Something else than a plain file under the settled name goes back to where it was."""
    drop = settled(watched)
    outside = watched.drop("scan01/other.png", page_bytes(2))
    drop.path.unlink()
    if kind == "symlink":
        drop.path.symlink_to(outside)
    elif kind == "hard link":
        drop.path.hardlink_to(outside)
    else:
        os.mkfifo(drop.path)
    inode = drop.path.lstat().st_ino
    assert claims.claim(drop, claimed_root) is None
    assert drop.path.lstat().st_ino == inode
    assert claims.pending_claims(claimed_root) == ()


def test_what_cannot_be_put_back_stays_in_sight(
    watched: Watched, claimed_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the name is taken again meanwhile, the swapped-in link stays claimed, unread."""
    drop = settled(watched)
    drop.path.unlink()
    drop.path.symlink_to("/etc/hostname")
    true_link = os.link

    def taken_again(*arguments: object, **named: object) -> None:
        drop.path.write_bytes(PAGE)
        true_link(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr("appliance.watchers.claims.os.link", taken_again)
    assert claims.claim(drop, claimed_root) is None
    (left,) = claims.pending_claims(claimed_root)
    assert left.path.is_symlink()
    assert not claims.is_plain(left)
    assert drop.path.read_bytes() == PAGE


def test_a_crash_leaves_claims_that_the_next_start_finds(
    watched: Watched, claimed_root: Path
) -> None:
    """The path alone gives back the claim, its id and its place, odd names included."""
    odd = os.fsdecode(b"\xff.png")
    made = {
        claims.claim(settled(watched, name), claimed_root)
        for name in ("scan01/HS/0001.png", f"scan01/a\nb/{odd}", "loose.png")
    }
    assert set(claims.pending_claims(claimed_root)) == made


def test_folders_of_a_claim_cut_short_are_removed(claimed_root: Path) -> None:
    """A crash between folder and rename leaves an empty folder, which goes."""
    (claimed_root / "0123" / "scan01" / "HS").mkdir(parents=True)
    assert claims.pending_claims(claimed_root) == ()
    assert list(claimed_root.iterdir()) == []


def test_a_release_removes_the_file_and_its_folders(watched: Watched, claimed_root: Path) -> None:
    """After its row is committed nothing of a claim is left; doing it again harms nothing."""
    claim = claims.claim(settled(watched), claimed_root)
    other = claims.claim(settled(watched, "scan01/HS/0002.png"), claimed_root)
    assert claim is not None
    assert other is not None
    claims.release(claim, claimed_root)
    assert [path.name for path in claimed_root.iterdir()] == [other.claim_id]
    claims.release(claim, claimed_root)
    assert claims.pending_claims(claimed_root) == (other,)


def test_no_claims_yet_is_an_empty_answer(claimed_root: Path) -> None:
    """Before the first claim the folder does not exist, and that is fine."""
    assert claims.pending_claims(claimed_root) == ()
