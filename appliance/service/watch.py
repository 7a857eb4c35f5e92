"""The watching part: events wake, a scan decides, what is ready is claimed and accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import hot_folders
from appliance.domain.errors import StorageError
from appliance.domain.findings import Finding
from appliance.domain.scanners import WatchWay
from appliance.service.folder_facts import FolderBook
from appliance.service.notices import Notices
from appliance.service.taking import BATCH, MAX_WAITING, Taking, refusal
from appliance.watchers import claims
from appliance.watchers.canary import Canaries
from appliance.watchers.hotfolder import LOOSE, shown
from appliance.watchers.marker import Disk, judge_disk, mark_disk
from appliance.watchers.reasons import cannot_claim, cannot_take, reasons
from appliance.watchers.schedule import LookEnded, Schedule
from appliance.watchers.spare import keep_spare
from appliance.watchers.values import scanner_of
from appliance.watchers.wake import Listeners, Waker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.clock import Clock
    from appliance.pipeline.accept import AcceptStage
    from appliance.watchers.claims import Claimed
    from appliance.watchers.hotfolder import HotFolder, ScannerScan, ScanResult, SettledDrop

_RETRY_SECONDS: Final = 5.0
"""Our own: at most so long until a hot folder that is gone, or a full disk, is tried again."""


@dataclass(slots=True)
class WatchStep:
    """One round: scan what is due, claim, accept.

    Args:
        box_id: Marks the disk of the hot folder as ours.
        hot_folder: Scans it.
        accept: Takes claims to their end.
        catalogue: Where notices are put up, and how each folder is watched.
        scan_seconds: Pause while nothing is there and nothing happens.
        ring: Wakes the part; called from any thread.
    """

    box_id: str
    hot_folder: HotFolder
    accept: AcceptStage
    catalogue: Catalogue
    scan_seconds: float
    ring: Callable[[], None]
    waker: Waker = field(init=False)
    _schedule: Schedule = field(init=False)
    _canaries: Canaries = field(init=False)
    _taking: Taking = field(init=False)
    _notices: Notices = field(init=False)
    _book: FolderBook = field(init=False)
    _obstacles: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    _refusals: defaultdict[str, dict[tuple[str, ...], Finding]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _gone: tuple[Finding, ...] = ()
    _at_root: tuple[Finding, ...] = ()
    _no_room: dict[str, Finding] = field(default_factory=dict)
    _away: Finding | None = None
    _next_try_at: float | None = None

    def __post_init__(self) -> None:
        clock, root = self._clock, self.hot_folder.root
        self._schedule = Schedule(clock, self.scan_seconds)
        self._canaries = Canaries(root, clock)
        self._taking = Taking(self.accept, self.catalogue, self.scan_seconds)
        self._notices = Notices(self.catalogue, _is_place_on_disk)
        self._book = FolderBook(self.catalogue)
        self.waker = Waker(root, Listeners(self.wake, self._hear), clock)

    def wake(self, scanner: str | None) -> None:
        """Something happened in a scanner's folder, or anywhere for None; from any thread."""
        self._schedule.wake(scanner)
        self.ring()

    def run(self, owner: str) -> int:
        """Do what is due; how many files were recorded."""
        del owner  # claims are renames, not leases
        if self._next_try_at is not None and self.idle_seconds() > 0:
            return 0
        if self._next_try_at is None:
            claims.sweep_claims(self.accept.claimed_root)
        self._next_try_at = self._clock.monotonic() + self.scan_seconds
        self._away = self._disk_problem()
        taken = self._round() if self._away is None else self._leave()
        self._notices.show(self._findings())
        return taken

    def idle_seconds(self) -> float:
        """Until the earliest moment at which something can settle, or is to be looked at."""
        until_try = (self._next_try_at or 0.0) - self._clock.monotonic()
        if self._away is not None:
            return max(until_try, 0.0)
        moments = (
            until_try,
            self._schedule.idle_seconds(),
            self._taking.next_seconds(),
            self._canaries.next_seconds(),
            self._book.next_seconds(),
        )
        return max(min(moment for moment in moments if moment is not None), 0.0)

    @property
    def _clock(self) -> Clock:
        return self.catalogue.clock

    def _hear(self, canary: str) -> None:
        self._canaries.hear(canary)
        self.ring()

    def _round(self) -> int:
        keep_spare(self.accept.claimed_root)
        self.waker.refresh()
        present = self.hot_folder.present() or ()
        for scanner in self._canaries.step(present, self.waker.is_listening):
            self._book.probed(scanner)
        taken = self._taking.settle()
        began = self._clock.monotonic()
        result = self.hot_folder.scan(self._schedule.due((LOOSE, *present)))
        self._at_root = result.own_obstacles
        took_seconds = self._clock.monotonic() - began
        claimed, newly = self._claim(result)
        for scanner, scan in result.scans.items():
            self._ended(scanner, scan, claimed[scanner], took_seconds)
        self._write_down(present)
        return taken + newly

    def _claim(self, result: ScanResult) -> tuple[Counter[str], int]:
        """Claim and accept what is ready, the scanners taking turns."""
        claimed: Counter[str] = Counter()
        taken = 0
        for name in result.scans:
            self._no_room.pop(name, None)
        blocked = {name for name in result.scans if self._taking.waiting_of(name) >= MAX_WAITING}
        ready = [drop for drop in result.ready if scanner_of(drop.parts) not in blocked]
        for start in range(0, len(ready), BATCH):
            done = self._claim_batch(ready[start : start + BATCH])
            if isinstance(done, Finding):
                left = {scanner_of(drop.parts) for drop in ready[start:]}
                self._no_room.update(dict.fromkeys(left, done))
                break  # drops stay where they are
            claimed.update(scanner_of(claim.parts) for claim in done.claims)
            taken += self._taking.take(done.claims)
        return claimed, taken

    def _claim_batch(self, drops: Sequence[SettledDrop]) -> Claimed | Finding:
        """Claim what there is room for; a finding when a disk takes nothing."""
        try:
            fitting = self._that_fit(drops)
            done = claims.claim_many(fitting, self.accept.claimed_root)
        except StorageError as problem:
            return refusal(problem, self.accept.store.root)
        except OSError as problem:
            return cannot_claim(self.accept.claimed_root, problem)
        for drop in (*done.left, *(drop for drop, _reason in done.refused)):
            self.hot_folder.put_off(drop)
        for claim in done.claims:
            self._refusals[scanner_of(claim.parts)].pop(claim.parts[:-1], None)
        for drop, reason in done.refused:
            finding = cannot_take(shown(drop.path.parent), reason)
            self._refusals[scanner_of(drop.parts)][drop.parts[:-1]] = finding
        return done

    def _that_fit(self, drops: Sequence[SettledDrop]) -> list[SettledDrop]:
        """Those that there is room for: a single one without room, even a lie, stops no other.

        Raises:
            StorageError: There is room for none.
        """
        store = self.accept.store
        left_bytes = store.room_bytes()
        fitting: list[SettledDrop] = []
        others: list[SettledDrop] = []
        for drop in drops:
            size_bytes = _bytes_of([drop])
            fits = size_bytes <= left_bytes
            left_bytes -= size_bytes if fits else 0
            (fitting if fits else others).append(drop)
        free_bytes = left_bytes + store.reserve_bytes
        if not fitting:
            raise _without_room(_bytes_of(drops), free_bytes)
        for drop in others:
            finding = refusal(_without_room(_bytes_of([drop]), free_bytes), drop.path)
            self._no_room[scanner_of(drop.parts)] = finding
            self.hot_folder.put_off(drop)
        return fitting

    def _ended(self, scanner: str, scan: ScannerScan, claimed: int, took_seconds: float) -> None:
        """Note what a scan said of one scanner, and when to look there again."""
        left, settle_seconds = len(scan.ready) - claimed, self._settle_seconds(scanner)
        next_seconds = scan.next_seconds
        if scan.has_more and not left:
            next_seconds = 0.0
        elif left:
            pause = _RETRY_SECONDS if scanner in self._no_room else max(settle_seconds, 1.0)
            next_seconds = pause if next_seconds is None else min(pause, next_seconds)
        way = self._way(scanner)
        self._schedule.looked(scanner, LookEnded(way, settle_seconds, took_seconds, next_seconds))
        self._obstacles[scanner] = scan.obstacles
        if scan.waiting + left == 0:
            self._refusals.pop(scanner, None)
        self._book.waits(scanner, scan.waiting + left + self._taking.waiting_of(scanner))
        if claimed:
            self._book.arrived(scanner)

    def _way(self, scanner: str) -> WatchWay:
        if not self.waker.is_listening(scanner):
            return WatchWay.POLLING
        return WatchWay.EVENTS if scanner == LOOSE else self._canaries.way(scanner)

    def _settle_seconds(self, scanner: str) -> float:
        return self.hot_folder.profile_of(scanner).settle_seconds

    def _write_down(self, present: Sequence[str]) -> None:
        """Tell the page how each folder is watched; forget scanners that are not there."""
        for old in (self._obstacles, self._refusals, self._no_room):
            for name in old.keys() - {LOOSE, *present}:
                del old[name]
        ways = {name: self._way(name) for name in present}
        gone = self.hot_folder.missing(present)
        self._gone = tuple(
            Finding("INTAKE-FOLDER-GONE", shown(self.hot_folder.root / name)) for name in gone
        )
        ways.update(dict.fromkeys(gone, WatchWay.GONE))
        self._book.write(ways, self.hot_folder.configured)

    def _disk_problem(self) -> Finding | None:
        """Whether the disk below the hot folder is ours; a first one is marked so."""
        root, claimed_root = self.hot_folder.root, self.accept.claimed_root
        if not root.is_dir() or self.hot_folder.present() is None:
            return Finding("INTAKE-FOLDER-GONE", shown(root))
        with self.catalogue.read() as session:
            is_marked = hot_folders.is_drop_marked(session)
        try:
            disk = judge_disk(claimed_root, self.box_id)
            if disk is Disk.UNMARKED and not is_marked:
                mark_disk(claimed_root, self.box_id)
                disk = Disk.OURS
        except OSError as problem:
            return Finding("INTAKE-FOLDER-GONE", shown(root), reasons(problem))
        if disk is not Disk.OURS:
            return Finding("INTAKE-FOLDER-FOREIGN", shown(root))
        if not is_marked:
            with self.catalogue.write() as writing:
                hot_folders.remember_drop_mark(writing)
        return None

    def _leave(self) -> int:
        """Keep away from a hot folder that is gone or foreign, and forget what lay there."""
        self.waker.stop()
        self.hot_folder.forget()
        self._canaries.forget()
        self._schedule.wake(None)
        self._book.write_gone()
        self._next_try_at = self._clock.monotonic() + min(self.scan_seconds, _RETRY_SECONDS)
        return 0

    def _findings(self) -> Iterator[Finding]:
        if self._away is not None:
            yield self._away
            return
        yield from self._no_room.values()
        yield from self._at_root
        yield from self._gone
        yield from self._taking.findings
        yield from (finding for found in self._obstacles.values() for finding in found)
        yield from (finding for found in self._refusals.values() for finding in found.values())


def _is_place_on_disk(place: str) -> bool:
    """Whether a notice is about a path, as all of this part's are and no other's."""
    return place.startswith("/")


def _bytes_of(drops: Iterable[SettledDrop]) -> int:
    return sum(drop.state.size_bytes for drop in drops if drop.state is not None)


def _without_room(needed_bytes: int, free_bytes: int) -> StorageError:
    values = {"needed_bytes": needed_bytes, "free_bytes": free_bytes}
    return StorageError("a dropped file has no room", code="STORAGE-FULL", values={**values})
