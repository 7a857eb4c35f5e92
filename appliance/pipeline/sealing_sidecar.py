"""The sidecar of a package: what it says, its signature, and both beside the ZIP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.disk.durable import storage_errors
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.pipeline.same_bytes import write_same
from appliance.signing import sshsig
from appliance.sync.papers import SignedSidecar

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.verify.whole import WholeFile
    from appliance.signing.keys import MachineKey


@dataclass(frozen=True, slots=True)
class Subject:
    """What a package is, beyond its bytes.

    Args:
        objid: Its OBJID.
        file_code: Mã hồ sơ, or what stands for it.
        fonds_code: Of the fonds, or what stands for it.
        version: 1-based.
        sealed_at: ``clock.to_text``.
        event_counter: Of the box's chain of custody events then.
        event_head: Digest of the chain's last event then, hexadecimal.
    """

    objid: str
    file_code: str
    fonds_code: str
    version: int
    sealed_at: str
    event_counter: int
    event_head: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs.

    Args:
        key: The machine's.
        box_id: The box.
    """

    key: MachineKey
    box_id: str

    def sign_beside(self, package: Path, whole: WholeFile, subject: Subject) -> SignedSidecar:
        """Write the sidecar and its signature beside a package; both are durable then.

        Args:
            package: Under its name.
            whole: As it was read back from the disk.
            subject: What it is.

        Raises:
            IntegrityError: Other bytes lie under the name of either.
            StorageError: The disk refused.
        """
        sidecar = Sidecar(
            objid=subject.objid,
            file_code=subject.file_code,
            fonds_code=subject.fonds_code,
            version=subject.version,
            name=package.name,
            size_bytes=whole.fingerprint.size_bytes,
            sha256=whole.fingerprint.sha256,
            block_bytes=TRANSFER_BLOCK_BYTES,
            blocks=whole.blocks,
            sealed_at=subject.sealed_at,
            box_id=self.box_id,
            event_counter=subject.event_counter,
            event_head=subject.event_head,
        )
        signature = sshsig.sign(self.key, sidecar.to_bytes(), PACKAGE_NAMESPACE)
        with storage_errors(f"cannot write the sidecar of {package}"):
            write_same(package.with_suffix(".json"), sidecar.to_bytes())
            write_same(package.with_suffix(".json.sig"), signature.encode("ascii"))
        return SignedSidecar(sidecar, signature)
