"""Letting go of a drop: only when its master was read back from the disk and its row says so.

A writer that kept the dropped file open may still have written to it after it was copied. Then
the bytes that were taken are recorded under the claim's own id, and what the file became since
under the id with its new digest: both are kept, and the drop goes when the later is proved.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import fingerprint_of_stream
from appliance.disk.side_by_side import side_by_side
from appliance.watchers import claims
from appliance.watchers.holding import is_held_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.watchers.claims import Claim

_LATER: Final = "~"
"""Parts the id of a claim from the digest of what its file has become."""

_LOG: Final = logging.getLogger(__name__)


@contextmanager
def opened_claim(claim: Claim) -> Iterator[BinaryIO]:
    """The bytes of a claim; never those of anything it points to.

    Raises:
        OSError: It is gone, cannot be read, or is no regular file.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(claim.path, flags), "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(claim.path))
        yield source


def as_later(claim: Claim, sha256: str) -> Claim:
    """The claim under the id for what its file has become since it was recorded."""
    return replace(claim, claim_id=f"{claim.claim_id}{_LATER}{sha256}")


def claim_of(master: MasterRow, claimed_root: Path) -> Claim | None:
    """The claim that a master came from, if it is still there."""
    return claims.claim_of(claimed_root, master.claim_id.partition(_LATER)[0])


def later_sha256(claim: Claim, master: MasterRow, store: Store) -> str | None:
    """SHA-256 of what a claimed file has become since it was taken; None when it is the same.

    Whatever changes a file sets its ctime, and nobody but the kernel can: one from before the
    master was written proves that nothing came after. Else, as for bytes that the store held
    before, the file is read.

    Raises:
        OSError: It is gone or cannot be read.
    """
    with opened_claim(claim) as source:
        status = os.fstat(source.fileno())
        is_same_size = status.st_size == master.size_bytes
        if is_same_size and status.st_ctime_ns < _written_ns(store, master.sha256):
            return None
        sha256 = fingerprint_of_stream(source).sha256
    return None if sha256 == master.sha256 else sha256


def _written_ns(store: Store, sha256: str) -> int:
    """When a master's last byte was written; 0 when it is not there."""
    try:
        return store.master_path(sha256).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def let_go(proved: Iterable[MasterRow], claimed_root: Path, store: Store) -> None:
    """Remove the drops of masters whose read-back is committed.

    A drop that is another by now stays, to be taken up as what it has become, and so does one
    that somebody still has open for writing. What cannot be removed is tried again when claims
    are listed anew.
    """
    side_by_side(partial(_let_go, claimed_root=claimed_root, store=store), tuple(proved))


def _let_go(master: MasterRow, claimed_root: Path, store: Store) -> None:
    claim = claim_of(master, claimed_root)
    if claim is None:
        return
    with suppress(FileNotFoundError):  # another part let go of it meanwhile
        if _is_final(claim, master, store):
            claims.release(claim, claimed_root)


def _is_final(claim: Claim, master: MasterRow, store: Store) -> bool:
    """Whether a claimed file is as it was taken, and nobody can change it any more."""
    try:
        with opened_claim(claim) as source:
            is_held = is_held_open(source.fileno())
        is_same = not is_held and later_sha256(claim, master, store) is None
    except FileNotFoundError:
        raise
    except OSError as problem:
        _LOG.warning("%s cannot be looked at before it is let go: %s", claim.path, problem)
        return False
    if not is_same:
        _LOG.warning("%s %s", claim.path, "is still open for writing" if is_held else "has changed")
    return is_same
