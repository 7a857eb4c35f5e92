"""The watching part: events wake, a scan decides, what is ready is claimed and accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from appliance.catalogue import box
from appliance.domain.errors import StorageError
from appliance.domain.findings import Finding
from appliance.watchers import claims
from appliance.watchers.hotfolder import shown, special_file

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.accept import AcceptStage
    from appliance.watchers.claims import Claim
    from appliance.watchers.hotfolder import HotFolder, ScanResult
    from appliance.watchers.wake import Waker

_Key: TypeAlias = "tuple[str, str]"
"""Code and place of a notice."""


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
    _standing: dict[_Key, Finding] = field(default_factory=dict)
    _seen: dict[_Key, Finding] = field(default_factory=dict)

    def run(self, owner: str) -> int:
        """Scan once and accept what is ready; how many files were taken."""
        del owner  # claims are renames, not leases
        self.waker.refresh()
        self._seen = {}
        left = claims.pending_claims(self.accept.claimed_root)
        taken = sum(self._take(claim) for claim in left)
        result = self.hot_folder.scan()
        for drop in result.ready:
            if self._is_full():
                break  # drops stay where they are
            claim = claims.claim(drop, self.accept.claimed_root)
            taken += claim is not None and self._take(claim)
        self._is_busy = result.waiting > 0 or bool(left)
        self._look_at(result)
        self._show()
        return taken

    def idle_seconds(self) -> float:
        """Short while something settles, long while nothing is there."""
        if self._is_busy:
            return max(self.settle_seconds / 2, 0.1)
        return self.scan_seconds

    def _take(self, claim: Claim) -> bool:
        """Accept one claim; what cannot be taken stays claimed and in sight, others go on."""
        try:
            if claims.is_plain(claim):
                return self.accept.accept(claim)
            self._see(special_file(claim.path))
        except StorageError as problem:
            self._see(_refused(problem, self.accept.store.root))
        except OSError as problem:
            self._see(_failed(claim.path, problem.strerror or str(problem)))
        return False

    def _is_full(self) -> bool:
        return any(code == "STORAGE-FULL" for code, _where in self._seen)

    def _look_at(self, result: ScanResult) -> None:
        for finding in result.obstacles:
            self._see(finding)
        if result.is_gone:
            self._see(Finding("INTAKE-FOLDER-GONE", shown(self.drop)))
            self.waker.stop()

    def _see(self, finding: Finding) -> None:
        self._seen[finding.code, finding.where] = finding

    def _show(self) -> None:
        """Make the notices say what this round saw, no more and no less."""
        if self._seen.keys() == self._standing.keys():
            return
        with self.catalogue.write() as writing:
            for code, where in self._standing.keys() - self._seen.keys():
                box.clear_notice(writing, code, where)
            for key in self._seen.keys() - self._standing.keys():
                box.put_notice(writing, self._seen[key])
        self._standing = self._seen


def _refused(problem: StorageError, root: Path) -> Finding:
    if problem.code == "STORAGE-FULL":
        return Finding("STORAGE-FULL", shown(root), problem.values)
    return _failed(root, str(problem))


def _failed(path: Path, problem: str) -> Finding:
    return Finding("STAGE-FAILED", shown(path), {"stage": "watch", "problem": problem})
