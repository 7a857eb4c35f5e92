"""What stock OpenSSH says of a signed paper."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from appliance.signing.allowed import write_signers

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.signing.allowed import AllowedSigner


def is_believed(paper: Path, signer: AllowedSigner, namespace: str, folder: Path) -> bool:
    """Whether ``ssh-keygen -Y verify`` believes a paper, with its signature in ``PAPER.sig``.

    Args:
        paper: The signed file.
        signer: The only one that is allowed.
        namespace: What the signature is for.
        folder: Takes the list of signers.
    """
    signers = folder / "allowed_signers"
    write_signers(signers, (signer,))
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", signer.name]
    command += ["-n", namespace, "-s", f"{paper}.sig"]
    checked = subprocess.run(command, input=paper.read_bytes(), capture_output=True, check=False)
    return checked.returncode == 0
