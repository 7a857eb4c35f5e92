"""Encryption to an Ed25519 key in the age format (age-encryption.org/v1).

Stock ``age -d -i KEY`` opens what is written here; the key is an ordinary OpenSSH key.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyrage

from appliance.disk.durable import storage_errors
from appliance.domain.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.signing.keys import MachineKey, PublicKey


def encrypt_file(source: Path, target: Path, recipient: PublicKey) -> None:
    """Encrypt a file of any size in constant memory; the target is durable when this returns.

    Args:
        source: What to encrypt.
        target: Must be free.
        recipient: The only key that opens it again.

    Raises:
        FileExistsError: The target is taken.
        StorageError: The disk refused.
    """
    to = pyrage.ssh.Recipient.from_str(recipient.line())
    with target.open("xb") as output, storage_errors(f"cannot write {target}"):
        with source.open("rb") as stream:
            pyrage.encrypt_io(stream, output, [to])
        output.flush()
        os.fsync(output.fileno())


def decrypt_file(source: Path, target: Path, key: MachineKey) -> None:
    """Open what was encrypted to a key; the target is durable when this returns.

    Args:
        source: In the age format.
        target: Must be free; holds nothing of use after an error.
        key: The private half.

    Raises:
        FileExistsError: The target is taken.
        IntegrityError: ``BACKUP-KEY``: it was encrypted to another key, or was changed since.
        StorageError: The disk refused.
    """
    identity = pyrage.ssh.Identity.from_buffer(key.openssh_form())
    with target.open("xb") as output, storage_errors(f"cannot write {target}"):
        with source.open("rb") as stream:
            try:
                pyrage.decrypt_io(stream, output, [identity])
            except pyrage.DecryptError as problem:
                raise _refused(source, problem) from problem
            except OSError as problem:
                if problem.errno is not None:
                    raise
                raise _refused(source, problem) from problem  # changed on the way
        output.flush()
        os.fsync(output.fileno())


def _refused(source: Path, problem: Exception) -> IntegrityError:
    return IntegrityError(
        f"{source.name} does not open with this recovery key ({problem}): is it the key of the "
        "newest recovery sheet of this box?",
        code="BACKUP-KEY",
    )
