"""The files of a plain place behind SFTP, where nothing of ours may be installed.

What the server cannot do is not pretended: without ``fsync@openssh.com`` nothing is made durable
on purpose, and what is read back may always come from the server's memory.
"""

from __future__ import annotations

import contextlib
import errno
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import RemoteError
from appliance.signing import wire
from appliance.sync.login import open_channel
from appliance.sync.plain_files import INCOMING, gathered, refuse_finished
from appliance.sync.rate import UNLIMITED
from appliance.sync.sftp import greeted
from appliance.sync.sftp_listing import told_entries
from appliance.sync.sftp_packets import Attributes, Request, long_number, read_attributes
from appliance.sync.sftp_transfer import (
    FSYNC,
    SLOWEST_DISK_BYTES_PER_SECOND,
    ReadAhead,
    SftpWriter,
    largest_pieces,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import paramiko

    from appliance.sync.connecting import LineTimeouts, SshAddress
    from appliance.sync.plain_files import Entry
    from appliance.sync.rate import RateLimit
    from appliance.sync.sftp_packets import Answer

_READ: Final = 0x01
_WRITE: Final = 0x02
_CREATE: Final = 0x08
_TRUNCATE: Final = 0x10
"""Flags of ``OPEN``; draft-ietf-secsh-filexfer-02 §6.3."""

_STATVFS: Final = "statvfs@openssh.com"
_HARDLINK: Final = "hardlink@openssh.com"
_COPY_DATA: Final = "copy-data"
_TOLD: Final = {FSYNC: "fsync", _STATVFS: "free space", _COPY_DATA: "copying there"}


class SftpFiles:
    """A folder behind SFTP, over one connection. Implements ``PlainFiles``.

    Args:
        address: The host; its key is pinned.
        root: The place's folder as the server names it.
        timeouts: When the line counts as dead.
        limit: How fast bytes may go, in both directions.

    Raises:
        RemoteError: As of ``open_channel``.
    """

    is_near = False

    def __init__(
        self,
        address: SshAddress,
        root: str,
        timeouts: LineTimeouts,
        limit: RateLimit = UNLIMITED,
    ) -> None:
        self._place = f"{address.user}@{address.known_name}:{root}"
        self._root = root.rstrip("/")
        self._limit = limit
        self._client, channel = open_channel(address, timeouts, _start)
        self._known_folders: set[str] = set()
        self._replaces: bool | None = None
        try:
            self._session = greeted(self._client, channel, timeouts.silence_seconds)
            self._write_bytes, self._read_bytes = largest_pieces(self._session)
        except BaseException:
            self._client.close()
            raise

    def describe(self) -> str:
        """As of ``PlainFiles``."""
        return self._place

    def abilities(self) -> str:
        """As of ``PlainFiles``."""
        able = [word for name, word in _TOLD.items() if name in self._session.extensions]
        unable = [word for name, word in _TOLD.items() if name not in self._session.extensions]
        words = [f"with {', '.join(able)}"] if able else []
        words += [f"without {', '.join(unable)}"] if unable else []
        if self._replaces:
            words.append("its rename replaces what is there")
        return f"SFTP {'; '.join(words)}"

    def entries(self, folder: str) -> list[Entry]:
        """As of ``PlainFiles``; only files and folders."""
        try:
            handle = self._handle(Request.OPENDIR, self._path(folder))
        except FileNotFoundError:
            return []
        try:
            return gathered(folder, told_entries(self._session, handle))
        finally:
            self._close(handle)

    def size_bytes(self, path: str) -> int | None:
        """As of ``PlainFiles``."""
        found = self._attributes(path)
        return None if found is None else found.size_bytes

    def read(self, path: str, offset_bytes: int, length_bytes: int) -> bytes:
        """As of ``PlainFiles``."""
        return b"".join(self.stream(path, offset_bytes, length_bytes))

    def stream(
        self, path: str, offset_bytes: int = 0, length_bytes: int | None = None
    ) -> Iterator[bytes]:
        """As of ``PlainFiles``; as many requests on their way as fit into ``IN_FLIGHT_BYTES``."""
        if length_bytes is None:
            size_bytes = self.size_bytes(path)
            if size_bytes is None:
                raise FileNotFoundError(errno.ENOENT, "no such file", path)
            length_bytes = size_bytes - offset_bytes
        with self._opened(path, _READ) as handle:
            reading = ReadAhead(self._session, handle, self._read_bytes, self._limit)
            yield from reading.pieces(offset_bytes, length_bytes)

    def reads_the_medium(self) -> bool:
        """As of ``PlainFiles``: never known of another machine."""
        return False

    @contextmanager
    def writing(self, path: str, *, afresh: bool) -> Iterator[SftpWriter]:
        """As of ``PlainFiles``."""
        refuse_finished(path)
        flags = _WRITE | _CREATE | (_TRUNCATE if afresh else 0)
        with self._opened(path, flags) as handle:
            writer = SftpWriter(self._session, handle, self._write_bytes, self._limit)
            try:
                yield writer
            finally:
                writer.abandon()

    def copy_runs(
        self, source: str, runs: Sequence[tuple[int, int]], size_bytes: int, target: str
    ) -> bool:
        """As of ``PlainFiles``, where the server has ``copy-data``."""
        refuse_finished(target)
        if _COPY_DATA not in self._session.extensions:
            return False
        patience_seconds = size_bytes / SLOWEST_DISK_BYTES_PER_SECOND
        with (
            self._opened(source, _READ) as reading,
            self._opened(target, _WRITE | _CREATE | _TRUNCATE) as writing,
            self._session.patience(patience_seconds),
        ):
            for start, end in runs:
                self._session.extended(
                    _COPY_DATA,
                    *(reading, long_number(start), long_number(end - start)),
                    *(writing, long_number(start)),
                )
        return True

    def rename(self, old: str, new: str) -> None:
        """As of ``PlainFiles``: by the plain rename of version 3, never by ``posix-rename``.

        Some servers replace what is there all the same; so the name is looked at first, and
        where a server was seen to replace, a hard link is made instead if it has them.
        """
        if self._attributes(new) is not None:
            raise FileExistsError(errno.EEXIST, "already there", new)
        names = wire.string(self._path(old)), wire.string(self._path(new))
        if self._rename_replaces() and _HARDLINK in self._session.extensions:
            self._session.extended(_HARDLINK, *names)
            self.remove_unfinished(old)
            return
        try:
            self._call(Request.RENAME, self._path(old), names[1])
        except OSError as problem:
            if self._attributes(old) is not None and self._attributes(new) is not None:
                raise FileExistsError(errno.EEXIST, "already there", new) from problem
            raise

    def make_folder(self, folder: str) -> None:
        """As of ``PlainFiles``, but never the root: a missing one is a disk that is not there."""
        path = ""
        for part in folder.split("/"):
            path = f"{path}/{part}" if path else part
            if path in self._known_folders:
                continue
            found = self._attributes(path)
            if found is None:
                self._call(Request.MKDIR, self._path(path), wire.number(0))
            elif not stat.S_ISDIR(found.mode):
                raise NotADirectoryError(errno.ENOTDIR, "not a folder", path)
            self._known_folders.add(path)

    def remove_unfinished(self, path: str) -> None:
        """As of ``PlainFiles``; a server that allows no removing keeps the file."""
        refuse_finished(path)
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self._call(Request.REMOVE, self._path(path))

    def free_bytes(self) -> int | None:
        """As of ``PlainFiles``."""
        if _STATVFS not in self._session.extensions:
            return None
        told = self._session.extended(_STATVFS, wire.string(self._path(""))).body
        _, fragment_bytes, blocks, _, available = (told.long_number() for _ in range(5))
        return available * fragment_bytes if blocks else None

    def close(self) -> None:
        """End the session and the connection."""
        self._client.close()

    def _path(self, path: str) -> bytes:
        whole = f"{self._root}/{path}" if path else self._root or "/"
        return whole.encode("utf-8", "surrogateescape")

    def _attributes(self, path: str) -> Attributes | None:
        try:
            answer = self._call(Request.LSTAT, self._path(path))
        except FileNotFoundError:
            return None
        return read_attributes(answer.body)

    @contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[bytes]:
        fields = self._path(path), wire.number(flags), wire.number(0)
        handle = self._handle(Request.OPEN, *fields)
        try:
            yield handle
        finally:
            self._close(handle)

    def _handle(self, kind: Request, path: bytes, *more: bytes) -> bytes:
        return wire.string(self._call(kind, path, *more).body.string())

    def _call(self, kind: Request, path: bytes, *more: bytes) -> Answer:
        """Ask about a path; what is refused names it."""
        try:
            return self._session.call(kind, wire.string(path), *more)
        except OSError as problem:
            problem.filename = path.decode("utf-8", "replace")
            raise

    def _close(self, handle: bytes) -> None:
        """Close without waiting; a line that is gone has closed everything."""
        with contextlib.suppress(RemoteError):
            self._session.forget([self._session.ask(Request.CLOSE, handle)])

    def _rename_replaces(self) -> bool:
        """Whether this server's rename replaces; tried once a session on two files of ours."""
        if self._replaces is None:
            old, new = f"{INCOMING}/rename-from.check", f"{INCOMING}/rename-onto.check"
            for path in (old, new):
                with self._opened(path, _WRITE | _CREATE):
                    pass  # it need only be there
            names = wire.string(self._path(old)), wire.string(self._path(new))
            try:
                self._session.call(Request.RENAME, *names)
            except OSError:
                self._replaces = False
            else:
                self._replaces = True
        return self._replaces


def _start(channel: paramiko.Channel) -> None:
    channel.invoke_subsystem("sftp")
