"""Archives beyond 4 GiB and beyond 65,535 entries: written for real, and read by others."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.packaging.verify import verify_path
from appliance.packaging.verify.options import unheeded
from appliance.packaging.verify.zip_contents import zip_as_a_whole
from appliance.packaging.write.archive import ArchiveWriter

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from appliance.disk.uncached import Source

MANY = 70_000
LONG_BYTES = 2**32 + 5
"""One byte more than a field of 32 bits tells, and some."""
ENTRIES = {"top/a": 7, "top/b": LONG_BYTES, "top/c": 9, "top/d": LONG_BYTES + 1, "top/e": 0}


class Zeros:
    """So many zero bytes; a reader's memory is left as it is, which holds zeros."""

    def __init__(self, size_bytes: int) -> None:
        self._left_bytes = size_bytes

    def readinto(self, buffer: memoryview, /) -> int:
        """Give zeros as far as they go."""
        count = min(len(buffer), self._left_bytes)
        self._left_bytes -= count
        return count


class SparseSink:
    """Writes to a file, and leaves holes where zeros go: many gibibytes on little disk."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._zeros = memoryview(bytes(1024 * 1024))

    def write(self, data: bytes | memoryview) -> None:
        """Take bytes."""
        self._stream.write(data)

    def take(self, source: Source, limit_bytes: int) -> memoryview:
        """Take what a source of zeros gives next."""
        piece = self._zeros[: source.readinto(self._zeros[:limit_bytes])]
        self._stream.seek(len(piece), os.SEEK_CUR)
        return piece


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than 8 GiB in five entries: sizes and offsets of 64 bits, on a few blocks of disk."""
    path = tmp_path_factory.mktemp("zip64") / "huge.zip"
    with path.open("wb") as stream:
        writer = ArchiveWriter(SparseSink(stream))
        for name, size_bytes in ENTRIES.items():
            writer.add(name, size_bytes, Zeros(size_bytes))
        writer.finish()
    assert path.stat().st_blocks * 512 < 1024 * 1024
    return path


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """More entries than a field of 16 bits counts."""
    path = tmp_path / "crowded.zip"
    sink = _Collected()
    writer = ArchiveWriter(sink)
    for number in range(MANY):
        writer.add(f"top/{number:05d}", 1, io.BytesIO(b"x"))
    writer.finish()
    path.write_bytes(sink.data)
    return path


class _Collected:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes | memoryview) -> None:
        self.data += data

    def take(self, source: Source, limit_bytes: int) -> memoryview:
        piece = memoryview(bytearray(limit_bytes))
        piece = piece[: source.readinto(piece)]
        self.data += piece
        return piece


def test_python_lists_what_is_beyond_four_gibibytes(huge: Path) -> None:
    """Names, sizes and places are those that were written; what lies behind can be read."""
    with zipfile.ZipFile(huge) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == ENTRIES
        assert archive.getinfo("top/c").header_offset > LONG_BYTES
        assert archive.getinfo("top/e").header_offset > 2 * LONG_BYTES
        assert archive.read("top/c") == bytes(9)


def test_info_zip_lists_what_is_beyond_four_gibibytes(huge: Path) -> None:
    """``unzip`` names the same sizes, and unpacks an entry behind them."""
    listed = subprocess.run(["unzip", "-l", str(huge)], check=True, capture_output=True, text=True)
    sizes = {line.split()[-1]: line.split()[0] for line in listed.stdout.splitlines()[3:-2]}
    assert sizes == {name: str(size_bytes) for name, size_bytes in ENTRIES.items()}
    told = subprocess.run(["unzip", "-p", str(huge), "top/c"], check=True, capture_output=True)
    assert told.stdout == bytes(9)


def test_the_reader_proves_the_structure_beyond_four_gibibytes(huge: Path) -> None:
    """Every byte belongs to an entry: headers, descriptors and directory agree in all forms."""
    contents = zip_as_a_whole(huge, 1, unheeded).contents
    assert (contents.complete, contents.findings) == (True, [])
    assert {f"top/{path}": one.size_bytes for path, one in contents.extents.items()} == ENTRIES


@pytest.mark.skipif(
    "APPLIANCE_LONG_TESTS" not in os.environ,
    reason="reads 16 GiB: set APPLIANCE_LONG_TESTS=1 to run it",
)
def test_every_byte_beyond_four_gibibytes_is_read_by_others(huge: Path) -> None:
    """The CRC of every entry is right, for Info-ZIP and for our own reader."""
    subprocess.run(["unzip", "-tq", str(huge)], check=True, capture_output=True)
    with zip_as_a_whole(huge, 2, unheeded) as reading:
        reading.finish()
    assert (reading.contents.complete, reading.contents.findings) == (True, [])
    assert reading.result().fingerprint.size_bytes == huge.stat().st_size


def test_more_entries_than_sixteen_bits_count(crowded: Path) -> None:
    """Python, Info-ZIP and our own reader find every entry with its byte."""
    with zipfile.ZipFile(crowded) as archive:
        assert len(archive.infolist()) == MANY
        assert archive.read(f"top/{MANY - 1:05d}") == b"x"
    subprocess.run(["unzip", "-tq", str(crowded)], check=True, capture_output=True)
    with zip_as_a_whole(crowded, 1, unheeded) as reading:
        reading.finish()
    assert (reading.contents.complete, reading.contents.findings) == (True, [])
    assert len(reading.contents.members) == MANY


def test_two_end_records_that_contradict_each_other_are_refused(crowded: Path) -> None:
    """An archive that shows readers of the old record other entries than those of ZIP64."""
    data = bytearray(crowded.read_bytes())
    data[-14:-10] = struct.pack("<2H", 1, 1)
    crowded.write_bytes(data)
    (report,) = verify_path(crowded)
    assert [one.code for one in report.findings] == ["ZIP-HEADERS"]
