"""One seal in a process of its own: ``python -m benchmarks.seal_jobs FOLDER``; figures as JSON."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appliance.pipeline import seal
from benchmarks.seal_opening import MEASURED, WARM, opened

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: Final = ("read_record", "write_unit_pdfs", "write_package", "verify_new_package")
"""Functions that the seal calls by these names; each is timed."""


class Stopwatch:
    """Says what named functions of the seal cost: wall and processor seconds, peak of memory."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[float, float, int]] = {}

    def watch(self, name: str) -> None:
        """Time a function of the seal from now on."""
        setattr(seal, name, self._timed(name, getattr(seal, name)))

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
            _forget_peak()
            wall, cpu = time.perf_counter(), time.process_time()
            result = call(*arguments, **named)
            seconds = time.perf_counter() - wall, time.process_time() - cpu
            self.parts[name] = (*seconds, _peak_bytes())
            return result

        return timed


def main(folder: Path) -> None:
    """Seal the small hồ sơ, then the measured one; print what that took."""
    stopwatch = Stopwatch()
    with closing(opened(folder)) as appliance:
        stage = appliance.seal_stage()
        stage.run_once("bench:0", WARM)
        loaded = _peak_bytes()
        for name in PARTS:
            stopwatch.watch(name)
        wall, cpu = time.perf_counter(), time.process_time()
        stage.run_once("bench:0", MEASURED)
        seconds = time.perf_counter() - wall, time.process_time() - cpu
    peak = max(_peak_bytes(), *(part[-1] for part in stopwatch.parts.values()))
    stopwatch.parts["all"] = (*seconds, peak)
    figures = {"parts": stopwatch.parts, "loaded_bytes": loaded}
    sys.stdout.write(json.dumps(figures))


def _peak_bytes() -> int:
    """The kernel's own high-water mark since it was last forgotten."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # Linux, proc(5): resets VmHWM


if __name__ == "__main__":
    main(Path(sys.argv[1]))
