"""Copies and read-backs with their digests; and when memory cannot be ruled out."""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING

import pytest
import xxhash

from appliance.disk.digesting import (
    Fingerprint,
    Fingerprinter,
    chunks,
    copy_fingerprinted,
    fingerprint_of,
    read_back,
)
from appliance.disk.uncached import BLOCK_BYTES
from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from pathlib import Path

PAGE = os.urandom(3 * COPY_CHUNK_BYTES + 17)
PAGE_SHA256 = hashlib.sha256(PAGE).hexdigest()


class TestFingerprint:
    """Size and digests, taken as bytes pass."""

    @pytest.mark.parametrize("size_bytes", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1])
    def test_a_copy_has_the_fingerprint_of_its_bytes(self, tmp_path: Path, size_bytes: int) -> None:
        """Both digests agree with the libraries' own, at every border of a block."""
        data = os.urandom(size_bytes)
        found = copy_fingerprinted(io.BytesIO(data), tmp_path / "copy")
        expected = Fingerprint(
            size_bytes, hashlib.sha256(data).hexdigest(), xxhash.xxh3_128_hexdigest(data)
        )
        assert found == expected == fingerprint_of(tmp_path / "copy")
        assert read_back(tmp_path / "copy").fingerprint == expected
        assert (tmp_path / "copy").read_bytes() == data

    def test_a_copy_never_overwrites(self, tmp_path: Path) -> None:
        """The target must be new."""
        (tmp_path / "copy").write_bytes(b"first")
        with pytest.raises(FileExistsError):
            copy_fingerprinted(io.BytesIO(b"second"), tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"first"

    def test_pieces_make_the_whole(self) -> None:
        """However the bytes are cut, the fingerprint is that of the whole."""
        printer = Fingerprinter()
        for chunk in chunks(io.BytesIO(PAGE)):
            printer.update(chunk[:1000])
            printer.update(bytes(chunk[1000:]))
        assert printer.result().sha256 == PAGE_SHA256
        assert printer.result().size_bytes == len(PAGE)


class TestReadBack:
    """The evidence of strength ``read_back`` (invariant I4)."""

    def test_memory_is_admitted_where_pages_cannot_be_forgotten(self, memory_folder: Path) -> None:
        """On a tmpfs the bytes come from memory, and the record says so."""
        (memory_folder / "page").write_bytes(PAGE)
        found = read_back(memory_folder / "page")
        assert found.cache_possible is True
        assert found.fingerprint.sha256 == PAGE_SHA256

    def test_a_file_system_that_cannot_tell_counts_as_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Unknown is never taken for the disk."""

        def unsupported(*_arguments: object) -> int:
            raise OSError(95, "Operation not supported")

        (tmp_path / "page").write_bytes(PAGE)
        monkeypatch.setattr(os, "preadv", unsupported)
        assert read_back(tmp_path / "page").cache_possible is True

    def test_bytes_that_must_be_fetched_come_from_the_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When no probe finds a page in memory, the disk itself was read."""

        def would_wait(*_arguments: object) -> int:
            raise BlockingIOError

        (tmp_path / "page").write_bytes(PAGE)
        monkeypatch.setattr(os, "preadv", would_wait)
        assert read_back(tmp_path / "page").cache_possible is False

    def test_the_kernel_is_asked_to_forget_after_the_fsync(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Dirty pages cannot be dropped, so the order decides."""
        steps: list[str] = []
        monkeypatch.setattr(os, "fsync", lambda _descriptor: steps.append("fsync"))
        monkeypatch.setattr(os, "posix_fadvise", lambda *found: steps.append(str(found[1:])))
        (tmp_path / "page").write_bytes(PAGE)
        read_back(tmp_path / "page")
        assert steps == ["fsync", str((0, 0, os.POSIX_FADV_DONTNEED))]
