"""The engine's runs: bounded by what they use, never by how long they are kept waiting."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from appliance.imaging import ocr_engine
from appliance.imaging.ocr_engine import run_gently

if TYPE_CHECKING:
    from pathlib import Path

SHORT_SECONDS = 0.2


@pytest.mark.skipif(shutil.which("taskset") is None, reason="util-linux is not installed")
def test_an_engine_that_is_kept_waiting_is_left_alone() -> None:
    """Beside programs that want its processor all the time, it comes to its end, late."""
    core = str(min(os.sched_getaffinity(0)))
    pinned = ["taskset", "-c", core, "sh", "-c"]
    others = [subprocess.Popen([*pinned, "while :; do :; done"]) for _ in range(2)]
    try:
        counting = "i=0; while [ $i -lt 10000 ]; do i=$((i+1)); done; echo read"
        answer = run_gently([*pinned, counting], b"", SHORT_SECONDS)
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert answer.stdout == b"read\n"


def test_an_engine_that_fell_asleep_is_started_once_more(tmp_path: Path) -> None:
    """What it waited for the first time is not the page: the second time it reads."""
    begun = tmp_path / "begun"
    script = f"[ -e {begun} ] && exec cat; touch {begun}; exec sleep 600"
    assert run_gently(["sh", "-c", script], b"a page", SHORT_SECONDS).stdout == b"a page"


def test_an_engine_that_never_wakes_is_given_up(tmp_path: Path) -> None:
    """Twice asleep without end is a hang."""
    begun = tmp_path / "begun"
    with pytest.raises(TimeoutError, match="slept"):
        run_gently(["sh", "-c", f"echo x >> {begun}; exec sleep 600"], b"", SHORT_SECONDS)
    assert begun.read_text().split() == ["x", "x"]


def test_an_engine_that_works_without_end_is_ended_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It used what it may use: the same work would take as long again."""
    monkeypatch.setattr(ocr_engine, "NICENESS", "0")  # what it uses is the matter, not when
    begun = tmp_path / "begun"
    with pytest.raises(TimeoutError, match="used"):
        run_gently(["sh", "-c", f"echo x >> {begun}; while :; do :; done"], b"", SHORT_SECONDS)
    assert begun.read_text().split() == ["x"]


def test_much_goes_in_and_comes_out() -> None:
    """More than a pipe holds is read and answered whole."""
    page = bytes(range(256)) * 20_000
    assert run_gently(["cat"], page, 60).stdout == page


def test_it_complains_in_its_own_words() -> None:
    """Status and complaints are handed back, not judged."""
    answer = run_gently(["sh", "-c", "echo no >&2; exit 7"], b"", SHORT_SECONDS)
    assert (answer.returncode, answer.stderr) == (7, b"no\n")
