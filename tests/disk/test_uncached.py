"""New files written past the kernel's cache, and through it where that cannot be."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from typing import TYPE_CHECKING

import pytest

from appliance.disk.uncached import BLOCK_BYTES, uncached_writing

if TYPE_CHECKING:
    from pathlib import Path

PAGE = os.urandom(2 * BLOCK_BYTES + 4097)


def copied(data: bytes, target: Path) -> None:
    """Write bytes as a copy does."""
    source = io.BytesIO(data)
    with uncached_writing(target) as output:
        while output.take(source):
            pass
        output.finish(0o440)


class Trickle(io.BytesIO):
    """A stream that gives a little at a time, as a pipe or a network mount may."""

    def readinto(self, buffer: object) -> int:
        """Give at most 1000 bytes."""
        return super().readinto(memoryview(buffer)[:1000])  # type: ignore[arg-type]  # bytes-like


class TestUncachedWriting:
    """Whatever way the bytes take, the file holds exactly them."""

    def test_a_last_part_of_a_sector_is_written_as_it_is(self, tmp_path: Path) -> None:
        """The size is that of the bytes, not of whole sectors."""
        copied(PAGE, tmp_path / "page")
        assert (tmp_path / "page").read_bytes() == PAGE
        assert (tmp_path / "page").stat().st_mode & 0o777 == 0o440

    def test_a_stream_that_gives_little_at_a_time_makes_whole_blocks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whole blocks, whole sectors, and the rest: however the source is read."""
        source, sizes, real = Trickle(PAGE), [], os.write

        def counted(descriptor: int, data: memoryview) -> int:
            sizes.append(len(data))
            return real(descriptor, data)

        monkeypatch.setattr(os, "write", counted)
        with uncached_writing(tmp_path / "page") as output:
            while output.take(source):
                pass
            output.finish()
        monkeypatch.undo()
        assert sizes == [BLOCK_BYTES, BLOCK_BYTES, 4096, 1]
        assert (tmp_path / "page").read_bytes() == PAGE

    def test_pieces_of_any_size_from_anywhere_lie_end_to_end(self, tmp_path: Path) -> None:
        """Bytes that are written and bytes that are taken from sources mix without gaps."""
        expected = bytearray()
        with uncached_writing(tmp_path / "page") as output:
            for size in (1, 4095, BLOCK_BYTES, 7, BLOCK_BYTES - 1, 2 * BLOCK_BYTES + 1, 0):
                output.write(PAGE[:size])
                taken = bytes(output.take(io.BytesIO(PAGE), size))
                assert taken == PAGE[: len(taken)]
                expected += PAGE[:size] + taken
            output.finish()
        assert (tmp_path / "page").read_bytes() == expected

    def test_where_direct_writing_is_refused_at_once_the_cache_serves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Some file systems refuse the flag when a file is opened, and leave its name behind."""
        real, flags_seen = os.open, []

        def refusing(path: Path, flags: int, mode: int = 0o777) -> int:
            flags_seen.append(bool(flags & os.O_DIRECT))
            descriptor = real(path, flags & ~os.O_DIRECT, mode)
            if flags & os.O_DIRECT:
                os.close(descriptor)
                raise OSError(errno.EINVAL, "Invalid argument")
            return descriptor

        monkeypatch.setattr(os, "open", refusing)
        copied(PAGE, tmp_path / "page")
        monkeypatch.undo()
        assert flags_seen == [True, False]
        assert (tmp_path / "page").read_bytes() == PAGE

    def test_where_a_direct_write_is_refused_the_rest_goes_by_the_cache(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Others take the flag and refuse the first write, or one after a short one."""
        real = os.write

        def short_then_refused(descriptor: int, data: memoryview) -> int:
            is_direct = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT
            if is_direct and os.lseek(descriptor, 0, os.SEEK_CUR):
                raise OSError(errno.EINVAL, "Invalid argument")
            return real(descriptor, data[:8192])

        monkeypatch.setattr(os, "write", short_then_refused)
        copied(PAGE, tmp_path / "page")
        monkeypatch.undo()
        assert (tmp_path / "page").read_bytes() == PAGE

    def test_a_full_disk_is_told_as_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No other failure hides the refusal, and nothing else is tried."""
        calls: list[int] = []

        def full(_descriptor: int, data: memoryview) -> int:
            calls.append(len(data))
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            copied(PAGE, tmp_path / "page")
        assert calls == [BLOCK_BYTES]

    def test_a_name_that_is_taken_is_left_alone(self, tmp_path: Path) -> None:
        """What is there stays as it is."""
        (tmp_path / "page").write_bytes(b"first")
        with pytest.raises(FileExistsError):
            copied(b"second", tmp_path / "page")
        assert (tmp_path / "page").read_bytes() == b"first"

    def test_a_memory_file_system_is_written_as_well(self, memory_folder: Path) -> None:
        """Whether or not it takes the flag."""
        copied(PAGE, memory_folder / "page")
        assert (memory_folder / "page").read_bytes() == PAGE
