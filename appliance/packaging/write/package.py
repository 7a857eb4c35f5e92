"""From recorded facts to one ZIP on disk."""

from __future__ import annotations

import errno
import io
import os
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.disk.durable import storage_errors
from appliance.disk.uncached import uncached_writing
from appliance.domain.errors import IntegrityError
from appliance.domain.identifiers import object_folder
from appliance.packaging.write.archive import ArchiveWriter
from appliance.packaging.write.bag import tag_parts
from appliance.packaging.write.parts import Spool
from appliance.packaging.write.refusals import refuse_bad_facts
from appliance.packaging.write.tree import payload_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.disk.uncached import Source, UncachedFile
    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.parts import Part


def write_package(target: Path, facts: PackageFacts) -> None:
    """Write one package; its bytes are durable when this returns, and in no cache.

    What is copied goes under the digests on record, which are not taken again: whoever seals
    reads the finished package back from the disk and holds every part against them. Memory does
    not grow with what is copied.

    Args:
        target: A free path on the disk where the package will stay; the caller publishes it.
        facts: What to write.

    Raises:
        RuleError: The facts break rules that an archivist must mend.
        IntegrityError: A master or PDF is gone or no longer has its recorded size.
        StorageError: The disk refused.
        FileExistsError: The target is taken; it is left alone.
        ValueError: The facts contradict themselves.

    Whatever is raised, nothing that this call wrote stays behind.
    """
    refuse_bad_facts(facts)
    if target.exists():
        raise FileExistsError(errno.EEXIST, "already there", str(target))
    with storage_errors(f"cannot write {target}"), uncached_writing(target) as output:
        try:
            _write(output, facts, target.parent)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _write(output: UncachedFile, facts: PackageFacts, folder: Path) -> None:
    top = object_folder(facts.objid)
    schemas = files("appliance.packaging") / "schemas"
    archive = ArchiveWriter(output)
    with Spool(folder) as spool:
        payload = payload_parts(facts, lambda name: schemas.joinpath(name).read_bytes(), spool)
        for part in tag_parts(facts, payload):
            _add(archive, f"{top}/{part.path}", part)
        for part in payload:
            _add(archive, f"{top}/data/{top}/{part.path}", part)
    archive.finish()
    output.finish()


def _add(archive: ArchiveWriter, name: str, part: Part) -> None:
    if isinstance(part.content, bytes):
        archive.add(name, part.size_bytes, io.BytesIO(part.content))
    elif isinstance(part.content, Path):
        with _recorded(part.content, part) as source:
            archive.add(name, part.size_bytes, source)
    else:
        part.content.seek(0)
        archive.add(name, part.size_bytes, part.content)


@contextmanager
def _recorded(path: Path, part: Part) -> Iterator[Source]:
    """Open what is copied; it must be as long as it was when it was recorded."""
    with storage_errors(f"cannot read {path}"):
        stream = _opened(path)
    with stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        if size_bytes != part.size_bytes:
            raise IntegrityError(
                f"{path} has {size_bytes} bytes, but {part.size_bytes} bytes are on record: "
                "nothing was sealed, check the disk and restore it from a proved copy or scan "
                "the page again"
            )
        yield _Copied(stream, path)


def _opened(path: Path) -> io.FileIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise IntegrityError(
            f"{path} is on record but gone: nothing was sealed, restore it from a proved copy "
            "or scan the page again"
        ) from None


class _Copied:
    """A source whose refusals name it: else they would be taken for the target's.

    Args:
        stream: Open, unbuffered.
        path: What it reads.
    """

    def __init__(self, stream: io.FileIO, path: Path) -> None:
        self._stream = stream
        self._path = path

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill as much of the buffer as there is.

        Raises:
            StorageError: It cannot be read.
        """
        with storage_errors(f"cannot read {self._path}"):
            return self._stream.readinto(buffer)
