"""The bytes of image streams, read in pieces and never held whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.domain.errors import IntegrityError
from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.page_derivative import Span
    from appliance.imaging.windows import ByteWindow

REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round (TIFF FillOrder 2)."""


@dataclass(frozen=True, slots=True)
class StreamDigests:
    """The digests of one stream.

    Args:
        sha256: Hexadecimal; the evidence.
        xxh3: XXH3-128, hexadecimal; what is compared when a PDF was written.
    """

    sha256: str
    xxh3: str


def stream_bytes(
    window: ByteWindow, spans: tuple[Span, ...], *, reverses_bits: bool
) -> Iterator[bytes]:
    """The spans of a file in pieces, as they stand in a PDF.

    Raises:
        IntegrityError: The file ends before a span does.
    """
    for offset, length in spans:
        for start in range(0, length, COPY_CHUNK_BYTES):
            wanted = min(length - start, COPY_CHUNK_BYTES)
            piece = window.read_up_to(offset + start, wanted)
            if len(piece) < wanted:
                raise IntegrityError(
                    "a master or derivative is shorter than when it was read: check the store"
                )
            yield piece.translate(REVERSED_BITS) if reverses_bits else piece


def stream_digests(
    window: ByteWindow, spans: tuple[Span, ...], *, reverses_bits: bool = False
) -> StreamDigests:
    """The digests of what ``stream_bytes`` gives."""
    sha256, xxh3 = hashlib.sha256(), xxhash.xxh3_128()
    for piece in stream_bytes(window, spans, reverses_bits=reverses_bits):
        sha256.update(piece)
        xxh3.update(piece)
    return StreamDigests(sha256.hexdigest(), xxh3.hexdigest())
