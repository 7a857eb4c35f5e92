"""One paper for the central register: who signed it, and what the package beside it says."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.central.entries import (
    Described,
    PackageEntry,
    PaperRead,
    Problem,
    ReceiptEntry,
)
from appliance.domain.identifiers import object_folder
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_FORMAT,
    RECEIPT_NAMESPACE,
    SIDECAR_FORMAT,
    Attestor,
    Proof,
    Receipt,
    Sidecar,
)
from appliance.packaging.verify.descriptive import read_description
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.zip_contents import zip_members
from appliance.signing import sshsig
from appliance.signing.sshsig import MAX_SIGNATURE_CHARACTERS
from appliance.sync.papers import check_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appliance.central.entries import PaperFile
    from appliance.packaging.verify.contents import Contents
    from appliance.signing.allowed import AllowedSigner
    from appliance.signing.keys import PublicKey

MAX_PAPER_BYTES: Final = 16 * 1024 * 1024
"""A sidecar that a receiver takes is no larger; ``sync.protocol.MAX_PAYLOAD_BYTES``."""

_LARGEST: Final = 2**62
_SIDECAR: Final = f'"format":"{SIDECAR_FORMAT}"'.encode()
_RECEIPT: Final = f'"format":"{RECEIPT_FORMAT}"'.encode()


class Believed:
    """The boxes and stores that are believed, by their keys.

    Args:
        signers: As provisioning lists them; one machine may have several keys.
    """

    def __init__(self, signers: Iterable[AllowedSigner]) -> None:
        self._by_key: dict[bytes, list[AllowedSigner]] = {}
        for signer in signers:
            self._by_key.setdefault(signer.public_key.raw, []).append(signer)

    def knows(self, key: PublicKey, name: str, namespace: str) -> bool:
        """Whether a key is that of a machine, and may sign for a purpose."""
        known = self._by_key.get(key.raw, ())
        return any(one.name == name and one.may_sign_for(namespace) for one in known)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who a paper says has signed it, for which purpose, and what the signer must be listed for."""

    signer: str
    namespace: str
    listed_for: str


@dataclass(frozen=True, slots=True)
class PaperReader:
    """Reads papers.

    Args:
        believed: Whose signatures count.
    """

    believed: Believed

    def read(self, path: Path, file: PaperFile) -> PaperRead | None:
        """Read one paper; None when it is neither a sidecar nor a receipt.

        Args:
            path: Of the paper.
            file: The same, as the register knows it.
        """
        if file.size_bytes > MAX_PAPER_BYTES:
            return None
        try:
            data = path.read_bytes()
            if _SIDECAR in data:
                return self._sidecar(path, file, data)
            return self._receipt(path, file, data) if _RECEIPT in data else None
        except OSError as problem:
            return _refused(file, "CENTRAL-PAPER-UNREADABLE", problem)

    def _sidecar(self, path: Path, file: PaperFile, data: bytes) -> PaperRead:
        try:
            sidecar = Sidecar.from_bytes(data)
            check_sidecar(sidecar)
            _check_texts(sidecar.event_counter, sidecar.version, sidecar.sealed_at, data)
        except ValueError as problem:
            return _refused(file, "CENTRAL-PAPER-UNREADABLE", problem)
        claim = _Claim(sidecar.box_id, PACKAGE_NAMESPACE, PACKAGE_NAMESPACE)
        refused = self._refused(path, data, claim)
        if refused is not None:
            return PaperRead(file, None, refused)
        described, wrong = _described(path, sidecar) if file.has_metadata else (Described(), None)
        return PaperRead(
            file, PackageEntry(sidecar, hashlib.sha256(data).hexdigest(), described), wrong
        )

    def _receipt(self, path: Path, file: PaperFile, data: bytes) -> PaperRead:
        try:
            receipt = Receipt.from_bytes(data)
            _check_texts(receipt.counter, receipt.size_bytes, receipt.read_at, data)
            if receipt.proof != Proof.READ_BACK:
                raise ValueError(f"its proof is only {receipt.proof!r}")  # noqa: TRY301 - told below
        except ValueError as problem:
            return _refused(file, "CENTRAL-PAPER-UNREADABLE", problem)
        is_box = receipt.attestor == Attestor.BOX
        signer = receipt.box_id if is_box else receipt.store_id
        # a box's key is listed for its packages; what it read back itself it signs with the same
        listed_for = PACKAGE_NAMESPACE if is_box else RECEIPT_NAMESPACE
        refused = self._refused(path, data, _Claim(signer, RECEIPT_NAMESPACE, listed_for))
        if refused is not None:
            return PaperRead(file, None, refused)
        return PaperRead(file, ReceiptEntry(receipt, hashlib.sha256(data).hexdigest(), signer))

    def _refused(self, path: Path, data: bytes, claim: _Claim) -> Problem | None:
        """Why a paper is not taken for that of the machine it names; nothing when it is."""
        try:
            signature = path.with_name(f"{path.name}.sig").read_bytes()[:MAX_SIGNATURE_CHARACTERS]
            key = sshsig.verify(signature.decode("ascii", "replace"), data, claim.namespace)
        except (OSError, sshsig.SignatureError) as problem:
            return Problem("CENTRAL-SIGNATURE-BAD", str(problem))
        if self.believed.knows(key, claim.signer, claim.listed_for):
            return None
        return Problem("CENTRAL-SIGNER-UNKNOWN", f"{key.line()} is not known as {claim.signer}")


def package_beside(path: Path) -> Path | None:
    """The package of a sidecar, as a ZIP or unpacked; None when only the papers are there."""
    for beside in (path.with_suffix(".zip"), path.with_suffix("")):
        try:
            mode = beside.stat(follow_symlinks=False).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) if beside.suffix == ".zip" else stat.S_ISDIR(mode):
            return beside
    return None


def _described(path: Path, sidecar: Sidecar) -> tuple[Described, Problem | None]:
    """What the package beside a sidecar says of itself; its bytes are not digested here."""
    package = package_beside(path)
    if package is None:
        return Described(), None
    is_zip = package.suffix == ".zip"
    if is_zip and (found := package.stat().st_size) != sidecar.size_bytes:
        text = f"{found} bytes instead of {sidecar.size_bytes}"
        return Described(), Problem("CENTRAL-PACKAGE-DIFFERS", text)
    reading = (zip_members if is_zip else folder_members)(package, 1, _ignore)
    values = _values(reading.contents, sidecar)
    if values is None:
        return Described(), Problem("CENTRAL-METADATA-UNREADABLE", package.name)
    return _description(values), None


def _values(contents: Contents, sidecar: Sidecar) -> Mapping[str, str] | None:
    """The fields of ``EAD.xml``; None when there is none that can be read."""
    folder = f"data/{object_folder(sidecar.objid)}"
    for is_sip in (False, True):
        path = f"{folder}/metadata/descriptive/EAD.xml"
        if path not in contents.members:
            return None
        with contents.open_member(path) as stream:
            description, _ = read_description(path, stream, is_sip=is_sip)
        values = {} if description is None else description.values
        if sidecar.file_code in {values.get("arcFileCode"), values.get("fileCode")}:
            return values
    return None


def _description(values: Mapping[str, str]) -> Described:
    pages = values.get("numberOfPage", "")
    return Described(
        title=_told(values, "title"),
        start_date=_told(values, "startDate"),
        end_date=_told(values, "endDate"),
        page_count=int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 10 else None,  # noqa: PLR2004 - no hồ sơ has more
    )


def _told(values: Mapping[str, str], name: str) -> str | None:
    return values.get(name) or None


def _check_texts(counter: int, number: int, moment: str, data: bytes) -> None:
    """What no database takes, or no clock ever wrote.

    Raises:
        ValueError: One of the values is impossible.
    """
    if not (0 <= counter < _LARGEST and 0 <= number < _LARGEST):
        raise ValueError("a number is out of bounds")
    if len(moment) > 40 or b"\\u0000" in data:  # noqa: PLR2004 - clock.to_text has 27 letters
        raise ValueError("a text is out of bounds")


def _refused(file: PaperFile, code: str, problem: Exception) -> PaperRead:
    return PaperRead(file, None, Problem(code, str(problem)))


def _ignore(count: int) -> None:
    del count
