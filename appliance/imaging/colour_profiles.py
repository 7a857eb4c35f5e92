"""Colour profiles inside masters: what a PDF/A may keep of them.

Source: ICC.1:2010 7.2 (the header); ISO 19005-1 6.2.3 and ISO 19005-2 6.2.4 (what is allowed).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.page_derivative import ColourProfile
from appliance.imaging.streams import stream_bytes

if TYPE_CHECKING:
    from appliance.imaging.page_derivative import Span
    from appliance.imaging.windows import ByteWindow

MAX_PROFILE_BYTES: Final = 8 * 1024 * 1024
"""Our own: the largest table for four inks in common use has 3 MB."""
_HEADER_BYTES: Final = 128
_CHANNELS: Final = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_CLASSES: Final = {b"scnr", b"mntr", b"prtr", b"spac"}
"""Input, display, output and colour space; ISO 32000-1 8.6.5.5 allows no others."""


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile that can be believed.

    Args:
        profile: For the record.
        version: Its major version.
    """

    profile: ColourProfile
    version: int


def find_profile(
    window: ByteWindow, spans: tuple[Span, ...], channels: int, *, is_packed: bool = False
) -> FoundProfile | None:
    """Judge an embedded profile by its header.

    Args:
        window: On the master.
        spans: Where it lies.
        channels: Of the picture.
        is_packed: Whether it is a zlib stream.

    Returns:
        None when there is no profile for so many channels, or it is damaged.
    """
    if not 0 < sum(length for _, length in spans) <= MAX_PROFILE_BYTES:
        return None
    stored = b"".join(stream_bytes(window, spans, reverses_bits=False))
    data = _unpacked(stored) if is_packed else stored
    if len(data) <= _HEADER_BYTES or data[36:40] != b"acsp":
        return None
    is_whole = struct.unpack(">I", data[:4])[0] == len(data)
    if not is_whole or data[12:16] not in _CLASSES or _CHANNELS.get(data[16:20]) != channels:
        return None
    sha256 = hashlib.sha256(stored).hexdigest()
    return FoundProfile(ColourProfile(spans, sha256, channels, is_packed), data[8])


def _unpacked(stored: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(stored, MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return data if unpacker.eof else b""
