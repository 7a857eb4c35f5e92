"""Bytes over SFTP: many requests on their way at a time, and never more than fit into memory."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from appliance.signing import wire
from appliance.sync.plain_files import take_in_pieces
from appliance.sync.sftp_packets import SMALL_PIECE_BYTES, NoMoreError, Request, long_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.rate import RateLimit
    from appliance.sync.sftp import SftpSession

IN_FLIGHT_BYTES: Final = 4 * 1024 * 1024
"""Our own: asked for or handed over and not answered; bounds memory, and fills 100 Mbit/s at
0.3 s."""

_LARGEST_PIECE_BYTES: Final = 255 * 1024
"""Our own: what OpenSSH itself announces; larger pieces gain nothing."""

SLOWEST_DISK_BYTES_PER_SECOND: Final = 1_000_000
"""Our own: a far disk that flushes slower than this has failed."""

_LIMITS: Final = "limits@openssh.com"
FSYNC: Final = "fsync@openssh.com"


class SftpWriter:
    """An open file that is written, as of ``PlainWriter``.

    Args:
        session: Where it is open.
        handle: Of the file.
        piece_bytes: What to put into one request.
        limit: How fast bytes may go.
    """

    def __init__(
        self, session: SftpSession, handle: bytes, piece_bytes: int, limit: RateLimit
    ) -> None:
        self._session = session
        self._handle = handle
        self._piece_bytes = piece_bytes
        self._limit = limit
        self._most = max(1, IN_FLIGHT_BYTES // piece_bytes)
        self._asked: deque[tuple[int, int]] = deque()
        self._confirmed_bytes = 0

    def write(self, offset_bytes: int, data: bytes | memoryview) -> None:
        """As of ``PlainWriter``."""
        view = memoryview(data)
        while view:
            piece = view[: self._piece_bytes]
            take_in_pieces(self._limit, len(piece))
            while len(self._asked) >= self._most:
                self._confirm()
            number = self._session.ask(
                Request.WRITE,
                *(self._handle, long_number(offset_bytes), wire.number(len(piece)), piece),  # type: ignore[arg-type]  # any buffer serves
            )
            self._asked.append((number, len(piece)))
            view, offset_bytes = view[len(piece) :], offset_bytes + len(piece)

    def confirmed_bytes(self) -> int:
        """As of ``PlainWriter``."""
        return self._confirmed_bytes

    def finish(self) -> None:
        """As of ``PlainWriter``; durable where the server has ``fsync@openssh.com``."""
        while self._asked:
            self._confirm()
        if FSYNC in self._session.extensions:
            with self._session.patience(self._confirmed_bytes / SLOWEST_DISK_BYTES_PER_SECOND):
                self._session.extended(FSYNC, self._handle)

    def abandon(self) -> None:
        """Wait for no answer any more."""
        self._session.forget(number for number, _ in self._asked)
        self._asked.clear()

    def _confirm(self) -> None:
        number, size_bytes = self._asked.popleft()
        self._session.answer(number)
        self._confirmed_bytes += size_bytes


class ReadAhead:
    """Reads a range of an open file.

    Args:
        session: Where it is open.
        handle: Of the file.
        piece_bytes: What to ask for in one request.
        limit: How fast bytes may come.
    """

    def __init__(
        self, session: SftpSession, handle: bytes, piece_bytes: int, limit: RateLimit
    ) -> None:
        self._session = session
        self._handle = handle
        self._piece_bytes = piece_bytes
        self._limit = limit
        self._asked: deque[tuple[int, int, int]] = deque()

    def pieces(self, offset_bytes: int, length_bytes: int) -> Iterator[bytes]:
        """The bytes in their order; fewer when the file ends before.

        Raises:
            OSError: The server refuses.
            RemoteError: ``LINE-CUT``.
        """
        end = offset_bytes + length_bytes
        most = max(1, IN_FLIGHT_BYTES // self._piece_bytes)
        try:
            while True:
                while offset_bytes < end and len(self._asked) < most:
                    piece_bytes = min(self._piece_bytes, end - offset_bytes)
                    self._asked.append(self._ask(offset_bytes, piece_bytes))
                    offset_bytes += piece_bytes
                data = self._next() if self._asked else b""
                if not data:
                    return
                yield data
        finally:
            self._session.forget(number for number, _, _ in self._asked)
            self._asked.clear()

    def _next(self) -> bytes:
        """What comes next; a server may give less than was asked for."""
        number, offset_bytes, wanted_bytes = self._asked.popleft()
        try:
            data = self._session.answer(number).body.string()
        except NoMoreError:
            return b""
        if len(data) < wanted_bytes and data:
            rest = self._ask(offset_bytes + len(data), wanted_bytes - len(data))
            self._asked.appendleft(rest)
        return data

    def _ask(self, offset_bytes: int, length_bytes: int) -> tuple[int, int, int]:
        take_in_pieces(self._limit, length_bytes)
        fields = self._handle, long_number(offset_bytes), wire.number(length_bytes)
        return self._session.ask(Request.READ, *fields), offset_bytes, length_bytes


def largest_pieces(session: SftpSession) -> tuple[int, int]:
    """The most bytes to write and to read in one request, as the server likes it."""
    if _LIMITS not in session.extensions:
        return SMALL_PIECE_BYTES, SMALL_PIECE_BYTES
    told = session.extended(_LIMITS).body
    _, read_bytes, write_bytes = (told.long_number() for _ in range(3))
    return _piece_bytes(write_bytes), _piece_bytes(read_bytes)


def _piece_bytes(told_bytes: int) -> int:
    """What to put into one request; 0 = the server does not say."""
    return min(told_bytes, _LARGEST_PIECE_BYTES) if told_bytes else SMALL_PIECE_BYTES
