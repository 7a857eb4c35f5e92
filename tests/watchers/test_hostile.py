"""A hostile drop account: swaps while we look, and nothing outside is read, renamed or removed."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import pytest

from appliance.watchers import claims, descriptors
from appliance.watchers.values import SettledDrop
from tests.watchers.making import SETTLE_SECONDS, Watched, page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

PAGE = page_bytes(1)
SECRET = page_bytes(2)
ROUNDS = 150


class Attacker:
    """Swaps things in a loop until it is stopped."""

    def __init__(self, swap: Callable[[], None]) -> None:
        self._swap = swap
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.swaps = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.is_set():
            with suppress(OSError):  # the other side may have taken it
                self._swap()
            self.swaps += 1


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder of somebody else, which must be the same afterwards."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("0001.png", "0002.png"):
        (folder / name).write_bytes(SECRET)
    before = statuses(folder)
    yield folder
    assert statuses(folder) == before


def statuses(folder: Path) -> dict[str, tuple[int, ...]]:
    """What must not change of each file: which it is, its bytes, its names."""
    found = {path.name: path.stat() for path in folder.iterdir() if path.is_file()}
    return {n: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_nlink) for n, s in found.items()}


def take_all(watched: Watched, claimed: Path, rounds: int = ROUNDS) -> list[bytes]:
    """Scan and claim many times; the bytes of every claim."""
    taken = []
    for _ in range(rounds):
        watched.clock.advance(SETTLE_SECONDS)
        for drop in watched.folder.scan().ready:
            claim = claims.claim(drop, claimed)
            if claim is not None:
                taken.append(claim.path.read_bytes())
                claims.release(claim, claimed)
    return taken


def test_a_folder_swapped_for_a_link_leads_nowhere(watched: Watched, outside: Path) -> None:
    """Between scan, look, last look and rename a folder may become a link; no step follows it."""
    real = watched.root / "scan01" / "HS"
    aside = watched.root / "scan01" / ".aside"

    def swap() -> None:
        if not real.exists() and not aside.exists():
            real.mkdir()
        if not (real / "0001.png").exists():
            (real / "0001.png").write_bytes(PAGE)
        real.rename(aside)
        real.symlink_to(outside)
        real.unlink()
        aside.rename(real)

    watched.drop("scan01/HS/0001.png", PAGE)
    with Attacker(swap) as attacker:
        taken = take_all(watched, watched.root / ".claimed")
    assert attacker.swaps > 0
    assert SECRET not in taken
    assert all(path.startswith(f"{watched.root}/") for path in watched.opened)


def test_a_file_swapped_for_a_link_leads_nowhere(watched: Watched, outside: Path) -> None:
    """A name that is a page at one moment and a link or a second name of a secret at the next."""
    page = watched.root / "scan01" / "0001.png"
    link, second = (watched.root / "scan01" / f".{kind}" for kind in ("link", "second"))

    def swap() -> None:
        link.symlink_to(outside / "0001.png")
        link.replace(page)
        second.hardlink_to(outside / "0002.png")
        second.replace(page)
        fresh = page.with_name(".fresh")
        fresh.write_bytes(PAGE)
        fresh.replace(page)

    with Attacker(swap) as attacker:
        taken = take_all(watched, watched.root / ".claimed")
    assert attacker.swaps > 0
    assert SECRET not in taken
    assert all(path.startswith(f"{watched.root}/") for path in watched.opened)
    for left in claims.pending_claims(watched.root / ".claimed"):
        assert not claims.is_plain(left)
        left.path.unlink()
    for path in (page, link, second):
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("swapped", ["scan01", "scan01/HS"])
def test_a_parent_that_is_a_link_at_the_claim_leaves_the_drop(
    watched: Watched, outside: Path, swapped: str
) -> None:
    """Each component of the path is opened without following, the scanner's own included."""
    watched.drop("scan01/HS/0001.png", PAGE)
    (outside / "HS").mkdir()
    (outside / "HS" / "0001.png").write_bytes(SECRET)
    drop = SettledDrop(watched.root / "scan01/HS/0001.png", ("scan01", "HS", "0001.png"))
    folder = watched.root / swapped
    folder.rename(watched.root / ".aside")
    folder.symlink_to(outside)
    assert claims.claim(drop, watched.root / ".claimed") is None
    assert (outside / "HS" / "0001.png").read_bytes() == SECRET
    shutil.rmtree(outside / "HS")


@pytest.mark.parametrize("place", ["walking", "hotfolder"])
def test_a_folder_swapped_between_listing_and_opening_is_not_entered(
    watched: Watched, outside: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """What was listed as a folder may be a link when it is opened: then nothing lies there."""
    watched.drop("scan01/HS/0001.png", PAGE)
    swapped = watched.root / ("scan01/HS" if place == "walking" else "scan01")

    def swap_then_open(parent: int, name: str) -> AbstractContextManager[int]:
        if name == swapped.name and not swapped.is_symlink():
            swapped.rename(watched.root / ".aside")
            swapped.symlink_to(outside)
        return descriptors.opened_folder(parent, name)

    monkeypatch.setattr(f"appliance.watchers.{place}.opened_folder", swap_then_open)
    assert watched.folder.scan().waiting == 0
    assert watched.ready() == set()
    assert watched.opened == []


def test_a_file_swapped_between_listing_and_opening_is_not_looked_at(
    watched: Watched, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is at the very file that settled, by its descriptor, or at nothing."""
    page = watched.drop("scan01/HS/0001.png", PAGE)

    def swap_then_open(folder: int, name: str) -> int:
        page.unlink(missing_ok=True)
        page.symlink_to(outside / "0001.png")
        return descriptors.open_file(folder, name)

    monkeypatch.setattr("appliance.watchers.settling.open_file", swap_then_open)
    assert watched.settled().ready == ()
    assert watched.opened == []


def test_a_link_to_a_scanner_is_no_scanner(watched: Watched, outside: Path) -> None:
    """A link in the hot folder itself is an obstacle, never a scanner's folder."""
    (watched.root / "scan02").symlink_to(outside)
    assert watched.folder.present() == ("scan01",)
    result = watched.settled()
    assert [finding.code for finding in result.obstacles] == ["INTAKE-SPECIAL-FILE"]
    assert watched.opened == []


def test_a_folder_of_links_to_everywhere_is_never_opened(watched: Watched) -> None:
    """Devices, sockets, pipes and links are named, never opened: opening alone may block."""
    folder = watched.root / "scan01"
    os.mkfifo(folder / "a.png")
    (folder / "b.png").symlink_to("/dev/zero")
    (folder / "c.png").symlink_to("d.png")
    (folder / "d.png").symlink_to("c.png")
    result = watched.settled()
    assert {finding.code for finding in result.obstacles} == {"INTAKE-SPECIAL-FILE"}
    assert (len(result.obstacles), result.waiting, watched.opened) == (4, 0, [])


def test_an_archive_is_a_file_like_any_other(watched: Watched) -> None:
    """A ZIP of a million members is handed on unopened but for its first bytes, to be parked."""
    watched.drop("scan01/HS/bomb.zip", b"PK\x03\x04" + b"\0" * 1000)
    assert watched.ready() == {"scan01/HS/bomb.zip"}
