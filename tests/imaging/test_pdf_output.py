"""Bytes on their way out: every one written once, in order, and digested."""

from __future__ import annotations

import hashlib
import random
import resource
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import IntegrityError
from appliance.imaging import pdf_output
from appliance.imaging.pdf_file import PdfFile
from appliance.imaging.pdf_output import BLOCK_BYTES, PdfOutput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LENGTHS = (0, 1, 100, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES + 7)


@pytest.mark.parametrize("cached_blocks", [3, 1000])
def test_pieces_of_any_length_arrive_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached_blocks: int
) -> None:
    """From memory and from files, along the edges of blocks, through the cache and past it."""
    monkeypatch.setattr(pdf_output, "CACHED_BYTES", cached_blocks * BLOCK_BYTES)
    chooser = random.Random(7)
    source = tmp_path / "source"
    source.write_bytes(chooser.randbytes(6 * BLOCK_BYTES))
    data = source.read_bytes()
    expected, seen, passed = bytearray(), bytearray(), bytearray()
    with PdfOutput(tmp_path / "out") as output, source.open("rb") as stream:
        for length in chooser.choices(LENGTHS, k=40):
            offset = chooser.randrange(BLOCK_BYTES // 2)
            if chooser.random() < 0.5:
                output.write(data[offset : offset + length])
            else:
                output.copy(stream.fileno(), offset, length, passed.extend)
                seen += data[offset : offset + length]
            expected += data[offset : offset + length]
            assert output.position == len(expected)
        written = output.finish()
    assert (tmp_path / "out").read_bytes() == expected
    assert passed == seen
    assert written.size_bytes == len(expected)
    assert written.sha256 == hashlib.sha256(expected).hexdigest()


def test_nothing_at_all_is_an_empty_file(tmp_path: Path) -> None:
    """The digest of no bytes is right too."""
    with PdfOutput(tmp_path / "out") as output:
        written = output.finish()
    assert written.sha256 == hashlib.sha256(b"").hexdigest()
    assert (tmp_path / "out").stat().st_size == 0


def test_a_source_that_ends_early_stops_the_copy(tmp_path: Path) -> None:
    """A master that is shorter than its record is an integrity error, whatever was copied."""
    source = tmp_path / "source"
    source.write_bytes(bytes(1000))
    with (
        PdfOutput(tmp_path / "out") as output,
        source.open("rb") as stream,
        pytest.raises(IntegrityError),
    ):
        output.copy(stream.fileno(), 500, 501, bytes)


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file of this process may grow beyond one block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (BLOCK_BYTES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("little_room")
def test_what_the_disk_refuses_is_said_at_once(tmp_path: Path) -> None:
    """The writer stops at the first block that does not go out."""
    with PdfOutput(tmp_path / "out") as output, pytest.raises(OSError, match="too large"):
        output.write(bytes(3 * BLOCK_BYTES))
    assert (tmp_path / "out").stat().st_size == BLOCK_BYTES


def test_the_same_objects_have_the_same_identity(tmp_path: Path) -> None:
    """Equal content gives equal identity; one other byte in a stream gives another."""
    identities = []
    for index, data in enumerate((b"one", b"one", b"two")):
        path = tmp_path / str(index)
        with PdfOutput(path) as output:
            file = PdfFile(output)
            number = file.add_stream("", data)
            file.finish(number, number)
        identities.append(path.read_bytes().split(b"/ID [<")[1][:32])
    assert identities[0] == identities[1] != identities[2]
