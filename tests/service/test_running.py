"""The service as processes: clean starts and stops, one of each part, parts that cooperate."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.catalogue import box, register
from appliance.catalogue.pulse import opened_pulse
from appliance.config import load_settings
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Finding
from appliance.domain.records import Approval
from appliance.domain.states import FileUnitState
from appliance.domain.verdict import Level
from appliance.pipeline.register import approve, import_workbook
from appliance.service.beating import Beating
from appliance.service.notify import notify
from appliance.service.part_lock import PartLock
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.service.telling import TellStep
from tests.pipeline.making import workbook_of
from tests.service.making import QuickSite, eventually, lone_settings, page, running
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance

ALL = frozenset(PARTS)
LOCAL = ALL - {"sync"}


@pytest.fixture
def lone_site(tmp_path: Path) -> Path:
    """The settings of a box without any destination."""
    return lone_settings(tmp_path)


@pytest.fixture
def lone_box(lone_site: Path) -> Iterator[Appliance]:
    """The opened box without any destination."""
    made = open_appliance(load_settings(lone_site))
    yield made
    made.close()


def service_threads() -> set[str]:
    """Names of the threads that a service starts."""
    names = {thread.name.split(":")[0] for thread in threading.enumerate()}
    return names & {*PARTS, "beat"}


def test_a_service_starts_and_stops_cleanly_again_and_again(lone_box: Appliance) -> None:
    """After the stop no thread, no lock and no open page is left, so it starts anew."""
    for _ in range(2):
        service = Service(lone_box, LOCAL)
        service.start()
        assert service_threads() >= {"watch", "inspect", "assemble", "derive", "seal", "beat"}
        assert "Máy lưu trữ" in page(service.address, "/")
        service.stop()
        assert service_threads() == set()
    with lone_box.catalogue.read() as session:
        assert box.heartbeat(session) is not None
        assert box.notices(session) == ()


def service_code(appliance: Appliance) -> str:
    """What the verdict says of the service."""
    return next(
        child.code for child in appliance.verdict().children if child.code.startswith("SERVICE-")
    )


def test_a_clean_stop_says_so_at_once(lone_box: Appliance) -> None:
    """Not only when beats are missed; and a start takes it back."""
    told = [service_code(lone_box)]
    for _ in range(2):
        service = Service(lone_box, frozenset({"assemble"}))
        service.start()
        eventually(lambda: service_code(lone_box) == "SERVICE-ALIVE", "the first beat")
        service.stop()
        told.append(service_code(lone_box))
    assert told == ["SERVICE-NEVER", "SERVICE-STOPPED", "SERVICE-STOPPED"]


def test_a_start_that_is_refused_stops_nobody(lone_box: Appliance) -> None:
    """The process that works on is not called stopped by another that could not start."""
    first = Service(lone_box, frozenset({"assemble"}))
    first.start()
    try:
        eventually(lambda: service_code(lone_box) == "SERVICE-ALIVE", "the first beat")
        with pytest.raises(ConfigError):
            Service(lone_box, frozenset({"assemble"})).start()
        assert service_code(lone_box) == "SERVICE-ALIVE"
    finally:
        first.stop()


def test_a_second_process_of_a_part_is_refused(lone_box: Appliance) -> None:
    """Its lock is held: the second start says so and leaves the first one alone.

    Story: archivematica/Issues#1798.
    """
    first = Service(lone_box, LOCAL)
    first.start()
    try:
        with pytest.raises(ConfigError) as caught:
            Service(lone_box, frozenset({"seal"})).start()
        assert caught.value.code == "ALREADY-RUNNING"
        assert "stop the other process" in str(caught.value)
        assert service_threads() >= {"seal", "beat"}
    finally:
        first.stop()


def test_a_failed_start_leaves_nothing_up(lone_box: Appliance, lone_site: Path) -> None:
    """When the port of the page is taken, every part that was started stops again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = lone_site.read_text().replace("port = 0", f"port = {port}")
        lone_site.write_text(text)
        again = open_appliance(load_settings(lone_site))
        try:
            with pytest.raises(ConfigError) as caught:
                Service(again, LOCAL).start()
        finally:
            again.close()
    assert caught.value.code == "WEB-ADDRESS"
    assert service_threads() == set()
    Service(lone_box, LOCAL).stop()


def test_unknown_parts_are_refused(lone_box: Appliance) -> None:
    """A part that does not exist, or none at all, is a mistake of the caller."""
    for parts in (frozenset({"seal", "sea"}), frozenset[str]()):
        with pytest.raises(ConfigError):
            Service(lone_box, parts)


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """Whoever holds the lock keeps others out until it lets go."""
    first, second = PartLock(tmp_path / "locks", "seal"), PartLock(tmp_path / "locks", "seal")
    first.take()
    with pytest.raises(ConfigError):
        second.take()
    first.release()
    second.take()
    second.release()
    second.release()


def test_systemd_is_told(
    lone_box: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """READY, WATCHDOG and STOPPING arrive on the socket that systemd names."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        service = Service(lone_box, LOCAL)
        service.start()
        told = {listener.recv(100) for _ in range(2)}
        service.stop()
        told.add(listener.recv(100))
    assert told == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}


def test_the_sentence_is_told_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being woken again and again counts the records no more often."""
    told: list[str] = []
    monkeypatch.setattr("appliance.service.telling.notify", told.append)
    clock, sentences = MovingClock(), iter(("một", "hai"))
    step = TellStep(lambda: next(sentences), clock)
    assert (step.run("status"), told, step.idle_seconds()) == (0, [], 10)
    clock.advance(10)
    assert (step.run("status"), step.run("status")) == (0, 0)
    assert (told, step.idle_seconds()) == (["STATUS=một"], 60)
    clock.advance(60)
    step.run("status")
    assert told == ["STATUS=một", "STATUS=hai"]


def test_systemd_is_told_on_an_abstract_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that begins with @ has no place in the file system; without a name nobody listens."""
    name = f"appliance-test-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        assert notify("READY=1")
        assert listener.recv(100) == b"READY=1"
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not notify("READY=1")


def test_a_dead_part_is_silence(
    lone_box: Appliance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As soon as one part is dead the service no longer says that it is alive."""
    service = Service(lone_box, frozenset({"assemble"}))
    told: list[str] = []
    monkeypatch.setattr("appliance.service.beating.notify", told.append)
    monkeypatch.setattr("appliance.service.beating._BEAT_SECONDS", 0.0)
    service.start()
    try:
        eventually(lambda: "WATCHDOG=1" in told, "the first beat")
        service._workers[0].stop()
        service._workers[0].join(10)
        eventually(lambda: "a part of the service has died" in caplog.text, "the last words")
        told.clear()
        caplog.clear()
        eventually(lambda: "a part of the service has died" in caplog.text, "one more beat")
        assert told == []
    finally:
        service.stop()


def test_a_part_that_was_told_to_stop_has_not_died(
    lone_box: Appliance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A beat between the end of the parts and the end of the service raises no alarm."""
    service = Service(lone_box, frozenset({"assemble"}))
    service.start()
    true_stop = Beating.stop

    def stop_after_a_beat(beating: Beating, seconds: float) -> None:
        with opened_pulse(lone_box.catalogue) as pulse:
            beating.beat_once(pulse)
        true_stop(beating, seconds)

    monkeypatch.setattr(Beating, "stop", stop_after_a_beat)
    service.stop()
    assert "has died" not in caplog.text


def test_a_start_clears_what_its_own_parts_noticed(lone_box: Appliance) -> None:
    """A part that has just started has not failed yet; what another part saw still stands."""
    own = Finding("STAGE-FAILED", "assemble", {"stage": "assemble", "problem": "x"})
    others = Finding("INTAKE-FOLDER-GONE", "/srv/drop")
    with lone_box.catalogue.write() as writing:
        box.put_notice(writing, own)
        box.put_notice(writing, others)
    service = Service(lone_box, frozenset({"assemble"}))
    service.start()
    service.stop()
    with lone_box.catalogue.read() as session:
        assert [finding for finding, _since in box.notices(session)] == [others]


def test_work_of_others_is_swept_only_when_nobody_else_writes(lone_box: Appliance) -> None:
    """A process of some parts leaves the work folder alone; one of all parts empties it."""
    work = lone_box.settings.paths.work / "seal-of-another-process"
    work.mkdir(parents=True)
    some = Service(lone_box, frozenset({"inspect", "derive", "seal"}))
    some.start()
    some.stop()
    assert work.is_dir()
    every = Service(lone_box, ALL)
    every.start()
    every.stop()
    assert not work.exists()


@pytest.mark.sshd
def test_parts_in_processes_of_their_own_cooperate(site: QuickSite) -> None:
    """Two processes take, seal and deposit together; SIGTERM ends each with status 0."""
    appliance = site.opened()
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1}))
    day = dt.date(2026, 3, 16)
    approve(appliance.catalogue, Approval("DM-01", "12/QĐ", day, "Nguyễn Văn An"))

    def is_proved() -> bool:
        with appliance.catalogue.read() as session:
            unit = register.file_unit_row(session, "HS-01")
        is_sealed = unit is not None and unit.state == FileUnitState.SEALED
        return is_sealed and appliance.verdict().level is Level.GOOD

    site.scan_pages("HS-01", 1)
    takes = site.command("run", "--only", "watch", "inspect", "assemble")
    sends = site.command("run", "--only", "derive", "seal", "sync")
    with running(takes) as first, running(sends) as second:
        eventually(is_proved, "the hồ sơ is proved by two processes")
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(30) for process in (first, second)] == [0, 0]
    appliance.close()


def test_a_run_keeps_others_out_and_ends_with_status_0(lone_site: Path) -> None:
    """It says where its page is; a second run is status 2 with what to do; SIGINT ends it well."""
    command = QuickSite.command_for(lone_site, "run")
    with running(command) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("status page: http://127.0.0.1:")
        second = subprocess.run(command, capture_output=True, check=False, text=True)
        assert (second.returncode, "ALREADY-RUNNING" in second.stderr) == (2, True)
        assert first.poll() is None
        first.send_signal(signal.SIGINT)
        assert first.wait(30) == 0
