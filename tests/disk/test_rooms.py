"""Rooms are ours alone, and ask for large pages."""

from __future__ import annotations

from pathlib import Path

from appliance.disk.rooms import fresh_room

SIZE_BYTES = 6 * 1024 * 1024


def not_inherited_kib() -> int:
    """How much of our memory a child process would not get (proc(5), smaps: ``dc``)."""
    total_kib, size_kib = 0, 0
    for line in Path("/proc/self/smaps").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name == "Size":
            size_kib = int(rest.split()[0])
        elif name == "VmFlags" and "dc" in rest.split():
            total_kib += size_kib
    return total_kib


def test_a_room_is_empty_and_holds_what_is_written() -> None:
    """It is as large as asked for, zero, and writable from end to end."""
    room = fresh_room(SIZE_BYTES)
    assert len(room) == SIZE_BYTES
    assert room[:] == bytes(SIZE_BYTES)
    room[:] = b"\xa5" * SIZE_BYTES
    assert room[-1] == 0xA5


def test_a_room_is_not_inherited() -> None:
    """A fork would leave us with a copy while the disk still works on the first (open(2))."""
    before_kib = not_inherited_kib()
    room = fresh_room(SIZE_BYTES)
    assert not_inherited_kib() == before_kib + SIZE_BYTES // 1024
    room.close()
