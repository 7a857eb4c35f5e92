"""Probes: does an event come when something is written into a scanner's folder?

A canary file is written there; an event within seconds means that events can be relied on to
wake. On a network mount our own writes would give events while other machines' writes never do:
such a folder is polled whatever the canary says.
"""

from __future__ import annotations

import ctypes
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.domain.scanners import WatchWay
from appliance.watchers.descriptors import (
    is_plain_status,
    opened_folder,
    opened_root,
    status_in,
)
from appliance.watchers.names import CANARY_PREFIX
from appliance.watchers.values import Identity, identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.domain.clock import Clock

ANSWER_SECONDS: Final = 5.0
"""Our own: an event that takes longer is none; measured ones take milliseconds."""
PROBE_SECONDS: Final = 600.0
"""Our own: between two probes of a folder."""

_REMOTE_KINDS: Final = frozenset(
    {
        0x6969,  # NFS
        0x517B,  # SMB
        0xFF534D42,  # CIFS
        0xFE534D42,  # SMB2
        0x65735546,  # FUSE: sshfs and its like
        0x01021997,  # 9P
        0x00C36400,  # CEPH
        0x5346414F,  # AFS
        0x47504653,  # GPFS
        0x0BD00BD0,  # Lustre
    }
)
"""Magic numbers of file systems that others write to past this kernel: linux/magic.h, statfs(2)."""
_STATFS_BYTES: Final = 256
"""More than any ``struct statfs``; the kind is its first word."""
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class _Probe:
    """What is known of one folder."""

    identity: Identity
    way: WatchWay
    next_at: float
    canary: str = ""


class Canaries:
    """The probes of every scanner's folder.

    Args:
        root: The hot folder.
        clock: Tells when to probe, and when an answer is late.
    """

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root
        self._clock = clock
        self._probes: dict[str, _Probe] = {}
        self._asked: set[str] = set()
        self._heard: set[str] = set()
        self._lock = threading.Lock()

    def hear(self, canary: str) -> None:
        """An event spoke of this canary; called from any thread. Others' names are ignored."""
        with self._lock:
            if canary in self._asked:
                self._heard.add(canary)

    def way(self, scanner: str) -> WatchWay:
        """How a scanner's folder is watched, as last probed."""
        probe = self._probes.get(scanner)
        return WatchWay.UNKNOWN if probe is None else probe.way

    @property
    def remembered(self) -> int:
        """How many names are kept in mind: of probes under way, never of strangers' files."""
        with self._lock:
            return len(self._asked | self._heard)

    def next_seconds(self) -> float | None:
        """When ``step`` has something to do; None when there is no folder."""
        now = self._clock.monotonic()
        return min((max(p.next_at - now, 0.0) for p in self._probes.values()), default=None)

    def forget(self) -> None:
        """Probe every folder anew."""
        self._probes.clear()
        with self._lock:
            self._asked.clear()
            self._heard.clear()

    def step(self, present: Sequence[str], is_listening: Callable[[str], bool]) -> tuple[str, ...]:
        """Write and read what is due; names of the scanners that were judged.

        Args:
            present: Every scanner whose folder is there.
            is_listening: Whether events of a scanner's folder are asked for at all.
        """
        for scanner in self._probes.keys() - set(present):
            self._forget_canary(self._probes.pop(scanner).canary)
        judged = []
        with suppress(OSError), opened_root(self._root) as root:
            for scanner in present:
                with suppress(OSError), opened_folder(root, scanner) as folder:
                    if self._step_one(scanner, folder, is_listening):
                        judged.append(scanner)
        return tuple(judged)

    def _step_one(self, scanner: str, folder: int, is_listening: Callable[[str], bool]) -> bool:
        now, identity = self._clock.monotonic(), identity_of(os.fstat(folder))
        probe = self._probes.get(scanner)
        if probe is None or probe.identity != identity:
            self._forget_canary("" if probe is None else probe.canary)
            remove_canaries(folder)
            probe = self._probes[scanner] = _Probe(identity, WatchWay.UNKNOWN, now)
        if probe.canary:
            return self._judge(probe, folder, now)
        if now < probe.next_at:
            return False
        return self._begin(probe, folder, now, listens=is_listening(scanner))

    def _begin(self, probe: _Probe, folder: int, now: float, *, listens: bool) -> bool:
        probe.next_at = now + PROBE_SECONDS
        if not listens or is_remote(folder):
            probe.way = WatchWay.POLLING
            return True
        canary = f"{CANARY_PREFIX}{uuid4().hex}"
        with self._lock:
            self._asked.add(canary)
        try:
            _write_canary(folder, canary)
        except OSError:
            self._forget_canary(canary)
            probe.way = WatchWay.UNKNOWN
            return True
        probe.canary, probe.next_at = canary, now + ANSWER_SECONDS
        return False

    def _judge(self, probe: _Probe, folder: int, now: float) -> bool:
        with self._lock:
            is_heard = probe.canary in self._heard
        if not is_heard and now < probe.next_at:
            return False
        self._forget_canary(probe.canary)
        with suppress(OSError):  # taken away: nothing to clean up
            os.unlink(probe.canary, dir_fd=folder)
        probe.way = WatchWay.EVENTS if is_heard else WatchWay.POLLING
        probe.canary, probe.next_at = "", now + PROBE_SECONDS
        return True

    def _forget_canary(self, canary: str) -> None:
        with self._lock:
            self._asked.discard(canary)
            self._heard.discard(canary)


def remove_canaries(folder: int) -> None:
    """Remove what probes of an earlier process left in an open folder: empty files, no others."""
    with os.scandir(folder) as entries:
        left = [entry.name for entry in entries if entry.name.startswith(CANARY_PREFIX)]
    for name in left:
        with suppress(OSError):  # made by another account, or no file: it harms nobody
            status = status_in(folder, name)
            if is_plain_status(status) and status.st_size == 0:
                os.unlink(name, dir_fd=folder)


def is_remote(descriptor: int) -> bool:
    """Whether other machines can write to the file system of an open folder unseen."""
    answer = ctypes.create_string_buffer(_STATFS_BYTES)
    if _LIBC.fstatfs(descriptor, answer) != 0:
        return True  # a file system that cannot say what it is does not get the benefit
    kind = ctypes.cast(answer, ctypes.POINTER(ctypes.c_long)).contents.value
    return kind & 0xFFFFFFFF in _REMOTE_KINDS


def _write_canary(folder: int, name: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(name, flags, 0o600, dir_fd=folder))
