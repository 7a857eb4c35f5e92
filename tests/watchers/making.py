"""What the tests of hot folders share: a clock that is moved by hand, and small real images."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from appliance.bootstrap import look_at
from appliance.domain.scanners import ScannerProfile, ScannerProfiles
from appliance.watchers.hotfolder import HotFolder
from tests.fakes.clock import today_at

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.watchers.hotfolder import Look, ScanResult

SETTLE_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 900.0


class MovingClock:
    """A clock that stands still until it is moved.

    Args:
        start: Where it stands; else at one o'clock today (``today_at``).
    """

    def __init__(self, start: dt.datetime | None = None) -> None:
        self._now = start or today_at(13)
        self._monotonic = 1000.0

    def now(self) -> dt.datetime:
        """The moment it was moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds that it was moved on by, from a thousand."""
        return self._monotonic

    def is_trusted(self) -> bool:
        """Always."""
        return True

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._now += dt.timedelta(seconds=seconds)
        self._monotonic += seconds


def page_bytes(seed: int, form: str = "PNG", *, dpi: int = 200) -> bytes:
    """A small page with ink on it; another seed gives other bytes."""
    page = Image.new("RGB", (600, 850), "white")
    draw = ImageDraw.Draw(page)
    for line in range(60, 780, 24):
        draw.line((60, line, 540 - (line * (seed + 7)) % 160, line), fill=(20, 20, 60), width=6)
    rest, columns = seed * 2_654_435_761 % 2**32, 4  # which of 32 blocks are inked: pages differ
    for block in range(32):
        if rest >> block & 1:
            left, top = 60 + block % columns * 120, 60 + block // columns * 90
            draw.rectangle((left, top, left + 90, top + 60), fill=(30, 30, 40))
    draw.text((60, 20), f"page {seed}", fill="black")
    buffer = io.BytesIO()
    page.save(buffer, form, dpi=(dpi, dpi))
    return buffer.getvalue()


def profiles(*configured: ScannerProfile) -> ScannerProfiles:
    """What is known of the scanners in a test."""
    default = ScannerProfile(settle_seconds=SETTLE_SECONDS, patience_seconds=PATIENCE_SECONDS)
    return ScannerProfiles(default, {one.name: one for one in configured})


class Watched:
    """A hot folder in a test: its clock, its scan, and which files were opened.

    Args:
        root: The hot folder.
        bounds: Named as those of ``HotFolder``.
    """

    def __init__(self, root: Path, **bounds: int) -> None:
        self.root = root
        self.clock = MovingClock()
        self.opened: list[str] = []
        self.profiles = profiles()
        self.folder = self.new_process(None, **bounds)

    def new_process(self, look: Look | None = None, **bounds: int) -> HotFolder:
        """The scan as a process that has just started would have it.

        Args:
            look: What it says of every file; None means a true look.
            bounds: Named as those of ``HotFolder``.
        """
        looker = self._look if look is None else lambda _path: look
        return HotFolder(self.root, self.profiles, self.clock, looker, **bounds)

    def configure(self, *configured: ScannerProfile) -> None:
        """Give some scanners a profile, in a new process."""
        self.profiles = profiles(*configured)
        self.folder = self.new_process()

    def _look(self, path: Path) -> Look:
        self.opened.append(str(path.readlink()))
        return look_at(path)

    def drop(self, name: str, data: bytes) -> Path:
        """Put a file below the root."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def settled(self, seconds: float = SETTLE_SECONDS) -> ScanResult:
        """Scan, wait, scan again."""
        self.folder.scan()
        self.clock.advance(seconds)
        return self.folder.scan()

    def ready(self, seconds: float = SETTLE_SECONDS) -> set[str]:
        """The paths below the root that are ready after a wait."""
        return {"/".join(drop.parts) for drop in self.settled(seconds).ready}

    def drain(self) -> list[str]:
        """Take away whatever is ready, scan after scan, until nothing is; in the order taken."""
        taken = []
        while ready := self.folder.scan().ready:
            for drop in ready:
                drop.path.unlink()
            taken += ["/".join(drop.parts) for drop in ready]
        return taken
