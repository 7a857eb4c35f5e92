"""How claims lie on disk: out of every scanner's reach, and kept until recorded.

``CLAIMED/<batch>.batch/<n>`` is a claimed file; ``CLAIMED/<batch>.batch/origin`` says in its
line ``n``, as URL-quoted bytes, where it lay. That list is durable before the first rename: a
claim survives a crash whatever its names were, and a batch costs a handful of fsyncs however
many files it has. ``CLAIMED/<claim id>/<scanner>/<folder>/<name>``, the form of the first
release, is still read.
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from appliance.disk.durable import fsync_folder, remove_leftover, sweep_temporaries
from appliance.watchers.descriptors import is_plain_status
from appliance.watchers.marker import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN: Final = "origin"
"""The list in every batch of claims."""
BATCH_SUFFIX: Final = ".batch"

_LOG: Final = logging.getLogger(__name__)
_CLAIM_ID: Final = re.compile(r"(?P<batch>[0-9a-f]{32})-(?P<index>[0-9]{1,9})")
_OLD_CLAIM_ID: Final = re.compile(r"[0-9a-f]{32}")
_INDEX: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed file.

    Args:
        claim_id: Unique for ever.
        path: Where it lies now; its name says nothing.
        parts: Its path below the hot folder when it was dropped: scanner, folders, name.
    """

    claim_id: str
    path: Path
    parts: tuple[str, ...]


def bytes_of(claim: Claim) -> int:
    """What a claim holds; nothing when it is gone: who takes it will say so."""
    try:
        return claim.path.lstat().st_size
    except OSError:
        return 0


def is_plain(claim_: Claim) -> bool:
    """Whether a claim is a regular file with one name; anything else is never opened."""
    return is_plain_status(claim_.path.lstat())


def claim_of(claimed_root: Path, claim_id: str) -> Claim | None:
    """The claim with this id, while it is not released; None when there is none."""
    match = _CLAIM_ID.fullmatch(claim_id)
    if match is not None:
        folder = claimed_root / f"{match['batch']}{BATCH_SUFFIX}"
        index = match["index"]
        if not os.path.lexists(folder / index):
            return None
        return _of_batch(folder, index, _origins(folder))
    if _OLD_CLAIM_ID.fullmatch(claim_id) is None:
        return None
    return next(_old_claims(claimed_root / claim_id), None)


def pending_claims(claimed_root: Path) -> tuple[Claim, ...]:
    """Every claim that is not released yet, oldest first: what a crash or a late writer left.

    The order matters: of two scans of one page the later counts. A batch whose list cannot be
    read now is left out, and listed when it can.
    """
    folders = sorted(_folders(claimed_root), key=_age)
    return tuple(claim_ for folder in folders for claim_ in _claims_in(folder))


def release(claim_: Claim, claimed_root: Path) -> None:
    """Remove a claimed file whose master is re-read and recorded, and its empty folders.

    Doing it again harms nothing.
    """
    claim_.path.unlink(missing_ok=True)
    folder = claim_.path.parent
    if folder.suffix == BATCH_SUFFIX and folder.parent == claimed_root:
        remove_if_empty(folder)
    else:
        _remove_empty_parents(folder, claimed_root)


def sweep_claims(claimed_root: Path) -> None:
    """Remove the folders of claims that a crash cut short; only while nobody claims."""
    remove_leftover(claimed_root / MARKER)
    for folder in _folders(claimed_root):
        if folder.suffix == BATCH_SUFFIX:
            sweep_temporaries(folder)  # of a list that was being written
            remove_if_empty(folder)
        elif not any(_old_claims(folder)):
            for base, _folders_in, _names in os.walk(folder, topdown=False):
                Path(base).rmdir()


def remove_if_empty(batch: Path) -> None:
    """Remove a batch's folder when nothing but its list is left; two may try at a time."""
    with suppress(FileNotFoundError):
        if os.listdir(batch) in ([], [ORIGIN]):  # noqa: PTH208 - names are all it takes
            (batch / ORIGIN).unlink(missing_ok=True)
            batch.rmdir()
            fsync_folder(batch.parent)


def origin_text(drops: list[tuple[str, ...]]) -> bytes:
    """The list of a batch: where each file lay, one line each, in the order of their indexes."""
    lines = ("/".join(quote_from_bytes(os.fsencode(part), safe=" ") for part in p) for p in drops)
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _origins(batch: Path) -> list[bytes]:
    """The lines of a batch's list, as they are."""
    try:
        return (batch / ORIGIN).read_bytes().splitlines()
    except FileNotFoundError:
        return []  # released meanwhile; what still lies here is called by its index


def _of_batch(batch: Path, index: str, origins: list[bytes]) -> Claim:
    claim_id = f"{batch.name.removesuffix(BATCH_SUFFIX)}-{index}"
    number = int(index)
    parts = _parts_of(origins[number]) if number < len(origins) else (index,)
    return Claim(claim_id, batch / index, parts)


def _parts_of(line: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(unquote_to_bytes(part)) for part in line.split(b"/"))


def _folders(claimed_root: Path) -> list[Path]:
    """Everything that may hold claims; hidden names are none."""
    try:
        with os.scandir(claimed_root) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            )
    except FileNotFoundError:
        return []
    return [claimed_root / name for name in names]


def _age(folder: Path) -> tuple[int, str]:
    """When its files were claimed, in nanoseconds, then its name.

    The list is written once, before the first file comes; the folder itself changes with every
    file that is let go.
    """
    for path in (folder / ORIGIN, folder):
        with suppress(OSError):
            return path.stat().st_mtime_ns, folder.name
    return 0, folder.name


def _indexes(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are all it takes
    except FileNotFoundError:
        return []  # released meanwhile
    return sorted((name for name in names if _INDEX.fullmatch(name)), key=int)


def _claims_in(folder: Path) -> Iterator[Claim]:
    if folder.suffix != BATCH_SUFFIX:
        yield from _old_claims(folder)
        return
    indexes = _indexes(folder)
    try:
        origins = _origins(folder) if indexes else []
    except OSError:
        _LOG.exception("the list of %s cannot be read: its files stay where they are", folder)
        return
    yield from (_of_batch(folder, index, origins) for index in indexes)


def _old_claims(folder: Path) -> Iterator[Claim]:
    for path in sorted(_leaves(folder)):
        yield Claim(folder.name, path, path.relative_to(folder).parts)


def _leaves(folder: Path) -> Iterator[Path]:
    """Whatever is no folder; a link to a folder is a leaf."""
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if Path(base, name).is_symlink()]
        yield from (Path(base, name) for name in (*names, *links))


def _remove_empty_parents(folder: Path, stop: Path) -> None:
    while folder != stop:
        with suppress(FileNotFoundError):  # a crash may have come this far before
            folder.rmdir()
        folder = folder.parent
    fsync_folder(stop)
