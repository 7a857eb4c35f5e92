"""Corrects a sealed hồ sơ, or takes its signed PDF in, and kills itself at a named point.

Usage: python -m tests.kill.correcting JOB FOLDER [POINT]. JOB is ``correction`` or ``signed``; it
goes on where an earlier run died, and ends by itself when version 2 is sealed. Without FOLDER it
lists the points of the job in their order.
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.catalogue import corrections as records
from appliance.catalogue import leases
from appliance.disk.store import Store
from appliance.pipeline import corrections, recording, seal, signed_pdfs
from appliance.pipeline.signed_pdfs import SignedPdfStage
from appliance.pipeline.sweep import sweep
from tests.pipeline.making import Bench
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.tables import FileUnitRow
    from appliance.catalogue.version_tables import CorrectionRow

AGENT = "person:tester"
CODE = "HS-01"
RESCAN_SEED = 60
SIGNED_NAME = f"{CODE}.pdf"
ROOT_NAME = "root.pem"


def open_correction(bench: Bench) -> None:
    """Open one, unless it is open."""
    with bench.catalogue.write() as writing:
        corrections.start(writing, CODE, "Trang 2 quét mờ", AGENT)


def finish_correction(bench: Bench) -> None:
    """Say that it is complete."""
    with bench.catalogue.write() as writing:
        corrections.finish(writing, CODE, AGENT)


def take_signed(bench: Bench) -> None:
    """Hand the signed PDF in."""
    roots = (bench.folder / ROOT_NAME,)
    stage = SignedPdfStage(bench.catalogue, bench.store, bench.executor, bench.work, roots)
    stage.take([bench.folder / SIGNED_NAME], AGENT)


def correct(bench: Bench) -> None:
    """Open, scan page 2 again, finish; whatever is done already is not done again."""
    if standing(bench) is None:
        open_correction(bench)
    if not is_rescanned(bench):
        bench.drop(CODE, "0002.png", page_bytes(RESCAN_SEED))
    bench.settle()
    found = standing(bench)
    if found is not None and found.finished_at is None:
        finish_correction(bench)
    bench.settle()


def sign(bench: Bench) -> None:
    """Hand the signed PDF in, unless it is recorded, and seal."""
    if standing(bench) is None:
        take_signed(bench)
    bench.settle()


def standing(bench: Bench) -> CorrectionRow | None:
    """The correction that makes the next version."""
    unit: FileUnitRow = bench.unit(CODE)
    with bench.catalogue.read() as session:
        return records.open_correction(session, unit.id or 0)


def is_rescanned(bench: Bench) -> bool:
    """Whether another scan of page 2 is recorded."""
    return sum(row.file_number == 2 for row in bench.masters()) > 1


THIS = sys.modules[__name__]
SEALING: dict[str, tuple[Any, str, str]] = {
    "before the new package is written": (seal, "write_package", "before"),
    "after the new package is published": (seal, "publish_same", "after"),
    "before the new seal is recorded": (seal, "_write_sealed", "before"),
    "within the record of the new seal": (seal, "_write_sealed", "after"),
    "after the new seal is recorded": (seal.SealStage, "_sign_and_record", "after"),
}
POINTS: dict[str, dict[str, tuple[Any, str, str]]] = {
    "correction": {
        "while a correction is opened": (corrections, "_record", "after"),
        "after a correction is opened": (THIS, "open_correction", "after"),
        "while a rescan gives way": (recording, "give_way", "after"),
        "while a correction is finished": (records, "set_finished", "after"),
        "after a correction is finished": (THIS, "finish_correction", "after"),
        **SEALING,
    },
    "signed": {
        "before a signed PDF is kept": (Store, "add_derivative", "before"),
        "after a signed PDF is kept": (Store, "add_derivative", "after"),
        "before a signed PDF is recorded": (signed_pdfs, "_add", "before"),
        "within the record of a signed PDF": (signed_pdfs, "_add", "after"),
        "after a signed PDF is recorded": (SignedPdfStage, "_record", "after"),
        **SEALING,
    },
}
"""Job → name → where the function is looked up, its name, and on which side of it to die; in the
order in which a run passes them."""


def arm(place: Any, name: str, side: str) -> None:  # noqa: ANN401 - a module or a class
    """Let the process die when it passes a point."""
    original: Callable[..., Any] = getattr(place, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
        if side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, name, wrapped)


def main(job: str, folder: Path, point: str | None) -> None:
    """Start as a service does that finds the leases and files of a dead one, and do the job."""
    if point is not None:
        arm(*POINTS[job][point])
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(folder, executor)
        bench._claims = 1000 * os.getpid()  # numbers that no earlier run gave its claims
        sweep(bench.catalogue, bench.store, bench.work)
        with bench.catalogue.write() as writing:
            for part in ("test", "seal", "derive", "inspect", "assemble"):
                leases.give_back(writing, part)
        if len(bench.packages()) == 1:  # else version 2 is sealed, and nothing is left to do
            {"correction": correct, "signed": sign}[job](bench)
        bench.close()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.stdout.write("".join(f"{name}\n" for name in POINTS[sys.argv[1]]))
    else:
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
