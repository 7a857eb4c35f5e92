"""What inspected image formats are called in packages: names, media types, PRONOM keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES: Final = 12
_JFIF: Final = b"JFIF"


class ImageFormat(NamedTuple):
    """One format; PRONOM keys as the PRONOM registry, version 109, gives them."""

    name: str
    mime_type: str
    pronom_key: str


_FORMATS: Final = {
    "tiff": ImageFormat("Tagged Image File Format", "image/tiff", "fmt/353"),
    "png": ImageFormat("Portable Network Graphics", "image/png", "fmt/13"),
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
_JPEG_JFIF: Final = ImageFormat("JPEG File Interchange Format", "image/jpeg", "fmt/43")
_JPEG_RAW: Final = ImageFormat("Raw JPEG Stream", "image/jpeg", "fmt/41")


def format_of(kind: str, path: Path) -> ImageFormat:
    """The format of an inspected master.

    Args:
        kind: As the inspection named it.
        path: The master; a JPEG's head tells JFIF from a raw stream, and a PDF states its
            version and whether it is an archival one.
    """
    if kind == "pdf":
        return _pdf_format(path)
    if kind != "jpeg":
        return _FORMATS[kind]
    with path.open("rb") as stream:
        return _JPEG_JFIF if _JFIF in stream.read(_HEAD_BYTES) else _JPEG_RAW


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
