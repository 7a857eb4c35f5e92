"""Letting go of a drop: only when its master was read back from the disk and its row says so.

A writer that kept the dropped file open may still have added to it after it was copied. Then
the bytes that were taken are recorded under the claim's own id, and what the file became since
under the id with its new size: both are kept, and the drop goes when the later is proved.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appliance.watchers import claims

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.catalogue.tables import MasterRow
    from appliance.watchers.claims import Claim

_LATER: Final = "~"
"""Parts the id of a claim from the size that its file had grown to."""

_LOG: Final = logging.getLogger(__name__)


def as_grown(claim: Claim, size_bytes: int) -> Claim:
    """The claim under the id for what its file has become since it was recorded."""
    return replace(claim, claim_id=f"{claim.claim_id}{_LATER}{size_bytes}")


def claim_of(master: MasterRow, claimed_root: Path) -> Claim | None:
    """The claim that a master came from, if it is still there."""
    return claims.claim_of(claimed_root, master.claim_id.partition(_LATER)[0])


def let_go(proved: Iterable[MasterRow], claimed_root: Path) -> None:
    """Remove the drops of masters whose read-back is committed.

    A drop whose size is another by now stays, to be taken up as what it has become. What
    cannot be removed is tried again when claims are listed anew.
    """
    for master in proved:
        claim = claim_of(master, claimed_root)
        if claim is None:
            continue
        with suppress(FileNotFoundError):  # another part let go of it meanwhile
            size_bytes = claim.path.lstat().st_size
            if size_bytes == master.size_bytes:
                claims.release(claim, claimed_root)
            else:
                _LOG.warning("%s grew to %d bytes after it was taken", claim.path, size_bytes)
