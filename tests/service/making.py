"""A whole site for the tests of service and command line, tuned to be quick."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.bootstrap import open_appliance
from appliance.config import load_settings
from appliance.service.demo_site import DemoSite
from appliance.signing.keys import ensure_key
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance

LONE_BOX_ID: Final = "lone-box"
PATIENCE_SECONDS: Final = 240.0
_POLL_SECONDS: Final = 0.1
_TUNED: Final = {
    "settle_seconds = 1.0": "settle_seconds = 0.3",
    "patience_seconds = 15.0": "patience_seconds = 2.0",
    "scan_seconds = 5.0": "scan_seconds = 0.5",
    "reserve_mib = 64": "reserve_mib = 1\ncount = 1",
    "probe_seconds = 5": "probe_seconds = 1",
}


class QuickSite(DemoSite):
    """The demo's site without reading text, with short pauses and any free port for the page."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 0)

    def start(self) -> None:
        """Start the storage hosts, then shorten every pause in the settings."""
        super().start()
        text = self.config.read_text("utf-8")
        for slow, quick in _TUNED.items():
            assert slow in text
            text = text.replace(slow, quick)
        self.config.write_text(f"{text}\n[text]\nenabled = false\n", "utf-8")

    def scan(self, file_code: str, name: str, data: bytes) -> Path:
        """Drop a file as a scanner does."""
        path = self.scanner_folder / file_code / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def scan_pages(self, file_code: str, count: int, *, first_seed: int = 1) -> None:
        """Drop good pages 1 to ``count``."""
        for number in range(1, count + 1):
            self.scan(file_code, f"{number:04d}.png", page_bytes(first_seed + number - 1))

    def opened(self) -> Appliance:
        """The box of the site."""
        return open_appliance(load_settings(self.config))

    def command(self, *arguments: str) -> list[str]:
        """A command line in a process of its own."""
        return self.command_for(self.config, *arguments)

    @staticmethod
    def command_for(config: Path, *arguments: str) -> list[str]:
        """The same with other settings."""
        return [sys.executable, "-P", "-m", "appliance", "--config", str(config), *arguments]


def lone_settings(folder: Path) -> Path:
    """The settings of a box without any destination, below a folder."""
    ensure_key(folder / "key", LONE_BOX_ID)
    (folder / "drop" / "scan01").mkdir(parents=True)
    settings = folder / "appliance.toml"
    settings.write_text(
        f'[box]\nid = "{LONE_BOX_ID}"\n[paths]\nstate = "{folder}/state"\n'
        f'drop = "{folder}/drop"\nkey = "{folder}/key"\n'
        "[intake]\nsettle_seconds = 0.2\npatience_seconds = 1\nscan_seconds = 0.5\n"
        "[workers]\ncount = 1\nreserve_mib = 1\n[text]\nenabled = false\n[web]\nport = 0\n"
    )
    return settings


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so; fails after the tests' patience, naming what was awaited."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(_POLL_SECONDS)


def page(address: str | None, path: str, language: str = "vi") -> str:
    """What the page of a running service shows."""
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        f"{address}{path}", headers={"Accept-Language": language}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the same
        body: bytes = answer.read()
    return body.decode("utf-8")


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with the test, however the test ends."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
