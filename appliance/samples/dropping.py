"""Drops scans into the hot folder the way a scanner does, once each, whatever interrupts it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import chunks
from appliance.disk.durable import make_folder, storage_errors, sweep_temporaries, write_once
from appliance.domain.identifiers import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.samples.values import Drop

LAST_PIECE_BYTES: Final = 4096
"""Our own: what is held back until the drop is noted; without it a scan is not whole."""


def drop_files(
    plan: Iterable[Drop],
    scanner_folder: Path,
    *,
    state_folder: Path,
    pause_seconds: float,
    stop: threading.Event | None = None,
) -> int:
    """Copy scans into ``scanner_folder/<file_code>/NNNN.ext``, in order, as a scanner writes.

    Each grows under its final name: first all but its last piece, then a pause, a durable note
    that it is about to be finished, and the last piece. After a kill at any point a noted drop
    is finished if it still lies there unfinished, and left alone otherwise: the appliance has
    it. One that was not noted was never whole and is written again from its start. So every
    scan is dropped whole, and none twice.

    Args:
        plan: What to drop; the same one each time for a state folder.
        scanner_folder: The hot folder of one scanner.
        state_folder: Where the notes are kept, outside the hot folder; what a killed call left
            unfinished there is removed.
        pause_seconds: From the end of a scan to the end of the next.
        stop: Ends the work after the scan in hand once it is set.

    Returns:
        How many scans were finished in this call.

    Raises:
        StorageError: The disk refused.
    """
    stopping = stop or threading.Event()
    finished = 0
    with storage_errors(f"cannot drop from {state_folder}"):
        sweep_temporaries(state_folder)
    for drop in plan:
        if stopping.is_set():
            break
        with storage_errors(f"cannot drop {drop.source} into {scanner_folder}"):
            finished += _drop_one(drop, scanner_folder, state_folder, pause_seconds, stopping)
    return finished


def _drop_one(
    drop: Drop,
    scanner_folder: Path,
    state_folder: Path,
    pause_seconds: float,
    stopping: threading.Event,
) -> bool:
    note = state_folder / safe_name(drop.file_code) / f"{drop.name}.noted"
    target = scanner_folder / drop.file_code / drop.name
    is_noted = note.exists()
    if is_noted and not _is_unfinished(target, drop.source):
        return False
    make_folder(target.parent)
    make_folder(note.parent)
    _write(drop.source, target, note, None if is_noted else (stopping, pause_seconds))
    return True


def _is_unfinished(target: Path, source: Path) -> bool:
    try:
        return target.stat().st_size < source.stat().st_size
    except FileNotFoundError:
        return False


def _write(
    source: Path, target: Path, note: Path, pause: tuple[threading.Event, float] | None
) -> None:
    held_bytes = min(LAST_PIECE_BYTES, source.stat().st_size)
    with source.open("rb", buffering=0) as reader, target.open("wb") as writer:
        last = bytearray()
        for chunk in chunks(reader):
            last += chunk
            writer.write(last[:-held_bytes])
            del last[:-held_bytes]
        writer.flush()
        if pause is not None:
            stopping, pause_seconds = pause
            stopping.wait(pause_seconds)
            write_once(note, b"")
        writer.write(last)
