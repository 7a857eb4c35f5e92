"""A box with its hot folder: what is dropped is scanned, claimed and accepted, round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.bootstrap import look_at
from appliance.catalogue import box
from appliance.catalogue.intake_tables import HotFolderRow
from appliance.disk.store import Store
from appliance.pipeline.accept import AcceptStage
from appliance.service.watch import WatchStep
from appliance.watchers.hotfolder import HotFolder
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.watchers.making import MovingClock, profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.domain.scanners import ScannerProfile
    from appliance.watchers.hotfolder import Look


class Watching:
    """A box, its hot folder and the step over both.

    Args:
        folder: Everything lies in it.
        executor: Inspects and derives; None where nothing is inspected.
        clock: The box's; None means one that stands still until it is moved.
    """

    def __init__(
        self, folder: Path, executor: Executor | None = None, clock: MovingClock | None = None
    ) -> None:
        self.bench = Bench(folder, executor or WorkerPool(0, 0, 1), clock or MovingClock())
        self.drop = folder / "drop"
        (self.drop / "scan01").mkdir(parents=True)
        self.look: Callable[[Path], Look] = look_at
        self.rings = 0
        self.step = self.make_step()

    def make_step(self, reserve_bytes: int = 0, *configured: ScannerProfile) -> WatchStep:
        """The step, over a disk that must keep some room."""
        bench, known = self.bench, profiles(*configured)
        store = Store(bench.store.root, reserve_bytes)
        return WatchStep(
            box_id="box-1",
            hot_folder=HotFolder(self.drop, known, bench.clock, self._look),
            accept=AcceptStage(bench.catalogue, store, bench.claimed, self._look, known),
            catalogue=bench.catalogue,
            scan_seconds=60,
            ring=self._ring,
        )

    def _ring(self) -> None:
        self.rings += 1

    def _look(self, path: Path) -> Look:
        return self.look(path)

    def put(self, name: str, data: bytes) -> Path:
        """Drop a file."""
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def round(self, seconds: float = 5.0) -> int:
        """Some time passes and everything is looked at; how many files were taken."""
        self.bench.clock.advance(seconds)
        self.step.wake(None)
        return self.step.run("watch:1")

    def rounds(self) -> int:
        """Two rounds with the settle time between; how many files were taken."""
        return self.round() + self.round()

    def restart(self) -> None:
        """End the process and start another."""
        self.step.waker.stop()
        self.step = self.make_step()

    def close(self) -> None:
        """Listen to nothing any more, and close the box."""
        self.step.waker.stop()
        self.bench.close()

    def notices(self) -> list[tuple[str, str]]:
        """What stands on the page."""
        with self.bench.catalogue.read() as session:
            return [(finding.code, finding.where) for finding, _since in box.notices(session)]

    def folders(self) -> list[tuple[str, str, int, bool]]:
        """How each scanner's folder is watched: name, way, how many wait, whether any came."""
        with self.bench.catalogue.read() as session:
            rows = session.exec(select(HotFolderRow).order_by(col(HotFolderRow.scanner)))
            return [(r.scanner, r.way, r.waiting, r.last_arrival_at is not None) for r in rows]
