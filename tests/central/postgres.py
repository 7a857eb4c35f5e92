"""A private PostgreSQL server for the tests: in a folder of its own, on a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES: Final = ("/usr/lib/postgresql/*/bin",)
_ACCOUNT: Final = "postgres"


def _programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``; None where no server is installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    places = (path for place in _PLACES for path in Path("/").glob(place[1:]))
    return max((path for path in places if (path / "initdb").exists()), default=None)


def _as_account(command: list[str]) -> list[str]:
    """A server refuses to run as root: as root, another account runs it."""
    if os.geteuid() != 0:
        return command
    return ["runuser", "-u", _ACCOUNT, "--", *command]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        _as_account(command), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout} {done.stderr}"


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a fresh server's database; skipped loudly where none can run."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs a real PostgreSQL server: apt install postgresql")
    is_root = os.geteuid() == 0
    if is_root and (shutil.which("runuser") is None or not _has_account()):
        pytest.skip("as root, needs runuser and an account postgres to run the server")
    folder = Path(tempfile.mkdtemp(prefix="central-pg-"))  # a socket's path must be short
    try:
        if is_root:
            shutil.chown(folder, _ACCOUNT)
        data, log = str(folder / "data"), str(folder / "log")
        _run([str(programs / "initdb"), "-D", data, "-U", "archive", "-A", "trust", "-N"], folder)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        control = [str(programs / "pg_ctl"), "-D", data, "-w"]
        _run([*control, "-l", log, "-o", options, "start"], folder)
        try:
            yield f"postgresql://archive@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_account() -> bool:
    try:
        pwd.getpwnam(_ACCOUNT)
    except KeyError:
        return False
    return True
