"""Sealing against writing the same bytes with SHA-256, in the same run; and its memory.

Sealing writes and checks the PDF/A, writes the package, verifies it with the reader that shares
no code with the writer, signs and records; the floor writes and fsyncs as many bytes while
digesting them. Reading text is switched off.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
from typing import TYPE_CHECKING

from sqlmodel import select

from appliance.catalogue.tables import PackageRow
from benchmarks.box import Cost, drop_all, fresh_box, measured, samples, take_in

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance

_CHUNK_BYTES = 1024 * 1024


def ready_to_seal(appliance: Appliance) -> None:
    """Assemble, review and derive everything that is there."""
    with appliance.worker_pool() as pool:
        assemble, derive = appliance.assemble_stage(), appliance.derive_stage(pool)
        while assemble.run_once("bench:0") + derive.run_once("bench:0"):
            pass


def seal_all(appliance: Appliance) -> None:
    """Seal every hồ sơ that is ready."""
    stage = appliance.seal_stage()
    while stage.run_once("bench:0"):
        pass


def package_paths(appliance: Appliance) -> list[Path]:
    """Every sealed package."""
    with appliance.catalogue.read() as session:
        expected = len(session.exec(select(PackageRow.id)).all())
    found = sorted((appliance.store.root / "packages").rglob("*.zip"))
    if len(found) != expected or not found:
        raise RuntimeError(f"{expected} packages are recorded, {len(found)} lie in the store")
    return found


def floor(paths: list[Path], target: Path) -> None:
    """Write the bytes of the packages again, with SHA-256 and an fsync each."""
    for path in paths:
        digest = hashlib.sha256()
        with path.open("rb") as source, target.open("wb") as sink:
            while chunk := source.read(_CHUNK_BYTES):
                digest.update(chunk)
                sink.write(chunk)
            sink.flush()
            os.fsync(sink.fileno())
        target.unlink()


def main(rounds: int = 3) -> None:
    """Print medians, ratios and the peak of memory."""
    sample = samples()
    floors: list[Cost] = []
    ours: list[Cost] = []
    size = 0
    for _ in range(rounds):
        with fresh_box(sample) as appliance:
            with appliance.worker_pool() as pool:
                take_in(appliance, pool, drop_all(appliance, sample))
            ready_to_seal(appliance)
            with measured(ours):
                seal_all(appliance)
            paths = package_paths(appliance)
            size = sum(path.stat().st_size for path in paths)
            with measured(floors):
                floor(paths, appliance.settings.paths.work / "floor")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{sample.total_pages} pages in {size / 1e6:.0f} MB of packages, {rounds} rounds, medians"
    )
    for name in ("wall_seconds", "cpu_seconds"):
        low = statistics.median(getattr(cost, name) for cost in floors)
        high = statistics.median(getattr(cost, name) for cost in ours)
        print(
            f"{name.removesuffix('_seconds')}: write + SHA-256 {size / 1e6 / low:.0f} MB/s, "
            f"seal and verify {size / 1e6 / high:.0f} MB/s, sealing takes {high / low:.2f} x"
        )
    print(f"peak memory of this process: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
