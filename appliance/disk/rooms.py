"""Memory that bytes on their way from or to a disk lie in."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress


class SpareRooms:
    """Rooms of earlier files, kept for the next: fresh memory costs as much as a page's copy.

    Threads may share them. A child process does not inherit their memory, and begins with none.

    Args:
        most: So many are kept, at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._rooms: list[mmap.mmap] = []
        os.register_at_fork(after_in_child=self._rooms.clear)

    def take(self, size_bytes: int) -> mmap.mmap:
        """A room that nobody else has or looks into: a spare one, else a new one.

        Args:
            size_bytes: How much at least; a multiple of 4096.
        """
        while True:
            try:
                room = self._rooms.pop()  # one step: no other thread gets it
            except IndexError:
                return fresh_room(size_bytes)
            with suppress(BufferError):  # somebody still looks: the room stays theirs
                room.resize(max(len(room), size_bytes))
                return room

    def give_back(self, room: mmap.mmap) -> None:
        """Keep a room for whoever comes next."""
        if len(self._rooms) < self._most:
            self._rooms.append(room)


def fresh_room(size_bytes: int) -> mmap.mmap:
    """A room of our own memory, in pages as large as the kernel gives.

    Each page of a room is looked up, pinned and handed to the disk by itself: for a whole number
    of 2 MiB that are given in one piece, reading and writing past the cache take a quarter of
    the processor time. A child process does not inherit the room: while a disk writes to or
    reads from memory that is shared by a fork, the kernel may give us a copy (open(2), O_DIRECT).

    Args:
        size_bytes: How much; a multiple of 4096, so that it fits reading past the cache.
    """
    room = mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    room.madvise(mmap.MADV_DONTFORK)
    try:
        room.madvise(mmap.MADV_HUGEPAGE)
    except OSError:  # a kernel that is built without large pages
        return room
    return room
