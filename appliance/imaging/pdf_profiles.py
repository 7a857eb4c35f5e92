"""The two colour profiles a PDF/A of scans needs.

The output intent is sRGB. PDF/A-2 lets a CMYK picture stand under it only with a profile of its
own (ISO 19005-2 6.2.4.3); scanners' CMYK carries none, so it gets the plain subtractive mixing
that programs without colour management show, written as a table of its sixteen corners.
"""

from __future__ import annotations

import itertools
import struct
from functools import lru_cache
from importlib import resources
from typing import Final

_D50: Final = (0.9642, 1.0, 0.8249)
_SRGB_TO_XYZ_D50: Final = (
    (0.4360747, 0.3850649, 0.1430804),
    (0.2225045, 0.7168786, 0.0606169),
    (0.0139322, 0.0971045, 0.7141733),
)
"""IEC 61966-2-1 primaries adapted to D50 by Bradford's method, as ICC.1 asks."""
_HEADER_BYTES: Final = 128
_LAB_LINEAR_BELOW: Final = 216 / 24389
_LAB_SLOPE: Final = 24389 / 27


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The sRGB profile that comes with this package (licence beside it)."""
    return (resources.files("appliance.imaging") / "data" / "sRGB.icc").read_bytes()


@lru_cache(maxsize=1)
def cmyk_profile() -> bytes:
    """An ICC 2.4 input profile from CMYK to Lab; the same bytes every time."""
    tags = {
        b"desc": _description("Plain subtractive CMYK"),
        b"cprt": b"text\0\0\0\0Public domain\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_D50),
        b"A2B0": _corner_table(),
    }
    table = struct.pack(">I", len(tags))
    offset = _HEADER_BYTES + 4 + 12 * len(tags)
    bodies = b""
    for name, body in tags.items():
        table += name + struct.pack(">II", offset + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    return _header(offset + len(bodies)) + table + bodies


def _header(size_bytes: int) -> bytes:
    """ICC.1:2001-04 6.1; the date is fixed so that the bytes are."""
    head = struct.pack(">I4sI", size_bytes, b"\0\0\0\0", 0x02400000)
    head += b"scnrCMYKLab " + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    head += b"\0" * 28 + _fixed(*_D50)
    return head.ljust(_HEADER_BYTES, b"\0")


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _description(text: str) -> bytes:
    ascii_text = text.encode("ascii") + b"\0"
    head = b"desc\0\0\0\0" + struct.pack(">I", len(ascii_text)) + ascii_text
    return head + b"\0" * (4 + 4 + 2 + 1 + 67)


def _corner_table() -> bytes:
    """An 8-bit table (``mft1``) of two grid points a channel; black varies fastest."""
    straight = bytes(range(256))
    corners = b"".join(_lab8(*corner) for corner in itertools.product((0.0, 1.0), repeat=4))
    head = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return head + straight * 4 + corners + straight * 3


def _lab8(cyan: float, magenta: float, yellow: float, black: float) -> bytes:
    linear = [(1 - ink) * (1 - black) for ink in (cyan, magenta, yellow)]
    ratios = [
        sum(weight * part for weight, part in zip(row, linear, strict=True)) / white
        for row, white in zip(_SRGB_TO_XYZ_D50, _D50, strict=True)
    ]
    x, y, z = (_lab_curve(ratio) for ratio in ratios)
    values = ((116 * y - 16) * 2.55, 500 * (x - y) + 128, 200 * (y - z) + 128)
    return bytes(min(max(round(value), 0), 255) for value in values)


def _lab_curve(ratio: float) -> float:
    return ratio ** (1 / 3) if ratio > _LAB_LINEAR_BELOW else (_LAB_SLOPE * ratio + 16) / 116
