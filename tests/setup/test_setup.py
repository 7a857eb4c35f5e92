"""The set-up finds what is there, names what is not, and does nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
TOOLS = CHECKOUT / "tools"


def program(path: Path, text: str) -> None:
    """Write a small shell program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def run(
    *command: str, cwd: Path, path: str | None = None, python: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a script of the set-up with a PATH of its own."""
    environment = {**os.environ, "PATH": path or os.environ["PATH"], "PYTHON": python}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_an_old_python_is_passed_over(tmp_path: Path) -> None:
    """A python3 that is too old does not hide a newer one under another name."""
    program(tmp_path / "python3", "exit 1")
    (tmp_path / "python3.12").symlink_to(sys.executable)
    result = run(str(TOOLS / "find-python"), cwd=tmp_path, path=str(tmp_path))
    assert result.stdout == f"{tmp_path}/python3.12\n"


def test_a_named_python_comes_first(tmp_path: Path) -> None:
    """What PYTHON names is taken before what PATH offers."""
    (tmp_path / "own").mkdir()
    mine = tmp_path / "own" / "python"
    mine.symlink_to(sys.executable)
    (tmp_path / "python3").symlink_to(sys.executable)
    result = run(str(TOOLS / "find-python"), cwd=tmp_path, path=str(tmp_path), python=str(mine))
    assert result.stdout == f"{mine}\n"


def test_no_python_is_said_in_one_line(tmp_path: Path) -> None:
    """Without a new enough Python one line says so, and the status is 2."""
    result = run(str(TOOLS / "find-python"), cwd=tmp_path, path=str(tmp_path))
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("level", "extra"),
    [
        ("run", ""),
        ("dev", " chromium curl libvips-tools libxml2-utils smbclient systemd-container unzip"),
    ],
)
def test_missing_packages_are_named_in_one_line(level: str, extra: str, tmp_path: Path) -> None:
    """Somebody else than root gets one line with every package to install."""
    for name in ("basename", "grep"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    program(tmp_path / "id", "echo 1000")
    program(tmp_path / "python3", "exit 1")
    script = str(TOOLS / "debian-packages")
    result = run(script, level, f"{tmp_path}/python3", cwd=tmp_path, path=str(tmp_path))
    (line,) = result.stderr.splitlines()
    assert result.returncode == 2
    assert "apt-get install --no-install-recommends python3-venv" in line
    assert " tesseract-ocr tesseract-ocr-vie" in line
    assert line.endswith(extra)
    assert ("chromium" in line) is bool(extra)


@pytest.fixture
def small_checkout(tmp_path: Path) -> Path:
    """A checkout whose packages and environment are there; its installer writes down its calls."""
    shutil.copytree(TOOLS, tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    program(tmp_path / "tools" / "debian-packages", "exit 0")
    (tmp_path / "uv.lock").write_text("locked", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]", "utf-8")
    program(tmp_path / ".venv" / "bin" / "python", f'exec "{sys.executable}" "$@"')
    pinned = (TOOLS / "uv.txt").read_text("utf-8").split("uv==")[1].split()[0]
    program(
        tmp_path / ".venv" / "bin" / "uv",
        f'[ "$1" = --version ] && echo uv {pinned} || echo "$UV_PYTHON_DOWNLOADS $@" >>calls',
    )
    return tmp_path


def calls_of(checkout: Path) -> list[str]:
    """How the installer was called."""
    return (checkout / "calls").read_text("utf-8").splitlines()


def test_a_second_set_up_does_nothing(small_checkout: Path) -> None:
    """What is in place is neither installed nor spoken of again."""
    first = run("tools/setup", "run", cwd=small_checkout)
    second = run("tools/setup", "run", cwd=small_checkout)
    assert first.returncode == 0, first.stderr
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert calls_of(small_checkout) == ["never sync --frozen --quiet --no-dev --inexact"]


def test_a_new_lock_is_installed(small_checkout: Path) -> None:
    """A changed lock file makes the set-up run again."""
    run("tools/setup", "run", cwd=small_checkout)
    (small_checkout / "uv.lock").write_text("locked anew", "utf-8")
    run("tools/setup", "run", cwd=small_checkout)
    assert len(calls_of(small_checkout)) == 2


def test_the_set_up_for_tests_covers_the_demo(small_checkout: Path) -> None:
    """After the set-up for tests the demo needs none of its own."""
    run("tools/setup", "dev", cwd=small_checkout)
    again = run("tools/setup", "run", cwd=small_checkout)
    assert (again.returncode, again.stdout) == (0, "")
    assert calls_of(small_checkout) == ["never sync --frozen --quiet"]


def test_a_failed_installation_is_tried_again(small_checkout: Path) -> None:
    """A set-up that failed leaves no mark that it was done."""
    installer = small_checkout / ".venv" / "bin" / "uv"
    works = installer.read_text("utf-8")
    program(installer, f"{works}\nexit 1")
    assert run("tools/setup", "run", cwd=small_checkout).returncode != 0
    installer.write_text(works, "utf-8")
    assert run("tools/setup", "run", cwd=small_checkout).returncode == 0
    assert len(calls_of(small_checkout)) == 2
