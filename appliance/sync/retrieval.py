"""Bringing a stored package back, block by block, each compared before it is written.

What was brought before a cut stays in a partial beside the target, bound to the package's digest;
the next try digests its blocks again and asks only for the others.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from appliance.disk.digesting import read_back
from appliance.disk.durable import publish, storage_errors
from appliance.sync.partial import Partial
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from appliance.domain.receipts import Sidecar
    from appliance.sync.remote import Progress

    BlockSource = Callable[[Sidecar, Sequence[int]], Iterator[tuple[int, bytes | memoryview]]]


def refuse_taken(target: Path) -> None:
    """Make sure that a target is free.

    Raises:
        FileExistsError: There is something.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, "already there", str(target))


def retrieve(target: Path, sidecar: Sidecar, blocks_of: BlockSource, progress: Progress) -> None:
    """Fetch a package into a new file: ``bring`` it, then give it its name.

    Raises:
        FileExistsError: The target is taken.
        RemoteError: As of ``bring``.
        StorageError: As of ``bring``.
    """
    refuse_taken(target)
    give_name(bring(target, sidecar, blocks_of, progress), target)


def give_name(partial: Path, target: Path) -> None:
    """Publish a package that was brought.

    Raises:
        FileExistsError: The target is taken.
        StorageError: The box's disk refused.
    """
    refuse_taken(target)
    with storage_errors(f"cannot write {target}"):
        publish(partial, target)


def bring(target: Path, sidecar: Sidecar, blocks_of: BlockSource, progress: Progress) -> Path:
    """Fetch a package into the partial beside a target; it is fsynced and was read again.

    Args:
        target: Where it is to go.
        sidecar: Of the package; its numbers fit together (``papers.check_sidecar``).
        blocks_of: Brings the blocks asked for, each compared, in any order.
        progress: Called with the bytes that are here, and the total.

    Returns:
        The whole partial.

    Raises:
        RemoteError: As of ``blocks_of``; or ``FAR-COPY-DAMAGED``: the blocks agree with the
            sidecar, the whole does not, and nothing is kept.
        StorageError: The box's disk refused.
    """
    path = partial_path(target, sidecar.sha256)
    with storage_errors(f"cannot write {path}"):
        partial = Partial(path, sidecar)
    with partial:
        _complete(partial, sidecar, blocks_of, progress)
    with storage_errors(f"cannot read {path} again"):
        found = read_back(path).fingerprint
    if (found.size_bytes, found.sha256) != (sidecar.size_bytes, sidecar.sha256):
        path.unlink()
        raise refusal("FAR-COPY-DAMAGED", f"{sidecar.objid} arrives as {found.sha256}")
    return path


def partial_path(target: Path, sha256: str) -> Path:
    """Where a package grows until it gets its name; another package's bytes lie elsewhere."""
    return target.with_name(f".{target.name[:50]}.{sha256}.part")


def _complete(
    partial: Partial, sidecar: Sidecar, blocks_of: BlockSource, progress: Progress
) -> None:
    done_bytes = partial.held_bytes()
    progress(done_bytes, sidecar.size_bytes)
    for index, block in blocks_of(sidecar, partial.missing()):
        with storage_errors(f"cannot write {partial.path}"):
            partial.write(index, block)
        done_bytes += len(block)
        progress(done_bytes, sidecar.size_bytes)
    with storage_errors(f"cannot write {partial.path}"):
        partial.sync()
