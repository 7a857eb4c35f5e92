"""What a recovery is told, and what it says at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.disk.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.catalogue.deposits import DestinationFacts
    from appliance.domain.clock import Clock
    from appliance.domain.findings import Finding
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.papers import PinnedStore
    from appliance.sync.remote import Remote

MARKER_FORMAT: Final = "archive-appliance-recovery/1"


@dataclass(frozen=True, slots=True)
class RecoverySource:
    """Where copies are taken from.

    Args:
        name: Of the destination, as the sheet names it.
        open_remote: Makes the port to it.
        store: Which store must answer, and the key that signs its receipts.
    """

    name: str
    open_remote: Callable[[], Remote]
    store: PinnedStore


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """What is to come back, and how it is known to be genuine.

    Args:
        folder: The new state folder: catalogue, store, keys.
        box_id: Whose copies are wanted.
        box_keys: Public keys that sign for this box: the last one, and any before it.
        source: Where copies are taken from.
        places: Every destination that the sheet names.
        recovery_key: Opens the backups; None rebuilds from packages alone.
        clock: Of this machine.
        say: Told what is going on, in one line.
    """

    folder: Path
    box_id: str
    box_keys: tuple[PublicKey, ...]
    source: RecoverySource
    places: tuple[DestinationFacts, ...]
    recovery_key: MachineKey | None
    clock: Clock
    say: Callable[[str], None]

    @property
    def catalogue_path(self) -> Path:
        """Where the catalogue comes back."""
        return self.folder / "catalogue.db"

    @property
    def own_folder(self) -> Path:
        """What the recovery itself remembers and works in."""
        return self.folder / "recovery"

    @property
    def store(self) -> Store:
        """Where masters and packages come back."""
        return Store(self.folder / "store")


@dataclass(slots=True)
class Recovered:
    """What came back, counted as it does.

    Args:
        recovery_id: Of this recovery, for ever.
        backup: OBJID of the backup that was taken; empty when none was.
        backup_made_at: When it was made; empty when none was.
        packages: Packages that are whole and verified on this disk.
        rebuilt: File codes whose rows were rebuilt from their packages.
        masters: Masters that are back under their digests.
        derivatives: Derivatives that are back under their digests.
        receipts: Receipts of the place that were believed.
        proofs: Deposits that these proved anew.
        views: Masters whose pictures for the screen were made again.
        lost_masters: Scans of which no copy is left.
        next_counter: The number of the first event after the recovery.
        findings: What did not come back, and what a person must see to.
    """

    recovery_id: str
    backup: str = ""
    backup_made_at: str = ""
    packages: int = 0
    rebuilt: list[str] = field(default_factory=list)
    masters: int = 0
    derivatives: int = 0
    receipts: int = 0
    proofs: int = 0
    views: int = 0
    lost_masters: int = 0
    next_counter: int = 0
    findings: list[Finding] = field(default_factory=list)
