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


def found(watched: Watched) -> SettledDrop:
    """A drop as the scan hands it on, with what it was when it settled."""
    watched.drop("scan01/HS/0001.png", PAGE)
    (drop,) = watched.settled().ready
    return drop


def swap_in(watched: Watched, path: Path, kind: str) -> None:
    """Put something else under a settled name, as a hostile drop account may."""
    path.rename(path.with_name(".aside"))
    if kind == "symlink":
        path.symlink_to("/etc/hostname")
    elif kind == "hard link":
        path.hardlink_to(watched.drop("scan01/.other.png", page_bytes(2)))
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(page_bytes(2))


def test_a_claim_is_the_same_file_under_a_path_that_says_all(
    watched: Watched, claimed_root: Path
) -> None:
    """The file is renamed, not copied, and the batch remembers where it was dropped."""
    drop = settled(watched)
    inode = drop.path.stat().st_ino
    claim = claims.claim(drop, claimed_root)
    assert claim is not None
    assert not drop.path.exists()
    assert claim.path.stat().st_ino == inode
    assert claim.path.parent.parent == claimed_root
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


@pytest.mark.parametrize("kind", ["symlink", "hard link", "fifo", "folder", "other file"])
def test_what_was_swapped_in_before_the_claim_is_left(
    watched: Watched, claimed_root: Path, kind: str
) -> None:
    """Something else than the file that settled stays where it is, under its own name."""
    drop = found(watched)
    swap_in(watched, drop.path, kind)
    inode = drop.path.lstat().st_ino
    assert claims.claim(drop, claimed_root) is None
    assert drop.path.lstat().st_ino == inode
    assert claims.pending_claims(claimed_root) == ()


@pytest.mark.parametrize("kind", ["symlink", "hard link", "fifo", "folder", "other file"])
def test_what_was_swapped_in_during_the_claim_is_put_back(
    watched: Watched, claimed_root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look before the rename can be outrun; the look after it cannot."""
    drop = found(watched)
    true_rename = os.rename

    def late_swap(*arguments: object, **named: object) -> None:
        monkeypatch.undo()
        swap_in(watched, drop.path, kind)
        true_rename(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr("appliance.watchers.claims.os.rename", late_swap)
    assert claims.claim(drop, claimed_root) is None
    assert claims.pending_claims(claimed_root) == ()
    assert os.path.lexists(drop.path)


def test_a_late_write_between_scan_and_claim_leaves_the_drop(
    watched: Watched, claimed_root: Path
) -> None:
    """paperless-ngx#1279: what is written once more after it settled has to settle anew."""
    drop = found(watched)
    with drop.path.open("ab") as stream:
        stream.write(b"more")
    assert claims.claim(drop, claimed_root) is None
    assert drop.path.read_bytes() == PAGE + b"more"


def test_what_cannot_be_put_back_stays_in_sight(
    watched: Watched, claimed_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the name is taken again meanwhile, the swapped-in link stays claimed, unread."""
    drop = found(watched)
    true_rename = os.rename

    def swap_twice(*arguments: object, **named: object) -> None:
        monkeypatch.undo()
        swap_in(watched, drop.path, "symlink")
        true_rename(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came
        drop.path.write_bytes(PAGE)

    monkeypatch.setattr("appliance.watchers.claims.os.rename", swap_twice)
    assert claims.claim(drop, claimed_root) is None
    (left,) = claims.pending_claims(claimed_root)
    assert left.path.is_symlink()
    assert not claims.is_plain(left)
    assert left.parts == drop.parts
    assert drop.path.read_bytes() == PAGE


def test_what_the_file_system_refuses_is_said_and_the_others_are_taken(
    watched: Watched, claimed_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """papermerge#378: a folder we may not remove from is refused, never imported for ever."""
    drops = [settled(watched, f"scan01/HS/{n:04d}.png") for n in (1, 2, 3)]
    true_rename = os.rename

    def refuse(name: str, *arguments: object, **named: object) -> None:
        if name == "0002.png":
            raise PermissionError(13, "Permission denied", name)
        true_rename(name, *arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr("appliance.watchers.claims.os.rename", refuse)
    done = claims.claim_many(drops, claimed_root)
    assert [claim.parts for claim in done.claims] == [drops[0].parts, drops[2].parts]
    assert [(drop.parts, problem.errno) for drop, problem in done.refused] == [(drops[1].parts, 13)]
    assert set(claims.pending_claims(claimed_root)) == set(done.claims)
    with pytest.raises(PermissionError):
        claims.claim(drops[1], claimed_root)


def test_a_crash_leaves_claims_that_the_next_start_finds(
    watched: Watched, claimed_root: Path
) -> None:
    """naps2#823, roda#3090: each claim keeps its own bytes and the raw bytes of its name."""
    odd = os.fsdecode(b"\xff\xfe %41.png")
    long = "ồ" * 83 + ".png"  # 253 bytes
    names = ["scan01/HS/0001.png", f"scan01/a\nb/{odd}", "loose.png", "scan01/HS/a+%2F.png"]
    names.append(f"scan01/{long}/{long}/{long}/{long}/{long}")
    drops = [settled(watched, name) for name in names]
    claims.claim_many(drops, claimed_root)
    again = claims.pending_claims(claimed_root)
    assert [claim.parts for claim in again] == [tuple(name.split("/")) for name in names]
    assert [claims.claim_of(claimed_root, claim.claim_id) for claim in again] == list(again)


def test_claims_of_the_first_release_are_still_read(claimed_root: Path) -> None:
    """A claim whose path says where it lay is found, named and released after an upgrade."""
    claim_id = "0123456789abcdef" * 2
    path = claimed_root / claim_id / "scan01" / "HS" / "origin"
    path.parent.mkdir(parents=True)
    path.write_bytes(PAGE)
    (old,) = claims.pending_claims(claimed_root)
    assert (old.claim_id, old.path, old.parts) == (claim_id, path, ("scan01", "HS", "origin"))
    assert claims.claim_of(claimed_root, claim_id) == old
    claims.release(old, claimed_root)
    assert list(claimed_root.iterdir()) == []


@pytest.mark.parametrize("claim_id", ["", "../x", "0" * 32, f"{'0' * 32}-0", "a/b-1"])
def test_an_id_of_no_claim_is_none(claimed_root: Path, claim_id: str) -> None:
    """Only ids that were given out lead anywhere."""
    assert claims.claim_of(claimed_root, claim_id) is None


def test_a_batch_that_lost_its_list_is_still_in_sight(watched: Watched, claimed_root: Path) -> None:
    """Without the list nobody knows the names; the bytes are listed all the same."""
    claim = claims.claim(settled(watched), claimed_root)
    assert claim is not None
    (claim.path.parent / "origin").unlink()
    (left,) = claims.pending_claims(claimed_root)
    assert (left.path, left.parts) == (claim.path, ("0",))


def test_folders_of_a_claim_cut_short_are_swept(claimed_root: Path) -> None:
    """A crash before the first rename leaves a list without files, which goes at the start."""
    (claimed_root / "0123" / "scan01" / "HS").mkdir(parents=True)
    batch = claimed_root / f"{'0' * 32}.batch"
    batch.mkdir()
    (batch / "origin").write_bytes(b"scan01/HS/0001.png\n")
    (claimed_root / ".appliance-drop").write_bytes(b"box\n")
    assert claims.pending_claims(claimed_root) == ()
    claims.sweep_claims(claimed_root)
    assert [path.name for path in claimed_root.iterdir()] == [".appliance-drop"]


def test_a_release_removes_the_file_and_its_folders(watched: Watched, claimed_root: Path) -> None:
    """After its row is committed nothing of a claim is left; doing it again harms nothing."""
    claim = claims.claim(settled(watched), claimed_root)
    other = claims.claim(settled(watched, "scan01/HS/0002.png"), claimed_root)
    assert claim is not None
    assert other is not None
    claims.release(claim, claimed_root)
    assert list(claimed_root.iterdir()) == [other.path.parent]
    claims.release(claim, claimed_root)
    assert claims.pending_claims(claimed_root) == (other,)


def test_no_claims_yet_is_an_empty_answer(claimed_root: Path) -> None:
    """Before the first claim the folder does not exist, and that is fine."""
    assert claims.pending_claims(claimed_root) == ()
