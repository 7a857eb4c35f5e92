"""What inspected image formats are called in packages: names, media types, PRONOM keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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
_JPEG_JFIF: Final = ImageFormat("JPEG File Interchange Format", "image/jpeg", "fmt/43")
_JPEG_RAW: Final = ImageFormat("Raw JPEG Stream", "image/jpeg", "fmt/41")


def format_of(kind: str, path: Path) -> ImageFormat:
    """The format of an inspected master.

    Args:
        kind: As the inspection named it.
        path: The master; a JPEG's head tells JFIF from a raw stream.
    """
    if kind != "jpeg":
        return _FORMATS[kind]
    with path.open("rb") as stream:
        return _JPEG_JFIF if _JFIF in stream.read(_HEAD_BYTES) else _JPEG_RAW
