"""A hồ sơ of many pages: what the writer holds does not grow with them."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from lxml import etree

from appliance.domain.custody import CustodyEvent, EventType, Outcome
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.facts import MasterFact, PackageFacts

PAGES = 1_500
EVENTS = (EventType.TRANSFER, EventType.INGESTION, EventType.VALIDATION, EventType.REVIEW)
MORE_BYTES = 24 * 1024 * 1024
"""What writing may take above the facts themselves; trees of these documents take 100 MiB."""
PROGRAM = """
import pickle, sys
from pathlib import Path
from appliance.packaging.write import write_package

def peak_bytes():
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])

one, many = (pickle.loads(Path(name).read_bytes()) for name in sys.argv[1:3])
write_package(Path(sys.argv[3]), one)
before = peak_bytes()
write_package(Path(sys.argv[4]), many)
print(peak_bytes() - before)
"""


def _long(facts: PackageFacts) -> PackageFacts:
    """The same hồ sơ with many masters; the writer asks their sizes alone."""
    first = facts.masters[0]
    masters = tuple(_master(first, number) for number in range(1, PAGES + 1))
    kinds = [(master, kind) for master in masters for kind in EVENTS]
    events = tuple(
        _event(counter, kind, master) for counter, (master, kind) in enumerate(kinds, start=1)
    )
    return dataclasses.replace(facts, masters=masters, events=events)


def _master(first: MasterFact, number: int) -> MasterFact:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return dataclasses.replace(
        first, sha256=digest, file_number=number, original_name=f"{number:04d}.tif"
    )


def _event(counter: int, kind: EventType, master: MasterFact) -> CustodyEvent:
    return CustodyEvent(
        counter,
        kind,
        "master",
        master.sha256,
        "2026-11-22T03:13:01.094512Z",
        clock_trusted=True,
        agent="software:archive-appliance/0.1.0",
        outcome=Outcome.SUCCESS,
        detail={"name": master.original_name, "size_bytes": master.size_bytes, "dpi": 300},
        previous=master.sha256,
    )


def test_memory_does_not_grow_with_the_pages(tmp_path: Path) -> None:
    """Documents of megabytes are written element by element, in a process of their own."""
    facts = make_facts(tmp_path)
    (tmp_path / "one").write_bytes(pickle.dumps(facts))
    (tmp_path / "many").write_bytes(pickle.dumps(_long(facts)))
    names = [str(tmp_path / name) for name in ("one", "many", "one.zip", "many.zip")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *names], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < MORE_BYTES
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("PREMIS_rep2.xml")]
        assert archive.getinfo(name).file_size > MORE_BYTES / 3
        root = etree.fromstring(archive.read(name))
    assert len(root.findall("{*}event")) == PAGES * len(EVENTS)
