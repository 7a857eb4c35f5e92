"""Claims: settled drops are renamed out of the hot folder, by descriptors all the way.

Between scan and rename the drop's account may swap anything for anything. Whatever turns out not
to be the very file that settled goes back to where it was, unopened.
"""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from appliance.disk.durable import fsync_folder, make_folder, write_once
from appliance.watchers.claim_folders import (
    BATCH_SUFFIX,
    ORIGIN,
    Claim,
    bytes_of,
    claim_of,
    is_plain,
    origin_text,
    pending_claims,
    release,
    remove_if_empty,
    sweep_claims,
)
from appliance.watchers.descriptors import (
    is_plain_status,
    opened_below,
    opened_root,
    rename_to_free_name,
    status_in,
)
from appliance.watchers.reasons import FULL
from appliance.watchers.spare import give_up_spare
from appliance.watchers.values import identity_of, state_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.watchers.values import SettledDrop

__all__ = [
    "Claim",
    "Claimed",
    "bytes_of",
    "claim",
    "claim_many",
    "claim_of",
    "is_plain",
    "pending_claims",
    "release",
    "sweep_claims",
]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of some drops.

    Args:
        claims: Those that are ours now, durably.
        left: Those that stay where they are: gone, changed, or swapped for something else.
        refused: Those that the file system does not let us take, each with its reason.
    """

    claims: tuple[Claim, ...] = ()
    left: tuple[SettledDrop, ...] = ()
    refused: tuple[tuple[SettledDrop, OSError], ...] = ()


@dataclass(slots=True)
class _Batch:
    """One batch under way; the descriptors are open."""

    folder: Path
    target: int
    claims: list[Claim] = field(default_factory=list)
    left: list[SettledDrop] = field(default_factory=list)
    refused: list[tuple[SettledDrop, OSError]] = field(default_factory=list)
    emptied: set[tuple[str, ...]] = field(default_factory=set)


def claim(drop: SettledDrop, claimed_root: Path) -> Claim | None:
    """Claim one drop.

    Returns:
        None when it was taken away meanwhile, or is no longer what settled: then it is left
        where it was.

    Raises:
        OSError: The file system does not let us take it.
    """
    done = claim_many([drop], claimed_root)
    for _drop, problem in done.refused:
        raise problem
    return done.claims[0] if done.claims else None


def claim_many(drops: Sequence[SettledDrop], claimed_root: Path) -> Claimed:
    """Rename settled drops of one hot folder into the claimed folder, on its file system.

    Raises:
        OSError: The claimed folder itself cannot be used; nothing was claimed.
    """
    if not drops:
        return Claimed()
    folder = _made_folder(claimed_root, origin_text([drop.parts for drop in drops]))
    with ExitStack() as stack:
        root = stack.enter_context(opened_root(_hot_folder_of(drops[0])))
        batch = _Batch(folder, stack.enter_context(opened_root(folder)))
        for index, drop in enumerate(drops):
            _take(batch, root, drop, str(index))
        _make_durable(batch, root)
    if not batch.claims:
        remove_if_empty(folder)
    return Claimed(tuple(batch.claims), tuple(batch.left), tuple(batch.refused))


def _made_folder(claimed_root: Path, origins: bytes) -> Path:
    """A batch's folder with its list; on a full disk, in the room that was set aside."""
    try:
        return _made(claimed_root, origins)
    except OSError as problem:
        if problem.errno not in FULL or not give_up_spare(claimed_root):
            raise
    return _made(claimed_root, origins)


def _made(claimed_root: Path, origins: bytes) -> Path:
    folder = claimed_root / f"{uuid4().hex}{BATCH_SUFFIX}"
    make_folder(folder)
    try:
        write_once(folder / ORIGIN, origins)
    except OSError:
        remove_if_empty(folder)
        raise
    return folder


def _hot_folder_of(drop: SettledDrop) -> Path:
    return drop.path.parents[len(drop.parts) - 1]


def _take(batch: _Batch, root: int, drop: SettledDrop, index: str) -> None:
    try:
        with opened_below(root, drop.parts[:-1]) as folder:
            if _move(folder, drop, batch.target, index):
                claim_id = f"{batch.folder.name.removesuffix(BATCH_SUFFIX)}-{index}"
                batch.claims.append(Claim(claim_id, batch.folder / index, drop.parts))
                batch.emptied.add(drop.parts[:-1])
            else:
                batch.left.append(drop)
    except (FileNotFoundError, NotADirectoryError):
        batch.left.append(drop)
    except OSError as problem:
        if problem.errno == errno.ELOOP:  # a folder of its path is a link by now
            batch.left.append(drop)
        else:
            batch.refused.append((drop, problem))


def _move(folder: int, drop: SettledDrop, target: int, index: str) -> bool:
    """Rename, and look at what was renamed: only the very file that settled stays claimed."""
    name = drop.parts[-1]
    before = status_in(folder, name)
    if not _is_settled(drop, before) or (drop.state or state_of(before)) != state_of(before):
        return False
    os.rename(name, index, src_dir_fd=folder, dst_dir_fd=target)
    after = status_in(target, index)
    was, is_now = drop.state or state_of(before), state_of(after)
    unchanged = was._replace(ctime_ns=is_now.ctime_ns) == is_now  # the rename itself sets ctime
    if _is_settled(drop, after) and identity_of(after) == identity_of(before) and unchanged:
        return True
    with suppress(OSError):  # its name is taken again: it stays claimed, and in sight
        rename_to_free_name(target, index, folder, name)
    return False


def _is_settled(drop: SettledDrop, status: os.stat_result) -> bool:
    return is_plain_status(status) and drop.identity in {None, identity_of(status)}


def _make_durable(batch: _Batch, root: int) -> None:
    """The new names first, then the old ones' absence; a folder that is gone needs nothing."""
    os.fsync(batch.target)
    fsync_folder(batch.folder.parent)
    for parts in batch.emptied:
        with suppress(OSError), opened_below(root, parts) as folder:
            os.fsync(folder)
