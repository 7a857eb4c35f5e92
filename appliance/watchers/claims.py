"""Claims: a dropped file is renamed to where no scanner can reach it, and kept until recorded.

``CLAIMED/<claim id>/<scanner>/<folder>/<name>``: the path itself carries everything that is
needed to go on after a crash.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from appliance.disk.durable import fsync_folder, make_folder

if TYPE_CHECKING:
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
    status = target.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        _put_back(target, drop.path, claimed_root)
        return None
    return Claim(claim_id, target, drop.parts)


def pending_claims(claimed_root: Path) -> tuple[Claim, ...]:
    """Every claim that is not released yet: what a crash or a late writer left."""
    if not claimed_root.is_dir():
        return ()
    found = []
    for folder in sorted(claimed_root.iterdir()):
        for base, _folders, names in os.walk(folder):
            for name in names:
                path = Path(base, name)
                found.append(Claim(folder.name, path, path.relative_to(folder).parts))
        if not any(folder.rglob("*")):
            folder.rmdir()
    return tuple(found)


def release(claim_: Claim, claimed_root: Path) -> None:
    """Remove a claimed file whose master is re-read and recorded, and its empty folders."""
    claim_.path.unlink(missing_ok=True)
    _remove_empty(claim_.path.parent, claimed_root)


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop:
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
