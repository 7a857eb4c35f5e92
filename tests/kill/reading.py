"""Derives and reads the pages that wait in a box, and kills itself after some of them.

Usage: python -m tests.kill.reading FOLDER COUNT; with a count of 0 it ends by itself. Each page
that it begins with is told by its master's digest, one a line.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.catalogue import leases
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.pipeline import derive
from appliance.pipeline.derive import DeriveStage
from tests.pipeline.making import Bench

if TYPE_CHECKING:
    from appliance.imaging.page_derivative import PageDerivative

finish = DeriveStage._finish


def telling(path: Path, *arguments: Any, **named: Any) -> PageDerivative:  # noqa: ANN401 - those of derive_page
    """Derive a page, and say so before."""
    print(path.name, flush=True)  # noqa: T201 - the test reads it
    return derive_page(path, *arguments, **named)


def main(folder: Path, count: int) -> None:
    """Run the stage as a service that has just been started does."""
    finished = itertools.count(1)

    def finish_and_die(stage: DeriveStage, *arguments: Any) -> None:  # noqa: ANN401 - those of _finish
        finish(stage, *arguments)
        if next(finished) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    for place, name, replaced in (
        (derive, "derive_page", telling),
        (DeriveStage, "_finish", finish_and_die),
    ):
        setattr(place, name, replaced)
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(folder, executor, options=DerivationOptions())
        with bench.catalogue.write() as writing:
            leases.give_back(writing, "derive")
        while bench.derive_stage().run_once("derive:one"):
            pass
        bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
