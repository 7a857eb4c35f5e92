"""PDFs that are still being written: told from their ends, without parsing an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pikepdf
import pytest

from appliance.imaging.headers import Kind
from appliance.imaging.structure import Wholeness, WholenessState, wholeness
from tests.imaging import scanned_pdfs as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

WHOLE, UNFINISHED, NOT_IMAGE = WholenessState


@pytest.fixture
def pdf(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> Path:
    """Two scanned pages with a plain table of objects."""
    picture = made.jpeg(drawn_page(311, 439))
    return made.write_pdf(
        tmp_path / "0001.pdf",
        [picture] * 2,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )


def judged(folder: Path, data: bytes) -> Wholeness:
    """What is said of these bytes."""
    path = folder / "judged.pdf"
    path.write_bytes(data)
    return wholeness(path)


def test_a_written_pdf_is_whole(pdf: Path) -> None:
    """The end mark, the table and its objects are there."""
    found = wholeness(pdf)
    assert (found.kind, found.state, found.trailing_bytes) == (Kind.PDF, WHOLE, 0)


@pytest.mark.parametrize("form", ["generate", "disable"])
def test_every_beginning_of_a_pdf_waits_for_the_rest(
    tmp_path: Path, drawn_page: Callable[..., Image.Image], form: str
) -> None:
    """paperless-ngx#1279: a file taken while the scanner was writing must not be judged yet."""
    path = made.write_pdf(
        tmp_path / "0001.pdf",
        [made.jpeg(drawn_page(155, 220))],
        object_stream_mode=pikepdf.ObjectStreamMode[form],
    )
    data = path.read_bytes()
    end = data.rindex(b"%%EOF") + len(b"%%EOF")
    for length in {*range(0, end, 97), *range(end - 40, end)}:
        found = judged(tmp_path, data[:length])
        assert found.state is UNFINISHED, length
        assert found.problem
        assert found.problem_en
    assert judged(tmp_path, data[:end]).state is WHOLE


def test_a_file_arranged_for_the_web_waits_for_its_stated_length(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """Such a file has an end mark near its beginning, and another at its end."""
    path = made.write_pdf(tmp_path / "web.pdf", [made.jpeg(drawn_page(311, 439))], linearize=True)
    data = path.read_bytes()
    early = data.index(b"%%EOF") + len(b"%%EOF")
    assert early < len(data) // 2
    assert judged(tmp_path, data).state is WHOLE
    assert judged(tmp_path, data[:early]).state is UNFINISHED
    assert judged(tmp_path, data[: early + 100]).state is UNFINISHED


def test_a_middle_that_was_never_written_is_seen(tmp_path: Path, pdf: Path) -> None:
    """A preallocated file whose tail came first: its objects are still zeros."""
    data = bytearray(pdf.read_bytes())
    table = data.rindex(b"xref", 0, data.rindex(b"startxref"))
    data[len(data) // 4 : table] = bytes(table - len(data) // 4)
    assert judged(tmp_path, bytes(data)).state is UNFINISHED


def test_a_table_that_was_never_written_is_seen(tmp_path: Path, pdf: Path) -> None:
    """The tail is there and the table it points at is zeros."""
    data = bytearray(pdf.read_bytes())
    tail = data.rindex(b"startxref")
    table = data.rindex(b"xref", 0, tail)
    data[table:tail] = bytes(tail - table)
    assert judged(tmp_path, bytes(data)).state is UNFINISHED


def test_a_table_that_points_beyond_the_end_waits(tmp_path: Path, pdf: Path) -> None:
    """More bytes could bring the object; after its patience the box says what is missing."""
    data = pdf.read_bytes()
    table = data.rindex(b"xref", 0, data.rindex(b"startxref"))
    entry = data.index(b" n", table) - 16
    broken = data[:entry] + b"9999999999" + data[entry + 10 :]
    assert judged(tmp_path, broken).state is UNFINISHED


@pytest.mark.parametrize(
    "tail",
    [
        b"%PDF-1.4\nno table\nstartxref\n3\n%%EOF\n",
        b"%PDF-1.4\nxref\nsomething\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.4\n%%EOF\n",
    ],
)
def test_a_tail_that_contradicts_itself_is_no_image(tmp_path: Path, tail: bytes) -> None:
    """Waiting cannot mend a table that is not where its own file says."""
    assert judged(tmp_path, tail).state is NOT_IMAGE


def test_what_follows_the_end_mark_is_counted(tmp_path: Path, pdf: Path) -> None:
    """Blanks are nothing; anything else is said."""
    data = pdf.read_bytes().rstrip()
    assert judged(tmp_path, data + b"\r\n\0\0").trailing_bytes == 0
    found = judged(tmp_path, data + b"\nappended")
    assert (found.state, found.trailing_bytes) == (WHOLE, 9)
