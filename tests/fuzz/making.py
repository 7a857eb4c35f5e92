"""Hostile bytes: small whole images, ways to damage them, and windows that count what is read."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pikepdf import ObjectStreamMode
from PIL import Image, TiffImagePlugin

from appliance.imaging.windows import ByteWindow
from tests.imaging import scanned_pdfs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LONG_RUN: Final = "APPLIANCE_FUZZ_EXAMPLES"
"""Names how many examples each reader gets; then they differ from run to run."""
EXAMPLES: Final = int(os.environ.get(LONG_RUN, "300"))
"""Without it the examples are always the same, and few."""
NUMBERS: Final = tuple(
    value.to_bytes(size, order)
    for size in (2, 4, 8)
    for value in (0, 1, 2, 255, 1 << (8 * size - 1), (1 << 8 * size) - 1)
    for order in ("big", "little")
)
"""Counts, lengths and offsets at the edges of their fields."""

Mutation = tuple[str, int, int, bytes]
"""What is done, where (taken modulo the length), how far, with which bytes."""

_KINDS: Final = ("flip", "set", "cut", "insert", "remove", "repeat", "zero")


def fuzzing(examples: int = EXAMPLES) -> settings:
    """Settings of a fuzz test: the same examples each time, unless a long run is asked for."""
    return settings(
        max_examples=examples,
        derandomize=LONG_RUN not in os.environ,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


def mutations() -> st.SearchStrategy[list[Mutation]]:
    """A few changes to some bytes."""
    position = st.integers(0, 2**32 - 1)
    material = st.one_of(st.sampled_from(NUMBERS), st.binary(min_size=1, max_size=16))
    one = st.tuples(st.sampled_from(_KINDS), position, st.integers(1, 64), material)
    return st.lists(one, min_size=1, max_size=8)


def mutated(data: bytes, changes: list[Mutation]) -> bytes:
    """The bytes after every change."""
    for kind, place, length, material in changes:
        if data:
            data = _changed(data, kind, place % len(data), length, material)
    return data


def _changed(data: bytes, kind: str, at: int, length: int, material: bytes) -> bytes:
    if kind == "cut":
        return data[:at]
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ (1 << length % 8)]) + data[at + 1 :]
    middle = {
        "set": material,
        "zero": bytes(length),
        "insert": material + data[at : at + length],
        "remove": b"",
        "repeat": data[at : at + length] * 2,
    }[kind]
    return data[:at] + middle + data[at + (len(material) if kind == "set" else length) :]


@dataclass
class Counted:
    """What a reader looked at.

    Args:
        data: The bytes under test.
    """

    data: bytes
    looks: int = field(default=0)
    read_bytes: int = field(default=0)

    def window(self) -> ByteWindow:
        """A window on the bytes that counts."""
        return ByteWindow(self._look, len(self.data))

    def _look(self, length: int, offset: int) -> bytes:
        found = self.data[offset : offset + length]
        self.looks += 1
        self.read_bytes += len(found)
        return found


def _page() -> Image.Image:
    return Image.effect_noise((24, 36), 60)


def _saved(form: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or _page()).save(buffer, form, **options)
    return buffer.getvalue()


def _multi_page_tiff() -> bytes:
    buffer = io.BytesIO()
    rows = TiffImagePlugin.ImageFileDirectory_v2()
    rows[278] = 8
    options = {"save_all": True, "append_images": [_page(), _page()], "tiffinfo": rows}
    _page().save(buffer, "TIFF", compression="tiff_lzw", **options)
    return buffer.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[274], exif[282], exif[283], exif[296] = 6, 300.0, 300.0, 2
    return exif.tobytes()


def pdf_bytes(folder: Path, *, packed: bool) -> bytes:
    """A PDF of two scanned pages."""
    mode = ObjectStreamMode.generate if packed else ObjectStreamMode.disable
    page = Image.effect_noise((300, 400), 40)
    pictures = [scanned_pdfs.jpeg(page, quality=10), scanned_pdfs.fax(page.convert("1"))]
    return scanned_pdfs.write_pdf(
        folder / "seed.pdf", pictures, object_stream_mode=mode
    ).read_bytes()


SEEDS: Final[Mapping[str, Callable[[], bytes]]] = {
    "raw.tif": lambda: _saved("TIFF"),
    "g4.tif": lambda: _saved("TIFF", _page().convert("1"), compression="group4"),
    "deflate.tif": lambda: _saved("TIFF", compression="tiff_adobe_deflate"),
    "big.tif": lambda: _saved("TIFF", big_tiff=True),
    "pages.tif": _multi_page_tiff,
    "baseline.jpg": lambda: _saved("JPEG"),
    "progressive.jpg": lambda: _saved("JPEG", progressive=True),
    "exif.jpg": lambda: _saved("JPEG", exif=_exif()),
    "gray.png": lambda: _saved("PNG", dpi=(300, 300)),
    "palette.png": lambda: _saved("PNG", _page().quantize(8)),
    "page.jp2": lambda: _saved("JPEG2000"),
}
"""Whole images of every format, as small as they come: most bytes are structure."""
