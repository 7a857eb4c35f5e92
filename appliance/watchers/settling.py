"""When a dropped file is ready: quiet, not held open, not locked, structurally whole.

Quiet means no change of size, mtime, ctime and allocated blocks for the scanner's settle time.
What stays unfinished is looked at again until the patience is over, then handed on with its
problem, never dropped. The same rule holds for every way in and at start-up: nothing is
remembered from before.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from appliance.domain.findings import Finding
from appliance.watchers.descriptors import is_plain_status, open_file
from appliance.watchers.holding import is_held_open
from appliance.watchers.reasons import cannot_read
from appliance.watchers.values import (
    FileState,
    Identity,
    Look,
    ScannerScan,
    SettledDrop,
    held_open,
    identity_of,
    shown,
    special_file,
    state_of,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.domain.canonical import JsonValue
    from appliance.domain.scanners import ScannerProfile
    from appliance.watchers.walking import Lock, Sight, Walk

MAX_TRACKED: Final = 20_000
"""Our own: files of one scanner kept in mind at a time, some ten MB; more wait unseen."""
MAX_READY: Final = 256
"""Our own: files of one scanner that one scan opens and hands on, so that others get a turn."""
MAX_PASSED_OVER: Final = 1000
"""Our own: hidden and unfinished names of one scanner kept in mind; more say nothing new."""
_RETRY_SECONDS: Final = 1.0
"""Our own: at least so long until a file that is held open is tried again."""
_BUSY: Final = {errno.EAGAIN, errno.EBUSY, errno.ETXTBSY}
_SWAPPED: Final = {errno.ENOENT, errno.ELOOP, errno.ENXIO}
"""Gone, or a link or a pipe by now: the next scan sees what it is."""
_Looker: TypeAlias = "Callable[[Path], Look]"


@dataclass(slots=True)
class _Sighting:
    """What is remembered of a file or a lock between two scans."""

    state: FileState
    since: float
    scan: int
    look: Look | None = None
    retry_at: float = 0.0
    obstacle: Finding | None = None


@dataclass(slots=True)
class _Round:
    """One scan under way."""

    now: float
    number: int
    walk: Walk
    opens_left: int
    ready: list[SettledDrop] = field(default_factory=list)
    next_seconds: float | None = None
    files: int = 0
    passed_over: int = 0
    stale: list[tuple[str, ...]] = field(default_factory=list)
    has_more: bool = False
    is_cut: bool = False

    def wait(self, seconds: float) -> None:
        """Something can settle in so many seconds."""
        earliest = seconds if self.next_seconds is None else min(seconds, self.next_seconds)
        self.next_seconds = earliest


class Settling:
    """The files of one scanner, from their first sight until they are claimed.

    Args:
        profile: How long to wait.
        look: Judges the structure of a quiet file, without decoding it.
        max_tracked: Files kept in mind.
        max_ready: Files opened and handed on by one scan.
    """

    def __init__(
        self,
        profile: ScannerProfile,
        look: _Looker,
        *,
        max_tracked: int = MAX_TRACKED,
        max_ready: int = MAX_READY,
    ) -> None:
        self._profile = profile
        self._look = look
        self._max_tracked = max_tracked
        self._max_ready = max_ready
        self._seen: dict[Identity, _Sighting] = {}
        self._scan = 0

    def scan(self, walk: Walk, folder: int, parts: tuple[str, ...], now: float) -> ScannerScan:
        """Look at everything below an open folder once."""
        self._scan += 1
        turn = _Round(now, self._scan, walk, self._max_ready)
        for sight in walk.files(folder, parts, enters=bool(parts)):
            if sight.is_passed_over:
                self._pass_over(sight, turn)
                continue
            if turn.files == self._max_tracked:
                turn.is_cut = True
                break
            turn.files += 1
            if self._is_ready(sight, turn):
                path = walk.where(sight.parts)
                status = sight.status
                turn.ready.append(
                    SettledDrop(path, sight.parts, identity_of(status), state_of(status))
                )
        self._forget_absent()
        self._say_bounds(turn, parts)
        self._say_stale(turn, parts)
        ready = tuple(sorted(turn.ready, key=lambda drop: drop.parts))
        return ScannerScan(
            ready=ready,
            waiting=turn.files - len(ready),
            obstacles=tuple(walk.obstacles),
            next_seconds=turn.next_seconds,
            has_more=turn.has_more,
        )

    def put_off(self, identity: Identity, now: float) -> None:
        """Let a file that could not be claimed settle anew, behind the others."""
        sighting = self._seen.get(identity)
        if sighting is not None:
            sighting.since = now

    def _forget_absent(self) -> None:
        absent = [key for key, sighting in self._seen.items() if sighting.scan != self._scan]
        for identity in absent:
            del self._seen[identity]

    def _say_bounds(self, turn: _Round, parts: tuple[str, ...]) -> None:
        if turn.walk.is_over or turn.is_cut:
            limit = self._max_tracked if turn.is_cut else turn.walk.max_entries
            where = shown(turn.walk.where(parts))
            turn.walk.obstacles.append(Finding("INTAKE-TOO-MANY", where, {"limit": limit}))

    def _pass_over(self, sight: Sight, turn: _Round) -> None:
        """Remember since when a hidden or unfinished name has not changed."""
        if turn.passed_over == MAX_PASSED_OVER:
            return
        turn.passed_over += 1
        left_seconds = self._profile.patience_seconds - self._sighted(sight.status, turn)[1]
        if left_seconds > 0:
            turn.wait(left_seconds)
        else:
            turn.stale.append(sight.parts)

    def _say_stale(self, turn: _Round, parts: tuple[str, ...]) -> None:
        """One quiet word on all names that stay as if they were not finished."""
        said = {finding.where for finding in turn.walk.obstacles}
        stale = sorted(one for one in turn.stale if shown(turn.walk.where(one)) not in said)
        if stale:
            name = shown(Path(*stale[0][len(parts) :]))
            minutes = round(self._profile.patience_seconds / 60)
            where = shown(turn.walk.where(parts))
            values: dict[str, JsonValue] = {"name": name, "count": len(stale), "minutes": minutes}
            turn.walk.obstacles.append(Finding("INTAKE-STALE-NAME", where, values))

    def _is_ready(self, sight: Sight, turn: _Round) -> bool:
        sighting, quiet_seconds = self._sighted(sight.status, turn)
        locked_seconds = self._sighted(sight.lock.status, turn)[1] if sight.lock else 0.0
        size_bytes, limit_bytes = sight.status.st_size, self._profile.max_file_bytes
        if size_bytes > limit_bytes:  # said at once: one that grows for ever is never quiet
            turn.walk.say(too_large(turn.walk.where(sight.parts), size_bytes, limit_bytes))
            return False
        if quiet_seconds < self._profile.settle_seconds:
            turn.wait(self._profile.settle_seconds - quiet_seconds)
            return False
        if sight.lock is not None:
            self._say_lock(sight.lock, locked_seconds, turn)
            return False
        if not is_plain_status(sight.status):  # several names, and not only for a moment
            turn.walk.say(special_file(turn.walk.where(sight.parts)))
            return False
        return self._is_final(sight, sighting, quiet_seconds, turn)

    def _sighted(self, status: os.stat_result, turn: _Round) -> tuple[_Sighting, float]:
        """What is known of a file or a lock, and for how many seconds it has not changed."""
        identity, state = identity_of(status), state_of(status)
        sighting = self._seen.get(identity)
        if sighting is None or sighting.state != state:
            sighting = self._seen[identity] = _Sighting(state, turn.now, turn.number)
        sighting.scan = turn.number
        return sighting, turn.now - sighting.since

    def _is_final(
        self, sight: Sight, sighting: _Sighting, quiet_seconds: float, turn: _Round
    ) -> bool:
        """Whether a quiet file goes on: whole, no image at all, or unfinished for too long."""
        left_seconds = self._profile.patience_seconds - quiet_seconds
        wait_seconds = sighting.retry_at - turn.now
        if left_seconds > 0 and _is_unfinished(sighting):
            wait_seconds = left_seconds
        if wait_seconds > 0:
            return _wait(sighting, turn, wait_seconds)
        if turn.opens_left == 0:
            turn.has_more = True
            return False
        turn.opens_left -= 1
        where = turn.walk.where(sight.parts)
        sighting.obstacle = None
        try:
            is_held = self._is_held(sight, sighting)
        except OSError as problem:  # it stays where its owner can mend it
            sighting.obstacle = cannot_read(shown(where), problem)
            return self._try_again(sighting, turn)
        if not is_held and (left_seconds <= 0 or _is_looked_through(sighting)):
            return True
        if is_held and left_seconds <= 0:
            sighting.obstacle = held_open(where, quiet_seconds)
        if is_held:
            return self._try_again(sighting, turn)
        return _wait(sighting, turn, left_seconds)

    def _try_again(self, sighting: _Sighting, turn: _Round) -> bool:
        pause_seconds = max(self._profile.settle_seconds, _RETRY_SECONDS)
        sighting.retry_at = turn.now + pause_seconds
        return _wait(sighting, turn, pause_seconds)

    def _is_held(self, sight: Sight, sighting: _Sighting) -> bool:
        """Open the very file that settled, and look at its structure unless it is held open."""
        try:
            descriptor = open_file(sight.folder, sight.parts[-1])
        except OSError as problem:
            if problem.errno in _BUSY | _SWAPPED:
                return True
            raise
        try:
            if identity_of(os.fstat(descriptor)) != identity_of(sight.status):
                return True  # swapped since it was listed: the next scan sees what it is now
            if is_held_open(descriptor):
                return True
            if sighting.look is None and sighting.state.size_bytes > 0:
                # through the descriptor: whatever bears the name by now is not opened
                sighting.look = self._look(Path(f"/proc/self/fd/{descriptor}"))
        except OSError as problem:
            if problem.errno in _BUSY:
                return True
            raise
        finally:
            os.close(descriptor)
        return False

    def _say_lock(self, lock: Lock, quiet_seconds: float, turn: _Round) -> None:
        patience = self._profile.patience_seconds
        if quiet_seconds < patience:
            turn.wait(patience - quiet_seconds)
            return
        where = shown(turn.walk.where(lock.parts))
        name, minutes = shown(Path(lock.parts[-1])), round(quiet_seconds / 60)
        finding = Finding("INTAKE-LOCKED", where, {"name": name, "minutes": minutes})
        if finding.where not in {one.where for one in turn.walk.obstacles}:
            turn.walk.say(finding)


def _is_unfinished(sighting: _Sighting) -> bool:
    """Whether the rest may still come: an empty file, or an image that is cut."""
    look = sighting.look
    if sighting.state.size_bytes == 0:
        return True
    return look is not None and look.is_image and not look.is_whole


def _is_looked_through(sighting: _Sighting) -> bool:
    """Whether its structure is known, and nothing more is to come."""
    return sighting.look is not None and not _is_unfinished(sighting)


def _wait(sighting: _Sighting, turn: _Round, seconds: float) -> bool:
    """Not ready now; what stands in its way is said by every scan, tried again or not."""
    turn.wait(seconds)
    if sighting.obstacle is not None:
        turn.walk.say(sighting.obstacle)
    return False
