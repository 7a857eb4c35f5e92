"""Check the Deflate strips of a TIFF against the sums they carry.

libtiff stops reading a strip when its rows are full, before the sum at the strip's end, so
damage that still unpacks to the right length would pass for a sound picture.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.problems import BadStructure, malformed
from appliance.imaging.tiff import read_directories, segments
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from appliance.imaging.headers import FrameSource
    from appliance.imaging.windows import ByteWindow


def check_deflate_sums(source: FrameSource) -> None:
    """Unpack every strip or tile of a frame to its end, keeping nothing.

    Raises:
        BadStructure: A strip does not unpack, has no end, or its sum (Adler-32) is wrong.
    """
    with open_window(source.path) as window:
        directory = read_directories(window)[source.frame.directory]
        for offset, length in segments(window, directory):
            _check_strip(window.part(offset, length))


def _check_strip(strip: ByteWindow) -> None:
    unpacker = zlib.decompressobj()
    position = 0
    try:
        while not unpacker.eof and position < strip.size_bytes:
            packed = strip.read_up_to(position, COPY_CHUNK_BYTES)
            position += len(packed)
            while packed and not unpacker.eof:
                unpacker.decompress(packed, COPY_CHUNK_BYTES)
                packed = unpacker.unconsumed_tail
    except zlib.error as problem:
        raise _broken() from problem
    if not unpacker.eof:
        raise _broken()


def _broken() -> BadStructure:
    return malformed("một dải ảnh nén không đúng tổng kiểm tra", "a packed strip is not sound")
