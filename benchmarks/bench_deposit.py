"""Deposits against stock tools that send the same bytes, over sshd on loopback, in one run.

A package lies on the box as one ZIP; ``large`` is one of 40 masters of 25 MiB, ``small`` one of
2,000 of 0.5 MiB. *Sending* is from the first byte until every block is written at the far side
and synced there, with the digest of every block compared on the way with what was sealed;
*proved* is until the signed receipt of the far side's read-back is verified, against ``rsync``
with ``sha256sum`` at both ends. Run: ``python -m benchmarks.bench_deposit [SHARE] [ROUNDS]``;
SHARE (default 0.25) scales the sizes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.deposit_client import run_deposit
from benchmarks.far_side import MIB, FarSide, seal_random
from benchmarks.peers import PEERS, Spent, is_there, spent_by

SIZES: Final = {"large": 40 * 25 * MIB, "small": 2000 * MIB // 2}

Round = dict[str, Spent]
"""What each tool took over the same bytes, ours as ``sending`` and ``proved``."""


def main(share: float, rounds: int) -> None:
    """Run rounds in turn and print the ratios' medians."""
    tools = [name for name in PEERS if is_there(name)]
    print(f"not installed: {sorted(set(PEERS) - set(tools))}" if len(tools) < len(PEERS) else "")
    for kind, size_bytes in SIZES.items():
        with (
            tempfile.TemporaryDirectory(prefix="bench-deposit-") as name,
            FarSide(Path(name) / "far") as far,
        ):
            found = [one_round(far, int(size_bytes * share), tools) for _ in range(rounds)]
        report(kind, int(size_bytes * share), [round_ for round_, _ in found])
        print(f"  memory of the box's side at most {max(most for _, most in found) / MIB:.0f} MiB")


def one_round(far: FarSide, size_bytes: int, tools: list[str]) -> tuple[Round, int]:
    """Every tool once over fresh bytes; also the memory of our side, in bytes."""
    package = seal_random(far.folder / "package.zip", size_bytes, far.key)
    told = run_deposit(far, package)
    spent: Round = {
        "sending": Spent(told["sending_seconds"], told["processor_seconds"]),
        "proved": Spent(told["proved_seconds"], told["processor_seconds"]),
    }
    far.forget()
    for name in tools:
        spent[name] = spent_by(name, far, package.path)
        far.forget()
    return spent, told["memory_bytes"]


def report(kind: str, size_bytes: int, rounds: list[Round]) -> None:
    """Print rates, ratios to each tool, and processor time a gigabyte."""
    print(f"{kind}: {size_bytes / 1e6:.0f} MB, {len(rounds)} rounds in turn, medians")
    for name in rounds[0]:
        rate = statistics.median(size_bytes / 1e6 / one[name].seconds for one in rounds)
        processor = statistics.median(one[name].processor_seconds for one in rounds)
        ours = "proved" if name == "rsync+sha256" else "sending"
        ratio = statistics.median(one[name].seconds / one[ours].seconds for one in rounds)
        against = "" if name in ("sending", "proved") else f", our {ours} {ratio:.2f} x as fast"
        print(f"  {name}: {rate:.0f} MB/s, {processor * 1e9 / size_bytes:.1f} CPU s/GB{against}")


if __name__ == "__main__":
    given = dict(enumerate(sys.argv))
    main(float(given.get(1, 0.25)), int(given.get(2, 3)))
