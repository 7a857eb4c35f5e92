"""Bursts of small files into a running service, and what the service costs when nothing comes.

Files in one go into one folder; whole folders of ten moved in; the time from a last write to the
accepted row when idle; memory of the service while it works; processor time while it idles over
a catalogue full of pages. The service is a process of its own, as on the box.

Run: ``python benchmarks/bench_burst.py [FILES FOLDERS PAGES IDLE_SECONDS]``, by default small
enough for a minute or two; ``python benchmarks/bench_burst.py full`` for the figures of
``docs/performance.md``.
"""

from __future__ import annotations

import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pysqlite3.dbapi2 as sqlite
from PIL import Image, ImageDraw

from appliance.bootstrap import open_appliance
from appliance.catalogue import register
from appliance.config import load_settings
from appliance.domain.records import FileUnit, Fonds
from appliance.signing.keys import ensure_key
from benchmarks.processes import Memory, cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FULL: Final = (10_000, 1_000, 100_000, 30)
QUICK: Final = (500, 30, 5_000, 10)
SETTLE_SECONDS: Final = 1.0
FOLDER_FILES: Final = 10
PARTS: Final = ("watch", "inspect", "assemble", "web")
EVERY_PART: Final = ("watch", "inspect", "assemble", "derive", "seal", "sync", "web")
_ROUNDS: Final = 10
_POLL_SECONDS: Final = 0.01
_CALM_SECONDS: Final = 8.0
"""Our own: what a start does, the first probes included, is over so long after the first beat."""
_STOP_SECONDS: Final = 120.0
_PAGES_A_UNIT: Final = 100

_FONDS: Final = Fonds("BENCH", "Phông đo tốc độ", "H11")
_UNIT_FIELDS: Final = {
    "title": "Hồ sơ đo tốc độ",
    "maintenance": "01",
    "mode": "01",
    "language": "01",
    "startDate": "1983",
    "endDate": "1984",
    "totalDoc": "1",
    "numberOfPaper": "1",
    "riskRecovery": "1",
    "riskRecoveryStatus": "02",
}
_MASTER_ROW: Final = (
    "INSERT INTO master (claim_id, scanner, place, name, name_bytes, file_unit_id, file_number,"
    " sha256, xxh3, size_bytes, is_read_back, image_format, frame_count, state, received_at)"
    " VALUES (?1, 'scan01', ?1, ?1, x'30', ?2, ?3, ?1, ?1, 100000, 1, 'jpeg', 1, 'inspected',"
    " '2026-11-22T00:00:00.000000Z')"
)
_PAGE_ROW: Final = (
    "INSERT INTO page (master_id, file_unit_id, frame, number, width_px, height_px, dpi,"
    " dpi_source, mode, bits_per_pixel, compression, has_icc, orientation, paper_size)"
    " SELECT id, file_unit_id, 1, file_number, 2480, 3508, 300, 'header', 'RGB', 24, 'JPEG', 0, 1,"
    " 'A4' FROM master WHERE claim_id = ?"
)

_SETTINGS: Final = """\
[box]
id = "bench"
[paths]
state = "{folder}/state"
drop = "{folder}/drop"
key = "{folder}/key"
[intake]
settle_seconds = {settle}
[workers]
reserve_mib = 1
[text]
enabled = false
[web]
port = 0
"""


class Bench:
    """A box in a fresh folder; its service is started and ended by ``running``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.drop = folder / "drop"
        self.config = folder / "appliance.toml"
        (self.drop / "scan01").mkdir(parents=True)
        ensure_key(folder / "key", "bench")
        self.config.write_text(_SETTINGS.format(folder=folder, settle=SETTLE_SECONDS), "utf-8")

    @contextmanager
    def running(self, *parts: str) -> Iterator[int]:
        """The service's process id while it runs."""
        command = [sys.executable, "-m", "appliance", "--config", str(self.config), "run"]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([*command, "--only", *parts], stdout=log, stderr=log)
        try:
            self._await_start(process)
            yield process.pid
            if process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace"))
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)

    def _await_start(self, process: subprocess.Popen[bytes]) -> None:
        """Loading takes seconds on a busy machine, and is no part of any figure."""
        mark = self.folder / "state" / "locks"
        while process.poll() is None and not (mark.is_dir() and self.count(_BEATS)):
            time.sleep(_POLL_SECONDS)
        time.sleep(_CALM_SECONDS)

    def register(self, file_codes: list[str], pages: int) -> None:
        """Put hồ sơ into the register."""
        with (
            closing(open_appliance(load_settings(self.config))) as appliance,
            appliance.catalogue.write() as writing,
        ):
            register.put_fonds(writing, _FONDS)
            for code in file_codes:
                fields = {"arcFileCode": code, **_UNIT_FIELDS, "numberOfPage": str(pages)}
                register.put_file_unit(writing, FileUnit(code, "BENCH", "", fields))

    def count(self, query: str) -> int:
        """One number from the catalogue."""
        path = self.folder / "state" / "catalogue.db"
        with closing(sqlite.connect(path, timeout=30)) as connection:
            return int(connection.execute(query).fetchone()[0])

    def wait(self, query: str, wanted: int, seen: Callable[[], None] = lambda: None) -> float:
        """Wait until a query gives a number; the moment."""
        while self.count(query) < wanted:
            seen()
            time.sleep(_POLL_SECONDS)
        return time.monotonic()

    def fill(self, page_count: int) -> None:
        """Put rows of accepted pages into the catalogue, a hundred to a hồ sơ, one expected more.

        Only rows: there are no bytes behind them, which idling never asks for.
        """
        codes = [f"FULL-{number:05d}" for number in range(-(-page_count // _PAGES_A_UNIT))]
        self.register(codes, _PAGES_A_UNIT + 1)
        path = self.folder / "state" / "catalogue.db"
        with closing(sqlite.connect(path, timeout=30)) as connection, connection:
            units = connection.execute("SELECT id FROM file_unit ORDER BY id").fetchall()
            for number in range(page_count):
                claim = f"{number:064x}"
                unit_id = units[number // _PAGES_A_UNIT][0]
                values = (claim, unit_id, number % _PAGES_A_UNIT + 1)
                connection.execute(_MASTER_ROW, values)
                connection.execute(_PAGE_ROW, (claim,))
            connection.execute("UPDATE file_unit SET state = 'scanning', pages_found = 100")


def small_page(number: int) -> bytes:
    """A small page, unlike any other by a text chunk."""
    body = b"tEXtComment\0" + f"{number:032d}".encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return _TEMPLATE[:33] + chunk + _TEMPLATE[33:]  # behind the signature and IHDR


def _template() -> bytes:
    chooser = random.Random(1)  # noqa: S311 - the same page each time
    page = Image.new("L", (160, 240), 245)
    drawing = ImageDraw.Draw(page)
    for line in range(20, 220, 12):
        drawing.line((15, line, chooser.randrange(50, 145), line), 30, 3)
    buffer = io.BytesIO()
    page.save(buffer, "PNG", dpi=(200, 200))
    return buffer.getvalue()


_TEMPLATE: Final = _template()
_BEATS: Final = "SELECT count(*) FROM meta WHERE name = 'heartbeat'"
_ACCEPTED: Final = "SELECT coalesce(sum(value), 0) FROM counter WHERE name = 'came_in'"
_INSPECTED: Final = "SELECT coalesce(sum(value), 0) FROM counter WHERE name = 'master:inspected'"


def burst(bench: Bench, drop: Callable[[Bench], int], what: str) -> None:
    """Drop, wait, print."""
    with bench.running(*PARTS) as pid:
        memory = Memory(pid)
        start = time.monotonic()
        count = drop(bench)
        dropped = time.monotonic() - start
        accepted = bench.wait(_ACCEPTED, count, memory.look) - start
        inspected = bench.wait(_INSPECTED, count, memory.look) - start
        memory.look()
    print(f"{what}: dropped in {dropped:.1f} s (settle time {SETTLE_SECONDS:.0f} s)")
    for name, seconds in (("accepted", accepted), ("inspected", inspected)):
        print(f"  all {count} {name} after {seconds:.1f} s, {seconds / count * 1000:.1f} ms each")
    print(f"  service {memory}")


def drop_files(bench: Bench, count: int) -> int:
    """Every file into one folder, as fast as it goes."""
    bench.register(["HS-01"], count + 1)
    folder = bench.drop / "scan01" / "HS-01"
    folder.mkdir()
    for number in range(1, count + 1):
        (folder / f"{number:06d}.png").write_bytes(small_page(number))
    return count


def drop_folders(bench: Bench, count: int) -> int:
    """Whole folders, made elsewhere on the file system and moved in."""
    codes = [f"HS-{number:05d}" for number in range(1, count + 1)]
    bench.register(codes, FOLDER_FILES + 1)
    made = [bench.folder / "aside" / code for code in codes]
    for index, folder in enumerate(made):
        folder.mkdir(parents=True)
        for number in range(1, FOLDER_FILES + 1):
            path = folder / f"{number:04d}.png"
            path.write_bytes(small_page(index * FOLDER_FILES + number))
    for folder in made:
        folder.rename(bench.drop / "scan01" / folder.name)
    return count * FOLDER_FILES


def latency(bench: Bench) -> None:
    """From the last write to the row, one file at a time in an idle service."""
    bench.register(["HS-01"], _ROUNDS + 1)
    folder = bench.drop / "scan01" / "HS-01"
    folder.mkdir()
    taken = []
    with bench.running(*PARTS):
        for number in range(1, _ROUNDS + 1):
            (folder / f"{number:04d}.png").write_bytes(small_page(number))
            written = time.monotonic()
            taken.append(bench.wait(_ACCEPTED, number) - written)
            time.sleep(random.uniform(0, 1))  # noqa: S311 - not in step with any clock
    beyond = [seconds - SETTLE_SECONDS for seconds in taken]
    print(
        f"last write to accepted, idle, {_ROUNDS} times: settle time {SETTLE_SECONDS:.1f} s "
        f"+ {statistics.median(beyond):.2f} s (median), + {max(beyond):.2f} s (longest)"
    )


def idle(bench: Bench, page_count: int, seconds: int) -> None:
    """Processor time while nothing comes, over a full catalogue, with every part running."""
    bench.fill(page_count)
    with bench.running(*EVERY_PART) as pid:
        before, memory = cpu_seconds(pid), Memory(pid)
        time.sleep(seconds)
        spent = cpu_seconds(pid) - before
        memory.look()
    print(f"idle over {page_count} pages for {seconds} s: {spent / seconds * 100:.2f} % of a core")
    print(f"  service {memory}")


@contextmanager
def fresh() -> Iterator[Bench]:
    """A box in a folder that is removed afterwards."""
    Path("var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir="var", prefix="bench-burst-") as name:
        yield Bench(Path(name).absolute())


def main(arguments: Sequence[str]) -> None:
    """Print every figure as soon as it is known."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # always a text stream
    sizes = FULL if list(arguments) == ["full"] else QUICK
    if len(arguments) == len(QUICK):
        sizes = (int(arguments[0]), int(arguments[1]), int(arguments[2]), int(arguments[3]))
    files, folders, pages, idle_seconds = sizes
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with fresh() as bench:
        burst(bench, lambda one: drop_files(one, files), f"{files} files into one folder")
    with fresh() as bench:
        burst(bench, lambda one: drop_folders(one, folders), f"{folders} folders of ten moved in")
    with fresh() as bench:
        latency(bench)
    with fresh() as bench:
        idle(bench, pages, idle_seconds)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
