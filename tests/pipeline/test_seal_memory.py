"""What sealing and its verification hold, in a process of their own, whatever the pages."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench

PAGES: Final = int(os.environ.get("APPLIANCE_LONG_PAGES", "60"))
"""Of the long hồ sơ; ``make soak`` takes thousands, which are slow to take in."""
MOST_BYTES: Final = 200 * 1024 * 1024
MOST_BYTES_A_PAGE: Final = 6 * 1024
"""What each page may add: its row, its parts in the package, what the verification remembers."""
MOST_BYTES_AT_ONCE: Final = 24 * 1024 * 1024
"""What a package of more than a page may add once: blocks past the cache, longer documents."""
PROGRAM: Final = """
import sys
from pathlib import Path
from appliance.catalogue.engine import open_catalogue
from appliance.clock import SystemClock
from appliance.disk.store import Store
from appliance.pipeline.seal import SealStage
from appliance.signing.keys import load_key

def peak_bytes():
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])

folder, box_id = Path(sys.argv[1]), sys.argv[2]
state = folder / "state"
catalogue = open_catalogue(state / "catalogue.db", SystemClock())
store, key = Store(state / "store"), load_key(folder / "key")
stage = SealStage(catalogue, store, state / "work", key, box_id)
assert stage.run_once("seal:1", "HS-01") == 1
before = peak_bytes()
assert stage.run_once("seal:1", "HS-02") == 1
print(before, peak_bytes())
catalogue.close()
"""


def test_memory_of_a_long_seal_is_bounded(bench: Bench, tmp_path: Path) -> None:
    """One page is sealed, then very many: the kernel's own mark stays below what was asked."""
    bench.with_places()
    bench.register({"HS-01": 1, "HS-02": PAGES})
    bench.drop_pages("HS-01", 1)
    claims = [
        bench.claim(page_bytes(number + 1), "scan01", "HS-02", f"{number:05d}.png")
        for number in range(1, PAGES + 1)
    ]
    assert bench.accept_stage().accept_many(claims) == PAGES
    bench.settle(seal=False)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), bench.seal_stage().box_id]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    before, after = map(int, done.stdout.split())
    assert after <= MOST_BYTES
    assert after - before <= MOST_BYTES_AT_ONCE + PAGES * MOST_BYTES_A_PAGE
    package = bench.packages()[-1]
    assert package.page_count == PAGES
    (report,) = verify_path(bench.package_path(package))
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
