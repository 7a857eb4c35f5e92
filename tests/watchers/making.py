"""What the tests of hot folders share: a clock that is moved by hand, and small real images."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from appliance.bootstrap import look_at
from appliance.watchers.hotfolder import HotFolder, SettlingRules

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.watchers.hotfolder import Look, ScanResult

SETTLE_SECONDS: Final = 5.0
PATIENCE_SECONDS: Final = 900.0


class MovingClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: dt.datetime | None = None) -> None:
        self._now = start or dt.datetime(2026, 11, 22, 13, 0, tzinfo=dt.UTC)
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
    draw.text((60, 20), f"page {seed}", fill="black")
    buffer = io.BytesIO()
    page.save(buffer, form, dpi=(dpi, dpi))
    return buffer.getvalue()


class Watched:
    """A hot folder in a test: its clock, its scan, and which files were opened.

    Args:
        root: The hot folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = MovingClock()
        self.opened: list[Path] = []
        self.folder = self.new_process()

    def new_process(self) -> HotFolder:
        """The scan as a process that has just started would have it."""
        rules = SettlingRules(SETTLE_SECONDS, PATIENCE_SECONDS)
        return HotFolder(self.root, rules, self.clock, self._look)

    def _look(self, path: Path) -> Look:
        self.opened.append(path)
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
