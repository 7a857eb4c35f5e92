"""Claims that wait: the oldest first, whatever was let go of, and none holds up another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.watchers import claims
from appliance.watchers.values import SettledDrop
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.watchers.making import Watched

ORIGIN_MOMENTS_NS = (3_000_000_000, 1_000_000_000, 2_000_000_000)


def claimed_batch(watched: Watched, name: str, moment_ns: int, pages: int = 2) -> Path:
    """A batch of claims whose list was written at a moment; its folder."""
    names = [("scan01", name, f"{number:04d}.png") for number in range(1, pages + 1)]
    drops = [SettledDrop(watched.drop("/".join(parts), page_bytes(1)), parts) for parts in names]
    folder = claims.claim_many(drops, watched.root / ".claimed").claims[0].path.parent
    os.utime(folder / "origin", ns=(moment_ns, moment_ns))
    return folder


def test_pending_claims_are_listed_oldest_first(watched: Watched) -> None:
    """scanner#138: two stacks that a kill left are recorded one after the other, never mixed."""
    for name, moment_ns in zip(("third", "first", "second"), ORIGIN_MOMENTS_NS, strict=True):
        claimed_batch(watched, name, moment_ns)
    listed = claims.pending_claims(watched.root / ".claimed")
    assert [one.parts[1:] for one in listed] == [
        (name, page) for name in ("first", "second", "third") for page in ("0001.png", "0002.png")
    ]


def test_a_claim_that_was_let_go_of_makes_its_batch_no_younger(watched: Watched) -> None:
    """Removing a file changes its folder's own time, and not when the batch was claimed."""
    claimed_batch(watched, "older", 1_000_000_000)
    claimed_batch(watched, "newer", 2_000_000_000)
    claimed = watched.root / ".claimed"
    claims.release(claims.pending_claims(claimed)[0], claimed)
    listed = claims.pending_claims(claimed)
    assert [one.parts[1] for one in listed] == ["older", "newer", "newer"]


def test_a_list_that_cannot_be_read_holds_up_no_other_batch(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad sector below one list: its files stay, unnamed by nobody; the others are taken."""
    broken = claimed_batch(watched, "broken", 1_000_000_000)
    claimed_batch(watched, "good", 2_000_000_000)
    true_read = Path.read_bytes

    def read(path: Path) -> bytes:
        if path == broken / "origin":
            raise OSError(5, "Input/output error")
        return true_read(path)

    claimed = watched.root / ".claimed"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", read)
        assert {one.parts[1] for one in claims.pending_claims(claimed)} == {"good"}
    assert [one.parts[1] for one in claims.pending_claims(claimed)][:2] == ["broken", "broken"]


def test_a_list_that_was_being_written_is_swept(watched: Watched) -> None:
    """A kill in the middle of writing the list leaves a folder that the next start removes."""
    claimed = watched.root / ".claimed"
    folder = claimed / f"{'0' * 32}.batch"
    folder.mkdir(parents=True)
    (folder / ".origin.0123.writing").write_bytes(b"scan01/")
    claims.sweep_claims(claimed)
    assert list(claimed.iterdir()) == []


class BrokenEntry:
    """A directory entry whose inode cannot be read."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.name = entry.name
        self._entry = entry

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        """As the directory itself says."""
        return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def is_file(self, *, follow_symlinks: bool) -> bool:
        """As the directory itself says."""
        return self._entry.is_file(follow_symlinks=follow_symlinks)

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        """What a damaged file system answers."""
        raise OSError(117, "Structure needs cleaning", self.name, follow_symlinks)


class Scan:
    """A listing in which one name is broken, and comes first."""

    def __init__(self, listing: Iterator[os.DirEntry[str]]) -> None:
        entries = sorted(listing, key=lambda entry: entry.name)
        self._entries = [BrokenEntry(e) if e.name == "0001.png" else e for e in entries]

    def __enter__(self) -> Iterator[object]:
        return iter(self._entries)

    def __exit__(self, *_problem: object) -> None:
        """Nothing is open any more."""


def test_a_broken_entry_costs_itself_alone(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One inode that the disk cannot give is said; the files beside it are taken."""
    for number in (1, 2, 3):
        watched.drop(f"scan01/HS/{number:04d}.png", page_bytes(number))
    true_scan = os.scandir

    def scan(folder: int | str) -> object:
        return Scan(true_scan(folder)) if isinstance(folder, int) else true_scan(folder)

    monkeypatch.setattr("appliance.watchers.walking.os.scandir", scan)
    result = watched.settled()
    assert [drop.parts[-1] for drop in result.ready] == ["0002.png", "0003.png"]
    assert [finding.code for finding in result.obstacles] == ["INTAKE-CANNOT-READ"]
    assert result.obstacles[0].where.endswith("0001.png")
