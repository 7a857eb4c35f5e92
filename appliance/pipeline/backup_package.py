"""The parts of a backup's package: the encrypted catalogue, and the check before it is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.errors import IntegrityError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_new_package
from appliance.pipeline.catalogue_blocks import pack_changes, pack_whole
from appliance.signing.encryption import encrypt_file

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.verify.whole import WholeFile
    from appliance.signing.keys import PublicKey


def encrypted_part(catalogue: Path, changes: tuple[int, ...] | None, key: PublicKey) -> Path:
    """Pack and encrypt a snapshot; it and what lies between are gone then."""
    packed, encrypted = catalogue.with_name("packed"), catalogue.with_name("encrypted")
    if changes is None:
        pack_whole(catalogue, packed)
    else:
        pack_changes(catalogue, changes, packed)
    catalogue.unlink()
    encrypt_file(packed, encrypted, key)
    packed.unlink()
    return encrypted


def verified_backup(package: Path) -> WholeFile:
    """Check what lies on the disk; nothing is signed that does not pass.

    Raises:
        IntegrityError: It does not verify.
    """
    report, whole = verify_new_package(package)
    if judge(report.findings, complete=not report.not_checked) is not Verdict.PASS:
        problem = ", ".join(f"{one.code} {one.where}" for one in report.findings[:5])
        raise IntegrityError(
            f"the backup {package.name} does not verify ({problem}): check this disk",
            code="BACKUP-DAMAGED",
        )
    return whole
