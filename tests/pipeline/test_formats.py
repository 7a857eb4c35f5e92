"""What formats are called in packages: by the bytes' own heads, and by no parser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.pipeline.formats import format_of

if TYPE_CHECKING:
    from pathlib import Path

ELEMENTS = b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
ATTRIBUTES = b"<rdf:Description pdfaid:part='1' pdfaid:conformance=\"A\"/>"


@pytest.mark.parametrize(
    ("data", "key", "name"),
    [
        (b"%PDF-1.4\n", "fmt/18", "Portable Document Format 1.4"),
        (b"%PDF-1.7\n", "fmt/276", "Portable Document Format 1.7"),
        (b"%PDF-2.0\n", "fmt/1129", "Portable Document Format 2.0"),
        (b"%PDF-1.7\n" + ELEMENTS, "fmt/477", "Portable Document Format - Archival (PDF/A-2b)"),
        (b"%PDF-1.4\n" + ATTRIBUTES, "fmt/95", "Portable Document Format - Archival (PDF/A-1a)"),
    ],
)
def test_a_pdf_is_named_by_its_version_or_its_archival_level(
    tmp_path: Path, data: bytes, key: str, name: str
) -> None:
    """The registry's key is the one that format identification of archives finds."""
    path = tmp_path / "0001.pdf"
    path.write_bytes(data)
    assert format_of("pdf", path) == (name, "application/pdf", key)


def test_an_archival_mark_across_two_pieces_is_found(tmp_path: Path) -> None:
    """A long file is read in pieces, and a mark may lie on the joint."""
    path = tmp_path / "0001.pdf"
    head = b"%PDF-1.7\n"
    path.write_bytes(head + b" " * (COPY_CHUNK_BYTES - len(head) - 8) + ELEMENTS)
    assert format_of("pdf", path).pronom_key == "fmt/477"


JFIF = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"
EXIF = b"\xff\xd8\xff\xe1\0\x40Exif\0\0"


@pytest.mark.parametrize(
    ("head", "key"),
    [
        (JFIF + b"\x00", "fmt/42"),
        (JFIF + b"\x01", "fmt/43"),
        (JFIF + b"\x02", "fmt/44"),
        (EXIF + b"MM\0*....\x90\0\0\x07\0\0\0\x040210", "x-fmt/390"),
        (EXIF + b"II*\0....\0\x90\x07\0\x04\0\0\x000221", "fmt/645"),
        (EXIF + b"II*\0....\0\x90\x07\0\x04\0\0\x000232", "fmt/1507"),
        (EXIF + b"II*\0", "fmt/41"),
        (b"\xff\xd8\xff\xdb\0\x43", "fmt/41"),
    ],
)
def test_a_jpeg_is_named_by_its_head(tmp_path: Path, head: bytes, key: str) -> None:
    """JFIF by its version, Exif by its version, and what has neither head as a raw stream."""
    path = tmp_path / "0001.jpg"
    path.write_bytes(head + b"\0" * 20)
    assert format_of("jpeg", path).pronom_key == key


@pytest.mark.parametrize(
    ("options", "key"),
    [({}, "fmt/11"), ({"icc_profile": b"sRGB" * 40}, "fmt/12"), ({"text": "Đ"}, "fmt/13")],
)
def test_a_png_is_named_by_its_newest_chunk(
    tmp_path: Path, options: dict[str, Any], key: str
) -> None:
    """A colour profile makes it 1.1, international text 1.2."""
    saving = dict(options)
    if text := saving.pop("text", ""):
        saving["pnginfo"] = PngInfo()
        saving["pnginfo"].add_itxt("Title", text)
    path = tmp_path / "0001.png"
    Image.new("L", (8, 8)).save(path, **saving)
    assert format_of("png", path).pronom_key == key
