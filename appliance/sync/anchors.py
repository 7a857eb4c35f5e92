"""Where each box's event chain stood, as its packages said: two boxes with one id contradict.

A box numbers its events without gaps, and each sealed package names the number and the digest of
the event that it was sealed at: its *anchor*. Packages may come in any order (small and old ones
first, retries, corrections, disks by courier), so a lower number than the highest one seen says
nothing. The same number with another digest can only come of two chains: a box that was copied,
or restored from an old image beside the one at work.

``anchors/<box>/NNNNNN/NNNNNNNNN`` holds the digest; folder = counter div 1000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.disk.durable import make_folder, remove_leftover, write_once
from appliance.domain.identifiers import safe_name
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.receipts import Sidecar

ANCHORS_PER_FOLDER: Final = 1000


class Anchors:
    """The anchors below one folder; nothing is ever changed or removed.

    Args:
        folder: Made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self, sidecar: Sidecar) -> None:
        """Refuse a package whose box's chain is not the one known.

        Raises:
            RemoteError: ``TWO-BOXES``.
            OSError: The disk refused.
        """
        path = self._path(sidecar)
        known = path.read_text(encoding="ascii") if path.exists() else sidecar.event_head
        if known != sidecar.event_head:
            raise refusal(
                "TWO-BOXES",
                f"event {sidecar.event_counter} of {sidecar.box_id} was {known} "
                f"and is now {sidecar.event_head}",
            )

    def record(self, sidecar: Sidecar) -> None:
        """Keep the anchor of a package that is here; durable when this returns.

        Raises:
            RemoteError: ``TWO-BOXES``: meanwhile another chain's package came.
            OSError: The disk refused.
        """
        path = self._path(sidecar)
        if path.exists():
            remove_leftover(path)
        else:
            make_folder(path.parent)
            try:
                write_once(path, sidecar.event_head.encode("ascii"))
            except FileExistsError:
                self.check(sidecar)  # another session was first
        self.check(sidecar)

    def _path(self, sidecar: Sidecar) -> Path:
        counter = sidecar.event_counter
        folder = self._folder / safe_name(sidecar.box_id) / f"{counter // ANCHORS_PER_FOLDER:06d}"
        return folder / f"{counter:09d}"
