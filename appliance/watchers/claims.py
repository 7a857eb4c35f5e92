"""Claims: a dropped file is renamed to where no scanner can reach it, and kept until recorded.

``CLAIMED/<claim id>/<scanner>/<folder>/<name>``: the path itself carries everything that is
needed to go on after a crash.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from appliance.disk.durable import fsync_folder, make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.watchers.hotfolder import SettledDrop


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed file.

    Args:
        claim_id: Unique for ever.
        path: Where it lies now.
        parts: Its path below the hot folder when it was dropped: scanner, folders, name.
    """

    claim_id: str
    path: Path
    parts: tuple[str, ...]


def claim(drop: SettledDrop, claimed_root: Path) -> Claim | None:
    """Rename a settled drop into the claimed folder, on the same file system.

    Returns:
        None when it was taken away meanwhile, or is no longer a plain file: then it is left
        where it was.
    """
    claim_id = uuid4().hex
    target = claimed_root.joinpath(claim_id, *drop.parts)
    make_folder(target.parent)
    try:
        drop.path.rename(target)
    except FileNotFoundError:
        _remove_empty(target.parent, claimed_root)
        return None
    fsync_folder(target.parent)
    fsync_folder(drop.path.parent)
    made = Claim(claim_id, target, drop.parts)
    if not is_plain(made):
        _put_back(target, drop.path, claimed_root)
        return None
    return made


def is_plain(claim_: Claim) -> bool:
    """Whether a claim is a regular file with one name; anything else is never opened."""
    status = claim_.path.lstat()
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def pending_claims(claimed_root: Path) -> tuple[Claim, ...]:
    """Every claim that is not released yet: what a crash or a late writer left."""
    if not claimed_root.is_dir():
        return ()
    found: list[Claim] = []
    for folder in sorted(path for path in claimed_root.iterdir() if path.is_dir()):
        paths = sorted(_leaves(folder))
        found += [Claim(folder.name, path, path.relative_to(folder).parts) for path in paths]
        if not paths:
            _remove_tree(folder)
    return tuple(found)


def _leaves(folder: Path) -> Iterator[Path]:
    """Whatever is no folder; a link to a folder is a leaf."""
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if Path(base, name).is_symlink()]
        yield from (Path(base, name) for name in (*names, *links))


def _remove_tree(folder: Path) -> None:
    """Remove the empty folders of a claim that a crash cut short."""
    for base, _folders, _names in os.walk(folder, topdown=False):
        Path(base).rmdir()


def release(claim_: Claim, claimed_root: Path) -> None:
    """Remove a claimed file whose master is re-read and recorded, and its empty folders."""
    claim_.path.unlink(missing_ok=True)
    _remove_empty(claim_.path.parent, claimed_root)


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop:
        with suppress(FileNotFoundError):  # a crash may have come this far before
            folder.rmdir()
        folder = folder.parent
    fsync_folder(stop)


def _put_back(path: Path, original: Path, claimed_root: Path) -> None:
    """Return what was swapped in; if the name is taken again it stays claimed, and visible."""
    try:
        os.link(path, original, follow_symlinks=False)
    except OSError:
        return
    path.unlink()
    _remove_empty(path.parent, claimed_root)
