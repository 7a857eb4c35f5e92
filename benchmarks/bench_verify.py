"""Verifying against one pass of SHA-256 and CRC-32 over the same bytes, and against bagit.py.

``python -m benchmarks.bench_verify [PAGES:MASTER_KIB...]``. All sides take turns on the same
package in the page cache; the figures are medians of the ratios within a turn. Every side was
loaded before: schemas are compiled once for a process. bagit.py validates the same package
unpacked, once with as many processes as cores; ours checks METS, PREMIS, descriptions and PDF/A
besides. Then both as people call them, with their defaults and the start of Python:
``appliance verify PACKAGE.zip`` and ``bagit.py --validate FOLDER``. Peak memory is that of a
process which verifies one package and no more.
"""

from __future__ import annotations

import hashlib
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bagit
from zlib_ng import zlib_ng

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_new_package, verify_path
from benchmarks.box import Cost, measured, on_cores
from benchmarks.verify_packages import write_sample

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS: Final = ("40:25600", "300:3072", "2000:512")
ROUNDS: Final = 5
_WINDOW_BYTES: Final = 1024 * 1024
_MIB: Final = 1024 * 1024
_PROGRAMS: Final = Path(sys.executable).parent
OURS: Final = "appliance verify"
THEIRS: Final = "bagit.py --validate"
_PEAK: Final = """
import sys
from pathlib import Path
from appliance.packaging.verify import verify_new_package, verify_path
check = verify_new_package if sys.argv[1] == "new" else verify_path
check(Path(sys.argv[2]))
lines = Path("/proc/self/status").read_text("ascii").splitlines()
print(sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")))
"""


def floor(path: Path) -> None:
    """Read a package once, with SHA-256 and CRC-32."""
    digest, crc = hashlib.sha256(), 0
    window = memoryview(bytearray(_WINDOW_BYTES))
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(window):
            digest.update(window[:count])
            crc = zlib_ng.crc32(window[:count], crc)


def ours(path: Path) -> None:
    """Verify a package on the cores that this process may use."""
    (report,) = verify_path(path)
    if judge(report.findings, complete=not report.not_checked) is not Verdict.PASS:
        raise RuntimeError(f"the sample does not pass: {report.findings[:3]}")


def theirs(folder: Path, processes: int) -> None:
    """Validate a bag with bagit.py."""
    bagit.Bag(str(folder)).validate(processes=processes)


def called(*command: str | Path) -> None:
    """Run a program of this environment; what it tells nobody reads."""
    program, *arguments = command
    subprocess.run([_PROGRAMS / program, *arguments], capture_output=True, check=True)


def cost(work: Callable[[], object]) -> Cost:
    """Of one call, with that of its children."""
    costs: list[Cost] = []
    with measured(costs):
        work()
    return costs[0]


def turn(package: Path, bag: Path) -> dict[str, Cost]:
    """Every side once; the last of them reads past the cache, and leaves nothing in it."""
    figures = {}
    floor(package)
    with on_cores(1):
        figures["floor"] = cost(lambda: floor(package))
        figures["one core"] = cost(lambda: ours(package))
        figures["unpacked, one core"] = cost(lambda: ours(bag))
        figures["bagit.py, one core"] = cost(lambda: theirs(bag, 1))
    with on_cores(2):
        figures["two cores"] = cost(lambda: ours(package))
        figures["bagit.py, two cores"] = cost(lambda: theirs(bag, 2))
        figures[OURS] = cost(lambda: called("appliance", "verify", package))
        figures[THEIRS] = cost(lambda: called("bagit.py", "--validate", bag))
        figures["with the whole file, two cores"] = cost(lambda: verify_new_package(package))
    return figures


def told(turns: list[dict[str, Cost]], size_bytes: int) -> None:
    """Print medians: speed, and how often the floor's speed each side has."""
    for clock in ("wall_seconds", "cpu_seconds"):
        base = statistics.median(getattr(one["floor"], clock) for one in turns)
        print(f"  {clock}: one pass of SHA-256 and CRC-32 {size_bytes / 1e6 / base:.0f} MB/s")
        for side in turns[0]:
            if side != "floor":
                print(f"    {side}: {_ratio(turns, 'floor', side, clock):.2f} of that")
    wall = "wall_seconds"
    print(f"  two cores against one: {_ratio(turns, 'one core', 'two cores', wall):.2f} x")
    for clock in (wall, "cpu_seconds"):
        quick = _ratio(turns, "bagit.py, one core", "unpacked, one core", clock)
        print(f"  against bagit.py on the same bag, one core, {clock}: {quick:.2f} x as fast")
        quick = _ratio(turns, THEIRS, OURS, clock)
        print(f"  {OURS} against {THEIRS}, {clock}: {quick:.2f} x as fast")


def _ratio(turns: list[dict[str, Cost]], base: str, side: str, clock: str) -> float:
    """How many times as fast as a base a side is: the median over turns."""
    pairs = ((getattr(one[base], clock), getattr(one[side], clock)) for one in turns)
    return statistics.median(float(low) / float(high) for low, high in pairs)


def peak_bytes(path: Path, way: str) -> int:
    """Greatest memory of a process that verifies one package."""
    command = [sys.executable, "-c", _PEAK, way, str(path)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main(jobs: tuple[str, ...]) -> None:
    """Measure each kind of package."""
    logging.getLogger("bagit").setLevel(logging.ERROR)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {ROUNDS} turns, medians")
    for job in jobs:
        pages, _, master_kib = job.partition(":")
        with tempfile.TemporaryDirectory(dir="var", prefix="bench-") as name:
            folder = Path(name).absolute()
            package = write_sample(folder, int(pages), int(master_kib) * 1024)
            with zipfile.ZipFile(package) as archive:
                archive.extractall(folder / "unpacked")
            (bag,) = (folder / "unpacked").iterdir()
            size = package.stat().st_size
            print(f"{pages} masters of {master_kib} KiB, {size / 1e6:.0f} MB")
            turn(package, bag)
            told([turn(package, bag) for _ in range(ROUNDS)], size)
            for way, path in (("zip", package), ("new", package), ("unpacked", bag)):
                print(f"  peak memory, {way}: {peak_bytes(path, way) / _MIB:.0f} MiB")
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or JOBS)
