"""What formats are called in packages: by the bytes' own heads, and by no parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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


def test_a_jpeg_is_named_by_its_head(tmp_path: Path) -> None:
    """A JFIF head tells the interchange format from a raw stream."""
    path = tmp_path / "0001.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1")
    assert format_of("jpeg", path).pronom_key == "fmt/43"
    path.write_bytes(b"\xff\xd8\xff\xe1\0\x10Exif\0\0")
    assert format_of("jpeg", path).pronom_key == "fmt/41"
