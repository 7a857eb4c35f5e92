"""Masters held whole: read from the disk, in a room that the next one takes over."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest
import xxhash

from appliance.domain.errors import IntegrityError
from appliance.imaging.reading import ExpectedBytes, held_unproved, held_whole

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_BYTES = 1 << 20


def written(path: Path, data: bytes) -> ExpectedBytes:
    """A file on the disk, and what its bytes must be."""
    with path.open("wb") as stream:
        stream.write(data)
        os.fsync(stream.fileno())
    return ExpectedBytes(xxhash.xxh3_128_hexdigest(data), len(data))


def same(held: memoryview | None, data: bytes) -> bool:
    """Whether something is held, and is these bytes."""
    return held is not None and bytes(held) == data


@pytest.mark.parametrize("size_bytes", [0, 1, 4095, 4096, 4097, 300_000])
def test_every_byte_is_held_whatever_the_size(tmp_path: Path, size_bytes: int) -> None:
    """Whole blocks are read; exactly the file is held."""
    data = os.urandom(size_bytes)
    expected = written(tmp_path / "page", data)
    with held_whole(tmp_path / "page", LIMIT_BYTES, expected) as held:
        assert same(held, data)
    with held_whole(tmp_path / "page", LIMIT_BYTES, None) as held:
        assert same(held, data)


def test_bytes_stay_while_somebody_looks_at_them(tmp_path: Path) -> None:
    """The room of the last file is taken over only when nobody holds on to it."""
    first, second = b"a" * 10_000, b"b" * 10_000
    (tmp_path / "first").write_bytes(first)
    (tmp_path / "second").write_bytes(second)
    with held_whole(tmp_path / "first", LIMIT_BYTES, None) as held:
        kept = held
    with held_whole(tmp_path / "second", LIMIT_BYTES, None) as held:
        assert same(held, second)
        assert same(kept, first)


def test_two_files_are_held_side_by_side(tmp_path: Path) -> None:
    """Whoever reads a second file before the first is let go has two rooms."""
    (tmp_path / "first").write_bytes(b"a" * 5000)
    (tmp_path / "second").write_bytes(b"b" * 9000)
    with (
        held_whole(tmp_path / "first", LIMIT_BYTES, None) as first,
        held_whole(tmp_path / "second", LIMIT_BYTES, None) as second,
    ):
        assert same(first, b"a" * 5000)
        assert same(second, b"b" * 9000)


@pytest.mark.parametrize("change_bytes", [-4096, -1, 1, 4096])
def test_a_file_that_grew_or_shrank_is_told(tmp_path: Path, change_bytes: int) -> None:
    """Bytes too many or too few are no match, at the edge of a block as well."""
    data = os.urandom(8192)
    expected = written(tmp_path / "page", data)
    written(tmp_path / "page", (data + b"x" * 4096)[: 8192 + change_bytes])
    with (
        pytest.raises(IntegrityError) as caught,
        held_whole(tmp_path / "page", LIMIT_BYTES, expected),
    ):
        pass
    assert caught.value.code == "MASTER-DIFFERS"


@pytest.mark.parametrize("passed", [(), (1,), (5000, 10, 70_000), (100_000,), (200_000,)])
def test_bytes_may_be_digested_while_they_are_used(tmp_path: Path, passed: tuple[int, ...]) -> None:
    """However far they were passed by, all of them are compared, once."""
    data = os.urandom(100_000)
    expected = written(tmp_path / "page", data)
    with held_unproved(tmp_path / "page", LIMIT_BYTES, expected) as (held, proof):
        assert same(held, data)
        for end in passed:
            proof.pass_by(end)
        proof.settle()
        proof.settle()
    with held_unproved(tmp_path / "page", LIMIT_BYTES, expected) as (held, proof):
        for end in passed:
            proof.pass_by(end)


@pytest.mark.parametrize("changed", [0, 50_000, 99_999])
@pytest.mark.parametrize("size_limit_bytes", [LIMIT_BYTES, 1000])
def test_nothing_concluded_from_other_bytes_gets_out(
    tmp_path: Path, changed: int, size_limit_bytes: int
) -> None:
    """Whatever the user of the bytes makes of them, a problem of its own included."""
    data = bytearray(os.urandom(100_000))
    expected = written(tmp_path / "page", bytes(data))
    data[changed] ^= 1
    written(tmp_path / "page", bytes(data))

    def conclude(what: Exception | None) -> None:
        with held_unproved(tmp_path / "page", size_limit_bytes, expected) as (_, proof):
            proof.pass_by(60_000)
            if what is not None:
                raise what

    for what in (None, MemoryError(), ValueError("this is no page")):
        with pytest.raises(IntegrityError) as caught:
            conclude(what)
        assert caught.value.code == "MASTER-DIFFERS"


def test_a_file_system_that_only_reads_through_its_cache_is_read_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where reading past the cache is refused, the cache is emptied first."""
    data = os.urandom(20_000)
    expected = written(tmp_path / "page", data)
    forgotten: list[int] = []
    really_open = os.open

    def opened(path: Path, flags: int, *rest: Any, **named: Any) -> int:  # noqa: ANN401 - the system call's own
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "no direct reading here")
        return really_open(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "posix_fadvise", lambda *given: forgotten.append(given[-1]))
    with held_whole(tmp_path / "page", LIMIT_BYTES, expected) as held:
        assert same(held, data)
    assert forgotten == [os.POSIX_FADV_DONTNEED]


def test_a_large_file_is_compared_and_not_held(tmp_path: Path) -> None:
    """Beyond the limit it is streamed once, and only when there is something to compare."""
    expected = written(tmp_path / "page", os.urandom(LIMIT_BYTES + 1))
    with held_whole(tmp_path / "page", LIMIT_BYTES, expected) as held:
        assert held is None
