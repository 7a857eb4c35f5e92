"""Rooms are ours alone, ask for large pages, and are taken over by the next."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.disk.rooms import SpareRooms, fresh_room

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


def test_a_room_is_taken_over() -> None:
    """The next gets the same memory, as large as it wants it; two at a time have two."""
    spare = SpareRooms(most=1)
    first, second = spare.take(4096), spare.take(4096)
    assert first is not second
    spare.give_back(first)
    spare.give_back(second)
    again = spare.take(3 * 4096)
    assert again is first
    assert len(again) == 3 * 4096
    assert spare.take(4096) is not second  # no more are kept than were said


def test_a_room_that_somebody_looks_into_is_not_taken_over() -> None:
    """What is still read stays as it is; the next gets a room of its own."""
    spare = SpareRooms(most=2)
    room = spare.take(4096)
    look = memoryview(room)
    spare.give_back(room)
    assert spare.take(4096) is not room
    look.release()


def test_a_child_begins_without_rooms() -> None:
    """Their memory is not there after a fork: to take one over would end the child."""
    spare = SpareRooms(most=1)
    spare.give_back(spare.take(4096))
    child = os.fork()
    if child == 0:
        room = spare.take(4096)
        room[:] = b"\xa5" * 4096
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)
