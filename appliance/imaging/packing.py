"""How few bytes a frame can be packed into: a header that promises more than that lies.

Each ceiling follows from its format, so no honest page is beyond it, however empty. Frames that
share their strips are, taken together: a small file cannot unpack into thousands of large pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from appliance.imaging.headers import FrameHeader

_EXPANSIONS: Final = {"raw": 1, "packbits": 64, "deflate": 1032, "lzw": 1400}
"""Bytes that one packed byte can become. PackBits: 128 of two. Deflate: 258 of two bits (RFC
1951). LZW: entries grow by one, 3838 times between two clearings, at 9 to 12 bits each."""
_ROW_CODINGS: Final = {"g3", "g4", "huffman"}
"""Every row takes one bit at least (ITU-T T.6: one V0 code)."""
_BLOCK_CODINGS: Final = {"jpeg", "progressive-jpeg", "old-jpeg"}
"""Every block of 8 x 8 pixels takes one bit at least (ITU-T T.81: one code for its mean)."""
_BLOCK_PIXELS: Final = 64


def fewest_bytes(frame: FrameHeader) -> int:
    """The fewest bytes that a frame of this size and coding takes; 0 when there is no telling."""
    if frame.compression in _EXPANSIONS:
        bits = frame.pixels * frame.bits_per_pixel
        return bits // (8 * _EXPANSIONS[frame.compression])
    if frame.compression in _ROW_CODINGS:
        return frame.height_px // 8
    if frame.compression in _BLOCK_CODINGS:
        return frame.pixels // (8 * _BLOCK_PIXELS)
    return 0
