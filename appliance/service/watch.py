"""The watching part: events wake, a scan decides, what is ready is claimed and accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.catalogue import box
from appliance.domain.errors import StorageError
from appliance.domain.findings import Finding
from appliance.watchers import claims

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.accept import AcceptStage
    from appliance.watchers.claims import Claim
    from appliance.watchers.hotfolder import HotFolder, ScanResult
    from appliance.watchers.wake import Waker


@dataclass(slots=True)
class WatchStep:
    """One round: scan, claim, accept.

    Args:
        drop: The hot folder's root.
        hot_folder: Scans it.
        waker: Listens to its events.
        accept: Takes claims to their end.
        catalogue: Where notices are put up.
        settle_seconds: Pause while something is not settled.
        scan_seconds: Pause while nothing is there.
    """

    drop: Path
    hot_folder: HotFolder
    waker: Waker
    accept: AcceptStage
    catalogue: Catalogue
    settle_seconds: float
    scan_seconds: float
    _is_busy: bool = False
    _notices: dict[tuple[str, str], Finding] = field(default_factory=dict)

    def run(self, owner: str) -> int:
        """Scan once and accept what is ready; how many files were taken."""
        del owner  # claims are renames, not leases
        self.waker.refresh()
        left = claims.pending_claims(self.accept.claimed_root)
        taken = sum(self._take(claim) for claim in left)
        result = self.hot_folder.scan()
        for drop in result.ready:
            claim = claims.claim(drop, self.accept.claimed_root)
            taken += claim is not None and self._take(claim)
        self._is_busy = result.waiting > 0 or bool(left)
        self._show(result)
        return taken

    def idle_seconds(self) -> float:
        """Short while something settles, long while nothing is there."""
        if self._is_busy:
            return max(self.settle_seconds / 2, 0.1)
        return self.scan_seconds

    def _take(self, claim: Claim) -> bool:
        """Accept one claim; a disk that refuses leaves it for the next round, with a notice."""
        try:
            taken = self.accept.accept(claim)
        except StorageError as problem:
            if problem.code != "STORAGE-FULL":
                raise
            self._put_up(Finding("STORAGE-FULL", str(self.accept.store.root), problem.values))
            return False
        self._take_down("STORAGE-FULL", str(self.accept.store.root))
        return taken

    def _show(self, result: ScanResult) -> None:
        """Make the notices say what the scan saw, no more and no less."""
        standing = {
            key: finding
            for key, finding in self._notices.items()
            if key[0] in {"INTAKE-FOLDER-GONE", "INTAKE-SPECIAL-FILE"}
        }
        seen = {(finding.code, finding.where): finding for finding in result.obstacles}
        if result.is_gone:
            seen = {("INTAKE-FOLDER-GONE", str(self.drop)): _gone(self.drop)}
            self.waker.stop()
        for key in standing.keys() - seen.keys():
            self._take_down(*key)
        for key in seen.keys() - standing.keys():
            self._put_up(seen[key])

    def _put_up(self, finding: Finding) -> None:
        self._notices[finding.code, finding.where] = finding
        with self.catalogue.write() as writing:
            box.put_notice(writing, finding)

    def _take_down(self, code: str, place: str) -> None:
        if self._notices.pop((code, place), None) is not None:
            with self.catalogue.write() as writing:
                box.clear_notice(writing, code, place)


def _gone(drop: Path) -> Finding:
    return Finding("INTAKE-FOLDER-GONE", str(drop))
