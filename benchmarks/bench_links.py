"""Deposits over lines of given rate, delay and loss, against ``rsync`` over the same line.

Packets are shaped one by one between network namespaces, which needs root; without it nothing
is measured and each row says so. Run: ``python -m benchmarks.bench_links [SHARE] [ROW...]``;
SHARE (default 1) scales the sizes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from benchmarks.deposit_client import run_deposit, run_deposits
from benchmarks.far_side import MIB, FarSide, SealedFile, seal_random
from benchmarks.link_shape import LinkShape
from benchmarks.shaped_link import FAR_ADDRESS, ShapedLink, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

_LOOK_SECONDS: Final = 0.05
_CUT_SECONDS: Final = 20.0
_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line, how much goes over it, and what is asked of it.

    Args:
        name: As given on the command line.
        shape: Of the line.
        size_bytes: Of our package.
        peer_bytes: Of the file that ``rsync`` sends; less where it crawls.
        asked: Share of the line's rate.
    """

    name: str
    shape: LinkShape
    size_bytes: int
    peer_bytes: int
    asked: float


ROWS: Final = (
    Row("100M-30ms", LinkShape(100e6, 0.015), 200 * MIB, 200 * MIB, 0.97),
    Row("20M-60ms", LinkShape(20e6, 0.030), 100 * MIB, 60 * MIB, 0.98),
    Row("5M-150ms-loss", LinkShape(5e6, 0.075, loss=0.01), 30 * MIB, 16 * MIB, 0.95),
)
CUT: Final = Row("20M-60ms-cut", LinkShape(20e6, 0.030), 150 * MIB, 0, 0.0)
THREE: Final = Row("20M-60ms-three", LinkShape(20e6, 0.030), 25 * MIB, 0, 0.98)
APART: Final = Row("20M-60ms-apart", LinkShape(20e6, 0.030), 50 * MIB, 0, 0.98)


class Wire:
    """Watches when bytes go up a line, and how many, from ``__enter__`` to ``__exit__``.

    Args:
        link: The line.
    """

    def __init__(self, link: ShapedLink) -> None:
        self._link = link
        self._is_over = threading.Event()
        self._seen: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK_SECONDS):
            self._seen.append((time.monotonic(), self._link.up.carried_bytes))

    def rate(self) -> float:
        """Bits a second of the middle nine tenths of what went up."""
        first, last = self._seen[0][1], self._seen[-1][1]
        low, high = first + 0.05 * (last - first), last - 0.05 * (last - first)
        inner = [(at, count) for at, count in self._seen if low <= count <= high]
        (start, start_bytes), (end, end_bytes) = inner[0], inner[-1]
        return (end_bytes - start_bytes) * 8 / (end - start)


def deposit(link: ShapedLink, far: FarSide, package: SealedFile) -> tuple[dict[str, Any], float]:
    """One deposit from the near end: what the client measured, and bits a second on the wire."""
    with Wire(link) as wire:
        told = run_deposit(far, package, link)
    return told, wire.rate()


def rsync(link: ShapedLink, far: FarSide, path: Path) -> float:
    """Stock ``rsync`` from the near end; bits a second on the wire."""
    command = ("rsync", "-a", "-e", " ".join(far.ssh()), path, f"{far.login}:{far.received}/")
    with Wire(link) as wire:
        subprocess.run(link.inside(command), check=True)
    return wire.rate()


def main(share: float, chosen: Sequence[str]) -> None:
    """Print each row."""
    reason = why_not()
    for row in (*ROWS, CUT, THREE, APART):
        if chosen and row.name not in chosen:
            continue
        if reason is not None:
            print(f"{row.name}: not measured: {reason}")
            continue
        with tempfile.TemporaryDirectory(prefix="bench-links-") as name:
            measure = _measure_apart if row is APART else _measure
            measure(row, share, Path(name))


def _measure(row: Row, share: float, folder: Path) -> None:
    with ShapedLink(row.shape) as link, FarSide(folder / "far", FAR_ADDRESS) as far:
        size_bytes = int(row.size_bytes * share)
        if row is CUT:
            _measure_cuts(row, link, far, size_bytes)
        elif row is THREE:
            _measure_three(row, link, far, size_bytes)
        else:
            _measure_row(row, link, far, size_bytes, int(row.peer_bytes * share))


def _measure_row(
    row: Row, link: ShapedLink, far: FarSide, size_bytes: int, peer_bytes: int
) -> None:
    package = seal_random(far.folder / "ours.zip", size_bytes, far.key)
    told, ours = deposit(link, far, package)
    peer = seal_random(far.folder / "peer.zip", peer_bytes, far.key)
    theirs = rsync(link, far, peer.path)
    line = row.shape.bits_per_second
    print(
        f"{row.name}: ours {ours / line:.3f} of the line (asked {row.asked}), "
        f"rsync {theirs / line:.3f}, ours {ours / theirs:.2f} x rsync; "
        f"proved after {told['proved_seconds'] / told['sending_seconds']:.2f} x the sending; "
        f"memory {told['memory_bytes'] / MIB:.0f} MiB; "
        f"packets lost {link.up.lost_packets}, dropped by the queue {link.up.dropped_packets}"
    )


def _measure_cuts(row: Row, link: ShapedLink, far: FarSide, size_bytes: int) -> None:
    uncut_package = seal_random(far.folder / "uncut.zip", size_bytes, far.key)
    uncut, _ = deposit(link, far, uncut_package)
    uncut_bytes = link.up.carried_bytes
    cut_package = seal_random(far.folder / "cut.zip", size_bytes, far.key)
    with _cutting(far) as times:
        cut, _ = deposit(link, far, cut_package)
    again_bytes = link.up.carried_bytes - 2 * uncut_bytes
    print(
        f"{row.name}: {len(times)} cuts, {cut['cuts']} noticed; "
        f"{cut['sending_seconds'] / uncut['sending_seconds']:.3f} x the uncut time (asked 1.1); "
        f"sent again {again_bytes / MIB / max(cut['cuts'], 1):.2f} MiB a cut (asked 1 block)"
    )


@contextmanager
def _cutting(far: FarSide) -> Iterator[list[float]]:
    """Kill every connection of the server now and then; the times when it was done."""
    is_over, times = threading.Event(), []

    def cut() -> None:
        while not is_over.wait(_CUT_SECONDS):
            times.append(time.monotonic())
            far.sshd.cut_connections()

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield times
    finally:
        is_over.set()
        thread.join()


def _measure_three(row: Row, link: ShapedLink, far: FarSide, size_bytes: int) -> None:
    packages = [
        seal_random(far.folder / f"three-{number}.zip", size_bytes, far.key) for number in range(3)
    ]
    seconds: list[float] = []

    def send(package: SealedFile) -> None:
        told, _ = deposit(link, far, package)
        seconds.append(told["sending_seconds"])

    threads = [threading.Thread(target=send, args=(package,)) for package in packages]
    with Wire(link) as wire:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(
        f"{row.name}: three at once {wire.rate() / row.shape.bits_per_second:.3f} of the line "
        f"(asked {row.asked}); slowest {max(seconds) / min(seconds):.2f} x the quickest"
    )


def _measure_apart(row: Row, share: float, folder: Path) -> None:
    """Three lines, one process: all well, and then one dead for most of the time."""
    size_bytes = int(row.size_bytes * share)
    with ExitStack() as stack:
        links: list[ShapedLink] = []
        for _ in range(_PLACES):
            links.append(stack.enter_context(ShapedLink(row.shape, links)))
        fars = [
            stack.enter_context(FarSide(folder / f"far-{number}", link.far_address))
            for number, link in enumerate(links)
        ]
        well = _at_once(links, fars, size_bytes)
        with _dying(links, size_bytes):
            others = _at_once(links, fars, size_bytes)[:-1]
    line = row.shape.bits_per_second
    print(
        f"{row.name}: three lines at once {', '.join(f'{rate / line:.3f}' for rate in well)} of "
        f"each (asked {row.asked}); beside one that died "
        f"{', '.join(f'{rate / line:.3f}' for rate in others)}"
    )


def _at_once(links: Sequence[ShapedLink], fars: Sequence[FarSide], size_bytes: int) -> list[float]:
    """A package over each line, by one process; bits a second on each wire."""
    deposits = [
        (far, seal_random(far.folder / f"{uuid4()}.zip", size_bytes, far.key)) for far in fars
    ]
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(link)) for link in links]
        run_deposits(deposits, links[0])
    return [wire.rate() for wire in wires]


@contextmanager
def _dying(links: Sequence[ShapedLink], size_bytes: int) -> Iterator[None]:
    """Let the last line die with a fifth of its package; it lives again when the others are done.

    It must: its deposit is tried again until it is proved.
    """
    *others, dying = links
    before = [link.up.carried_bytes for link in links]

    def has_carried(link: ShapedLink, least_bytes: int) -> bool:
        return link.up.carried_bytes - before[links.index(link)] >= least_bytes

    def play() -> None:
        while not has_carried(dying, size_bytes // 5):
            time.sleep(_LOOK_SECONDS)
        dying.is_silent.set()
        while not all(has_carried(link, size_bytes) for link in others):
            time.sleep(_LOOK_SECONDS)
        dying.is_silent.clear()

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    yield
    thread.join()


if __name__ == "__main__":
    numbers = [argument for argument in sys.argv[1:] if argument.replace(".", "").isdigit()]
    main(float(numbers[0]) if numbers else 1.0, [a for a in sys.argv[1:] if a not in numbers])
