"""The font of the invisible text: one empty glyph, and a map from codes back to Unicode.

Codes are UTF-16 units, so that any text of the basic plane can be copied and searched, the
whole of Vietnamese among it. Nothing is ever painted with it (text render mode 3), but PDF/A
wants every font inside, so a TrueType font of one blank glyph is built here.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

GLYPH_WIDTH: Final = 500
"""Thousandths of the font size; every glyph has it."""
ASCENT: Final = 800
DESCENT: Final = -200
_UNITS_PER_EM: Final = 1000
_EPOCH: Final = 3_850_000_000
"""A fixed moment in 2026, in seconds since 1904, so that the bytes are always the same."""
_MAGIC: Final = 0x5F0F3CF5
_CHECK: Final = 0xB1B0AFBA
_REPLACEMENT: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class FontNumbers:
    """Object numbers of the five objects that make the font."""

    font: int
    descendant: int
    descriptor: int
    program: int
    unicode_map: int
    glyph_map: int


def encode_text(text: str) -> str:
    """Text as the hexadecimal codes of this font; what lies outside the basic plane is lost."""
    plain = "".join(one if ord(one) <= 0xFFFF else _REPLACEMENT for one in text)  # noqa: PLR2004 - the basic plane
    return plain.encode("utf-16-be", errors="replace").hex().upper()


def font_dictionaries(numbers: FontNumbers) -> dict[int, str]:
    """The three dictionaries, by object number."""
    return {
        numbers.font: (
            "<< /Type /Font /Subtype /Type0 /BaseFont /Blank /Encoding /Identity-H "
            f"/DescendantFonts [{numbers.descendant} 0 R] /ToUnicode {numbers.unicode_map} 0 R >>"
        ),
        numbers.descendant: (
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Blank "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {numbers.descriptor} 0 R /DW {GLYPH_WIDTH} "
            f"/CIDToGIDMap {numbers.glyph_map} 0 R >>"
        ),
        numbers.descriptor: (
            "<< /Type /FontDescriptor /FontName /Blank /Flags 4 /ItalicAngle 0 "
            f"/FontBBox [0 {DESCENT} {GLYPH_WIDTH} {ASCENT}] /Ascent {ASCENT} "
            f"/Descent {DESCENT} /CapHeight {ASCENT} /StemV 80 /FontFile2 {numbers.program} 0 R >>"
        ),
    }


@lru_cache(maxsize=1)
def glyph_map() -> bytes:
    """Every code shows glyph 1, compressed."""
    return zlib.compress(b"\0\1" * 65536, 9)


@lru_cache(maxsize=1)
def unicode_map() -> bytes:
    """The ToUnicode map: every code is its own UTF-16 unit, compressed.

    Ranges may not run over a change of the high byte (ISO 32000-1 9.7.6.2 in Adobe TN 5014).
    """
    ranges = [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in range(256)]
    blocks = [ranges[start : start + 100] for start in range(0, len(ranges), 100)]
    body = "\n".join(
        f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks
    )
    text = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        f"{body}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
    return zlib.compress(text.encode("ascii"), 9)


@lru_cache(maxsize=1)
def font_program() -> bytes:
    """A TrueType program of two empty glyphs (ISO/IEC 14496-22), uncompressed."""
    tables = {
        b"cmap": struct.pack(">HHHHI6H", 0, 1, 1, 0, 12, 6, 12, 0, 0, 1, 0),
        b"glyf": b"\0\0\0\0",
        b"head": _head(0),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x00010000, ASCENT, DESCENT, 0, GLYPH_WIDTH,
            0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,
        ),
        b"hmtx": struct.pack(">HhHh", GLYPH_WIDTH, 0, GLYPH_WIDTH, 0),
        b"loca": struct.pack(">HHH", 0, 0, 0),
        b"maxp": struct.pack(">I14H", 0x00010000, 2, *([0] * 13)),
    }  # fmt: skip
    program = _assembled(tables)
    tables[b"head"] = _head((_CHECK - _sum(program)) % 2**32)
    return _assembled(tables)


def _head(adjustment: int) -> bytes:
    return struct.pack(
        ">IIIIHHqqhhhhHHhhh", 0x00010000, 0x00010000, adjustment, _MAGIC, 0, _UNITS_PER_EM,
        _EPOCH, _EPOCH, 0, DESCENT, GLYPH_WIDTH, ASCENT, 0, 8, 2, 0, 0,
    )  # fmt: skip


def _assembled(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    head = struct.pack(">IHHHH", 0x00010000, count, 16 << power, power, count * 16 - (16 << power))
    offset = len(head) + 16 * count
    bodies = b""
    for name, body in sorted(tables.items()):
        head += name + struct.pack(">III", _sum(body), offset + len(bodies), len(body))
        bodies += body + b"\0" * (-len(body) % 4)
    return head + bodies


def _sum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) % 2**32
