"""The forced command of the test sshd: a receiver that notes down what it does.

Usage: ``receive_program.py STORE NOTES``. Appends lines such as ``pid 17`` and ``block 3`` to
NOTES. Lines ``free BYTES`` and
``pause SECONDS`` (before a commit), ``crawl SECONDS`` (a commit's reading, in small steps) and
``versions LIST`` (of the protocol) in NOTES.faults change what it meets; ``rot`` flips a bit of the
partial before its commit, ``lie FIELD`` and ``replay COUNTER`` make it answer with a false receipt.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.clock import SystemClock
from appliance.disk.digesting import read_back as true_read_back
from appliance.sync import arrival, farstore, protocol, receiver
from appliance.sync.receiver import ReceiverPatience, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.disk.digesting import ReadBack
    from appliance.domain.clock import Clock
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.partial import Moved

    Commit = Callable[[arrival.Arrival, Clock], SignedReceipt]

_STEP_SECONDS = 0.1

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
    elif word == "versions":
        versions = tuple(map(int, value.split(",")))
        vars(protocol)["VERSIONS"] = vars(receiver)["VERSIONS"] = versions
    elif word == "crawl":
        _crawl(float(value))
    elif word == "rot":
        _change_commit(_rotten)
    elif word == "lie":
        _change_commit(lambda commit: lambda one, clock: _lying(commit(one, clock), value))
    elif word == "replay":
        _change_commit(lambda _: lambda one, _: _old_receipt(one, int(value)))
    elif word == "pause":
        true_commit = arrival.Arrival.commit

        def commit(self: arrival.Arrival, clock: Clock) -> SignedReceipt:
            _note(notes, "commit")
            time.sleep(float(value))
            return true_commit(self, clock)

        arrival.Arrival.commit = commit  # type: ignore[method-assign]  # as above


def _change_commit(change: Callable[[Commit], Commit]) -> None:
    vars(arrival)["Arrival"].commit = change(arrival.Arrival.commit)


def _rotten(commit: Commit) -> Commit:
    def rotten(self: arrival.Arrival, clock: Clock) -> SignedReceipt:
        (partial,) = self._store.partials_of(self.name)
        data = partial.read_bytes()
        partial.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        return commit(self, clock)

    return rotten


def _lying(signed: SignedReceipt, field: str) -> SignedReceipt:
    """The same receipt with another value, its signature as it was."""
    value = getattr(signed.receipt, field)
    lie = value + 1 if isinstance(value, int) else f"f{value[1:]}"
    changed: dict[str, Any] = {field: lie}
    return replace(signed, receipt=replace(signed.receipt, **changed))


def _old_receipt(one: arrival.Arrival, counter: int) -> SignedReceipt:
    return next(one._store.ledger().read(counter - 1))


def _crawl(seconds: float) -> None:
    def read_back(path: Path, moved: Moved) -> ReadBack:
        for _ in range(int(seconds / _STEP_SECONDS)):
            time.sleep(_STEP_SECONDS)
            moved(1)
        return true_read_back(path, moved)

    vars(arrival)["read_back"] = read_back


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
