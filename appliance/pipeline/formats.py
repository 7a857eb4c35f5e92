"""What inspected image formats are called in packages: names, media types, PRONOM keys."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD_BYTES: Final = 12


class ImageFormat(NamedTuple):
    """One format; PRONOM keys as the PRONOM registry, version 109, gives them."""

    name: str
    mime_type: str
    pronom_key: str


_FORMATS: Final = {
    "tiff": ImageFormat("Tagged Image File Format", "image/tiff", "fmt/353"),
    "jp2": ImageFormat("JP2 (JPEG 2000 part 1)", "image/jp2", "x-fmt/392"),
}
_PDF_NAME: Final = "Portable Document Format"
_PDF_KEYS: Final = {
    "1.0": "fmt/14", "1.1": "fmt/15", "1.2": "fmt/16", "1.3": "fmt/17", "1.4": "fmt/18",
    "1.5": "fmt/19", "1.6": "fmt/20", "1.7": "fmt/276", "2.0": "fmt/1129",
}  # fmt: skip
_PDFA_KEYS: Final = {
    "1a": "fmt/95", "1b": "fmt/354", "2a": "fmt/476", "2b": "fmt/477", "2u": "fmt/478",
    "3a": "fmt/479", "3b": "fmt/480", "3u": "fmt/481",
}  # fmt: skip
_NEWEST_PDF: Final = "1.7"
_VERSION: Final = re.compile(rb"%PDF-(\d\.\d)")
_PART: Final = re.compile(rb"pdfaid:part[^0-9<]{0,4}[>\"'](\d)")
_CONFORMANCE: Final = re.compile(rb"pdfaid:conformance[^A-Za-z<]{0,4}[>\"']([ABUabu])")
_OVERLAP_BYTES: Final = 64
_JPEG_HEAD_BYTES: Final = 4 + 65535
"""The first two markers and all that the second may hold."""
_JFIF: Final = re.compile(rb"\xff\xd8\xff\xe0..JFIF\0\x01([\0-\x02])", re.DOTALL)
_JFIF_KEYS: Final = {b"\0": "fmt/42", b"\x01": "fmt/43", b"\x02": "fmt/44"}
_EXIF_HEAD: Final = re.compile(rb"\xff\xd8\xff\xe1..Exif\0\0", re.DOTALL)
_EXIF_VERSION: Final = re.compile(
    rb"(?:\x90\0\0\x07\0\0\0\x04|\0\x90\x07\0\x04\0\0\0)(0200|0210|0220|0221|023\d)"
)
"""The tag ExifVersion, in either order of bytes."""
_EXIF_KEYS: Final = {
    b"0200": "x-fmt/398", b"0210": "x-fmt/390", b"0220": "x-fmt/391", b"0221": "fmt/645",
}  # fmt: skip
_EXIF_23_KEY: Final = "fmt/1507"
_PNG_SIGNATURE_BYTES: Final = 8
_PNG_KEYS: Final = {b"iTXt": "fmt/13", b"iCCP": "fmt/12", b"sPLT": "fmt/12", b"sRGB": "fmt/12"}
"""PNG 1.2 and 1.1 are known by the chunks that they added; ``fmt/11`` has none of them."""


def format_of(kind: str, path: Path) -> ImageFormat:
    """The format of an inspected master.

    Args:
        kind: As the inspection named it.
        path: The master; the heads of JPEG and PNG tell their versions, and a PDF states its
            version and whether it is an archival one.
    """
    readers = {"pdf": _pdf_format, "jpeg": _jpeg_format, "png": _png_format}
    return readers[kind](path) if kind in readers else _FORMATS[kind]


def _jpeg_format(path: Path) -> ImageFormat:
    """JFIF, Exif as cameras write it, or a stream with neither head."""
    with path.open("rb") as stream:
        head = stream.read(_JPEG_HEAD_BYTES)
    if found := _JFIF.match(head):
        return ImageFormat("JPEG File Interchange Format", "image/jpeg", _JFIF_KEYS[found[1]])
    if _EXIF_HEAD.match(head) and (found := _EXIF_VERSION.search(head)):
        key = _EXIF_KEYS.get(found[1], _EXIF_23_KEY)
        name = "Exchangeable Image File Format (Compressed)"
        return ImageFormat(name, "image/jpeg", key)
    return ImageFormat("Raw JPEG Stream", "image/jpeg", "fmt/41")


def _png_format(path: Path) -> ImageFormat:
    """By the newest chunk that stands before the pixels."""
    with path.open("rb") as stream:
        stream.seek(_PNG_SIGNATURE_BYTES)
        keys = {_PNG_KEYS.get(kind, "fmt/11") for kind in _chunks_before_pixels(stream)}
    return ImageFormat("Portable Network Graphics", "image/png", max(keys, default="fmt/11"))


def _chunks_before_pixels(stream: BinaryIO) -> Iterator[bytes]:
    while len(head := stream.read(8)) == 8 and head[4:] != b"IDAT":  # noqa: PLR2004 - length, kind
        yield head[4:]
        stream.seek(int.from_bytes(head[:4], "big") + 4, os.SEEK_CUR)


def _pdf_format(path: Path) -> ImageFormat:
    """By the head and by the archival mark, which stands unpacked; nothing is parsed."""
    with path.open("rb") as stream:
        head = _VERSION.match(stream.read(_HEAD_BYTES))
    version = head[1].decode("ascii") if head else _NEWEST_PDF
    level = _archival_level(path)
    if level in _PDFA_KEYS:
        name = f"{_PDF_NAME} - Archival (PDF/A-{level})"
        return ImageFormat(name, "application/pdf", _PDFA_KEYS[level])
    key = _PDF_KEYS.get(version, _PDF_KEYS[_NEWEST_PDF])
    return ImageFormat(f"{_PDF_NAME} {version}", "application/pdf", key)


def _archival_level(path: Path) -> str:
    """Part and conformance of PDF/A, such as ``2b``; empty when the file claims none."""
    part = conformance = b""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(COPY_CHUNK_BYTES):
            look = tail + chunk
            for found in _PART.finditer(look):
                part = found[1]
            for found in _CONFORMANCE.finditer(look):
                conformance = found[1]
            tail = look[-_OVERLAP_BYTES:]
    return (part + conformance).decode("ascii").lower()
