"""A store at the far side: its marker, its key, who may send, and where things lie.

Layout below the root: ``packages/<fonds>/<hồ sơ>/<OBJID>.zip`` with ``.json`` and ``.json.sig``
beside it; everything else under ``.appliance/``. Nothing of this module deletes or replaces a
package or a receipt.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.clock import SystemClock
from appliance.disk.durable import make_folder, remove_leftover, storage_errors, write_once
from appliance.disk.store import PACKAGES, Store
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import object_folder
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing.allowed import AllowedSigner, read_signers, with_key, write_signers
from appliance.signing.keys import MachineKey, PublicKey, ensure_key, load_key
from appliance.sync.anchors import Anchors
from appliance.sync.ledger import Ledger
from appliance.sync.listing import stored_names
from appliance.sync.refusal import disk_refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.clock import Clock
    from appliance.sync.papers import PackageName

MARKER_FORMAT: Final = "archive-appliance-store/1"
_STORE_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


@dataclass(frozen=True, slots=True)
class FarStore:
    """An opened store.

    Args:
        root: Its folder.
        store_id: From its marker.
        signing_key: Signs its receipts; None = the store was opened for reading alone.
    """

    root: Path
    store_id: str
    signing_key: MachineKey | None

    @classmethod
    def open(cls, root: Path, *, is_read_only: bool = False) -> FarStore:
        """Open a provisioned store; for reading alone its key is not needed.

        Raises:
            RemoteError: ``FAR-STORE-MISSING``: no marker; ``FAR-STORE-FOREIGN``: a marker of
                something else.
            ConfigError: The store's key is missing or exposed.
        """
        store_id = read_marker(root)
        return cls(root, store_id, None if is_read_only else load_key(_own(root) / "key"))

    def check_marker(self) -> None:
        """Make sure that the store is still there; errors as of ``open``."""
        found = read_marker(self.root)
        if found != self.store_id:
            raise refusal("FAR-STORE-FOREIGN", f"the store is now {found!r}")

    def senders(self) -> tuple[AllowedSigner, ...]:
        """Who may deposit, read anew, so that a revoked box is out at once.

        Raises:
            ConfigError: The list is missing or not understood.
        """
        return read_signers(_own(self.root) / "allowed_senders")

    def ledger(self) -> Ledger:
        """The store's receipts."""
        return Ledger(_own(self.root) / "receipts", self.signing_key)

    def anchors(self) -> Anchors:
        """Where the boxes' event chains stood, as their packages said."""
        return Anchors(_own(self.root) / "anchors")

    def package_names(self, after: PackageName | None) -> Iterator[PackageName]:
        """The packages stored with their sidecars, after one of them, in a stable order."""
        return stored_names(self.root / PACKAGES, after)

    def zip_path(self, name: PackageName) -> Path:
        """Where a package lies, or would lie."""
        return Store(self.root).package_path(name.fonds_code, name.file_code, name.objid)

    def sidecar_path(self, name: PackageName) -> Path:
        """Where its sidecar lies, or would lie."""
        return self.zip_path(name).with_suffix(".json")

    def signature_path(self, name: PackageName) -> Path:
        """Where the sidecar's signature lies, or would lie."""
        return self.zip_path(name).with_suffix(".json.sig")

    def partial_path(self, name: PackageName, sha256: str) -> Path:
        """Where a package grows; bound to its digest, so another's bytes are never continued."""
        return self.incoming / f"{object_folder(name.objid)}.{sha256}.part"

    def partials(self) -> tuple[Path, ...]:
        """Every unfinished package."""
        return tuple(self.incoming.glob("*.part"))

    def partials_of(self, name: PackageName) -> tuple[Path, ...]:
        """What lies unfinished under the OBJID of a package."""
        return tuple(self.incoming.glob(f"{object_folder(name.objid)}.*.part"))

    def claim_path(self, name: PackageName) -> Path:
        """The lock of a package on its way in."""
        return self.incoming / f"{object_folder(name.objid)}.claim"

    def quarantine_path(self, path: Path, moment: str, sha256: str) -> Path:
        """Where something damaged is kept: named by when it was put there, and by its bytes."""
        stamp = "".join(letter for letter in moment if letter.isalnum() or letter == ".")
        return _own(self.root) / "quarantine" / f"{stamp}.{sha256}.{path.name}"

    @property
    def incoming(self) -> Path:
        """The one folder in which things are unfinished."""
        return _own(self.root) / "incoming"

    def free_bytes(self) -> int:
        """Room on the store's disk for an ordinary account."""
        return shutil.disk_usage(self.root).free


def create_store(root: Path, store_id: str) -> PublicKey:
    """Provision a store: its key, an empty list of senders, and the marker last of all.

    Doing it again with the same id changes nothing.

    Args:
        root: Made when missing.
        store_id: Lower-case letters, digits, dots and hyphens, at most 63.

    Returns:
        The key that the boxes must pin.

    Raises:
        ConfigError: ``STORE-EXISTS``: the folder is another store; ``STORE-ID``: not an id.
        StorageError: The disk refused.
    """
    if _STORE_ID.fullmatch(store_id) is None:
        raise ConfigError(f"not a store id: {store_id!r}", code="STORE-ID")
    marker = _own(root) / "store.json"
    if marker.exists() and read_marker(root) != store_id:
        raise ConfigError(f"{root} is the store {read_marker(root)!r}", code="STORE-EXISTS")
    with storage_errors(f"cannot make the store {root}"):
        make_folder(_own(root) / "incoming")
    key = ensure_key(_own(root) / "key", f"store {store_id}")
    if not marker.exists():
        write_signers(_own(root) / "allowed_senders", ())
    with storage_errors(f"cannot write the marker of {root}"):
        _mark(marker, store_id)
    return key.public


def _mark(marker: Path, store_id: str) -> None:
    if marker.exists():
        remove_leftover(marker)
    else:
        body = {"format": MARKER_FORMAT, "store_id": store_id}
        write_once(marker, canonical_json(body) + b"\n")


def allow_sender(
    root: Path, box_id: str, public_key: PublicKey, clock: Clock | None = None
) -> None:
    """Let a box deposit into a store; a key that it had before ends now.

    What it sealed with that one is still its own: a box that was recovered sends it here too.

    Raises:
        ConfigError: The list of senders is not understood.
        StorageError: The disk refused.
        ValueError: Not the name of a box.
    """
    path = _own(root) / "allowed_senders"
    sender = AllowedSigner(box_id, public_key, (PACKAGE_NAMESPACE,))
    now = (clock or SystemClock()).now()
    write_signers(path, with_key(read_signers(path), sender, now))


def read_marker(root: Path) -> str:
    """The store's id.

    Raises:
        RemoteError: ``FAR-STORE-MISSING`` or ``FAR-STORE-FOREIGN``.
    """
    path = _own(root) / "store.json"
    try:
        marker = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        message = f"{root} has no marker: is its disk mounted?"
        raise refusal("FAR-STORE-MISSING", message) from problem
    except OSError as problem:
        raise disk_refusal(problem) from problem
    except ValueError as problem:
        raise refusal("FAR-STORE-FOREIGN", f"the marker of {root} is damaged") from problem
    if not isinstance(marker, dict) or marker.get("format") != MARKER_FORMAT:
        raise refusal("FAR-STORE-FOREIGN", f"the marker of {root} is of another kind")
    return str(marker.get("store_id"))


def _own(root: Path) -> Path:
    return root / ".appliance"
