"""Runs a whole site in one process, and kills it at a named point.

Usage: driver.py [SITE SCANS [POINT COUNT]]. Without a site it lists the named points. Exit
status 0 when everything is proved. With a point, the process kills itself by SIGKILL the
COUNT-th time that point is passed.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.catalogue import deposits
from appliance.disk import store
from appliance.pipeline import (
    accept,
    deposit,
    deposit_outcomes,
    derive,
    inspect,
    outcomes,
    recording,
    seal,
)
from appliance.service import demo, demo_site
from appliance.watchers import claims

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS: dict[str, tuple[Any, str, str]] = {
    "before any publish": (store, "publish_many", "before"),
    "before claim": (claims, "claim_many", "before"),
    "after claim": (claims, "claim_many", "after"),
    "after copy of a drop": (store.Store, "copy_master", "after"),
    "before masters are published": (store.Store, "publish_masters", "before"),
    "after masters are published": (store.Store, "publish_masters", "after"),
    "after one master row": (recording, "_record", "after"),
    "after master rows": (accept.AcceptStage, "_record", "after"),
    "before parked drop is proved": (store.Store, "prove_master", "before"),
    "after parked drop is proved": (store.Store, "prove_master", "after"),
    "before drop is removed": (claims, "release", "before"),
    "after drop is removed": (claims, "release", "after"),
    "before pictures are adopted": (store.Store, "adopt_derivatives", "before"),
    "after pictures are adopted": (store.Store, "adopt_derivatives", "after"),
    "after one inspection is recorded": (outcomes, "_record", "after"),
    "before inspected drops are let go": (inspect, "let_go", "before"),
    "after inspected drops are let go": (inspect, "let_go", "after"),
    "before page is derived": (derive.DeriveStage, "_finish", "before"),
    "after page is derived": (derive.DeriveStage, "_finish", "after"),
    "before package is written": (seal, "write_package", "before"),
    "after package is written": (seal, "write_package", "after"),
    "before package is published": (seal, "publish_same", "before"),
    "after package is published": (seal, "publish_same", "after"),
    "after sidecar": (seal, "write_same", "after"),
    "before seal is recorded": (seal, "_write_sealed", "before"),
    "after seal is recorded": (seal.SealStage, "_sign_and_record", "after"),
    "before deposit": (deposit.DepositStage, "_send", "before"),
    "before receipt is stored": (deposit_outcomes, "write_same", "before"),
    "after receipt is stored": (deposit_outcomes, "write_same", "after"),
    "before proof is recorded": (deposits, "prove", "before"),
    "within the record of a proof": (deposits, "prove", "after"),
    "after proof is recorded": (deposit_outcomes.Outcomes, "prove", "after"),
}
"""Name → where the function is looked up, its name, and on which side of it to die; in the order
of the pipeline."""


def arm(point: str, count: int) -> None:
    """Let the process die the ``count``-th time it passes a point."""
    place, name, side = POINTS[point]
    original: Callable[..., Any] = getattr(place, name)
    calls = itertools.count(1)  # its next() is one step: threads pass a point side by side

    def wrapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
        is_last = next(calls) == count
        if is_last and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if is_last and side == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, wrapped)


def quicken() -> None:
    """Switch off what only costs time here: reading text, and a free port for the page."""
    original = demo_site.DemoSite._settings

    def settings(self: demo_site.DemoSite) -> str:
        quick = original(self).replace("settle_seconds = 1.0", "settle_seconds = 0.2")
        quick = quick.replace("probe_seconds = 5", "probe_seconds = 1")
        return f"{quick}\n[text]\nenabled = false\n"

    demo_site.DemoSite._settings = settings  # type: ignore[method-assign]  # this process only


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.stdout.write("".join(f"{name}\n" for name in POINTS))
        sys.exit(0)
    quicken()
    if len(sys.argv) > 3:
        arm(sys.argv[3], int(sys.argv[4]))
    sys.exit(demo.run_demo(Path(sys.argv[1]), scans=Path(sys.argv[2]), once=True, port=0))
