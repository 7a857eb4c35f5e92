"""The scan of a hot folder: the truth about what was dropped, whatever events said.

Each scanner's folder is walked by itself, with its own profile and its own bounds, so that no
scanner holds up another. What lies in the hot folder itself belongs to no scanner (``LOOSE``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.domain.identifiers import nfc
from appliance.watchers.descriptors import opened_folder, opened_root
from appliance.watchers.names import NamePatterns, is_foreign_name
from appliance.watchers.reasons import cannot_read
from appliance.watchers.settling import MAX_READY, MAX_TRACKED, Settling
from appliance.watchers.values import (
    LOOSE,
    Look,
    ScannerScan,
    ScanResult,
    SettledDrop,
    scanner_of,
    shown,
    special_file,
)
from appliance.watchers.walking import MAX_DEPTH, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from appliance.domain.clock import Clock
    from appliance.domain.scanners import ScannerProfile, ScannerProfiles

__all__ = [
    "LOOSE",
    "MAX_DEPTH",
    "MAX_SCANNERS",
    "HotFolder",
    "Look",
    "ScanResult",
    "ScannerScan",
    "SettledDrop",
    "shown",
    "special_file",
]

MAX_SCANNERS: Final = 1000
"""Our own: folders of scanners; an archive has a handful."""


class HotFolder:
    """One hot folder; remembers only what it saw in earlier scans of this process.

    Args:
        root: Its scanners' folders lie in it.
        profiles: How long to wait for each scanner, and what names it gives.
        clock: Tells quiet times.
        look: Judges the structure of a quiet file, without decoding it; gets a path below
            ``/proc/self/fd``, so that it reads the very file that settled.
        max_tracked: Files of one scanner kept in mind at a time.
        max_ready: Files of one scanner that one scan hands on.
    """

    def __init__(
        self,
        root: Path,
        profiles: ScannerProfiles,
        clock: Clock,
        look: Callable[[Path], Look],
        *,
        max_tracked: int = MAX_TRACKED,
        max_ready: int = MAX_READY,
    ) -> None:
        self.root = root
        self._profiles = profiles
        self._clock = clock
        self._look = look
        self._max_tracked = max_tracked
        self._max_ready = max_ready
        self._settling: dict[str, Settling] = {}

    def present(self) -> tuple[str, ...] | None:
        """Names of the scanners' folders that are there, as many as are looked at.

        None when the hot folder is gone, or cannot be read.
        """
        names = self._listed()
        return None if names is None else self._first(names)

    def _listed(self) -> tuple[str, ...] | None:
        try:
            with os.scandir(self.root) as entries:
                names = [
                    entry.name
                    for entry in entries
                    if not is_foreign_name(entry.name) and entry.is_dir(follow_symlinks=False)
                ]
        except OSError:
            return None
        return tuple(sorted(names))

    def _first(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """As many as are looked at: folders that strangers made never crowd out a scanner."""
        if len(names) <= MAX_SCANNERS:
            return names
        by_right = sorted(names, key=lambda name: nfc(name) not in self.configured)
        return tuple(sorted(by_right[:MAX_SCANNERS]))

    def scan(self, scanners: Collection[str] | None = None) -> ScanResult:
        """Look at everything once.

        Args:
            scanners: Which ones, ``LOOSE`` among them; None means all that are there.
        """
        listed = self._listed()
        if listed is None:
            self._settling.clear()
            return ScanResult(is_gone=True)
        present = self._first(listed)
        for name in self._settling.keys() - {LOOSE, *present}:
            del self._settling[name]  # what comes back settles anew
        wanted = (LOOSE, *present) if scanners is None else sorted(scanners)
        known = {LOOSE, *present}
        scans, obstacles = {}, []
        if listed != present:
            values = {"limit": MAX_SCANNERS}
            obstacles.append(Finding("INTAKE-TOO-MANY", shown(self.root), {**values}))
        try:
            with opened_root(self.root) as root:
                for name in wanted:
                    if name in known:
                        scans[name] = self._scan_one(root, name)
        except OSError as problem:
            obstacles.append(cannot_read(shown(self.root), problem))
        return ScanResult(scans, present, own_obstacles=tuple(obstacles))

    def put_off(self, drop: SettledDrop) -> None:
        """Let a file that could not be claimed settle anew, behind the others."""
        settling = self._settling.get(scanner_of(drop.parts))
        if settling is not None and drop.identity is not None:
            settling.put_off(drop.identity, self._clock.monotonic())

    def forget(self) -> None:
        """Whatever lies there later settles anew."""
        self._settling.clear()

    def profile_of(self, scanner: str) -> ScannerProfile:
        """The profile of a scanner, by the name of its folder in whatever Unicode form."""
        return self._profiles.of(nfc(scanner))

    @property
    def configured(self) -> frozenset[str]:
        """Names of the scanners that the settings know."""
        return frozenset(self._profiles.configured)

    def missing(self, present: Collection[str]) -> tuple[str, ...]:
        """Names of configured scanners whose folders are not there."""
        return tuple(sorted(self.configured - {nfc(name) for name in present}))

    def _scan_one(self, root: int, name: str) -> ScannerScan:
        profile = self.profile_of(name)
        settling = self._settling.get(name)
        if settling is None:
            settling = self._settling[name] = Settling(
                profile, self._look, max_tracked=self._max_tracked, max_ready=self._max_ready
            )
        walk = Walk(
            root=self.root,
            device=os.fstat(root).st_dev,
            temporary_names=NamePatterns(profile.temporary_names),
            lock_names=NamePatterns(profile.lock_names),
        )
        now = self._clock.monotonic()
        if name == LOOSE:
            return settling.scan(walk, root, (), now)
        try:
            with opened_folder(root, name) as folder:
                if os.fstat(folder).st_dev != walk.device:
                    where = shown(self.root / name)
                    return ScannerScan(obstacles=(Finding("INTAKE-OTHER-DISK", where),))
                return settling.scan(walk, folder, (name,), now)
        except OSError as problem:
            return ScannerScan(obstacles=(cannot_read(shown(self.root / name), problem),))
