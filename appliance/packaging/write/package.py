"""From recorded facts to one ZIP on disk."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import xxhash

from appliance.disk.digesting import Fingerprint, Fingerprinter, chunks
from appliance.disk.durable import storage_errors
from appliance.domain.errors import IntegrityError
from appliance.domain.identifiers import object_folder
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.packaging.write.archive import ArchiveWriter
from appliance.packaging.write.bag import tag_parts
from appliance.packaging.write.refusals import refuse_bad_facts
from appliance.packaging.write.tree import payload_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.parts import Part


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """What a written package measures, for its sidecar.

    Args:
        fingerprint: Of the whole ZIP.
        block_bytes: Size of every block but the last.
        blocks: XXH3-128 of each block, hexadecimal.
    """

    fingerprint: Fingerprint
    block_bytes: int
    blocks: tuple[str, ...]


def write_package(target: Path, facts: PackageFacts) -> WrittenPackage:
    """Write one package; its bytes are fsynced when this returns.

    Every copied file is digested while it is read, once; memory does not grow with its size.

    Args:
        target: A free path on the disk where the package will stay; the caller publishes it.
        facts: What to write.

    Raises:
        RuleError: The facts break rules that an archivist must mend.
        IntegrityError: A master or PDF no longer has its recorded digest.
        StorageError: The disk refused.
        FileExistsError: The target is taken; it is left alone.
        ValueError: The facts contradict themselves.

    Whatever is raised, nothing that this call wrote stays behind.
    """
    refuse_bad_facts(facts)
    schemas = files("appliance.packaging") / "schemas"
    payload = payload_parts(facts, lambda name: schemas.joinpath(name).read_bytes())
    stream = _new_file(target)
    try:
        with stream, storage_errors(f"cannot write {target}"):
            written = _write(stream, facts, payload)
            os.fsync(stream.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return written


def _new_file(target: Path) -> BinaryIO:
    if target.exists():
        raise FileExistsError(errno.EEXIST, "already there", str(target))
    with storage_errors(f"cannot write {target}"):
        return target.open("xb", buffering=0)


def _write(stream: BinaryIO, facts: PackageFacts, payload: tuple[Part, ...]) -> WrittenPackage:
    top = object_folder(facts.objid)
    sink = _MeasuredSink(stream)
    archive = ArchiveWriter(sink)
    for part in tag_parts(facts, payload):
        archive.add(f"{top}/{part.path}", part.size_bytes, _content(part))
    for part in payload:
        archive.add(f"{top}/data/{top}/{part.path}", part.size_bytes, _content(part))
    archive.finish()
    return sink.result()


def _content(part: Part) -> Iterator[bytes | memoryview]:
    """The bytes of a part; a copied one is proved against its record before its entry ends."""
    if isinstance(part.content, bytes):
        yield part.content
        return
    digest, size_bytes = hashlib.sha256(), 0
    with storage_errors(f"cannot read {part.content}"), _source(part.content) as source:
        for chunk in chunks(source):
            digest.update(chunk)
            size_bytes += len(chunk)
            yield chunk
    if (size_bytes, digest.hexdigest()) != (part.size_bytes, part.sha256):
        raise IntegrityError(
            f"{part.content} has {digest.hexdigest()} ({size_bytes} bytes), but "
            f"{part.sha256} ({part.size_bytes} bytes) is on record: nothing was sealed, "
            "check the disk and restore it from a proved copy or scan the page again"
        )


def _source(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise IntegrityError(
            f"{path} is on record but gone: nothing was sealed, restore it from a proved copy "
            "or scan the page again"
        ) from None


class _MeasuredSink:
    """Writes to a stream, and measures the whole and each transfer block on the way."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._whole = Fingerprinter()
        self._block = xxhash.xxh3_128()
        self._room_bytes = TRANSFER_BLOCK_BYTES
        self._blocks: list[str] = []

    def write(self, data: bytes | memoryview) -> None:
        """Take all of these bytes."""
        view = memoryview(data)
        self._whole.update(view)
        self._measure_blocks(view)
        while view:
            view = view[self._stream.write(view) :]

    def result(self) -> WrittenPackage:
        """What was written; the last block may be shorter."""
        if self._room_bytes < TRANSFER_BLOCK_BYTES:
            self._end_block()
        return WrittenPackage(self._whole.result(), TRANSFER_BLOCK_BYTES, tuple(self._blocks))

    def _measure_blocks(self, view: memoryview) -> None:
        while view:
            piece = view[: self._room_bytes]
            self._block.update(piece)
            self._room_bytes -= len(piece)
            view = view[len(piece) :]
            if self._room_bytes == 0:
                self._end_block()

    def _end_block(self) -> None:
        self._blocks.append(self._block.hexdigest())
        self._block = xxhash.xxh3_128()
        self._room_bytes = TRANSFER_BLOCK_BYTES
