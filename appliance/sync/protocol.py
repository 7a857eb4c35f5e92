"""Frames: how both sides speak over one stream of bytes.

A frame is two big-endian ``uint32`` (length of the header, length of the payload), the header
as canonical JSON (one object), then the payload's bytes. ``VERB_VERSIONS`` says since which
version a verb is known; ``docs/format.md`` describes every byte. Lengths and headers from the
wire are hostile until checked.
"""

from __future__ import annotations

import json
import struct
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from appliance.domain.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.domain.canonical import JsonValue

VERSIONS: Final = (1, 2)
"""Protocol versions that this program speaks, the preferred one last."""

MAX_HEADER_BYTES: Final = 64 * 1024
"""Our own: headers are a few hundred bytes; a signature is the longest part."""

MAX_PAYLOAD_BYTES: Final = 16 * 1024 * 1024
"""Our own: room for a block of 1 MiB and for the sidecar of a package of 400 GiB."""

_PREFIX: Final = struct.Struct(">II")


class Verb(StrEnum):
    """What a sender may ask; each reply carries the same word."""

    HELLO = "hello"
    HAVE = "have"
    PUT = "put"
    COMMIT = "commit"
    GET = "get"
    AUDIT = "audit"
    LIST = "list"
    RECEIPTS = "receipts"
    SCRUB = "scrub"
    QUARANTINE = "quarantine"


VERB_VERSIONS: Final[Mapping[Verb, int]] = {
    Verb.HAVE: 1,
    Verb.PUT: 1,
    Verb.COMMIT: 1,
    Verb.GET: 1,
    Verb.AUDIT: 1,
    Verb.LIST: 2,
    Verb.RECEIPTS: 2,
    Verb.SCRUB: 2,
    Verb.QUARANTINE: 2,
}
"""Since which version of the protocol a verb is known, once both sides have greeted."""

READING_VERBS: Final = frozenset({Verb.GET, Verb.LIST, Verb.RECEIPTS, Verb.SCRUB})
"""What a session may ask that can only read."""

WORKING: Final = "working"
"""A reply between request and answer: the receiver is alive and has moved some bytes."""

ERROR: Final = "error"
"""The last reply of a session: a code and a message."""


class FrameError(ValueError):
    """What arrives is not this protocol; nothing after it can be understood."""


class ByteStream(Protocol):
    """Bytes in both directions, blocking."""

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the front of the buffer; 0 when the other side has ended its stream."""
        ...

    def send(self, data: bytes) -> None:
        """Hand over every byte."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One message.

    Args:
        header: Its JSON object.
        payload: Its bytes; valid until the next frame is read.
    """

    header: Mapping[str, JsonValue]
    payload: memoryview

    def text(self, name: str) -> str:
        """A text of the header.

        Raises:
            FrameError: Missing or of another form.
        """
        value = self.header.get(name)
        if not isinstance(value, str):
            raise FrameError(f"the header has no text {name!r}")
        return value

    def number(self, name: str) -> int:
        """A whole number of the header, 0 or more.

        Raises:
            FrameError: Missing, negative or of another form.
        """
        value = self.header.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise FrameError(f"the header has no number {name!r}")
        return value


class Frames:
    """Reads and writes frames on a stream; writing is safe from several threads."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._write_lock = threading.Lock()
        self._payload = bytearray()

    def read(self) -> Frame | None:
        """The next frame; None when the other side ended its stream between frames.

        Raises:
            FrameError: Lengths or header are not those of a frame.
            EOFError: The stream ended within a frame.
            OSError: From the stream.
        """
        prefix = bytearray(_PREFIX.size)
        count = self._stream.receive_into(memoryview(prefix))
        if count == 0:
            return None
        self._fill(memoryview(prefix)[count:])
        header_bytes, payload_bytes = _PREFIX.unpack(prefix)
        if header_bytes > MAX_HEADER_BYTES or payload_bytes > MAX_PAYLOAD_BYTES:
            raise FrameError(f"not a frame: {bytes(prefix)!r}")
        header = bytearray(header_bytes)
        self._fill(memoryview(header))
        return Frame(_parse_header(bytes(header)), self._read_payload(payload_bytes))

    def write(self, header: Mapping[str, JsonValue], payload: bytes = b"") -> None:
        """Send one frame.

        Raises:
            FrameError: Header or payload are longer than the protocol allows: a bug.
            OSError: From the stream.
        """
        text = canonical_json(header)
        if len(text) > MAX_HEADER_BYTES or len(payload) > MAX_PAYLOAD_BYTES:
            raise FrameError("the frame is longer than the protocol allows")
        with self._write_lock:
            self._stream.send(_PREFIX.pack(len(text), len(payload)) + text)
            if payload:
                self._stream.send(payload)

    def _read_payload(self, length: int) -> memoryview:
        if len(self._payload) < length:
            self._payload = bytearray(length)  # views of the old one stay what they were
        payload = memoryview(self._payload)[:length]
        self._fill(payload)
        return payload

    def _fill(self, buffer: memoryview) -> None:
        while buffer:
            count = self._stream.receive_into(buffer)
            if count == 0:
                raise EOFError("the stream ended within a frame")
            buffer = buffer[count:]


def _parse_header(data: bytes) -> dict[str, JsonValue]:
    try:
        value = json.loads(data)
        is_canonical = isinstance(value, dict) and canonical_json(value) == data
    except (ValueError, TypeError, RecursionError) as problem:
        raise FrameError(f"not a header: {type(problem).__name__}") from problem
    if not is_canonical:
        raise FrameError("not a header: no canonical JSON object")
    header: dict[str, JsonValue] = value
    return header


def flags_to_bitmap(flags: Sequence[bool]) -> bytes:
    """One bit a flag, the first in the highest bit of the first byte; unused bits are 0."""
    bits = bytearray(-(-len(flags) // 8))
    for index, flag in enumerate(flags):
        bits[index // 8] |= int(flag) << (7 - index % 8)
    return bytes(bits)


def bitmap_to_flags(bitmap: memoryview, count: int) -> list[bool]:
    """Read back what ``flags_to_bitmap`` wrote.

    Raises:
        FrameError: It has another length.
    """
    if len(bitmap) != -(-count // 8):
        raise FrameError("the map of blocks has another length")
    return [bool(bitmap[index // 8] & (0x80 >> index % 8)) for index in range(count)]


def common_version(offered: object) -> int | None:
    """The newest version that both sides speak; None when there is none.

    Raises:
        FrameError: What is offered is no list of versions.
    """
    shared = set(_versions(offered)) & set(VERSIONS)
    return max(shared, default=None)


def is_behind(offered: object) -> bool:
    """Whether a sender without a common version is older than this program, rather than newer."""
    return max(_versions(offered)) < min(VERSIONS)


def _versions(offered: object) -> list[int]:
    versions = [one for one in offered if type(one) is int] if isinstance(offered, list) else []
    if not versions:
        raise FrameError("no versions of the protocol are offered")
    return versions
