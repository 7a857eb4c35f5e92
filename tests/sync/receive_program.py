"""The forced command of the test sshd: a receiver that notes down what it does.

Usage: ``receive_program.py STORE NOTES``. Appends lines such as ``pid 17`` and ``block 3`` to
NOTES. Lines ``free BYTES`` and
``pause SECONDS`` (before a commit) in NOTES.faults change what it meets.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.clock import SystemClock
from appliance.sync import arrival, farstore
from appliance.sync.receiver import ReceiverPatience, serve

if TYPE_CHECKING:
    from appliance.domain.clock import Clock
    from appliance.sync.papers import SignedReceipt

PATIENCE = ReceiverPatience(yield_seconds=0.5, claim_seconds=2.0, pulse_seconds=0.2)


def main(store: Path, notes: Path) -> None:
    """Serve one session on the standard streams."""
    _note(notes, f"pid {os.getpid()}")
    _note_blocks(notes)
    faults = notes.with_suffix(".faults")
    for line in faults.read_text().splitlines() if faults.exists() else ():
        _break(line, notes)
    end = serve(sys.stdin.buffer, sys.stdout.buffer, store, SystemClock(), PATIENCE)
    _note(notes, f"end {end}")


def _note(notes: Path, line: str) -> None:
    with notes.open("a") as stream:
        stream.write(f"{line}\n")


def _note_blocks(notes: Path) -> None:
    true_put = arrival.Arrival.put

    def put(self: arrival.Arrival, index: int, block: memoryview) -> None:
        true_put(self, index, block)
        _note(notes, f"block {index}")

    arrival.Arrival.put = put  # type: ignore[method-assign]  # the seam of this test program


def _break(fault: str, notes: Path) -> None:
    word, _, value = fault.partition(" ")
    if word == "free":
        setattr(farstore.FarStore, "free_bytes", lambda _: int(value))  # noqa: B010 - typed as a method
    elif word == "pause":
        true_commit = arrival.Arrival.commit

        def commit(self: arrival.Arrival, clock: Clock) -> SignedReceipt:
            _note(notes, "commit")
            time.sleep(float(value))
            return true_commit(self, clock)

        arrival.Arrival.commit = commit  # type: ignore[method-assign]  # as above


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
