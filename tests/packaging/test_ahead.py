"""Packages of a store are checked side by side: what is said is what one after another says."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Verdict
from appliance.domain.receipts import Sidecar
from appliance.domain.rules import judge
from appliance.packaging.verify import ahead, verify_path
from appliance.packaging.verify.ahead import Ahead, check_whole
from appliance.packaging.verify.options import Options, unheeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.domain.findings import Report
    from tests.packaging.conftest import Sealed

COUNT = 5


def breaks_down(path: Path) -> None:
    """Runs in a child, in place of the check: it dies as a reader does that a file has broken."""
    os.kill(os.getpid(), signal.SIGSEGV if path.exists() else signal.SIGKILL)


def never_ends(path: Path) -> None:
    """Runs in a child, in place of the check: it tells its number, and stays at it."""
    path.with_suffix(".begun").write_text(str(os.getpid()))
    time.sleep(500)


def _children(store: Path) -> list[str]:
    """Numbers of the children that ``never_ends`` runs in."""
    return [text for path in store.rglob("*.begun") if (text := path.read_text())]


def _is_alive(number: str) -> bool:
    try:
        stat = Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _until(condition: Callable[[], bool]) -> bool:
    """Wait for it; for a busy machine, a minute."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def store(sealed: Sealed, tmp_path: Path) -> Path:
    """A store with five packages and their sidecars, two of them in another folder."""
    facts, whole = sealed.facts, sealed.whole
    sidecar = Sidecar(
        objid=facts.objid,
        name=sealed.path.name,
        file_code=facts.file_unit.file_code,
        fonds_code=facts.file_unit.fonds_code,
        version=facts.version,
        box_id=facts.box_id,
        sealed_at=facts.sealed_at,
        size_bytes=whole.fingerprint.size_bytes,
        sha256=whole.fingerprint.sha256,
        block_bytes=1024 * 1024,
        blocks=whole.blocks,
        event_counter=5,
        event_head="0" * 64,
    )
    for number in range(COUNT):
        folder = tmp_path / ("F1" if number < 2 else "F2")
        folder.mkdir(exist_ok=True)
        shutil.copyfile(sealed.path, folder / f"{number}.zip")
        paper = dataclasses.replace(sidecar, name=f"{number}.zip")
        (folder / f"{number}.json").write_bytes(paper.to_bytes())
    return tmp_path


def _both_ways(store: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[Report, ...], ...]:
    monkeypatch.setattr(ahead, "WORTHWHILE_BYTES", 1)
    side_by_side = verify_path(store, jobs=2)
    return side_by_side, verify_path(store, jobs=1)


def test_side_by_side_says_what_one_after_another_says(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good and damaged packages have the same reports in the same order, in children or not."""
    for number, place in ((1, 0.5), (3, 0.999)):
        path = store / ("F1" if number < 2 else "F2") / f"{number}.zip"
        data = bytearray(path.read_bytes())
        data[int(len(data) * place)] ^= 1
        path.write_bytes(data)
    side_by_side, one_by_one = _both_ways(store, monkeypatch)
    assert side_by_side == one_by_one
    failed = [one.subject for one in one_by_one if one.findings and one.subject.endswith(".zip")]
    assert failed == ["1.zip", "3.zip"]


def test_progress_is_told_for_what_children_read(
    store: Path, sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every byte that a child read is told once, when its package is done."""
    monkeypatch.setattr(ahead, "WORTHWHILE_BYTES", 1)
    told: list[int] = []
    verify_path(store, jobs=2, on_read=told.append)
    assert told == [sealed.path.stat().st_size] * COUNT


def test_a_package_that_breaks_its_check_costs_one_finding(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that dies leaves its package unchecked and unblamed, and its sidecar so too."""
    monkeypatch.setattr(ahead, "WORTHWHILE_BYTES", 1)
    monkeypatch.setattr(ahead, "_check", breaks_down)
    reports = verify_path(store, jobs=2, check_signature=lambda *_: True)
    papers, packages = reports[::2], reports[1::2]
    assert [one.subject for one in packages] == [f"{number}.zip" for number in range(COUNT)]
    assert {tuple(one.code for one in report.findings) for report in packages} == {
        ("CHECK-STOPPED",)
    }
    assert {one.not_checked for one in papers} == {("digests", "blocks")}
    assert {judge(one.findings, complete=not one.not_checked) for one in packages} == {
        Verdict.NOT_CHECKED
    }


def test_a_package_that_was_taken_away_meanwhile_is_told(store: Path) -> None:
    """What the disk does not give a child is the same finding as without one."""
    path = store / "F1" / "0.zip"
    with Ahead([path], 1) as children:
        path.unlink()
        with pytest.raises(FileNotFoundError):
            check_whole(path, Options(None, None, 1, unheeded, ahead=children))


def test_what_the_disk_refuses_takes_no_room(tmp_path: Path) -> None:
    """Packages that cannot be opened are done with: the next are begun ahead as before."""
    paths = [tmp_path / f"{number}.zip" for number in range(8)]
    with Ahead(paths, 1) as children:
        for path in paths[:6]:
            with pytest.raises(FileNotFoundError):
                check_whole(path, Options(None, None, 1, unheeded, ahead=children))
            assert path not in children
        assert set(children._begun) == set(paths[6:])


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_is_stopped_leaves_at_once_with_all_children(
    store: Path, stop: signal.Signals
) -> None:
    """A check that would go on for minutes is ended by Ctrl-C, and no child stays behind."""
    program = (
        "import pathlib, sys\n"
        "from appliance.packaging.verify import ahead, verify_path\n"
        "from tests.packaging.test_ahead import never_ends\n"
        "ahead.WORTHWHILE_BYTES, ahead._check = 1, never_ends\n"
        "verify_path(pathlib.Path(sys.argv[1]), jobs=2)\n"
    )
    command = [sys.executable, "-c", program, str(store)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            assert _until(lambda: len(_children(store)) == 2)
            process.send_signal(stop)
            assert _until(lambda: process.poll() is not None)
        finally:
            process.kill()
    assert process.returncode == -stop
    assert _until(lambda: not any(map(_is_alive, _children(store))))


def test_small_stores_and_one_job_start_no_children(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where starting children would take longer than the check, none are started."""

    def no_children(*_: object) -> Ahead:
        raise AssertionError("children were started")

    monkeypatch.setattr(ahead, "Ahead", no_children)
    assert len(verify_path(store, jobs=2)) == 2 * COUNT
    monkeypatch.setattr(ahead, "WORTHWHILE_BYTES", 1)
    assert len(verify_path(store, jobs=1)) == 2 * COUNT
    assert json.loads((store / "F1" / "0.json").read_bytes())["name"] == "0.zip"
