"""The bytes of image streams, copied in pieces and never held whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import IntegrityError
from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from appliance.imaging.page_derivative import Span

REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round (TIFF FillOrder 2)."""


def stream_bytes(
    source: BinaryIO, spans: tuple[Span, ...], *, reverses_bits: bool
) -> Iterator[bytes]:
    """The spans of a file in pieces, as they stand in a PDF.

    Raises:
        IntegrityError: The file ends before a span does.
    """
    for offset, length in spans:
        source.seek(offset)
        left = length
        while left:
            piece = source.read(min(left, COPY_CHUNK_BYTES))
            if not piece:
                raise IntegrityError(
                    f"{getattr(source, 'name', 'the source')} is shorter than when it was "
                    "inspected: check the store"
                )
            left -= len(piece)
            yield piece.translate(REVERSED_BITS) if reverses_bits else piece


def stream_sha256(source: BinaryIO, spans: tuple[Span, ...], *, reverses_bits: bool) -> str:
    """SHA-256 of what ``stream_bytes`` gives, hexadecimal."""
    digest = hashlib.sha256()
    for piece in stream_bytes(source, spans, reverses_bits=reverses_bits):
        digest.update(piece)
    return digest.hexdigest()
