"""The command line as processes: what is loaded, what is sent, what an end looks like."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from appliance.sync.farstore import create_store
from tests.service.making import QuickSite, lone_settings

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("litestar", "pikepdf", "sqlmodel", "paramiko", "PIL", "pyvips", "openpyxl", "lxml")


def test_receive_loads_nothing_it_does_not_need(tmp_path: Path) -> None:
    """A storage host starts it for every connection: neither web, nor images, nor catalogue."""
    create_store(tmp_path / "store", "store-1")
    program = (
        "import json, sys; from appliance.cli import main; "
        f"status = main(['receive', '--store', {str(tmp_path / 'store')!r}]); "
        f"print(json.dumps([status, [n for n in {HEAVY!r} if n in sys.modules]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == [0, []]


def test_the_module_and_its_version(tmp_path: Path) -> None:
    """``python -m appliance`` is the command, and says its version."""
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "--version"],
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.stdout.startswith("archive-appliance ")


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    """Piping into something that stops reading ends quietly."""
    config = lone_settings(tmp_path)
    command = [*QuickSite.command_for(config, "status", "--json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(30) != 0
    assert b"Traceback" not in told
