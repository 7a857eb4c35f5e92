"""A catalogue as blocks: what changed between two backups, and putting it back together.

SQLite writes whole pages in place, and a catalogue mostly grows at its end; so most blocks of a
day's backup are those of the whole one before it, and only the others travel.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash
from zlib_ng import gzip_ng

from appliance.domain.canonical import canonical_json
from appliance.domain.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from appliance.domain.canonical import JsonValue

CHANGES_FORMAT: Final = "archive-appliance-catalogue-changes/1"
BLOCK_BYTES: Final = 4096
"""A page of SQLite's. Indexes over digests are touched at random, and their pages lie between all
others: measured, a day's thousand page images change nine in ten blocks of 64 KiB."""
DIGEST_BYTES: Final = 16
_GZIP_LEVEL: Final = 6
_PIECE_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 64 * 1024 * 1024
"""Our own: the list of blocks of a catalogue of some terabytes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file as a backup needs to know it.

    Args:
        size_bytes: How long it is.
        sha256: Hexadecimal; the evidence.
        blocks: XXH3-128 of each block of ``BLOCK_BYTES``; to find changes, never evidence.
    """

    size_bytes: int
    sha256: str
    blocks: tuple[bytes, ...]


def measured(path: Path) -> Measured:
    """Read a file once."""
    sha256, blocks, size_bytes = hashlib.sha256(), [], 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            sha256.update(block)
            blocks.append(xxhash.xxh3_128_digest(block))
            size_bytes += len(block)
    return Measured(size_bytes, sha256.hexdigest(), tuple(blocks))


def changed_blocks(before: tuple[bytes, ...], now: tuple[bytes, ...]) -> tuple[int, ...]:
    """0-based numbers of the blocks that are not as they were."""
    return tuple(
        number
        for number, digest in enumerate(now)
        if number >= len(before) or before[number] != digest
    )


def _packing(target: Path) -> BinaryIO:
    output: BinaryIO = gzip_ng.open(target, "wb", _GZIP_LEVEL)  # type: ignore[no-untyped-call]  # has no types
    return output


def pack_whole(source: Path, target: Path) -> None:
    """Compress a catalogue."""
    with source.open("rb") as stream, _packing(target) as output:
        while block := stream.read(_PIECE_BYTES):
            output.write(block)


def pack_changes(source: Path, numbers: tuple[int, ...], target: Path) -> None:
    """Compress some blocks of a catalogue behind a line that says where they belong."""
    head: dict[str, JsonValue] = {
        "format": CHANGES_FORMAT,
        "block_bytes": BLOCK_BYTES,
        "size_bytes": source.stat().st_size,
        "blocks": list(numbers),
    }
    with source.open("rb") as stream, _packing(target) as output:
        output.write(canonical_json(head) + b"\n")
        for number in numbers:
            stream.seek(number * BLOCK_BYTES)
            output.write(stream.read(BLOCK_BYTES))


def unpack_whole(source: Path, target: Path) -> None:
    """Undo ``pack_whole`` into a new file.

    Raises:
        IntegrityError: ``BACKUP-DAMAGED``: it is not what was packed.
    """
    with _packed(source) as stream, target.open("xb") as output:
        while block := stream.read(_PIECE_BYTES):
            output.write(block)


def apply_changes(source: Path, catalogue: Path) -> None:
    """Put what ``pack_changes`` packed into the whole catalogue that it was made against.

    Raises:
        IntegrityError: ``BACKUP-DAMAGED``: it is not what was packed.
    """
    with _packed(source) as stream, catalogue.open("r+b") as output:
        try:
            head = json.loads(stream.readline(_HEAD_BYTES))
            block_bytes, size_bytes = int(head["block_bytes"]), int(head["size_bytes"])
            numbers = [int(number) for number in head["blocks"]]
        except (ValueError, KeyError, TypeError) as problem:
            raise _damaged(source, problem) from problem
        for number in numbers:
            output.seek(number * block_bytes)
            output.write(stream.read(min(block_bytes, size_bytes - number * block_bytes)))
        output.truncate(size_bytes)
        output.flush()
        os.fsync(output.fileno())


class _Packed:
    """A compressed file; what is wrong with it says so by one error."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream

    def read(self, size_bytes: int) -> bytes:
        """The next bytes."""
        try:
            return self._stream.read(size_bytes)
        except (EOFError, OSError, ValueError) as problem:
            raise _damaged(self._path, problem) from problem

    def readline(self, size_bytes: int) -> bytes:
        """The next line."""
        try:
            return self._stream.readline(size_bytes)
        except (EOFError, OSError, ValueError) as problem:
            raise _damaged(self._path, problem) from problem


@contextmanager
def _packed(path: Path) -> Iterator[_Packed]:
    with gzip_ng.open(path, "rb") as stream:  # type: ignore[no-untyped-call]  # has no types
        yield _Packed(path, stream)


def _damaged(path: Path, problem: Exception) -> IntegrityError:
    return IntegrityError(
        f"{path.name} does not unpack ({problem}): take an older backup", code="BACKUP-DAMAGED"
    )
