"""The service under its own unit, in a booted system: its walls stand, and everything works."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.systemd.booting import Container, NotBootable, missing
from tests.systemd.installed import Installed, eventually
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.kill, pytest.mark.sshd, pytest.mark.ocr]
needs_time = pytest.mark.skipif(
    "APPLIANCE_LONG_TESTS" not in os.environ,
    reason="kills, stops and hangs the service: set APPLIANCE_LONG_TESTS=1 to run it",
)
CAP_LEASE = 1 << 28
SECCOMP_FILTER = "2"
WRONG_SETTING = 2
BURST = 40
OPEN_ENDED = 99
"""So many pages are expected of a hồ sơ that only fills: its pages are inspected and wait."""
PAGES = {"JOB": 1, **dict.fromkeys(("KILLED", "HELD", "BURST", "HUNG"), OPEN_ENDED)}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Installed and started, as the manual says."""
    reason = missing()
    if reason is not None:
        pytest.skip(f"NOT CHECKED: the unit in a booted system: {reason}")
    try:
        with Container(tmp_path_factory.mktemp("machine") / "root") as machine:
            yield Installed(machine, PAGES)
    except NotBootable as problem:
        pytest.skip(f"NOT CHECKED: the unit in a booted system: {problem}")


def test_scans_become_proved_packages(box: Installed) -> None:
    """Decoders, text engine, durable writes and SSH all work behind the walls of the unit."""
    box.scan("JOB", PAGES["JOB"], first_seed=10)
    eventually(box.is_proved_by_journal, "the package is proved at host and disk")
    assert box.proved_packages == 1
    assert "STAGE-FAILED" not in box.machine.journal()
    own = box.machine.shell("readlink /proc/$(systemctl show -P MainPID appliance)/ns/net")
    for decoder in box.decoders():
        assert box.machine.shell(f"readlink /proc/{decoder}/ns/net") != own


def test_the_walls_stand(box: Installed) -> None:
    """The running service has one privilege, filtered calls, and cannot write elsewhere."""
    status = box.machine.shell("cat /proc/$(systemctl show -P MainPID appliance)/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == CAP_LEASE
    assert (facts["Seccomp"], facts["NoNewPrivs"]) == (SECCOMP_FILTER, "1")
    main = box.machine.unit("MainPID")
    for place in ("/usr", "/etc", "/opt/appliance", "/var/log"):
        touched = box.machine.run("nsenter", "-m", "-t", main, "--", "touch", f"{place}/x")
        assert "Read-only file system" in touched.stderr


def test_systemctl_says_how_the_box_is(box: Installed) -> None:
    """The status line of the unit is the verdict's sentence."""
    eventually(lambda: "hồ sơ đủ 3 bản kiểm chứng" in box.machine.unit("StatusText"), "it is told")


def test_a_file_that_is_held_open_stays(box: Installed) -> None:
    """The unit may ask whether another account still has a file open for writing."""
    (box.machine.handed / "page.png").write_bytes(page_bytes(40))
    folder = box.scanner_folder / "HELD"
    scanning = (
        "cd /srv/drop/scan01; mkdir HELD; exec 3>HELD/0001.png\n"
        "cat /handed/page.png >&3; cat /handed/page.png > HELD/0002.png; : > /handed/is-scanned"
    )
    with box.scanner_at_work(scanning):
        eventually((box.machine.handed / "is-scanned").exists, "both pages are written")
        eventually(lambda: not (folder / "0002.png").exists(), "the closed page is taken")
        assert (folder / "0001.png").exists()
    eventually(lambda: not (folder / "0001.png").exists(), "the other is taken when it is closed")


@needs_time
def test_a_killed_service_comes_back(box: Installed) -> None:
    """After SIGKILL systemd starts it again, without decoders of before, and work goes on."""
    before, restarts = box.inspected_files, int(box.machine.unit("NRestarts"))
    box.scan("KILLED", 8, first_seed=20)
    eventually(lambda: bool(box.decoders()), "a decoder runs")
    old = box.decoders()
    box.machine.shell("systemctl kill --kill-whom=main --signal=KILL appliance")
    eventually(lambda: box.is_active(restarts + 1), "systemd starts the service again")
    assert not set(old) & set(box.decoders())
    eventually(lambda: box.inspected_files == before + 8, "every page is inspected, once")


@needs_time
def test_a_stop_in_a_burst_loses_nothing(box: Installed) -> None:
    """A stop ends cleanly in time, whatever is at hand; the start goes on with it."""
    before = box.inspected_files
    box.scan("BURST", BURST, first_seed=100)
    eventually(lambda: len(list((box.scanner_folder / "BURST").iterdir())) < BURST, "it is taken")
    box.machine.shell("systemctl stop appliance")
    assert (box.machine.unit("Result"), box.machine.unit("ExecMainStatus")) == ("success", "0")
    box.machine.shell("systemctl start appliance")
    eventually(lambda: box.inspected_files == before + BURST, "every page is inspected, once")


@needs_time
def test_a_wrong_setting_is_said_and_not_tried_again(box: Installed) -> None:
    """The journal names the setting; systemd does not start what cannot start."""
    settings = box.machine.root / "etc/appliance/appliance.toml"
    right = settings.read_text("utf-8")
    settings.write_text(right.replace("[box]\n", "[box]\nnonsense = 1\n"), "utf-8")
    assert box.machine.run("systemctl", "restart", "appliance").returncode != 0
    settings.write_text(right, "utf-8")
    assert box.machine.unit("ExecMainStatus") == str(WRONG_SETTING)
    assert box.machine.unit("ActiveState") == "failed"
    assert "unknown setting box.nonsense" in box.machine.journal()
    box.machine.shell("systemctl start appliance")


@needs_time
def test_a_service_that_hangs_is_started_again(box: Installed) -> None:
    """Without a beat the watchdog ends it; the journal says where it stood."""
    before, restarts = box.inspected_files, int(box.machine.unit("NRestarts"))
    box.machine.shell("systemctl kill --kill-whom=main --signal=STOP appliance")
    eventually(lambda: box.is_active(restarts + 1), "the watchdog has the service started again")
    assert "Fatal Python error: Aborted" in box.machine.journal()
    box.scan("HUNG", 2, first_seed=30)
    eventually(lambda: box.inspected_files == before + 2, "it works as before")
