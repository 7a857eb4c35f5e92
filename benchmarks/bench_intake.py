"""Intake against one pass of read, SHA-256 and decode over the same files, in the same run.

Intake claims, copies into the store with both digests, fsyncs, re-reads from disk, writes rows
and events, decodes strictly, measures and makes thumbnails; the floor only reads, digests and
decodes with Pillow. One process each (intake's decoder is one worker).
"""

from __future__ import annotations

import hashlib
import io
import statistics
from typing import TYPE_CHECKING

from PIL import Image, ImageSequence

from appliance.watchers import claims
from benchmarks.box import Cost, drop_all, fresh_box, measured, samples

if TYPE_CHECKING:
    from appliance.bootstrap import Appliance
    from appliance.samples.values import SampleFonds
    from appliance.watchers.hotfolder import SettledDrop


def floor(sample: SampleFonds) -> None:
    """Read, digest and decode every scan once."""
    for drop in sample.plan:
        data = drop.source.read_bytes()
        hashlib.sha256(data).hexdigest()
        with Image.open(io.BytesIO(data)) as image:
            for frame in ImageSequence.Iterator(image):
                frame.load()


def intake(appliance: Appliance, drops: list[SettledDrop]) -> None:
    """Claim, accept and inspect every drop."""
    stage, claimed = appliance.accept_stage(), appliance.settings.paths.claimed
    for drop in drops:
        claim = claims.claim(drop, claimed)
        if claim is None or not stage.accept(claim):
            raise RuntimeError(f"{drop.path} was not accepted")
    with appliance.worker_pool() as pool:
        while appliance.inspect_stage(pool).run_once("bench:0"):
            pass


def main(rounds: int = 3) -> None:
    """Print medians and ratios."""
    sample = samples()
    floors: list[Cost] = []
    ours: list[Cost] = []
    for _ in range(rounds):
        with measured(floors):
            floor(sample)
        with fresh_box(sample) as appliance:
            drops = drop_all(appliance, sample)
            with measured(ours):
                intake(appliance, drops)
    report(sample, floors, ours)


def report(sample: SampleFonds, floors: list[Cost], ours: list[Cost]) -> None:
    """Print both as pages a second and their ratios, in wall and processor time."""
    size = sum(drop.source.stat().st_size for drop in sample.plan)
    print(f"{sample.total_pages} pages, {size / 1e6:.0f} MB, {len(ours)} rounds in turn, medians")
    for name in ("wall_seconds", "cpu_seconds"):
        low = statistics.median(getattr(cost, name) for cost in floors)
        high = statistics.median(getattr(cost, name) for cost in ours)
        print(
            f"{name.removesuffix('_seconds')}: read + SHA-256 + decode "
            f"{sample.total_pages / low:.1f} pages/s, intake {sample.total_pages / high:.1f} "
            f"pages/s, intake takes {high / low:.2f} x"
        )


if __name__ == "__main__":
    main()
