"""A small set of scans, and a site that is killed and started again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image, ImageDraw

CHECKOUT: Final = Path(__file__).parents[2]
DRIVER: Final = (sys.executable, "-m", "tests.kill.driver")
PATIENCE_SECONDS: Final = 900
"""Many times what a run takes here; a run that hangs ends all the same."""


@dataclass(frozen=True)
class Site:
    """A site below one folder, run again and again.

    Args:
        folder: Everything is kept in it.
        scans: What is dropped.
        log: What every run printed.
    """

    folder: Path
    scans: Path
    log: Path

    def another(self) -> Site:
        """A new site with the same scans, which has not run yet."""
        return replace(self, folder=self.folder.with_name(f"{self.folder.name}-next"))

    def command(self, *more: str) -> list[str]:
        """The command line of one run."""
        return [*DRIVER, str(self.folder), str(self.scans), *more]

    def run(self, *more: str) -> int:
        """Run to the end, or to the kill; the exit status, negative for a signal."""
        with self.log.open("ab") as log:
            done = subprocess.run(
                self.command(*more),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=CHECKOUT,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        return done.returncode

    def run_and_kill_after(self, seconds: float, *, hosts_too: bool) -> None:
        """Run and kill by SIGKILL after a while, unless it has ended by itself.

        Args:
            seconds: How long it may run.
            hosts_too: Kill the storage hosts and their receivers in the same moment.
        """
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=CHECKOUT
            )
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if process.poll() is None:
            for number in (process.pid, *(started_by(process.pid) if hosts_too else ())):
                with suppress(ProcessLookupError):  # it may have ended by itself
                    os.kill(number, signal.SIGKILL)
        process.wait()

    @property
    def home(self) -> Path:
        """The folder that the demo chose below ``folder``."""
        (home,) = self.folder.iterdir()
        return home


def started_by(number: int) -> list[int]:
    """Every process that a process started, and those that they started."""
    found = []
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, children.read_text().split()):
                found += [child, *started_by(child)]
    return found


def draw_scans(folder: Path, chooser: random.Random) -> None:
    """Two hồ sơ of small pages of several formats, one of them with two frames, and a bad file."""
    for unit, names in {
        "HS-01": ("0001.tif", "0002.jpg", "0003.png", "0004.tif"),
        "HS-02": ("0001.jpg", "0002.tif"),
    }.items():
        (folder / unit).mkdir(parents=True)
        for name in names:
            pages = [_page(unit, name, chooser) for _ in range(2 if name == "0004.tif" else 1)]
            more: dict[str, Any] = {}
            if len(pages) > 1:
                more = {"save_all": True, "append_images": pages[1:]}
            pages[0].save(folder / unit / name, dpi=(200, 200), **more)
    whole = (folder / "HS-02" / "0001.jpg").read_bytes()
    (folder / "HS-02" / "0003.jpg").write_bytes(b"no image at all" + whole[:100])


def _page(unit: str, name: str, chooser: random.Random) -> Image.Image:
    page = Image.new("RGB", (600, 800), (238, 230, 210))
    drawing = ImageDraw.Draw(page)
    for line in range(20):
        length = chooser.randrange(200, 520)
        drawing.rectangle((40, 60 + line * 34, 40 + length, 72 + line * 34), fill=(30, 30, 60))
    drawing.text((40, 20), f"{unit} {name} {chooser.random()}", fill=(0, 0, 0))
    return page


@pytest.fixture(scope="session")
def points() -> tuple[str, ...]:
    """Every named point, as the driver has them."""
    listed = subprocess.run(DRIVER, cwd=CHECKOUT, capture_output=True, check=True)
    return tuple(listed.stdout.decode("utf-8").splitlines())


@pytest.fixture
def rounds() -> int:
    """How often to kill: 8 in the tests, more in ``make soak`` (APPLIANCE_KILL_ROUNDS)."""
    return int(os.environ.get("APPLIANCE_KILL_ROUNDS", "8"))


@pytest.fixture
def seed() -> int:
    """The seed of this run; printed, and set by APPLIANCE_KILL_SEED to repeat one."""
    chosen = int(os.environ.get("APPLIANCE_KILL_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {chosen}: repeat with APPLIANCE_KILL_SEED={chosen}")  # noqa: T201 - pytest shows it on failure
    return chosen


@pytest.fixture
def site(tmp_path: Path, seed: int) -> Site:
    """A site that has not run yet."""
    scans = tmp_path / "scans"
    draw_scans(scans, random.Random(seed))
    return Site(tmp_path / "site", scans, tmp_path / "log")
