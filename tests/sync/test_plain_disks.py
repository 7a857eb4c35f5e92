"""Removable disks, really mounted: pulled, full, write-protected, and with FAT's limits."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import xxhash

from appliance.domain.errors import RemoteError
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.sync.folder_files import FolderFiles
from appliance.sync.mounts import FAT_LARGEST_BYTES, mount_of
from appliance.sync.papers import NO_RECEIPT, ReceiptHead
from appliance.sync.plain_files import INCOMING
from tests.sync.making import BLOCK_BYTES, Box, Sealed
from tests.sync.plain_making import SMALL_FILE_BYTES, Disk, PlainFar, folder_far, mounted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt

LONG_BYTES = int(os.environ.get("APPLIANCE_LONG_PACKAGE_BYTES", "0"))
"""Such as 5000000000: a package of so many bytes goes to a FAT32 disk; takes minutes."""


@pytest.fixture(params=["ext4", "exfat"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk that is plugged in."""
    with mounted(tmp_path / "disk", request.param) as disk:
        yield disk


def deposit(far: PlainFar, sealed: Sealed, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
    """Deposit a sealed package."""
    return far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature, head=head)


def refused(far: PlainFar, sealed: Sealed) -> RemoteError:
    """Deposit in vain."""
    with pytest.raises(RemoteError) as told:
        deposit(far, sealed)
    return told.value


@pytest.mark.parametrize("block_count", [0, 20, 40])
def test_a_disk_pulled_in_the_middle_is_resumed(disk: Disk, box: Box, block_count: int) -> None:
    """nicotsx/zerobyte#267: a disk that is away is a state; the work goes on when it is back."""
    far = folder_far(disk.root, box)
    sealed = box.seal(40 * BLOCK_BYTES)
    pulled: list[int] = []

    def pull(done_bytes: int, _: int) -> None:
        if done_bytes >= block_count * BLOCK_BYTES and not pulled:
            pulled.append(done_bytes)
            disk.pull()

    with pytest.raises(RemoteError) as told:
        far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=pull)
    assert (told.value.code, told.value.retryable) == ("FAR-STORE-MISSING", True)
    assert list(disk.root.iterdir()) == []
    with pytest.raises(RemoteError) as away:
        far.remote.probe()
    assert away.value.code == "FAR-STORE-MISSING"
    disk.plug_in()
    assert deposit(far, sealed).receipt.sha256 == sealed.sidecar.sha256
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_write_protected_disk_is_told_with_its_path(disk: Disk, box: Box) -> None:
    """The switch on a card, or a file system that the kernel no longer trusts."""
    far = folder_far(disk.root, box)
    sealed = box.seal(4 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(far, sealed))
    disk.pull()
    disk.plug_in(read_only=True)
    problem = refused(far, box.seal(100, 2))
    assert (problem.code, problem.retryable) == ("FAR-STORAGE", True)
    assert "Read-only" in str(problem)
    assert str(disk.root) in str(problem)
    assert far.remote.probe().receipt_counter == head.counter
    assert far.remote.scrub(sealed.sidecar) == ()


def test_a_disk_that_fills_up_on_the_way_is_told_and_resumed(disk: Disk, box: Box) -> None:
    """syncthing#8106: what was written stays, and is continued once there is room."""
    far = folder_far(disk.root, box)
    sealed = box.seal(320 * BLOCK_BYTES)
    ballast = disk.root / "films"

    def fill(done_bytes: int, _: int) -> None:
        if done_bytes >= 40 * BLOCK_BYTES and not ballast.exists():
            subprocess.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=1M"], check=False)
            assert os.statvfs(disk.root).f_bavail < 100

    with pytest.raises(RemoteError) as told:
        far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=fill)
    assert (told.value.code, told.value.retryable) == ("FAR-DISK-FULL", True)
    assert refused(far, sealed).code == "FAR-DISK-FULL"
    assert far.stored_bytes(sealed.name) is None
    ballast.unlink()
    seen: list[int] = []
    far.remote.deposit(
        sealed.path, sealed.sidecar, sealed.signature, progress=lambda done, _: seen.append(done)
    )
    assert seen[0] >= 30 * BLOCK_BYTES
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_permissions_that_are_gone_are_told(tmp_path: Path, box: Box) -> None:
    """Not even root writes into a folder that was made immutable."""
    with mounted(tmp_path / "disk", "ext4") as disk:
        far = folder_far(disk.root, box)
        incoming = disk.root / INCOMING
        if subprocess.run(["chattr", "+i", incoming], check=False).returncode:
            pytest.skip("NOT CHECKED: no chattr")
        problem = refused(far, box.seal(100))
        assert (problem.code, problem.retryable) == ("FAR-STORAGE", True)
        assert str(incoming) in str(problem)
        subprocess.run(["chattr", "-i", incoming], check=True)
        assert deposit(far, box.seal(100)).receipt.counter == 1


def test_reads_come_from_the_disk_where_they_can(tmp_path: Path, box: Box) -> None:
    """A receipt says that a cache is possible exactly where it is."""
    with mounted(tmp_path / "ext4", "ext4") as disk:
        far = folder_far(disk.root, box)
        assert deposit(far, box.seal(10 * BLOCK_BYTES)).receipt.cache_possible is False
    memory = tmp_path / "memory"
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", memory], check=True)
    try:
        far = folder_far(memory, box)
        assert deposit(far, box.seal(10 * BLOCK_BYTES)).receipt.cache_possible is True
    finally:
        subprocess.run(["umount", memory], check=True)


# --- FAT ------------------------------------------------------------------------------------


def test_fat_is_noticed(tmp_path: Path, box: Box) -> None:
    """Preparing a FAT32 disk notes its limit and that it folds case."""
    with mounted(tmp_path / "disk", "vfat") as disk:
        assert FolderFiles(disk.root).mount().largest_file_bytes == FAT_LARGEST_BYTES
        far = folder_far(disk.root, box, FAT_LARGEST_BYTES)
        text = (far.root / ".appliance" / "store.json").read_text()
        assert '"folds_case":true' in text
        assert '"largest_file_bytes":4294967295' in text


def test_names_that_differ_in_case_alone_are_kept_apart(tmp_path: Path, box: Box) -> None:
    """Two hồ sơ whose codes are one name on FAT are still listed as what they are."""
    with mounted(tmp_path / "disk", "vfat") as disk:
        far = folder_far(disk.root, box, FAT_LARGEST_BYTES)
        first, second = box.seal(100, 1, file_code="HS-a"), box.seal(100, 2, file_code="HS-A")
        head = ReceiptHead.of(deposit(far, first))
        deposit(far, second, head)
        assert set(far.remote.package_names()) == {first.name, second.name}
        assert far.remote.sidecar(first.name) == first.signed
        assert far.remote.sidecar(second.name) == second.signed


def test_a_split_package_can_be_joined_by_anybody(tmp_path: Path, box: Box) -> None:
    """The text beside the parts says how, and what it says works as it stands."""
    far = folder_far(tmp_path, box, SMALL_FILE_BYTES)
    sealed = box.seal(10 * BLOCK_BYTES)
    deposit(far, sealed)
    folder = far.folder(sealed.name)
    assert [path.name[-8:] for path in far.paths(sealed.name)] == [
        f".zip.{number:03d}" for number in (1, 2, 3, 4)
    ]
    assert max(path.stat().st_size for path in far.paths(sealed.name)) <= SMALL_FILE_BYTES
    (text,) = folder.glob("*.txt")
    said = text.read_text("utf-8-sig")
    (command,) = (line for line in said.splitlines() if "cat " in line)
    subprocess.run(["sh", "-c", command.partition(":")[2]], cwd=folder, check=True)
    assert (folder / sealed.name.zip_name).read_bytes() == sealed.path.read_bytes()
    assert sealed.sidecar.sha256 in said
    assert "GÓI TIN" in said
    head = ReceiptHead(1, next(far.remote.receipts()).digest())
    far.remote.audit(sealed.sidecar, head=head)


def test_a_part_that_is_missing_is_sent_again_alone(tmp_path: Path, box: Box) -> None:
    """The other parts stay as they are."""
    far = folder_far(tmp_path, box, SMALL_FILE_BYTES)
    sealed = box.seal(10 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(far, sealed))
    far.paths(sealed.name)[1].unlink()
    with pytest.raises(RemoteError) as told:
        far.remote.audit(sealed.sidecar, head=head)
    assert told.value.code == "FAR-COPY-DAMAGED"
    seen: list[int] = []
    far.remote.deposit(
        sealed.path,
        sealed.sidecar,
        sealed.signature,
        head=head,
        progress=lambda done, _: seen.append(done),
    )
    assert seen[0] == 7 * BLOCK_BYTES
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_damaged_part_is_never_written_over(tmp_path: Path, box: Box) -> None:
    """With a part missing and another damaged, the damaged one waits for its quarantine."""
    far = folder_far(tmp_path, box, SMALL_FILE_BYTES)
    sealed = box.seal(10 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(far, sealed))
    paths = far.paths(sealed.name)
    paths[3].unlink()
    paths[0].write_bytes(b"x" * paths[0].stat().st_size)
    assert refused_with(far, sealed, head) == "FAR-COPY-DAMAGED"
    assert paths[0].read_bytes().startswith(b"xxx")
    assert far.remote.quarantine(sealed.sidecar) is True
    deposit(far, sealed, head)
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def refused_with(far: PlainFar, sealed: Sealed, head: ReceiptHead) -> str:
    """Deposit in vain after a receipt; the code."""
    with pytest.raises(RemoteError) as told:
        deposit(far, sealed, head)
    return told.value.code


@pytest.mark.timeout(7200)
@pytest.mark.skipif(LONG_BYTES == 0, reason="set APPLIANCE_LONG_PACKAGE_BYTES=5000000000")
def test_a_package_of_more_than_four_gib_goes_to_fat(tmp_path: Path, box: Box) -> None:
    """On a real FAT32 disk it lies in parts, and comes back as it went.

    The driver in user space fails at 2 GiB; there the parts are shorter.
    """
    path = tmp_path / "long.zip"
    with path.open("wb") as stream:
        stream.truncate(LONG_BYTES)
        for offset in range(0, LONG_BYTES, 64 * 1024 * 1024):
            stream.seek(offset)
            stream.write(os.urandom(64))
    sealed = _seal_long(box, path)
    with mounted(tmp_path / "disk", "vfat", LONG_BYTES // 2**20 * 2) as disk:
        is_of_the_kernel = FolderFiles(disk.root).mount().kind == "vfat"
        largest_bytes = FAT_LARGEST_BYTES if is_of_the_kernel else 2**31 - 2**20
        far = folder_far(disk.root, box, largest_bytes)
        deposit(far, sealed)
        assert len(far.paths(sealed.name)) == -(-LONG_BYTES // largest_bytes)
        assert far.remote.scrub(sealed.sidecar) == ()
        far.remote.fetch(sealed.name, tmp_path / "back.zip")
    assert (tmp_path / "back.zip").stat().st_size == LONG_BYTES


def _seal_long(box: Box, path: Path) -> Sealed:
    """Seal a package that is too long for memory."""
    short = box.seal(1)
    whole, blocks = hashlib.sha256(), []
    with path.open("rb") as stream:
        while block := stream.read(TRANSFER_BLOCK_BYTES):
            whole.update(block)
            blocks.append(xxhash.xxh3_128_hexdigest(block))
    sidecar = replace(
        short.sidecar,
        size_bytes=path.stat().st_size,
        sha256=whole.hexdigest(),
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=tuple(blocks),
    )
    return box.sign(path, sidecar)


# --- what is mounted where ------------------------------------------------------------------

MOUNTS = """\
1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw
2 1 0:5 / /proc rw shared:5 - proc proc rw
3 1 8:17 / /media/usb\\040disk rw,relatime shared:7 master:1 - vfat /dev/sdb1 rw
4 1 8:33 / /media/usb\\040disk/inner rw - exfat /dev/sdc1 rw
5 1 0:9 / /covered rw - ext4 /dev/sdd1 rw
6 1 0:9 / /covered rw - fuse.sshfs host:/ rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home", "ext4"),
        ("/media/usb disk", "vfat"),
        ("/media/usb disk/packages", "vfat"),
        ("/media/usb disk/inner/x", "exfat"),
        ("/media/usb diskette", "ext4"),
        ("/covered/x", "fuse.sshfs"),
    ],
)
def test_the_nearest_mount_counts(tmp_path: Path, folder: str, kind: str) -> None:
    """Names with blanks, mounts within mounts, and one over another."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert mount_of(tmp_path.__class__(folder), mounts).kind == kind
