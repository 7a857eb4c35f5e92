"""Packages on a carried disk: written, read back from it, and read where it was carried to.

A file of FAT32 ends below 4 GiB, so a larger package lies in parts, ``NAME.zip.001`` and so on,
on every disk alike; ``cat`` joins them.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import publish, temporary_beside
from appliance.disk.uncached_reading import blocks_of
from appliance.domain.errors import RuleError
from appliance.domain.identifiers import object_folder
from appliance.domain.receipts import Sidecar
from appliance.signing import sshsig
from appliance.sync.disk import PACKAGES
from appliance.sync.disk_folder import courier_refusal
from appliance.sync.papers import SignedSidecar, check_sidecar
from appliance.sync.parts import part_lengths, part_names, parts_among
from appliance.sync.protocol import MAX_PAYLOAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.disk import CourierDisk
    from appliance.sync.disk_folder import DiskFolder

PART_BYTES: Final = 4095 * 1024 * 1024
"""FAT32 holds files of less than 4 GiB; a whole number of blocks is left of it."""

_PIECE_BYTES: Final = 1024 * 1024
_FILES_BESIDE: Final = 6
"""Sidecar, its signature, a receipt, its signature, and two to spare for names."""


def room_bytes(sidecar: Sidecar, cluster_bytes: int) -> int:
    """What a package takes on a disk, with its papers and the receipt that comes back."""
    paper_bytes = len(sidecar.to_bytes())
    return sidecar.size_bytes + paper_bytes + (_FILES_BESIDE + 1) * cluster_bytes


def put_package(
    disk: CourierDisk,
    signed: SignedSidecar,
    blocks: Iterator[tuple[int, bytes]],
    part_bytes: int = PART_BYTES,
) -> None:
    """Write a package and its papers; each name is given to whole, durable bytes alone.

    Args:
        disk: It has no package of this OBJID.
        signed: What was sealed.
        blocks: The package's blocks in their order, checked as they come.
        part_bytes: The largest file; not smaller than the sidecar's block.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        IntegrityError: ``SOURCE-DAMAGED``, from the blocks; nothing of it has its name then.
        RemoteError: ``SOURCE-MISSING``, the same.
        OSError: The disk refused.
    """
    sidecar = signed.sidecar
    with disk.shard(PACKAGES, sidecar.objid, make=True) as folder:
        lengths_bytes = part_lengths(sidecar.size_bytes, sidecar.block_bytes, part_bytes)
        names = part_names(sidecar.name, len(lengths_bytes))
        written: list[tuple[Path, Path]] = []
        try:
            for name, length_bytes in zip(names, lengths_bytes, strict=True):
                final = folder.path(name)
                temporary = temporary_beside(final)
                written.append((temporary, final))
                _write_part(temporary, islice(blocks, -(-length_bytes // sidecar.block_bytes)))
            for _ in blocks:  # the end of the source is what tells that all of it was as sealed
                raise ValueError("more blocks than the sidecar names")
            for temporary, final in written:
                publish(temporary, final)
        finally:
            for temporary, _ in written:
                temporary.unlink(missing_ok=True)
        folder.write_once(f"{_stem(sidecar.objid)}.json", sidecar.to_bytes())
        folder.write_once(f"{_stem(sidecar.objid)}.json.sig", signed.signature.encode())


def _write_part(path: Path, blocks: Iterator[tuple[int, bytes]]) -> None:
    """Write through the cache: not every file system of a removable disk cuts a padded end off."""
    with path.open("xb") as stream:
        for _, block in blocks:
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def signed_sidecar(disk: CourierDisk, objid: str) -> SignedSidecar:
    """The sidecar of a package on the disk, judged as one from the wire; its signature is not.

    Raises:
        RuleError: ``COURIER-PACKAGE-DAMAGED`` or ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    name = f"{_stem(objid)}.json"
    try:
        with disk.shard(PACKAGES, objid) as folder:
            data = folder.read_small(name, MAX_PAYLOAD_BYTES)
            text = folder.read_small(f"{name}.sig", sshsig.MAX_SIGNATURE_CHARACTERS)
        sidecar = Sidecar.from_bytes(data)
        check_sidecar(sidecar)
    except (FileNotFoundError, ValueError) as problem:
        raise _damaged(objid, "thiếu hoặc sai giấy kèm", f"its sidecar: {problem}") from problem
    if sidecar.objid != objid:
        raise _damaged(objid, "giấy kèm của gói khác", f"its sidecar is of {sidecar.objid}")
    return SignedSidecar(sidecar, text.decode("ascii", "replace"))


def carried_blocks(disk: CourierDisk, sidecar: Sidecar) -> Iterator[bytes]:
    """The blocks of a package, read from the disk itself where its file system can.

    Raises:
        RuleError: ``COURIER-PACKAGE-DAMAGED`` when there are fewer or more bytes than announced,
            ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    held, left_bytes = bytearray(), sidecar.size_bytes
    for piece in _pieces(disk, sidecar.objid):
        left_bytes -= len(piece)
        if left_bytes < 0:
            raise _damaged(sidecar.objid, "dài hơn đã ghi", "it is longer than announced")
        held += piece
        while len(held) >= sidecar.block_bytes:
            yield bytes(memoryview(held)[: sidecar.block_bytes])
            del held[: sidecar.block_bytes]
    if left_bytes:
        raise _damaged(sidecar.objid, "bị cụt", f"{left_bytes} bytes are missing")
    if held:
        yield bytes(held)


def is_whole(disk: CourierDisk, signed: SignedSidecar) -> bool:
    """Read a package and its papers back from the disk; whether they are as they were sealed.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    whole = hashlib.sha256()
    try:
        if signed_sidecar(disk, signed.sidecar.objid) != signed:
            return False
        for block in carried_blocks(disk, signed.sidecar):
            whole.update(block)
    except RuleError as problem:
        if problem.code == "COURIER-PACKAGE-DAMAGED":
            return False
        raise
    return whole.hexdigest() == signed.sidecar.sha256


def stored_objids(disk: CourierDisk) -> set[str]:
    """The OBJIDs of everything below ``packages`` that bears a name of a package.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    found: set[str] = set()
    if not disk.folder.has(PACKAGES):
        return found
    with disk.folder.folder(PACKAGES) as above:
        for shard in list(above.names()):
            with above.folder(shard) as folder:
                folder.sweep()
                found |= {_objid(name) for name in folder.names()}
    return found - {""}


def remove_package(disk: CourierDisk, objid: str) -> None:
    """Take a package of this box's own off the disk, its papers first.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    with suppress(FileNotFoundError), disk.shard(PACKAGES, objid) as folder:
        stem = _stem(objid)
        for name in sorted(folder.names(), reverse=True):
            if name.startswith(f"{stem}."):
                folder.remove(name)


def _pieces(disk: CourierDisk, objid: str) -> Iterator[memoryview]:
    """Every byte of a package, part after part."""
    try:
        with disk.shard(PACKAGES, objid) as folder:
            for name in _present_parts(folder, objid):
                with folder.opened(name) as descriptor:
                    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                    path = Path("/proc/self/fd", str(descriptor))
                    yield from blocks_of(path, _PIECE_BYTES, 2, from_disk=True)
    except FileNotFoundError as problem:
        raise _damaged(objid, "không có trên đĩa", "it is not on the disk") from problem


def _present_parts(folder: DiskFolder, objid: str) -> list[str]:
    whole = f"{_stem(objid)}.zip"
    return [whole] if folder.has(whole) else parts_among(folder.names(), whole) or [whole]


def _stem(objid: str) -> str:
    return object_folder(objid)


def _objid(name: str) -> str:
    """The OBJID that a file is named after; empty when it is named otherwise."""
    stem = name.partition(".")[0]
    return stem.replace("_", ":") if stem.startswith("urn_uuid_") else ""


def _damaged(objid: str, problem: str, problem_en: str) -> RuleError:
    return courier_refusal(
        "COURIER-PACKAGE-DAMAGED", objid, problem=problem, problem_en=problem_en[:200]
    )
