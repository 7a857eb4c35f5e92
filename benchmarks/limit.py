"""What an A4 page costs at the very least, and what a script of stock tools makes of it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import imagecodecs
import pyvips
import simplejpeg
import xxhash

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LZW_DECODER: Final = "imagecodecs"
"""Decodes LZW fastest: libtiff, the whole page in one call."""
OTHER_LZW_DECODER: Final = "libvips"
"""The commoner one; both refuse the same damage (tests/imaging/test_lzw.py)."""


def limit(paths: Sequence[Path], kind: str, *, by_other: bool = False) -> None:
    """Of each page one read, both digests, one full decode of every pixel, nothing else.

    Args:
        paths: The pages.
        kind: A key of ``FORMATS``.
        by_other: With ``OTHER_LZW_DECODER``.
    """
    decode = _vips_decode if by_other else _decoders()[kind]
    for path in paths:
        data = path.read_bytes()
        hashlib.sha256(data).hexdigest()
        xxhash.xxh3_128_hexdigest(data)
        decode(data)


def _decoders() -> dict[str, Callable[[bytes], object]]:
    return {
        "jpeg": lambda data: simplejpeg.decode_jpeg(data, "RGB", strict=True),
        "raw": len,  # the bytes are the pixels
        "lzw": imagecodecs.tiff_decode,
        "g4": _vips_decode,
    }


def _vips_decode(data: bytes) -> object:
    image: Any = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="warning")
    return image.write_to_memory()


def has_stock_tools() -> bool:
    """Whether the script can be measured here."""
    return all(shutil.which(tool) for tool in ("sha256sum", "vipsthumbnail", "vips"))


def stock_script(paths: Sequence[Path]) -> None:
    """Of each page, by programs of the system: SHA-256, a view, a thumbnail, one full decode."""
    with tempfile.TemporaryDirectory(prefix="bench-stock-") as name:
        target = Path(name) / "%s.jpg[Q=80]"
        for path in paths:
            for command in (
                ("sha256sum", path),
                ("vipsthumbnail", path, "--size", "1600", "-o", target),
                ("vipsthumbnail", path, "--size", "400", "-o", target),
                ("vips", "avg", path),
            ):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
