"""Plain places for the sync tests: folders, disks that are really mounted, and a real SFTP."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from appliance.domain.identifiers import object_folder
from appliance.signing.keys import generate_key
from appliance.sync.connecting import SshAddress
from appliance.sync.folder_files import FolderFiles
from appliance.sync.papers import PinnedStore
from appliance.sync.parts import parts_among
from appliance.sync.plain import Sender
from appliance.sync.plain_kinds import folder_remote, sftp_remote
from appliance.sync.plain_place import package_folder, prepare
from appliance.sync.sftp_files import SftpFiles
from appliance.sync.sshd import HOST, ForcedCommand, LoopbackSshd
from tests.sync.making import BOX_ID, QUICK, STORE_ID, Box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.sync.papers import PackageName
    from appliance.sync.plain import PlainRemote
    from appliance.sync.plain_files import PlainFiles

SMALL_FILE_BYTES = 200_000
"""A largest file of three blocks of the tests, and some bytes that no block fits into."""

_IDLE_SECONDS = 120.0

ADD_ONLY = ("internal-sftp", "-P", "remove,rmdir,setstat,fsetstat,symlink,hardlink")
"""As a careful storage host would start it."""


@dataclass
class PlainFar:
    """A plain place and the remote to it, seen from its own disk too.

    Args:
        root: Its folder.
        box: Whose.
        remote: The port to it.
        files: Opens its files.
    """

    root: Path
    box: Box
    remote: PlainRemote
    files: Callable[[], PlainFiles]
    pinned: PinnedStore = field(init=False)

    def __post_init__(self) -> None:
        self.pinned = PinnedStore(STORE_ID, self.box.key.public)

    def folder(self, name: PackageName) -> Path:
        """Where a package lies."""
        return self.root / package_folder(name)

    def paths(self, name: PackageName) -> list[Path]:
        """Its file, or its parts; none when there is nothing."""
        whole = self.folder(name) / name.zip_name
        if whole.exists():
            return [whole]
        names = [path.name for path in self.folder(name).glob("*")]
        return [self.folder(name) / part for part in parts_among(names, name.zip_name)]

    def sidecar_path(self, name: PackageName) -> Path:
        """Where its sidecar lies."""
        return self.folder(name) / f"{object_folder(name.objid)}.json"

    def stored_bytes(self, name: PackageName) -> bytes | None:
        """What lies there under a name."""
        paths = self.paths(name)
        return b"".join(path.read_bytes() for path in paths) if paths else None

    def change(self, name: PackageName, make: Callable[[bytes], bytes | None]) -> None:
        """Replace what lies there by what a function makes of it; its last part takes the rest."""
        paths = self.paths(name)
        data = make(b"".join(path.read_bytes() for path in paths))
        for path in paths:
            size_bytes = path.stat().st_size if path != paths[-1] else len(data or b"")
            path.unlink()
            if data is not None:
                path.write_bytes(data[:size_bytes])
                data = data[size_bytes:]


def sender_of(box: Box) -> Sender:
    """The box as plain places know it."""
    return Sender(BOX_ID, box.key)


def folder_far(root: Path, box: Box, largest_file_bytes: int = 0) -> PlainFar:
    """A prepared folder."""
    prepare(FolderFiles(root), STORE_ID, largest_file_bytes)
    remote = folder_remote(root, STORE_ID, sender_of(box))
    return PlainFar(root, box, remote, lambda: FolderFiles(root))


class SftpHost:
    """A real sshd that gives SFTP to one key."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ("internal-sftp",)) -> None:
        if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None:
            pytest.skip("needs a real sshd: apt install openssh-server")
        folder.mkdir()
        self.key_path = folder / "login_key"
        key = generate_key(self.key_path, "login of a test")
        self.sshd = LoopbackSshd(folder / "sshd", [ForcedCommand(key.public, command)])

    def address(self, port: int = 0, known_hosts_path: Path | None = None) -> SshAddress:
        """The server's address, or that of a proxy before it."""
        known_hosts = known_hosts_path or self.sshd.known_hosts_path
        return SshAddress(HOST, port or self.sshd.port, self.sshd.user, self.key_path, known_hosts)

    def wait_until_idle(self) -> None:
        """Wait for the end of every session, also of those whose line was cut."""
        process = self.sshd._process
        assert process is not None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + _IDLE_SECONDS
        while children.read_text().strip():
            assert time.monotonic() < deadline, "a session does not end"
            time.sleep(0.02)


def sftp_far(host: SftpHost, root: Path, box: Box) -> PlainFar:
    """A prepared folder behind a running server."""
    root.mkdir()

    def files() -> SftpFiles:
        return SftpFiles(host.address(), str(root), QUICK)

    opened = files()
    prepare(opened, STORE_ID)
    opened.close()
    remote = sftp_remote(host.address(), str(root), STORE_ID, sender_of(box), timeouts=QUICK)
    return PlainFar(root, box, remote, files)


class Disk:
    """A file system of its own in a file, mounted as a removable disk is.

    Args:
        folder: For the image and the mount point.
        kind: ``ext4``, ``vfat`` or ``exfat``.
        size_mib: How large; nothing is taken that is not used.
    """

    def __init__(self, folder: Path, kind: str, size_mib: int = 96) -> None:
        folder.mkdir()
        self.kind = kind
        self.root = folder / "disk"
        self.root.mkdir()
        self._image = folder / "image"
        with self._image.open("wb") as stream:
            stream.truncate(size_mib * 1024 * 1024)
        self._is_mounted = False
        self._loop = ""
        _run(_make_command(kind), str(self._image))

    def __enter__(self) -> Self:
        """Plug it in."""
        self.plug_in()
        return self

    def __exit__(self, *_: object) -> None:
        """Pull it."""
        if self._is_mounted:
            self.pull()

    def plug_in(self, *, read_only: bool = False) -> None:
        """Mount it; skips where neither the kernel nor a program can."""
        option = "ro" if read_only else "rw"
        mount = ["mount", "-t", self.kind, "-o", f"loop,{option}"]
        if not _works(*mount, str(self._image), str(self.root)):
            self._mount_in_user_space(option)
        self._is_mounted = True

    def pull(self) -> None:
        """Take it away, whoever has a file of it open."""
        _run(["umount", "-l"], str(self.root))
        self._is_mounted = False
        if self._loop:
            _works("losetup", "-d", self._loop)
            self._loop = ""

    def _mount_in_user_space(self, option: str) -> None:
        if self.kind == "vfat" and _works(
            "fusefat", "-o", f"{option}+" if option == "rw" else option, *self._names()
        ):
            return
        if self.kind == "exfat":
            self._loop = subprocess.run(
                ["losetup", "-f", "--show", str(self._image)],
                capture_output=True,
                check=False,
                text=True,
            ).stdout.strip()
            if self._loop and _works("mount.exfat-fuse", "-o", option, self._loop, str(self.root)):
                return
            _works("losetup", "-d", self._loop or "none")
        pytest.skip(f"NOT CHECKED: nothing here mounts {self.kind}")

    def _names(self) -> tuple[str, str]:
        return str(self._image), str(self.root)


@contextmanager
def mounted(folder: Path, kind: str, size_mib: int = 96) -> Iterator[Disk]:
    """A mounted disk; skips for those who may not mount."""
    if os.geteuid() != 0:
        pytest.skip(f"NOT CHECKED: only root mounts a {kind} disk")
    with Disk(folder, kind, size_mib) as disk:
        yield disk


def _make_command(kind: str) -> list[str]:
    program = shutil.which(f"mkfs.{kind}", path="/usr/sbin:/sbin")
    if program is None:
        pytest.skip(f"NOT CHECKED: no mkfs.{kind}: apt install dosfstools exfatprogs")
    return [program, *{"ext4": ["-q"], "vfat": ["-F", "32"]}.get(kind, [])]


def _run(command: list[str], *arguments: str) -> None:
    subprocess.run([*command, *arguments], check=True, capture_output=True)


def _works(*command: str) -> bool:
    if shutil.which(command[0], path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
        return False
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def plain_far(kind: str, folder: Path, box: Box) -> Iterator[PlainFar]:
    """A plain place of one kind: a folder, a disk, split packages, or behind SFTP."""
    match kind:
        case "folder":
            yield folder_far(_made(folder / "place"), box)
        case "split":
            yield folder_far(_made(folder / "place"), box, SMALL_FILE_BYTES)
        case "ext4" | "vfat" | "exfat":
            with mounted(folder / kind, kind) as disk:
                largest_bytes = FolderFiles(disk.root).mount().largest_file_bytes
                yield folder_far(disk.root, box, largest_bytes)
        case "sftp" | "sftp-add-only":
            command = ADD_ONLY if kind == "sftp-add-only" else ("internal-sftp",)
            host = SftpHost(folder / "host", command)
            with host.sshd:
                yield sftp_far(host, folder / "place", box)
        case _:
            raise ValueError(kind)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
