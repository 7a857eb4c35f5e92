"""Memory that bytes on their way from or to a disk lie in."""

from __future__ import annotations

import mmap


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
