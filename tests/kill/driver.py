"""Runs a whole site in one process, and kills it at a named point.

Usage: python -m tests.kill.driver [SITE SCANS [POINT COUNT] [NOTE]]. Without a site it lists the
named points of the pipeline. Exit status 0 when everything is proved. With a point, the process
kills itself by SIGKILL the COUNT-th time that point is passed. With a NOTE, the receivers of both
storage hosts do as it says (``receiving``).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
    sealing_sidecar,
)
from appliance.service import demo, demo_site
from appliance.sync.sshd import ForcedCommand
from appliance.watchers import claims
from tests.kill import receiving
from tests.kill.dying import DURABLE_POINTS, arm

if TYPE_CHECKING:
    from appliance.signing.keys import PublicKey
    from tests.kill.dying import Point

POINTS: dict[str, Point] = {
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
    "after sidecar": (sealing_sidecar, "write_same", "after"),
    "before seal is recorded": (seal, "_write_sealed", "before"),
    "after seal is recorded": (seal.SealStage, "_sign_and_record", "after"),
    "before deposit": (deposit.DepositStage, "_send", "before"),
    "before receipt is stored": (deposit_outcomes, "write_same", "before"),
    "after receipt is stored": (deposit_outcomes, "write_same", "after"),
    "before proof is recorded": (deposits, "prove", "before"),
    "within the record of a proof": (deposits, "prove", "after"),
    "after proof is recorded": (deposit_outcomes.Outcomes, "prove", "after"),
}
"""In the order of the pipeline."""


def quicken() -> None:
    """Switch off what only costs time here: reading text, and a free port for the page."""
    original = demo_site.DemoSite._settings

    def settings(self: demo_site.DemoSite) -> str:
        quick = original(self).replace("settle_seconds = 1.0", "settle_seconds = 0.2")
        quick = quick.replace("probe_seconds = 5", "probe_seconds = 1")
        return f"{quick}\n[text]\nenabled = false\n"

    demo_site.DemoSite._settings = settings  # type: ignore[method-assign]  # this process only


def let_receivers_obey(note: Path) -> None:
    """Let both storage hosts start receivers that do as a note says."""

    def command(key: PublicKey, program: tuple[str, ...]) -> ForcedCommand:
        arguments = program[program.index("receive") :]
        return ForcedCommand(key, receiving.command(note, arguments))

    demo_site.ForcedCommand = command  # type: ignore[attr-defined,assignment]  # this process only


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.stdout.write("".join(f"{name}\n" for name in POINTS))
        sys.exit(0)
    quicken()
    if len(sys.argv) > 4:
        arm((POINTS | DURABLE_POINTS)[sys.argv[3]], int(sys.argv[4]))
    if len(sys.argv) in {4, 6}:
        let_receivers_obey(Path(sys.argv[-1]))
    sys.exit(demo.run_demo(Path(sys.argv[1]), scans=Path(sys.argv[2]), once=True, port=0))
