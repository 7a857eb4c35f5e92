"""The storage side of carried disks: ``receive --from-disk``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.output import say, say_findings
from appliance.clock import SystemClock
from appliance.domain.findings import Finding
from appliance.sync.disk_taking import take_in

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.courier_papers import TakenOutcome


def receive_disk(store: Path, disk: Path) -> int:
    """Take a carried disk in and write its receipts; 1 when a package was not taken."""
    taken = take_in(store, disk, SystemClock(), _say_outcome)
    total, refused = len(taken.report.outcomes), sum(taken.refusals.values())
    say(f"{disk}: {total - refused} of {total} packages stored and proved; take the disk back")
    for code, count in taken.refusals.items():
        say_findings([Finding("COURIER-NOT-TAKEN", str(disk), {"count": count, "reason": code})])
    return 1 if refused else 0


def _say_outcome(done: int, total: int, outcome: TakenOutcome) -> None:
    say(f"{done}/{total} {outcome.objid} {outcome.code or 'proved'}")
