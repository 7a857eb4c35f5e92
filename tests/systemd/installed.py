"""An appliance installed in a booted container, by the very commands of ``docs/operations.md``."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from appliance.spreadsheet.writing import write_workbook
from tests.pipeline.making import LIST_CODE, workbook_of
from tests.systemd.booting import CHECKOUT
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.systemd.booting import Container

PATIENCE_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 1.0
PLACES: Final = ("province", "usb-1")
_OPERATIONS: Final = CHECKOUT / "docs" / "operations.md"
_SETTINGS: Final = """\
[box]
id = "archive-01"
[intake]
settle_seconds = 1
patience_seconds = 60
scan_seconds = 2
[workers]
count = 2
reserve_mib = 1
[sync]
probe_seconds = 1
[[destination]]
name = "province"
label = "Kho lưu trữ tỉnh"
host = "127.0.0.1"
user = "appliance-store"
known_hosts = "/etc/appliance/known_hosts"
store_id = "store-province"
store_key = "{store_key}"
[[destination]]
name = "usb-1"
label = "Ổ cứng rời số 1"
kind = "folder"
path = "/media/usb-1"
store_id = "usb-1"
"""


def eventually(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so; fails after the tests' patience, naming what was awaited."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(_POLL_SECONDS)


class Installed:
    """The box, its storage host and its scanner's account, all in one container.

    Args:
        machine: Booted.
        pages: Hồ sơ of the register, on one approved list, and the pages that they expect.
    """

    def __init__(self, machine: Container, pages: Mapping[str, int]) -> None:
        self.machine = machine
        self._install()
        self._make_store()
        self._make_places()
        self._register(pages)
        machine.shell(documented("systemctl enable --now appliance"))

    @property
    def scanner_folder(self) -> Path:
        """Where the scanner drops, as the host sees it."""
        return self.machine.root / "srv/drop/scan01"

    def scan(self, file_code: str, count: int, *, first_seed: int) -> None:
        """Drop pages 1 to ``count`` as the scanner's account does, with its umask."""
        ours = self.machine.handed / file_code
        ours.mkdir()
        for number in range(1, count + 1):
            (ours / f"{number:04d}.png").write_bytes(page_bytes(first_seed + number))
        self.as_scanner(
            f"mkdir /srv/drop/scan01/{file_code}\n"
            f"for page in /handed/{file_code}/*; do\n"
            f'cat "$page" > "/srv/drop/scan01/{file_code}/${{page##*/}}"\ndone'
        )

    def as_scanner(self, script: str) -> None:
        """Run a shell script as the account of the scanner."""
        account = ("runuser", "-u", "scan01", "--", "sh", "-eu")
        ended = self.machine.run(*account, entered=f"umask 007\n{script}")
        assert ended.returncode == 0, ended.stderr

    @contextmanager
    def scanner_at_work(self, script: str) -> Iterator[None]:
        """Run a script as the scanner's account, whose shell stays until the block ends."""
        account = ("runuser", "-u", "scan01", "--", "sh", "-euc")
        with self.machine.started(*account, f"umask 007\n{script}\nread end || :") as process:
            try:
                yield
            finally:
                process.communicate()
        assert process.returncode == 0

    def counts(self) -> dict[str, Any]:
        """What ``status --json`` counts."""
        told: dict[str, Any] = json.loads(self.machine.appliance("status", "--json").stdout)
        counted: dict[str, Any] = told["counts"]
        return counted

    def is_proved_by_journal(self) -> bool:
        """Whether the service told of a proof at each place; asking this costs little."""
        told = self.machine.journal()
        return all(re.search(rf"(?m)proved urn:uuid:\S+ at {place}$", told) for place in PLACES)

    @property
    def proved_packages(self) -> int:
        """Packages that are proved at every destination."""
        return int(self.counts()["proved_everywhere"])

    @property
    def inspected_files(self) -> int:
        """Files that were dropped, decoded and found good."""
        return int(self.counts()["masters"]["inspected"])

    def is_active(self, restarts: int) -> bool:
        """Whether the service is ready, started so often by systemd itself since it was told."""
        is_ready = self.machine.unit("ActiveState") == "active"
        return is_ready and int(self.machine.unit("NRestarts")) >= restarts

    def decoders(self) -> list[int]:
        """Process numbers of the decoders, as the container counts."""
        listed = self.machine.shell("ps -u appliance -o pid=,args= | grep 'workers[.]worker' || :")
        return [int(line.split()[0]) for line in listed.splitlines()]

    def _install(self) -> None:
        account = documented("install -D -m 0644 systemd/appliance.service")
        self.machine.shell(f"cd /checkout\n{account}")
        self.machine.shell(documented("-f /var/lib/appliance/keys/box"))
        self.machine.shell(documented("useradd --system --no-create-home --shell"))

    def _make_store(self) -> None:
        server = documented("sshd -t && systemctl reload ssh").replace("reload", "start")
        self.machine.shell(f"ssh-keygen -q -A\nmkdir -p /run/sshd\ncd /checkout\n{server}")
        self.machine.shell(
            "cd /handed\nkey=/var/lib/appliance/keys/box.pub\ninstall -m 644 $key box.pub\n"
            'echo "restrict $(cat box.pub)" > /etc/ssh/authorized_keys.d/appliance-store'
        )
        account = ("runuser", "-u", "appliance-store", "--")
        python = ("env", "--chdir=/handed", "/opt/appliance/current/bin/python")
        made = self.machine.run(*account, *python, entered=documented("create_store(store"))
        assert made.returncode == 0, made.stderr
        settings = _SETTINGS.format(store_key=made.stdout.strip())
        (self.machine.root / "etc/appliance/appliance.toml").write_text(settings, "utf-8")
        hosts = documented("ssh-keyscan")
        self.machine.shell(re.sub(r"10\.0\.0\.12 10\.0\.0\.13", "127.0.0.1", hosts))

    def _make_places(self) -> None:
        self.machine.shell("install -d -o appliance -g appliance -m 750 /media/usb-1")
        made = self.machine.appliance("prepare-place", "--store-id", "usb-1", "/media/usb-1")
        assert made.returncode == 0, made.stderr

    def _register(self, pages: Mapping[str, int]) -> None:
        write_workbook(self.machine.handed / "register.xlsx", workbook_of(pages))
        (self.machine.handed / "register.xlsx").chmod(0o644)
        decision = ("--decision", "12/QĐ-SNV", "--date", "02/03/2026", "--signer", "Nguyễn Văn An")
        for told in (("import", "/handed/register.xlsx"), ("approve", LIST_CODE, *decision)):
            ended = self.machine.appliance("register", *told)
            assert ended.returncode == 0, ended.stdout + ended.stderr


def documented(command: str) -> str:
    """The one block of commands in the manual that holds this one."""
    manual = _OPERATIONS.read_text("utf-8")
    blocks = re.findall(r"(?ms)^```(?:sh|python)\n(.*?)^```", manual)
    (found,) = [block for block in blocks if command in block]
    return str(found)
