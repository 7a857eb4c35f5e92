"""One read of a master: from the disk itself, compared with what was written, then held."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xxhash

from appliance.domain.errors import IntegrityError
from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.windows import open_descriptor

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ExpectedBytes:
    """What the copy pass wrote.

    Args:
        xxh3: XXH3-128 of all bytes, hexadecimal.
        size_bytes: How many.
    """

    xxh3: str
    size_bytes: int


def read_whole(path: Path, max_held_bytes: int, expected: ExpectedBytes | None) -> bytes | None:
    """Read a file once into memory, or not at all when it is too large to be held.

    Args:
        path: The file.
        max_held_bytes: A larger file is not held; it is still read once when it is compared.
        expected: With it the kernel is asked to forget what it has of the file, so that the
            bytes come from the disk, and they are compared.

    Returns:
        Every byte, or None.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those expected.
        OSError: It cannot be read.
    """
    with open_descriptor(path) as descriptor:
        if expected is not None:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        if os.fstat(descriptor).st_size <= max_held_bytes:
            data = _read_all(descriptor)
            if expected is not None:
                _compare(path, expected, len(data), xxhash.xxh3_128_hexdigest(data))
            return data
        if expected is not None:
            _compare(path, expected, *_digested(descriptor))
    return None


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as stream:
        return stream.readall()


def _digested(descriptor: int) -> tuple[int, str]:
    digest, size_bytes = xxhash.xxh3_128(), 0
    buffer = memoryview(bytearray(COPY_CHUNK_BYTES))
    while count := os.readv(descriptor, [buffer]):
        digest.update(buffer[:count])
        size_bytes += count
    return size_bytes, digest.hexdigest()


def _compare(path: Path, expected: ExpectedBytes, size_bytes: int, xxh3: str) -> None:
    if (size_bytes, xxh3) != (expected.size_bytes, expected.xxh3):
        raise IntegrityError(
            f"{path} reads back as {xxh3} ({size_bytes} bytes) instead of {expected.xxh3} "
            f"({expected.size_bytes} bytes): check this disk before more is trusted to it",
            code="MASTER-DIFFERS",
        )
