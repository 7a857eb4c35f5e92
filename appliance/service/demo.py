"""The main job, end to end, on sample scans or on a folder of your own."""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.bootstrap import open_appliance
from appliance.catalogue import box, leases, register
from appliance.catalogue.overview import box_facts
from appliance.catalogue.tables import PageRow
from appliance.config import load_settings
from appliance.domain.states import DepositState, FileUnitState, ListState, MasterState
from appliance.pipeline.register import approve, import_workbook
from appliance.samples.counting import decodable_frames
from appliance.samples.dropping import drop_files
from appliance.samples.fonds import make_sample_fonds
from appliance.samples.scans import make_register_for_scans
from appliance.service.demo_answers import keep_every_page
from appliance.service.demo_site import DemoSite
from appliance.service.demo_summary import say, summarise
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.service.signals import stop_requested
from appliance.spreadsheet.reading import read_workbook
from appliance.workers.pool import WorkerCrashed, WorkerPool, WorkerTimeout

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from appliance.domain.verdict import BoxFacts
    from appliance.samples.values import SampleFonds

_USUAL_PORT: Final = 8080
_PAUSE_SECONDS: Final = 0.05
_LOOK_SECONDS: Final = 1.0
_STALL_SECONDS: Final = 900
"""Our own: a demo that ends by itself is stuck when nothing moves for so long, and says so. While
a page is being read, it is not: readers have limits of their own, and wait on a busy machine."""
_DECODE_MEMORY_BYTES: Final = 2 * 1024**3
_DECODE_SECONDS: Final = 300


def run_demo(
    folder: Path,
    *,
    scans: Path | None,
    once: bool,
    port: int | None,
    has_every_kind: bool = False,
) -> int:
    """Run the demo below a folder; a second time, or after a kill, it goes on where it was.

    Args:
        folder: Everything is kept in it.
        scans: Your own scans; None for the sample fonds.
        once: Stop by itself when all is proved.
        port: Of the status page; None for the usual one, or a free one where that is taken.
        has_every_kind: Copy to a place of plain SFTP and to a folder, too.

    Returns:
        0 when every hồ sơ is proved at every destination and every other file is explained.
    """
    web_port = _web_port() if port is None else port
    site = DemoSite(folder / _site_name(scans), web_port, has_every_kind=has_every_kind)
    with stop_requested() as stop:
        return _run_site(site, scans, stop, once=once)


def run_storage(folder: Path, *, scans: Path | None) -> int:
    """Run the storage hosts of a demo until told to stop, as if its box were lost.

    Args:
        folder: As of ``run_demo``.
        scans: The same.

    Raises:
        ConfigError: No demo ran there, no sshd is installed, or it does not start.
    """
    site = DemoSite(folder / _site_name(scans), 0)
    with stop_requested() as stop:
        try:
            site.start_storage()
            say(f"the storage hosts below {site.folder}, and no box   (Ctrl-C ends them)")
            stop.wait()
        finally:
            site.stop()
    return 0


def _run_site(site: DemoSite, scans: Path | None, stop: threading.Event, *, once: bool) -> int:
    say("1/4  making the scans and their register ...")
    sample = _sample(site, scans)
    say("2/4  starting the storage hosts (real sshd on loopback) ...")
    try:
        site.start()
        appliance = open_appliance(load_settings(site.config))
        try:
            return _Demo(site, sample, appliance, stop).run(once=once)
        finally:
            appliance.close()
    finally:
        site.stop()


def _web_port() -> int:
    """The usual port, or 0 (any free one) where another program has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", _USUAL_PORT))
        except OSError:
            return 0
    return _USUAL_PORT


def _site_name(scans: Path | None) -> str:
    if scans is None:
        return "demo"
    return f"demo-{hashlib.sha256(str(scans.resolve()).encode()).hexdigest()[:8]}"


def _sample(site: DemoSite, scans: Path | None) -> SampleFonds:
    folder = site.folder / "sample"
    if scans is None:
        return make_sample_fonds(folder)
    with WorkerPool(1, _DECODE_MEMORY_BYTES, _DECODE_SECONDS) as pool:
        return make_register_for_scans(scans, folder, frames_of=lambda path: _frames(pool, path))


def _frames(pool: WorkerPool, path: Path) -> int:
    """Frames of a page image as the appliance would judge it; 0 when it would be parked."""
    try:
        return pool.submit(decodable_frames, path).result()
    except (WorkerCrashed, WorkerTimeout):
        return 0


@dataclass(frozen=True, slots=True)
class _Demo:
    """One run over a started site."""

    site: DemoSite
    sample: SampleFonds
    appliance: Appliance
    stop: threading.Event

    def run(self, *, once: bool) -> int:
        self._register()
        service = Service(self.appliance, frozenset(PARTS))
        service.start()
        dropper = threading.Thread(target=self._drop, name="scanner", daemon=True)
        try:
            say(f"3/4  {len(self.sample.plan)} scans drop into {self.site.scanner_folder}")
            say(f"     status page: {service.address}")
            dropper.start()
            is_done = self._wait(answers=once, address=service.address)
            say("4/4  " + ("everything is proved" if is_done else "stopped before the end"))
            summarise(self.appliance, self.site)
            if is_done and not once:
                say(f"\nThe status page stays up: {service.address}   (Ctrl-C ends the demo)")
                self.stop.wait()
        finally:
            self.stop.set()
            service.stop()
            dropper.join()
        return 0 if is_done else 1

    def _register(self) -> None:
        """Import the register and record the approval, once."""
        approval = self.sample.approval
        with self.appliance.catalogue.read() as session:
            state = register.list_state(session, approval.list_code)
        if state is None:
            import_workbook(self.appliance.catalogue, read_workbook(self.sample.register))
        if state in {None, ListState.DRAFT}:
            approve(self.appliance.catalogue, approval)

    def _drop(self) -> None:
        drop_files(
            self.sample.plan,
            self.site.scanner_folder,
            state_folder=self.site.folder / "dropped",
            pause_seconds=_PAUSE_SECONDS,
            stop=self.stop,
        )

    def _wait(self, *, answers: bool, address: str | None) -> bool:
        """Wait for the end, telling how it goes; False when stopped or stuck."""
        last, unmoved = "", 0.0
        while not self.stop.wait(_LOOK_SECONDS):
            with self.appliance.catalogue.read() as session:
                facts = box_facts(session, self.appliance.clock.now())
                pages_read = box.counters(session).get("page:derived", 0)
                is_reading = leases.is_any_held(session, PageRow)
            line = _progress(facts, len(self.sample.plan), pages_read)
            if line != last:
                say(f"     {line}")
                last, unmoved = line, 0.0
                if facts.held_for_person and not answers:
                    say(f"     a person is needed: {address}/cau-hoi")
            if self._is_done(facts):
                return True
            if facts.held_for_person and answers:
                keep_every_page(self.appliance)
            unmoved = 0.0 if is_reading else unmoved + _LOOK_SECONDS
            if answers and unmoved > _STALL_SECONDS:  # else a person may take all day
                sys.stderr.write("nothing has moved for a long time: see the status page\n")
                return False
        return False

    def _is_done(self, facts: BoxFacts) -> bool:
        """Every drop accounted for, nothing waiting, every hồ sơ proved at every place.

        Somebody may have dropped scans of their own beside those of the demo.
        """
        is_in = len(self.sample.plan) <= facts.came_in == sum(facts.masters.values())
        waiting = facts.masters[MasterState.ACCEPTED] + facts.masters[MasterState.INSPECTED]
        units = len(self.sample.file_units)
        return (
            is_in
            and waiting == 0
            and facts.file_units[FileUnitState.SEALED] == units == facts.proved_everywhere
        )


def _progress(facts: BoxFacts, planned: int, pages_read: int) -> str:
    masters = facts.masters
    judged = facts.came_in - masters[MasterState.ACCEPTED]
    total = sum(facts.file_units.values())
    parts = [
        f"scans taken {facts.came_in} (the demo drops {planned})",
        f"inspected {judged}",
        f"parked {masters[MasterState.PARKED]}",
        f"pages read {pages_read}",
        f"hồ sơ sealed {facts.file_units[FileUnitState.SEALED]}/{total}",
        *(f"{place.name} proved {place.deposits[DepositState.PROVED]}" for place in facts.places),
    ]
    return " · ".join(parts)
