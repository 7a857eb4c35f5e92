"""Probes: whether events come is found out by writing, folder by folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.domain.scanners import WatchWay
from appliance.watchers import canary
from appliance.watchers.canary import ANSWER_SECONDS, PROBE_SECONDS, Canaries
from appliance.watchers.descriptors import opened_root
from appliance.watchers.names import CANARY_PREFIX
from tests.watchers.making import Watched, page_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def canaries(watched: Watched) -> Canaries:
    """The probes of the hot folder."""
    return Canaries(watched.root, watched.clock)


def listening(_scanner: str) -> bool:
    """Events are asked for."""
    return True


def birds(folder: Path) -> list[str]:
    """The canaries in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(CANARY_PREFIX)]


def test_an_event_means_events(watched: Watched, canaries: Canaries) -> None:
    """ocrmypdf#1645: only a canary that was heard makes a folder one that wakes."""
    scanner = watched.root / "scan01"
    assert canaries.step(["scan01"], listening) == ()
    assert canaries.way("scan01") is WatchWay.UNKNOWN
    (bird,) = birds(scanner)
    canaries.hear(bird)
    assert canaries.step(["scan01"], listening) == ("scan01",)
    assert canaries.way("scan01") is WatchWay.EVENTS
    assert birds(scanner) == []
    assert canaries.next_seconds() == PROBE_SECONDS


def test_silence_means_polling(watched: Watched, canaries: Canaries) -> None:
    """paperless-ngx#1975: where no event comes the folder is polled, and probed again later."""
    canaries.step(["scan01"], listening)
    assert canaries.next_seconds() == ANSWER_SECONDS
    watched.clock.advance(ANSWER_SECONDS)
    assert canaries.step(["scan01"], listening) == ("scan01",)
    assert canaries.way("scan01") is WatchWay.POLLING
    assert birds(watched.root / "scan01") == []
    watched.clock.advance(PROBE_SECONDS)
    canaries.step(["scan01"], listening)
    canaries.hear(*birds(watched.root / "scan01"))
    canaries.step(["scan01"], listening)
    assert canaries.way("scan01") is WatchWay.EVENTS


def test_each_folder_has_its_own_answer(watched: Watched, canaries: Canaries) -> None:
    """paperless-ng#351: one folder may wake while the one beside it must be polled."""
    (watched.root / "scan02").mkdir()
    canaries.step(["scan01", "scan02"], listening)
    canaries.hear(*birds(watched.root / "scan02"))
    watched.clock.advance(ANSWER_SECONDS)
    canaries.step(["scan01", "scan02"], listening)
    assert canaries.way("scan01") is WatchWay.POLLING
    assert canaries.way("scan02") is WatchWay.EVENTS


def test_a_network_mount_is_polled_whatever_is_heard(
    watched: Watched, canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """watchdog#409: our own writes are heard on a share, other machines' never are."""
    monkeypatch.setattr(canary, "is_remote", lambda _folder: True)
    assert canaries.step(["scan01"], listening) == ("scan01",)
    assert canaries.way("scan01") is WatchWay.POLLING
    assert birds(watched.root / "scan01") == []


def test_a_folder_that_nobody_listens_to_is_polled(watched: Watched, canaries: Canaries) -> None:
    """Without a watch no probe is needed to know."""
    assert canaries.step(["scan01"], lambda _scanner: False) == ("scan01",)
    assert canaries.way("scan01") is WatchWay.POLLING
    assert birds(watched.root / "scan01") == []


def test_a_folder_we_may_not_write_into_is_unknown(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docker-samba#30: Without a canary nothing is known, and unknown is never taken for events."""

    def refuse(_folder: int, _name: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(canary, "_write_canary", refuse)
    assert canaries.step(["scan01"], listening) == ("scan01",)
    assert canaries.way("scan01") is WatchWay.UNKNOWN


def test_a_folder_that_comes_back_is_probed_at_once(watched: Watched, canaries: Canaries) -> None:
    """A folder made anew, or mounted again, is another one: its answer does not count any more."""
    canaries.step(["scan01"], listening)
    canaries.hear(*birds(watched.root / "scan01"))
    canaries.step(["scan01"], listening)
    (watched.root / "scan01").rename(watched.root / ".away")
    assert canaries.step([], listening) == ()
    (watched.root / "scan01").mkdir()
    canaries.step(["scan01"], listening)
    assert canaries.way("scan01") is WatchWay.UNKNOWN
    assert len(birds(watched.root / "scan01")) == 1


def test_canaries_of_a_crash_are_removed_and_never_claimed(
    watched: Watched, canaries: Canaries
) -> None:
    """A process that died during a probe leaves a canary; no scan takes it, the next start does."""
    watched.drop(f"scan01/{CANARY_PREFIX}of-yesterday", b"")
    watched.drop("scan01/HS/0001.png", page_bytes(1))
    assert watched.ready(10_000) == {"scan01/HS/0001.png"}
    canaries.step(["scan01"], listening)
    assert f"{CANARY_PREFIX}of-yesterday" not in birds(watched.root / "scan01")


def test_a_canary_swapped_for_a_link_harms_nobody(
    watched: Watched, canaries: Canaries, tmp_path: Path
) -> None:
    """The drop account may swap our probe; removing it removes the link, not what it points to."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"1")
    canaries.step(["scan01"], listening)
    bird = watched.root / "scan01" / birds(watched.root / "scan01")[0]
    bird.unlink()
    bird.symlink_to(precious)
    watched.clock.advance(ANSWER_SECONDS)
    canaries.step(["scan01"], listening)
    assert precious.read_bytes() == b"1"
    assert birds(watched.root / "scan01") == []


def test_the_kind_of_a_file_system_is_read_from_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local disk is not remote; one whose kind stands in the list is, and so is one unknown."""
    with opened_root(tmp_path) as folder:
        assert not canary.is_remote(folder)
        monkeypatch.setattr(canary, "_REMOTE_KINDS", Everything())
        assert canary.is_remote(folder)
    assert canary.is_remote(-1)


class Everything(frozenset[int]):
    """Contains every number."""

    def __contains__(self, _number: object) -> bool:
        return True
