"""Probes in a folder that strangers write to: their names cost no memory, their bytes stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.scanners import WatchWay
from appliance.watchers.canary import Canaries
from appliance.watchers.names import CANARY_PREFIX

if TYPE_CHECKING:
    from tests.watchers.making import Watched


def test_a_file_of_somebody_under_our_prefix_is_not_removed(watched: Watched) -> None:
    """Probes are empty; whatever holds bytes was dropped by somebody."""
    foreign = watched.drop(f"scan01/{CANARY_PREFIX}x", b"bytes")
    left = watched.drop(f"scan01/{CANARY_PREFIX}y", b"")
    Canaries(watched.root, watched.clock).step(["scan01"], lambda _scanner: True)
    assert foreign.read_bytes() == b"bytes"
    assert not left.exists()


def test_names_that_nobody_asked_for_are_not_remembered(watched: Watched) -> None:
    """A drop account may make a million such names: an answer counts only to a question."""
    canaries = Canaries(watched.root, watched.clock)
    canaries.step(["scan01"], lambda _scanner: True)
    (canary,) = (path.name for path in (watched.root / "scan01").iterdir())
    before = canaries.remembered
    for number in range(100):
        canaries.hear(f"{CANARY_PREFIX}{number}")
    assert canaries.remembered == before
    canaries.hear(canary)
    canaries.step(["scan01"], lambda _scanner: True)
    assert canaries.way("scan01") is WatchWay.EVENTS
    assert canaries.remembered == 0
