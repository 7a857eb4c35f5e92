"""Sealing against copying the same bytes with SHA-256, in the same run; and its memory.

``python -m benchmarks.bench_seal [KIND:PAGES...]``. Sealing reads the record, writes and checks
the PDF/A, writes the package, signs and records; the verification of what then lies on the disk is
told apart. The floor reads as many bytes, digests, writes and fsyncs them. Both take turns; the
figures are medians of the ratios within a turn. Each seal runs in a process of its own, which has
sealed one page before. Reading text is switched off.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.seal_box import SMALL, fill, packages, twin

JOBS: Final = ("jpeg:60", "raw:15", "g4:60", f"{SMALL}:2000")
ROUNDS: Final = 5
_CHUNK_BYTES: Final = 1024 * 1024
_MIB: Final = 1024 * 1024


def floor(path: Path, target: Path) -> tuple[float, float]:
    """Copy a package with SHA-256 and an fsync; wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as source, target.open("wb", buffering=0) as sink:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            sink.write(chunk)
        os.fsync(sink.fileno())
    cost = time.perf_counter() - wall, time.process_time() - cpu
    target.unlink()
    return cost


def turn(folder: Path) -> dict[str, Any]:
    """Seal a copy of the box, then copy what it sealed."""
    command = [sys.executable, "-m", "benchmarks.seal_jobs"]
    with twin(folder) as box:
        os.sync()
        done = subprocess.run([*command, str(box)], stdout=subprocess.PIPE, text=True, check=True)
        figures: dict[str, Any] = json.loads(done.stdout)
        small, package = packages(box)
        os.sync()
        figures["floor"] = floor(package, box / "floor")
        figures["size_bytes"] = package.stat().st_size - small.stat().st_size
    return figures


def told(kind: str, page_count: int, turns: list[dict[str, Any]]) -> None:
    """Print medians."""
    size = turns[0]["size_bytes"] / 1e6
    print(f"{kind}, {page_count} pages, {size:.0f} MB of package, {len(turns)} turns, medians")
    for index, clock in enumerate(("wall", "processor")):
        verify = [one["parts"]["verify_new_package"][index] for one in turns]
        whole = [one["parts"]["all"][index] for one in turns]
        base = [one["floor"][index] for one in turns]
        seal = [(a - v) / f for a, v, f in zip(whole, verify, base, strict=True)]
        proof = [v / f for v, f in zip(verify, base, strict=True)]
        print(
            f"  {clock}: copy with SHA-256 {statistics.median(base):.3f} s, "
            f"sealing {statistics.median(seal):.2f} x, "
            f"verifying {statistics.median(proof):.2f} x"
        )
    loaded = max(one["loaded_bytes"] for one in turns) / _MIB
    print(f"  memory after a hồ sơ of one page: {loaded:.0f} MiB at most")
    for name in turns[0]["parts"]:
        seconds = statistics.median(one["parts"][name][0] for one in turns)
        peak = max(one["parts"][name][2] for one in turns) / _MIB
        print(f"  {name}: {seconds:.3f} s, {peak:.0f} MiB at most")


def main(jobs: tuple[str, ...]) -> None:
    """Measure each kind of page."""
    for job in jobs:
        kind, _, count = job.partition(":")
        rounds = 1 if kind == SMALL else ROUNDS
        with tempfile.TemporaryDirectory(dir="var", prefix="bench-") as name:
            folder = Path(name).absolute() / "box"
            folder.mkdir()
            fill(folder, kind, int(count))
            told(kind, int(count), [turn(folder) for _ in range(rounds)])


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or JOBS)
