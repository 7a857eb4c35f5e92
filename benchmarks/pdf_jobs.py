"""The jobs of ``bench_pdf``, each in a process of its own that has loaded nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.imaging.pdf import PdfPage


class _Watch:
    """Started when it is made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Seconds by the clock, and of the processor in all threads."""
        return {
            "seconds": time.perf_counter() - self._wall,
            "cpu_seconds": time.process_time() - self._processor,
        }


def sha256(masters: list[Path], _derivations: list[Any], _target: Path) -> dict[str, float]:
    """Read every page and take its SHA-256, as the least that any proof costs."""
    watch = _Watch()
    for master in masters:
        with master.open("rb", buffering=0) as stream:
            hashlib.file_digest(stream, "sha256")
    return watch.read()


def ours(masters: list[Path], derivations: list[Any], target: Path) -> dict[str, float]:
    """Write the PDF/A and check it, each by the clock."""
    pdf = importlib.import_module("appliance.imaging.pdf")
    check = importlib.import_module("appliance.imaging.pdf_check")
    info = pdf.PdfInfo("Hồ sơ", "PL.01", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    watch = _Watch()
    pdf.write_pdf(target, _pages(masters, derivations), info)
    written = watch.read()
    pages = (page.derivative for page in _pages(masters, derivations))
    found = check.check_pdf(target, pages, name=target.name, page_count=len(masters))
    if found:
        raise RuntimeError(f"the PDF does not pass: {found}")
    return {**watch.read(), "write_seconds": written["seconds"]}


def img2pdf(masters: list[Path], _derivations: list[Any], target: Path) -> dict[str, float]:
    """The same pages by the usual tool, which digests and checks nothing."""
    tool = importlib.import_module("img2pdf")
    watch = _Watch()
    with target.open("wb") as stream:
        tool.convert([str(master) for master in masters], outputstream=stream)
    return watch.read()


def _pages(masters: list[Path], derivations: list[Any]) -> Iterator[PdfPage]:
    pdf = importlib.import_module("appliance.imaging.pdf")
    record = importlib.import_module("appliance.imaging.page_derivative").PageDerivative
    for number, (master, derivation) in enumerate(zip(masters, derivations, strict=True), start=1):
        yield pdf.PdfPage(str(number), record.from_json(derivation), master)


def _peak_mib() -> float:
    """The kernel's high-water mark since this program began; ``getrusage`` counts its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


JOBS: dict[str, Callable[[list[Path], list[Any], Path], dict[str, float]]] = {
    "sha256": sha256,
    "ours": ours,
    "img2pdf": img2pdf,
}


def main(arguments: list[str]) -> None:
    """Do a job and print what it took: ``JOB PLAN.json TARGET``."""
    job, plan, target = arguments[0], json.loads(Path(arguments[1]).read_bytes()), arguments[2]
    masters = [Path(one) for one in plan["masters"]]
    figures = JOBS[job](masters, plan["derivations"], Path(target))
    figures["peak_mib"] = _peak_mib()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
