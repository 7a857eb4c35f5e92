"""The demo's fonds in a box with real places of every kind, and what is left when it is lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from appliance.bootstrap import open_appliance
from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.config.sheet_places import Sheet, sheet_of, to_text
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.recovery_key import typed_lines
from appliance.pipeline import corrections
from appliance.pipeline.register import approve, import_workbook
from appliance.pipeline.signed_pdfs import SignedPdfStage
from appliance.service.backing_up import backup_step
from appliance.signing.keys import ensure_key, load_key
from appliance.spreadsheet.reading import read_workbook
from appliance.sync.farstore import allow_sender, create_store
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain_place import prepare
from appliance.sync.sshd import ForcedCommand, LoopbackSshd
from tests.pipeline.making import BOX_ID, Bench
from tests.recovery.making import rows_of
from tests.signing.authority import Authority, signed
from tests.sync.plain_making import ADD_ONLY, mounted
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from appliance.bootstrap import Appliance
    from appliance.samples.values import SampleFonds
    from appliance.signing.keys import PublicKey

AGENT: Final = "person:tester"
AS_SCANNED: Final = "H11.BT-1993.021"
RESCANNED: Final = "H11.BTH-1966.012"
SIGNED: Final = "H11.TH-1985.073"
PACKAGES: Final = 8
"""The six hồ sơ of the demo, and a second version of the two that were changed."""
PLACES: Final = ("province", "so", "usb", "fat")
"""A receiver; plain SFTP; a disk of ext4; a disk of FAT32 on which packages lie in parts."""
SPLIT: Final = "fat"
LARGEST_FILE_BYTES: Final = 6 * TRANSFER_BLOCK_BYTES + 4096
"""Six blocks, and some bytes that no block fits into: half of the packages are larger."""
_DISK_MIB: Final = 256
_HOUR_SECONDS: Final = 3600
_QUICK: Final = """
[intake]
settle_seconds = 0.3
patience_seconds = 2.0
scan_seconds = 0.5
[workers]
reserve_mib = 1
count = 1
[web]
port = 0
[sync]
every_minutes = 1
probe_seconds = 1
[text]
enabled = false
"""


class JailedSshd(LoopbackSshd):
    """A server whose sessions see nothing above one folder, as careful storage hosts have it."""

    jail: Path

    def _write_files(self, program: str) -> None:
        super()._write_files(program)
        with self._config_path.open("a") as config:
            config.write(f"ChrootDirectory {self.jail}\n")


@contextmanager
def jail() -> Iterator[Path]:
    """A folder that nobody but root may change from the root on, as sshd wants it of a jail."""
    with tempfile.TemporaryDirectory(prefix="appliance-test-", dir="/run") as made:
        yield Path(made)


@dataclass
class Site:
    """Storage of every kind, and the settings of a box that uses it.

    Args:
        folder: Everything of the box lies in it.
        roots: Where each place's bytes lie on this machine, by its name.
        receiver: The sshd of the receiver.
        sftp: The sshd of the SFTP place.
        sftp_path: The SFTP place as its server names it.
    """

    folder: Path
    roots: dict[str, Path]
    receiver: LoopbackSshd
    sftp: LoopbackSshd
    sftp_path: str

    @property
    def config(self) -> Path:
        """The settings of the box."""
        return self.folder / "appliance.toml"

    @property
    def recovery_key(self) -> Path:
        """The private half of the recovery key, as its QR code holds it."""
        return self.folder / "recovery"

    @property
    def typed_key(self) -> Path:
        """The same as somebody typed it, in small letters."""
        path = self.folder / "khoa.txt"
        path.write_text("\n".join(typed_lines(load_key(self.recovery_key).seed())).lower())
        return path

    def write_settings(self, path: Path, state: Path, key: Path, drop: Path) -> None:
        """Write settings of a box with all places."""
        store_key = load_key(self.roots["province"] / ".appliance" / "key").public.line()
        hosts = {"province": self.receiver, "so": self.sftp}
        own = {
            "province": f'store_key = "{store_key}"\n',
            "so": f'kind = "sftp"\npath = "{self.sftp_path}"\n',
            "usb": f'kind = "folder"\npath = "{self.roots["usb"]}"\n',
            "fat": f'kind = "folder"\npath = "{self.roots["fat"]}"\n',
        }
        text = f'[box]\nid = "{BOX_ID}"\n[paths]\nstate = "{state}"\nkey = "{key}"\n'
        text += f'drop = "{drop}"\n{_QUICK}'
        for name in PLACES:
            text += f'[[destination]]\nname = "{name}"\nlabel = "Kho {name}"\n'
            text += f'store_id = "store-{name}"\n{own[name]}'
            if name in hosts:
                sshd = hosts[name]
                text += f'host = "{sshd.host}"\nport = {sshd.port}\nuser = "{sshd.user}"\n'
                text += f'known_hosts = "{sshd.known_hosts_path}"\n'
        path.write_text(text, "utf-8")

    def sheet(self, name: str) -> Path:
        """The text of one place's QR code on the sheet, in a file."""
        settings = load_settings(self.config)
        whole = sheet_of(settings, [load_key(settings.paths.key).public])
        path = self.folder / f"phieu-{name}.toml"
        path.write_text(to_text(Sheet(whole.box_id, whole.keys, (whole.place(name),))), "utf-8")
        return path

    def origin(self, name: str) -> str:
        """What a technician names the place by: disks by where they are mounted."""
        return name if name in {"province", "so"} else str(self.roots[name])

    def let_in(self, key: PublicKey, folder: Path) -> tuple[LoopbackSshd, LoopbackSshd]:
        """The hosts' servers with one box's key among the authorised ones, not started."""
        recovery = load_key(self.recovery_key).public
        receive = receiver_program(self.roots["province"])
        doors = [ForcedCommand(key, receive), ForcedCommand(recovery, (*receive, "--read-only"))]
        receiver = LoopbackSshd(folder / "receiver", doors)
        doors = [ForcedCommand(key, ADD_ONLY), ForcedCommand(recovery, ("internal-sftp", "-R"))]
        if os.geteuid() != 0:
            return receiver, LoopbackSshd(folder / "sftp", doors)
        jailed = JailedSshd(folder / "sftp", doors)
        jailed.jail = self.roots["so"].parent
        return receiver, jailed


def receiver_program(store: Path) -> tuple[str, ...]:
    """What sshd starts for the box."""
    return (sys.executable, "-P", "-m", "appliance", "receive", "--store", str(store))


@contextmanager
def empty_roots(folder: Path) -> Iterator[dict[str, Path]]:
    """Where each place's bytes may lie, by its name: the disks are mounted."""
    with ExitStack() as stack:
        above = stack.enter_context(jail()) if os.geteuid() == 0 else folder
        roots = {"province": folder / "store", "so": above / "place"}
        for name, kind in (("usb", "ext4"), ("fat", "vfat")):
            roots[name] = stack.enter_context(mounted(folder / kind, kind, _DISK_MIB)).root
        for root in roots.values():
            root.mkdir(exist_ok=True)
        yield roots


@contextmanager
def copied_roots(site: Site, folder: Path) -> Iterator[dict[str, Path]]:
    """The same bytes at places of one's own: what happens there harms no other test."""
    with empty_roots(folder) as roots:
        for name, root in roots.items():
            subprocess.run(["cp", "-r", f"{site.roots[name]}/.", str(root)], check=True)
        yield roots


@contextmanager
def storage(folder: Path) -> Iterator[Site]:
    """Every kind of place, really there; skips where disks cannot be mounted."""
    with ExitStack() as stack:
        roots = stack.enter_context(empty_roots(folder))
        key = ensure_key(folder / "old" / "key", BOX_ID).public
        ensure_key(folder / "recovery", f"recovery of {BOX_ID}")
        create_store(roots["province"], "store-province")
        allow_sender(roots["province"], BOX_ID, key)
        for name in ("so", "usb", "fat"):
            largest_bytes = LARGEST_FILE_BYTES if name == SPLIT else 0
            prepare(FolderFiles(roots[name]), f"store-{name}", largest_bytes)
        path = "/place" if os.geteuid() == 0 else str(roots["so"])
        site = Site(folder, roots, LoopbackSshd(folder, ()), LoopbackSshd(folder, ()), path)
        site.receiver, site.sftp = site.let_in(key, folder / "sshd")
        stack.enter_context(site.receiver)
        stack.enter_context(site.sftp)
        old = folder / "old"
        site.write_settings(site.config, old / "state", old / "key", old / "drop")
        yield site


def live(site: Site, executor: Executor, sample: SampleFonds) -> None:
    """What the box did: hồ sơ sealed, corrected and signed, copied to every place, backed up.

    Args:
        site: Its storage.
        executor: Inspects and derives.
        sample: What the demo drops.
    """
    clock = MovingClock(SystemClock().now())
    clock.advance(-_HOUR_SECONDS)
    bench = Bench(site.folder / "old", executor, clock)
    with closing(bench):
        import_workbook(bench.catalogue, read_workbook(sample.register))
        approve(bench.catalogue, sample.approval)
        for drop in sample.plan:
            bench.drop(drop.file_code, drop.name, drop.source.read_bytes())
        bench.settle()
        _rescan(bench, sample.folder / RESCANNED / "0001.jpg")
        _sign(bench, SIGNED)
        assert len(bench.packages()) == PACKAGES
    with closing(open_appliance(load_settings(site.config))) as appliance:
        recovery = site.folder / "old" / "state" / "keys" / "recovery.pub"
        recovery.parent.mkdir(exist_ok=True)
        recovery.write_text(load_key(site.recovery_key).public.line())
        send_all(appliance)
        step = backup_step(appliance)
        step.stage.make()
        assert [sending.run_once("test:backup") for sending in step.sendings] == [1] * len(PLACES)


def send_all(appliance: Appliance) -> None:
    """Bring every package everywhere."""
    for place in appliance.settings.destination:
        stage = appliance.deposit_stage(place)
        assert stage.probe(), place.name
        while stage.run_once(f"sync:{place.name}:1"):
            pass
    states = {(row["destination"], row["state"]) for row in rows_of(appliance.catalogue, "deposit")}
    assert states >= {(name, "proved") for name in PLACES}
    assert {state for name, state in states if name in PLACES} == {"proved"}


def _rescan(bench: Bench, scan: Path) -> None:
    """A page of a sealed hồ sơ is scanned again, a bit crooked, and its second version sealed."""
    file_code, again = scan.parent.name, io.BytesIO()
    with Image.open(scan) as image:
        image.rotate(0.4).save(again, "JPEG", dpi=image.info["dpi"])
    with bench.catalogue.write() as writing:
        corrections.start(writing, file_code, "trang mờ", AGENT)
    bench.drop(file_code, scan.name, again.getvalue())
    bench.settle()
    with bench.catalogue.write() as writing:
        corrections.finish(writing, file_code, AGENT)
    bench.settle()


def _sign(bench: Bench, file_code: str) -> None:
    """The agency signs the PDF of a sealed hồ sơ, and its second version holds it bit for bit."""
    authority, name = Authority(), f"{file_code}.pdf"
    packages = map(bench.package_path, bench.packages())
    (package,) = [one for one in packages if one.parent.name == file_code]
    path = bench.folder / name
    path.write_bytes(signed(_pdf_in(package, name), authority.person(), authority.root))
    stage = SignedPdfStage(bench.catalogue, bench.store, bench.executor, bench.work, ())
    (outcome,) = stage.take([path], AGENT)
    assert outcome.version == 2
    bench.settle()


def _pdf_in(package: Path, name: str) -> bytes:
    with zipfile.ZipFile(package) as archive:
        (found,) = [one for one in archive.namelist() if one.endswith(f"/rep1/data/{name}")]
        return archive.read(found)
