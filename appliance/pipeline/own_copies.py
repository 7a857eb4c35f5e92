"""This box's own copies of packages: read from the disk, put in place, put aside.

What is damaged is never overwritten and never removed: it gets a second name below
``quarantine/`` first, and only then the name of the whole one is given to a whole one, in one step
of the file system. So there is no moment without a file under the name, and no byte is lost.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import STORED_MODE, read_back
from appliance.disk.durable import fsync_folder, make_folder, storage_errors
from appliance.disk.locks import try_lock
from appliance.domain.identifiers import object_folder
from appliance.domain.receipts import Sidecar
from appliance.sync.partial import block_bytes_at, is_block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.tables import PackageRow
    from appliance.disk.digesting import ReadBack
    from appliance.disk.store import Store

QUARANTINE: Final = "quarantine"
REPAIRS: Final = "repairs"
_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


@dataclass(frozen=True, slots=True)
class OwnCopy:
    """One package in this box's store.

    Args:
        store: The store.
        sidecar: What was sealed.
    """

    store: Store
    sidecar: Sidecar

    @classmethod
    def of(cls, store: Store, package: PackageRow) -> OwnCopy:
        """The copy of a recorded package."""
        return cls(store, Sidecar.from_bytes(package.sidecar))

    @property
    def path(self) -> Path:
        """Where it lies, or would lie."""
        sidecar = self.sidecar
        return self.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)

    @property
    def partial_path(self) -> Path:
        """Where it is put together when it is repaired; bound to the sealed digest."""
        name = f"{object_folder(self.sidecar.objid)}.{self.sidecar.sha256}.part"
        return self.store.root / REPAIRS / name

    def judge(self) -> Judged:
        """Read it back from the disk, and compare the whole with what was sealed."""
        try:
            found = read_back(self.path)
        except FileNotFoundError:
            return Judged(None, "không thấy tệp", "its file is not there")
        except OSError as problem:
            told = problem.strerror or type(problem).__name__
            return Judged(None, f"ổ đĩa không đọc được ({told})", f"unreadable ({told})")
        return judged(found, self.sidecar)

    def bad_blocks(self) -> tuple[int, ...]:
        """Indexes, 0-based, of blocks that differ or cannot be read; all of what is not there.

        Bytes behind the package's end count against its last block.
        """
        bad = set(range(len(self.sidecar.blocks)))
        for index, _ in good_blocks(self.path, self.sidecar):
            bad.discard(index)
        if not bad and self.path.stat().st_size != self.sidecar.size_bytes:
            bad.add(len(self.sidecar.blocks) - 1)
        return tuple(sorted(bad))

    def kept_aside(self) -> tuple[Path, ...]:
        """Damaged copies that were put aside earlier: they may hold good blocks."""
        return tuple(sorted((self.store.root / QUARANTINE).glob(f"{self.path.name}.*")))


@dataclass(frozen=True, slots=True)
class Judged:
    """What a read-back of a copy told.

    Args:
        found: What was read; None when that was not possible.
        problem: What is wrong, in Vietnamese; empty when nothing is.
        problem_en: The same in English.
    """

    found: ReadBack | None
    problem: str = ""
    problem_en: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the bytes are those that were sealed."""
        return not self.problem


def judged(found: ReadBack, sidecar: Sidecar) -> Judged:
    """Hold a read-back against what was sealed."""
    fingerprint = found.fingerprint
    if fingerprint.size_bytes != sidecar.size_bytes:
        sizes = f"{fingerprint.size_bytes} / {sidecar.size_bytes} byte"
        return Judged(found, f"sai kích thước ({sizes})", f"its size differs ({sizes})")
    if fingerprint.sha256 != sidecar.sha256:
        return Judged(found, "sai mã băm", "its digest differs")
    return Judged(found)


def good_blocks(path: Path, sidecar: Sidecar) -> Iterator[tuple[int, bytes]]:
    """The blocks of a file that are as they were sealed; the disk is asked, not the memory.

    What cannot be read is not as it was sealed, and no error.

    Yields:
        Index, 0-based, and bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        for index in range(len(sidecar.blocks)):
            block = _read(descriptor, index * sidecar.block_bytes, block_bytes_at(sidecar, index))
            if is_block(sidecar, index, block):
                yield index, block
    finally:
        os.close(descriptor)


def _read(descriptor: int, offset: int, length_bytes: int) -> bytes:
    """Some bytes; none of what the disk cannot read."""
    try:
        return os.pread(descriptor, length_bytes, offset)
    except OSError:
        return b""


@contextmanager
def only_repairer(path: Path) -> Iterator[bool]:
    """Hold the lock of a file while it is repaired; the kernel lets go when the holder dies.

    Args:
        path: Of the partial, whose folder is made.

    Yields:
        Whether the lock was had; when not, somebody else repairs it just now.

    Raises:
        StorageError: The disk refused.
    """
    with storage_errors(f"cannot write below {path.parent}"):
        make_folder(path.parent)
        descriptor = os.open(
            path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    try:
        with storage_errors(f"cannot lock {path}"):
            is_ours = try_lock(descriptor)
        yield is_ours
    finally:
        os.close(descriptor)


def put_in_place(whole: Path, final: Path, store: Store) -> Path | None:
    """Give a whole copy its name; a damaged one under that name is kept aside first.

    Args:
        whole: Durable, read back and on the store's file system.
        final: The name.
        store: Where what is damaged is kept.

    Returns:
        Where the damaged one is kept; None when there was none.

    Raises:
        StorageError: The disk refused; one of the two has the name, and both are kept.
    """
    with storage_errors(f"cannot repair {final}"):
        make_folder(final.parent)
        kept = _kept_aside(final, store.root / QUARANTINE)
        whole.chmod(STORED_MODE)
        whole.replace(final)
        fsync_folder(final.parent)
        fsync_folder(whole.parent)
    return kept


def _kept_aside(damaged: Path, folder: Path) -> Path | None:
    """Give a damaged file a second name that is free, durable when this returns."""
    make_folder(folder)
    for number in range(1, 1_000_000):
        kept = folder / f"{damaged.name}.{number}"
        try:
            os.link(damaged, kept)
        except FileExistsError:
            if kept.samefile(damaged):
                break  # a crash came between this name and the new file
            continue
        except FileNotFoundError:
            return None
        except OSError as problem:
            if problem.errno not in _NO_LINKS:
                raise
            damaged.rename(kept)
            fsync_folder(damaged.parent)
        break
    fsync_folder(folder)
    return kept
