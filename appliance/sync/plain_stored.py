"""A package that lies at a plain place, whole or in parts: found, read and compared."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.domain.receipts import Sidecar
from appliance.sync.papers import PackageName, SignedSidecar, check_sidecar
from appliance.sync.partial import block_bytes_at, is_block
from appliance.sync.parts import parts_among
from appliance.sync.plain_place import (
    package_folder,
    sidecar_path,
    signature_path,
    zip_path,
)
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.plain_place import PlainPlace

_BAD_SECTORS: Final = {errno.EIO, errno.EUCLEAN, errno.EBADMSG}
"""What a disk, or a file system that keeps digests, says of bytes it cannot give back."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a package.

    Args:
        path: At the place.
        size_bytes: How long it is.
    """

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """The bytes of a package, wherever its pieces lie.

    Args:
        files: The place's.
        pieces: In their order.
    """

    files: PlainFiles
    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        """Of all pieces."""
        return sum(piece.size_bytes for piece in self.pieces)

    def stream(self, offset_bytes: int, length_bytes: int) -> Iterator[bytes | memoryview]:
        """Some of the bytes, each piece of them valid until the next."""
        start = 0
        for piece in self.pieces:
            first = max(offset_bytes - start, 0)
            last = min(offset_bytes + length_bytes - start, piece.size_bytes)
            if first == 0 and last == piece.size_bytes:
                yield from self.files.stream(piece.path)
            elif first < last:
                yield from self.files.stream(piece.path, first, last - first)
            start += piece.size_bytes

    def read(self, offset_bytes: int, length_bytes: int) -> bytes:
        """Some of the bytes; fewer when there are no more."""
        return b"".join(bytes(one) for one in self.stream(offset_bytes, length_bytes))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a package reads as.

    Args:
        size_bytes: Bytes read.
        sha256: Of them, hexadecimal; empty when some cannot be read at all.
        damaged: Indexes, 0-based, of blocks that differ from the sidecar or cannot be read.
    """

    size_bytes: int
    sha256: str
    damaged: tuple[int, ...]

    def is_sealed(self, sidecar: Sidecar) -> bool:
        """Whether it is what was sealed."""
        return (self.size_bytes, self.sha256) == (sidecar.size_bytes, sidecar.sha256)

    def told(self) -> str:
        """The digest, for messages."""
        return self.sha256 or "unreadable"


def find_stored(place: PlainPlace, name: PackageName) -> StoredBytes | None:
    """The package under its final name, or its parts; None when there is nothing."""
    path = zip_path(name)
    size_bytes = place.files.size_bytes(path)
    if size_bytes is not None:
        return StoredBytes(place.files, (Piece(path, size_bytes),))
    folder = package_folder(name)
    sizes = {one.name: one.size_bytes for one in place.files.entries(folder) if not one.is_folder}
    parts = parts_among(sizes, name.zip_name)
    pieces = tuple(Piece(f"{folder}/{part}", sizes[part]) for part in parts)
    return StoredBytes(place.files, pieces) if pieces else None


def find_package(place: PlainPlace, name: PackageName) -> StoredBytes:
    """As ``find_stored``, but it must be there.

    Raises:
        RemoteError: ``FAR-COPY-MISSING``.
    """
    stored = find_stored(place, name)
    if stored is None:
        raise refusal("FAR-COPY-MISSING", f"{name.objid} is not at {place.files.describe()}")
    return stored


def read_stored(stored: StoredBytes, sidecar: Sidecar) -> Reading:
    """Read every byte, from the medium where the place can, and compare it.

    Raises:
        OSError: The place refused; a sector that cannot be read is damage, no error.
    """
    whole = hashlib.sha256()
    try:
        chunks = stored.stream(0, stored.size_bytes)
        digests = list(_block_digests(chunks, sidecar.block_bytes, whole.update))
    except OSError as problem:
        if problem.errno not in _BAD_SECTORS:
            raise
        return Reading(stored.size_bytes, "", _unreadable_blocks(stored, sidecar))
    pairs = zip_longest(sidecar.blocks, digests)
    last = len(sidecar.blocks) - 1
    damaged = {min(index, last) for index, (told, found) in enumerate(pairs) if told != found}
    return Reading(stored.size_bytes, whole.hexdigest(), tuple(sorted(damaged)))


def blocks_of(
    stored: StoredBytes, sidecar: Sidecar, indexes: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    """Some blocks in the order asked for, each compared; neighbours in one stream.

    Raises:
        RemoteError: ``FAR-COPY-DAMAGED``.
        OSError: The place refused.
    """
    for run in _runs(indexes):
        offset_bytes = run[0] * sidecar.block_bytes
        length_bytes = sum(block_bytes_at(sidecar, index) for index in run)
        chunks = stored.stream(offset_bytes, length_bytes)
        blocks = _blocks(chunks, sidecar.block_bytes)
        for index in run:
            block = next(blocks, b"")
            if not is_block(sidecar, index, block):
                raise refusal("FAR-COPY-DAMAGED", f"block {index} of {sidecar.objid}")
            yield index, block


def stored_sidecar(place: PlainPlace, name: PackageName) -> SignedSidecar:
    """The sidecar beside a package.

    Raises:
        RemoteError: ``FAR-COPY-MISSING``, or ``FAR-COPY-DAMAGED``: it is of something else.
        OSError: The place refused.
    """
    data, text = place.read_small(sidecar_path(name)), place.read_small(signature_path(name))
    if data is None or text is None:
        raise refusal("FAR-COPY-MISSING", f"{name.objid} is not at {place.files.describe()}")
    try:
        sidecar = Sidecar.from_bytes(data)
        found = check_sidecar(sidecar)
        signed = SignedSidecar(sidecar, text.decode("ascii"))
    except ValueError as problem:
        raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar: {problem}") from problem
    if found != name:
        raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar is of {found}")
    return signed


def _block_digests(
    chunks: Iterable[bytes | memoryview], block_bytes: int, heard: Callable[[memoryview], None]
) -> Iterator[str]:
    """XXH3-128 of each block of a stream; every chunk is told to ``heard`` first."""
    block, left_bytes = xxhash.xxh3_128(), block_bytes
    for chunk in chunks:
        view = memoryview(chunk)
        heard(view)
        while view:
            piece = view[:left_bytes]
            block.update(piece)
            view, left_bytes = view[len(piece) :], left_bytes - len(piece)
            if not left_bytes:
                yield block.hexdigest()
                block, left_bytes = xxhash.xxh3_128(), block_bytes
    if left_bytes != block_bytes:
        yield block.hexdigest()


def _blocks(chunks: Iterable[bytes | memoryview], block_bytes: int) -> Iterator[bytes]:
    """A stream cut into blocks."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        while len(gathered) >= block_bytes:
            yield bytes(gathered[:block_bytes])
            del gathered[:block_bytes]
    if gathered:
        yield bytes(gathered)


def _unreadable_blocks(stored: StoredBytes, sidecar: Sidecar) -> tuple[int, ...]:
    """Indexes of blocks that differ or cannot be read, each read by itself."""
    indexes = range(len(sidecar.blocks))
    return tuple(index for index in indexes if not is_good(stored, sidecar, index))


def is_good(stored: StoredBytes, sidecar: Sidecar, index: int, start_bytes: int = 0) -> bool:
    """Whether one block can be read and is what was sealed.

    Args:
        stored: What lies there.
        sidecar: Of the package.
        index: Of the block, 0-based.
        start_bytes: Where in the package the stored bytes begin.
    """
    length_bytes = block_bytes_at(sidecar, index)
    try:
        block = stored.read(index * sidecar.block_bytes - start_bytes, length_bytes)
    except OSError as problem:
        if problem.errno not in _BAD_SECTORS:
            raise
        return False
    return is_block(sidecar, index, block)


def _runs(indexes: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring indexes together."""
    run: list[int] = []
    for index in indexes:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run
