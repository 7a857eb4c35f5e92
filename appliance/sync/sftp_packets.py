"""The packets of SFTP version 3: what is asked, what is answered, and how it is written.

After draft-ietf-secsh-filexfer-02. What comes from a server is hostile until read here.
"""

from __future__ import annotations

import errno
import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from appliance.signing import wire
from appliance.sync.refusal import refusal

VERSION: Final = 3

SMALL_PIECE_BYTES: Final = 32 * 1024
"""What every server takes in one request; draft-ietf-secsh-filexfer-02 §3."""


class Request(IntEnum):
    """What is asked; draft-ietf-secsh-filexfer-02 §3."""

    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RENAME = 18
    EXTENDED = 200


class Reply(IntEnum):
    """What is answered."""

    VERSION = 2
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 201


_OK: Final = 0
_EOF: Final = 1
_ERRNOS: Final = {2: errno.ENOENT, 3: errno.EACCES, 5: errno.EINVAL, 8: errno.EOPNOTSUPP}
"""Status codes of §7 that say why; any other is a failure without a cause."""

_HAS_SIZE: Final = 0x1
_HAS_OWNER: Final = 0x2
_HAS_MODE: Final = 0x4
_HAS_TIMES: Final = 0x8
_HAS_MORE: Final = 0x80000000
_LONG: Final = struct.Struct(">Q")


class NoMoreError(OSError):
    """``SSH_FX_EOF``: the end of a folder or file; where nothing can end, a failure as any."""

    def __init__(self) -> None:
        super().__init__(errno.EIO, "the server says that there is no more")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a server tells of a name.

    Args:
        size_bytes: 0 when not told.
        mode: As ``st_mode``; 0 when not told.
    """

    size_bytes: int
    mode: int


class Body(wire.Reader):
    """The fields of a packet, read with suspicion.

    Raises:
        RemoteError: ``FAR-REFUSED``, from every method: the packet ends too early.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._left_bytes = len(data)

    def fixed(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        try:
            piece = super().fixed(length)
        except ValueError as problem:
            raise refusal("FAR-REFUSED", f"the server breaks SFTP: {problem}") from problem
        self._left_bytes -= length
        return piece

    def long_number(self) -> int:
        """The next ``uint64``."""
        (value,) = _LONG.unpack(self.fixed(_LONG.size))
        return int(value)

    def has_more(self) -> bool:
        """Whether anything is left."""
        return self._left_bytes > 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply.

    Args:
        kind: Which.
        body: What follows the request's number.
    """

    kind: int
    body: Body


def long_number(value: int) -> bytes:
    """Encode a ``uint64``."""
    return _LONG.pack(value)


def read_attributes(body: Body) -> Attributes:
    """Read ``ATTRS`` (§5)."""
    flags = body.number()
    size_bytes = body.long_number() if flags & _HAS_SIZE else 0
    if flags & _HAS_OWNER:
        body.fixed(8)
    mode = body.number() if flags & _HAS_MODE else 0
    if flags & _HAS_TIMES:
        body.fixed(8)
    for _ in range(2 * body.number() if flags & _HAS_MORE else 0):
        body.string()
    return Attributes(size_bytes, mode)


def read_names(answer: Answer) -> list[tuple[str, Attributes]]:
    """Read ``NAME`` (§7): names of one folder with what is told of each."""
    named = []
    for _ in range(answer.body.number()):
        name = answer.body.string().decode("utf-8", "surrogateescape")
        answer.body.string()  # the long form, for people
        named.append((name, read_attributes(answer.body)))
    return named


def read_pairs(body: Body) -> dict[str, bytes]:
    """The rest of a reply as names and data."""
    pairs = {}
    while body.has_more():
        name = body.string().decode("utf-8", "replace")
        pairs[name] = body.string()
    return pairs


def raise_status(body: Body) -> None:
    """Turn a ``STATUS`` (§7) into what it means; nothing happens when all is well.

    Raises:
        OSError: With the errno that fits.
        NoMoreError: There is no more.
    """
    code = body.number()
    if code == _OK:
        return
    if code == _EOF:
        raise NoMoreError
    message = body.string().decode("utf-8", "replace") if body.has_more() else ""
    number = _ERRNOS.get(code, errno.EIO)
    raise OSError(number, message or os.strerror(number))
