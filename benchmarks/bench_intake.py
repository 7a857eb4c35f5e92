"""Intake of A4 pages against the least they can cost, and against a script of stock tools.

Intake claims, copies into the store with both digests, fsyncs, reads back from the disk, decodes
strictly, measures the quality, makes view and thumbnail, writes rows and events. The least is
one read, SHA-256, XXH3-128 and one strict full decode; the script takes SHA-256, makes two
pictures and decodes once. All in the same run, in turns; the box's workers have started and
warmed up before, on pages of their own. Two cores are held against one by taking all pages in at
once, and the least by two processes against one in the same rounds: more than that the machine
does not give. With ``--memory`` that is told a second time with the box in memory, where nothing
waits for a disk; it has to hold all pages twice.
Run: ``python -m benchmarks.bench_intake [--profile | --memory] [PAGES] [FORMAT...]``.
"""

from __future__ import annotations

import os
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from benchmarks.box import DISK, MEMORY, Cost, drop, fresh_box, measured, on_cores, samples, take_in
from benchmarks.intake_pages import FORMATS, pages_of
from benchmarks.limit import (
    LZW_DECODER,
    OTHER_LZW_DECODER,
    has_stock_tools,
    limit,
    stock_script,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.bootstrap import Appliance

_TURN: Final = 20
"""Pages of one turn; a turn of each side makes a pair."""
_SCRIPTED: Final = 4
"""Pages of the script's turn: it takes long, and its pages cost the same each."""
_WARMING: Final = 4
"""Pages before the first turn, and none of a turn: what a box holds already costs it a read."""
_FIRST_WARMING: Final = 9001
_ROUNDS: Final = 3
"""Of all pages on one core and on two: in turns of a few, the beginning and the end would tell."""


@dataclass
class Box:
    """A box whose workers are warm, and how many pages it was given."""

    appliance: Appliance
    pool: Executor
    file_code: str
    given: int = 0

    def take(self, paths: list[Path], into: list[Cost]) -> None:
        """Drop pages under fresh numbers, then take them in, measured."""
        numbered = enumerate(paths, start=self.given + 1)
        plan = [(path, self.file_code, f"{n:06d}{path.suffix}") for n, path in numbered]
        self.given += len(paths)
        drops = drop(self.appliance, plan)
        with measured(into):
            take_in(self.appliance, self.pool, drops)


@dataclass
class Turns:
    """The costs of every turn, in order."""

    ours: list[Cost] = field(default_factory=list)
    least: list[Cost] = field(default_factory=list)
    other: list[Cost] = field(default_factory=list)
    script: list[Cost] = field(default_factory=list)


@dataclass
class Rounds:
    """What all pages cost on one core and on two, ours and the least, round by round."""

    ours: tuple[list[Cost], list[Cost]] = field(default_factory=lambda: ([], []))
    in_memory: tuple[list[Cost], list[Cost]] = field(default_factory=lambda: ([], []))
    least: tuple[list[Cost], list[Cost]] = field(default_factory=lambda: ([], []))


@contextmanager
def warm_box(kind: str, cores: int, below: Path = DISK) -> Iterator[Box]:
    """A box on some cores, one worker each, that has taken in a few pages of no turn."""
    with (
        on_cores(cores),
        fresh_box(samples(), cores, below=below) as appliance,
        appliance.worker_pool() as pool,
    ):
        box = Box(appliance, pool, samples().file_units[0].file_code)
        box.take(warming_pages(kind), [])
        yield box


def warming_pages(kind: str) -> list[Path]:
    """Pages that no turn and no round has."""
    return pages_of(kind, _WARMING, first=_FIRST_WARMING)


def run(kind: str, count: int) -> Turns:
    """Take pages in, turn by turn, on one core."""
    turns = Turns()
    pages = pages_of(kind, count)
    with warm_box(kind, 1) as box, on_cores(1):
        limit(warming_pages(kind), kind)
        for start in range(0, count, _TURN):
            some = pages[start : start + _TURN]
            box.take(some, turns.ours)
            with measured(turns.least):
                limit(some, kind)
            if kind == "lzw":
                with measured(turns.other):
                    limit(some, kind, by_other=True)
            if has_stock_tools():
                with measured(turns.script):
                    stock_script(some[:_SCRIPTED])
    return turns


def run_rounds(kind: str, count: int, *, in_memory: bool) -> Rounds:
    """Take all pages in at once, on one core and on two, and do the least likewise."""
    rounds, pages = Rounds(), pages_of(kind, count)
    for _ in range(_ROUNDS):
        sides = zip((1, 2), rounds.ours, rounds.in_memory, rounds.least, strict=True)
        for cores, ours, ours_in_memory, least in sides:
            with warm_box(kind, cores) as box:
                box.take(pages, ours)
            if in_memory:
                with warm_box(kind, cores, MEMORY) as box:
                    box.take(pages, ours_in_memory)
            _least_on(cores, pages, kind, least)
    return rounds


def _least_on(cores: int, pages: list[Path], kind: str, into: list[Cost]) -> None:
    """The least, by as many processes as cores; they have started and warmed up before."""
    with on_cores(cores), ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        shares = [pages[first::cores] for first in range(cores)]
        list(pool.map(limit, [warming_pages(kind)] * cores, [kind] * cores))
        with measured(into):
            list(pool.map(limit, shares, [kind] * cores))


def report(kind: str, turns: Turns, rounds: Rounds, count: int) -> None:
    """Print the medians of the pairs."""
    turn = min(_TURN, count)
    ours, least = (_milliseconds(costs, turn) for costs in (turns.ours, turns.least))
    line = [
        f"{kind:4}  cpu {ours:.0f} ms a page, least {least:.0f}",
        f"{_ratio(turns.ours, turns.least, 'cpu_seconds'):.2f} x the least",
        f"wall {_ratio(turns.ours, turns.least, 'wall_seconds'):.2f} x",
        f"two cores {_ratio(*rounds.ours, 'wall_seconds'):.2f} x as fast as one",
        f"two processes of the least {_ratio(*rounds.least, 'wall_seconds'):.2f} x",
    ]
    if rounds.in_memory[0]:
        times = _ratio(*rounds.in_memory, "wall_seconds")
        line.append(f"with the box in memory two cores {times:.2f} x")
    if turns.other:
        times = _ratio(turns.ours, turns.other, "cpu_seconds")
        line.append(f"{times:.2f} x the least with {OTHER_LZW_DECODER}")
    if turns.script:
        pages = turn / _SCRIPTED
        cpu_times = _ratio(turns.script, turns.ours, "cpu_seconds") * pages
        wall_times = _ratio(turns.script, turns.ours, "wall_seconds") * pages
        line.append(f"the script takes {cpu_times:.1f} x our cpu, {wall_times:.1f} x our wall")
    else:
        line.append("script not measured: libvips-tools is not installed")
    print("; ".join(line), flush=True)


def _milliseconds(costs: list[Cost], pages: int) -> float:
    return statistics.median(cost.cpu_seconds for cost in costs) / pages * 1000


def _ratio(above: list[Cost], below: list[Cost], of: str) -> float:
    pairs = zip(above, below, strict=True)
    return float(statistics.median(getattr(a, of) / getattr(b, of) for a, b in pairs))


def main(arguments: list[str]) -> None:
    """Print the figures of each format, or where the time goes."""
    numbers = [int(word) for word in arguments if word.isdigit()]
    count = numbers[0] if numbers else 60
    kinds = [word for word in arguments if word in FORMATS] or list(FORMATS)
    print(
        f"{count} pages a format, A4 300 dpi, turns of {_TURN}, medians of pairs; "
        f"LZW decoder of the least: {LZW_DECODER}; load {os.getloadavg()[0]:.1f}"
    )
    for kind in kinds:
        if "--profile" in arguments:
            from benchmarks.intake_profile import profile  # noqa: PLC0415 - only when asked for

            profile(kind, min(count, _TURN))
        else:
            turns = run(kind, count)
            report(kind, turns, run_rounds(kind, count, in_memory="--memory" in arguments), count)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
