"""A box whose service runs as a process of its own, looked at from outside: disk and catalogue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pysqlite3.dbapi2 as sqlite

from appliance.bootstrap import open_appliance
from appliance.config import load_settings
from appliance.pipeline.register import import_workbook
from appliance.signing.keys import ensure_key
from appliance.watchers.marker import MARKER
from appliance.watchers.spare import SPARE
from tests.pipeline.making import workbook_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PATIENCE_SECONDS: Final = 240.0
_POLL_SECONDS: Final = 0.03
_STOP_SECONDS: Final = 30.0

_SETTINGS: Final = """\
[box]
id = "upload-box"
[paths]
state = "{folder}/state"
drop = "{folder}/drop"
key = "{folder}/key"
[intake]
settle_seconds = 0.2
patience_seconds = 60
scan_seconds = 1
[workers]
count = 1
reserve_mib = 1
[text]
enabled = false
[web]
port = 0
"""


class Box:
    """One box below a folder; nothing runs until ``start``.

    Args:
        folder: For settings, state and the hot folder; made when missing.
        scanners: More of the settings: ``[[scanner]]`` tables, in TOML.
        settings: Replaced in the usual settings: what stands there, and by what.
    """

    def __init__(
        self, folder: Path, scanners: str = "", settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.drop = folder / "drop"
        self.store = folder / "state" / "store"
        self.config = folder / "appliance.toml"
        self.log = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        ensure_key(folder / "key", "upload-box")
        self.drop.mkdir()
        text = _SETTINGS.format(folder=folder)
        for usual, wanted in (settings or {}).items():
            assert usual in text
            text = text.replace(usual, wanted)
        self.config.write_text(f"{text}{scanners}", "utf-8")

    def register(self, pages: Mapping[str, int]) -> None:
        """Put hồ sơ with their expected pages into the register."""
        appliance = open_appliance(load_settings(self.config))
        with closing(appliance):
            import_workbook(appliance.catalogue, workbook_of(pages))

    def start(self, *parts: str) -> int:
        """Run some parts of the service; its process id."""
        command = [sys.executable, "-P", "-m", "appliance", "--config", str(self.config), "run"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--only", *parts],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process.pid

    def kill(self) -> None:
        """End the service by SIGKILL; its decoders have to end by themselves."""
        process = self._running()
        process.kill()
        process.wait()
        eventually(lambda: not _group_lives(process.pid), "the decoders end with the service")
        self._process = None

    def stop(self) -> None:
        """End the service as systemd does; nothing of it may be left."""
        process = self._running()
        process.terminate()
        assert process.wait(_STOP_SECONDS) == 0, self.log.read_text("utf-8", "replace")
        eventually(lambda: not _group_lives(process.pid), "nothing of the service is left")
        self._process = None

    def clean_up(self) -> None:
        """End whatever a failed test left of the service."""
        if self._process is not None and _group_lives(self._process.pid):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def is_running(self) -> bool:
        """Whether the service is up."""
        return self._process is not None and self._process.poll() is None

    def awaits(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is so, while the service runs."""

        def is_so_and_running() -> bool:
            self._running()
            return is_so()

        eventually(is_so_and_running, what)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """What a query finds in the catalogue, through a connection of its own."""
        path = self.folder / "state" / "catalogue.db"
        with closing(sqlite.connect(path, timeout=10)) as connection:
            connection.row_factory = sqlite.Row
            return [dict(row) for row in connection.execute(query, values)]

    def masters(self, file_code: str) -> list[dict[str, Any]]:
        """What came in below a folder of that name, in the order of arrival."""
        query = "SELECT * FROM master WHERE place LIKE ? ORDER BY id"
        return self.rows(query, [f"%/{file_code}/%"])

    def master_path(self, sha256: str) -> Path:
        """Where the store keeps a master."""
        return self.store / "masters" / sha256[:2] / sha256[2:4] / sha256

    def dropped(self) -> list[Path]:
        """Every file in the hot folder, claims too, but for what the box keeps there."""
        walk = os.walk(self.drop)  # passes over what the service removes meanwhile
        found = (Path(folder, name) for folder, _inner, names in walk for name in names)
        return sorted(path for path in found if path.name not in {MARKER, SPARE})

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        told = self.log.read_text("utf-8", "replace")[-4000:]
        assert self._process.poll() is None, f"the service has ended by itself\n{told}"
        return self._process


def _group_lives(group: int) -> bool:
    """Whether a process of a group runs; one that ended and waits to be buried does not."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            state, _parent, own = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it ended while we looked
        if int(own) == group and state not in "ZX":
            return True
    return False


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: It was not so within the tests' patience; the message names it.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(_POLL_SECONDS)
