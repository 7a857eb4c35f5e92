"""The files of a plain place that is a folder here: a removable disk, or a mounted share."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import fsync_folder, make_folder, publish
from appliance.disk.uncached_reading import blocks_of
from appliance.sync.mounts import Mount, mount_of
from appliance.sync.plain_files import MARKER, Entry, gathered, refuse_finished, take_in_pieces
from appliance.sync.rate import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.sync.rate import RateLimit

_CHUNK_BYTES: Final = 1024 * 1024
_ROOM_COUNT: Final = 2
"""A piece is valid until the next is asked for."""


class FolderFiles:
    """A folder of this machine. Implements ``PlainFiles``.

    Args:
        root: The place's folder; it may be missing, as its disk may.
        limit: How fast bytes may go, in both directions.
    """

    is_near = True

    def __init__(self, root: Path, limit: RateLimit = UNLIMITED) -> None:
        self._root = root
        self._limit = limit

    def describe(self) -> str:
        """As of ``PlainFiles``."""
        return str(self._root)

    def abilities(self) -> str:
        """As of ``PlainFiles``."""
        kind = self.mount().kind or "an unknown file system"
        words = [f"folder on {kind}"]
        words.append("read from the disk" if self.reads_the_medium() else "maybe read from a cache")
        words += ["free space not told"] if self.free_bytes() is None else []
        return "; ".join(words)

    def mount(self) -> Mount:
        """What file system the folder is on now."""
        return mount_of(self._root)

    def entries(self, folder: str) -> list[Entry]:
        """As of ``PlainFiles``; links are left out, whatever they point at."""
        try:
            with os.scandir(self._at(folder)) as found:
                return gathered(
                    folder, (None if one.is_symlink() else _entry(one) for one in found)
                )
        except FileNotFoundError:
            return []

    def size_bytes(self, path: str) -> int | None:
        """As of ``PlainFiles``."""
        try:
            return self._at(path).lstat().st_size
        except FileNotFoundError:
            return None

    def read(self, path: str, offset_bytes: int, length_bytes: int) -> bytes:
        """As of ``PlainFiles``."""
        take_in_pieces(self._limit, length_bytes)
        with self._at(path).open("rb", buffering=0) as stream:
            return _read_at(stream.fileno(), offset_bytes, length_bytes)

    def stream(
        self, path: str, offset_bytes: int = 0, length_bytes: int | None = None
    ) -> Iterator[bytes | memoryview]:
        """As of ``PlainFiles``."""
        if offset_bytes == 0 and length_bytes is None:
            pieces: Iterator[bytes | memoryview] = self._whole(self._at(path))
        else:
            pieces = self._range(self._at(path), offset_bytes, length_bytes)
        with _named(path):
            for piece in pieces:
                take_in_pieces(self._limit, len(piece))
                yield piece

    def reads_the_medium(self) -> bool:
        """As of ``PlainFiles``: on a disk of this machine that can be read past the cache."""
        if not self.mount().is_local_disk:
            return False
        try:
            os.close(os.open(self._root / MARKER, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECT))
        except OSError:
            return False  # such as ext4 that journals its data: reads may come from memory
        return True

    @contextmanager
    def writing(self, path: str, *, afresh: bool) -> Iterator[_FolderWriter]:
        """As of ``PlainFiles``."""
        refuse_finished(path)
        if afresh:
            self.remove_unfinished(path)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._at(path), flags, 0o644)
        try:
            with _named(path):
                yield _FolderWriter(descriptor, self._limit)
        finally:
            os.close(descriptor)

    def copy_runs(
        self, source: str, runs: Sequence[tuple[int, int]], size_bytes: int, target: str
    ) -> bool:
        """As of ``PlainFiles``; zeros between the runs, since FAT has no files with holes."""
        written_bytes = 0
        with self.writing(target, afresh=True) as writer:
            for start, end in (*runs, (size_bytes, size_bytes)):
                _write_zeros(writer, written_bytes, start)
                for piece in self._range(self._at(source), start, end - start):
                    writer.write(start, piece)
                    start += len(piece)  # noqa: PLW2901 - where the next piece goes
                written_bytes = end
            writer.finish()
        return True

    def rename(self, old: str, new: str) -> None:
        """As of ``PlainFiles``; durable when it returns."""
        source, target = self._at(old), self._at(new)
        publish(source, target)
        if source.parent != target.parent:
            fsync_folder(source.parent)

    def make_folder(self, folder: str) -> None:
        """As of ``PlainFiles``, but never the root: a missing one is a disk that is not there."""
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(self._root))
        make_folder(self._at(folder))

    def remove_unfinished(self, path: str) -> None:
        """As of ``PlainFiles``."""
        refuse_finished(path)
        self._at(path).unlink(missing_ok=True)

    def free_bytes(self) -> int | None:
        """As of ``PlainFiles``; some file systems in user space tell nothing."""
        told = os.statvfs(self._root)
        return told.f_bavail * told.f_frsize if told.f_blocks else None

    def close(self) -> None:
        """Nothing stays open between calls."""

    def _at(self, path: str) -> Path:
        """Where a file is; whoever had the disk may have put links there that lead elsewhere.

        Raises:
            OSError: ``ELOOP``: it is such a link, or lies behind one.
        """
        found = self._root / path
        root = os.path.realpath(self._root)
        if os.path.realpath(found) != os.path.normpath(f"{root}/{path}"):
            raise OSError(errno.ELOOP, "a link leads out of its place", str(found))
        return found

    def _whole(self, path: Path) -> Iterator[memoryview]:
        """All of a file, past the cache where that can be, else after asking it to be dropped."""
        with path.open("rb", buffering=0) as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        is_direct = self.reads_the_medium()
        yield from blocks_of(path, _CHUNK_BYTES, _ROOM_COUNT, from_disk=is_direct)

    @staticmethod
    def _range(path: Path, offset_bytes: int, length_bytes: int | None) -> Iterator[bytes]:
        with path.open("rb", buffering=0) as stream:
            size_bytes = os.fstat(stream.fileno()).st_size
            end = size_bytes if length_bytes is None else offset_bytes + length_bytes
            while offset_bytes < end:
                wanted_bytes = min(_CHUNK_BYTES, end - offset_bytes)
                piece = _read_at(stream.fileno(), offset_bytes, wanted_bytes)
                if not piece:
                    return
                offset_bytes += len(piece)
                yield piece


class _FolderWriter:
    def __init__(self, descriptor: int, limit: RateLimit) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._written_bytes = 0

    def write(self, offset_bytes: int, data: bytes | memoryview) -> None:
        view = memoryview(data)
        take_in_pieces(self._limit, len(view))
        while view:
            count = os.pwrite(self._descriptor, view, offset_bytes)
            view, offset_bytes = view[count:], offset_bytes + count
            self._written_bytes += count

    def confirmed_bytes(self) -> int:
        return self._written_bytes

    def finish(self) -> None:
        os.fsync(self._descriptor)


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Have an error of an open file name it, as errors of opening one do."""
    try:
        yield
    except OSError as problem:
        if problem.filename is None and problem.errno is not None:
            problem.filename = path
        raise


def _write_zeros(writer: _FolderWriter, start: int, end: int) -> None:
    while start < end:
        zeros = bytes(min(_CHUNK_BYTES, end - start))
        writer.write(start, zeros)
        start += len(zeros)


def _entry(found: os.DirEntry[str]) -> Entry:
    is_folder = found.is_dir(follow_symlinks=False)
    size_bytes = 0 if is_folder else found.stat(follow_symlinks=False).st_size
    return Entry(found.name, size_bytes, is_folder)


def _read_at(descriptor: int, offset_bytes: int, length_bytes: int) -> bytes:
    pieces = []
    while length_bytes and (piece := os.pread(descriptor, length_bytes, offset_bytes)):
        pieces.append(piece)
        offset_bytes, length_bytes = offset_bytes + len(piece), length_bytes - len(piece)
    return b"".join(pieces)
