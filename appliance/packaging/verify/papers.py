"""The signed papers: a sidecar against its ZIP, a receipt against its package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import Fingerprint, Fingerprinter, chunks
from appliance.domain.findings import Finding, Report
from appliance.domain.identifiers import object_folder
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_NAMESPACE,
    Proof,
    Receipt,
    Sidecar,
)
from appliance.packaging.verify.ahead import check_whole
from appliance.packaging.verify.names import is_unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.packaging.verify.options import Options, SignatureCheck
    from appliance.packaging.verify.whole import WholeFile

MAX_PAPER_BYTES: Final = 64 * 1024 * 1024
"""Our own: a sidecar of a package of some two terabytes; anything larger is no paper of ours."""


def check_sidecar(path: Path, options: Options) -> tuple[Report, ...]:
    """A sidecar, its signature, and the package beside it, in one read of the package.

    Raises:
        OSError: The sidecar cannot be read, or the package cannot be opened.
    """
    data = path.read_bytes()
    try:
        sidecar = Sidecar.from_bytes(data)
    except ValueError as problem:
        return (_unreadable(path, problem),)
    archive = _beside(path, sidecar.name)
    findings, not_checked = signature_of(path, data, PACKAGE_NAMESPACE, options.check_signature)
    if archive is None:
        findings.append(Finding("SIDECAR-NO-PACKAGE", path.name, {"name": sidecar.name}))
        return (Report(path.name, tuple(findings), ("sidecar",), not_checked),)
    checked = check_whole(archive, options)
    measured: tuple[str, ...] = ("digests", "blocks")
    if checked.whole is None:
        report = Report(path.name, tuple(findings), ("sidecar",), (*not_checked, *measured))
        return (report, checked.report)
    options.measured[archive] = checked.whole.fingerprint
    findings += differences(path, sidecar, checked.whole)
    if checked.top and checked.top != object_folder(sidecar.objid):
        findings.append(Finding("SIDECAR-DIFFERS", path.name, {"field": "objid"}))
    report = Report(path.name, tuple(findings), ("sidecar", *measured), not_checked)
    return (report, checked.report)


def check_receipt(path: Path, options: Options) -> Report:
    """A receipt, its signature, and the package beside it if there is one.

    Raises:
        OSError: The receipt or the package cannot be read.
    """
    data = path.read_bytes()
    try:
        receipt = Receipt.from_bytes(data)
    except ValueError as problem:
        return _unreadable(path, problem)
    findings, not_checked = signature_of(path, data, RECEIPT_NAMESPACE, options.check_signature)
    if receipt.proof != Proof.READ_BACK:
        findings.append(Finding("RECEIPT-WEAK", path.name, {"proof": receipt.proof}))
    archive = _beside(path, receipt.name)
    if archive is None:
        return Report(path.name, tuple(findings), ("receipt",), (*not_checked, "package"))
    found = fingerprint_of(archive, options)
    told = {"size_bytes": receipt.size_bytes, "sha256": receipt.sha256}
    differing = [name for name, value in told.items() if getattr(found, name) != value]
    findings += [Finding("RECEIPT-DIFFERS", path.name, {"field": name}) for name in differing]
    return Report(path.name, tuple(findings), ("receipt", "package"), not_checked)


def fingerprint_of(path: Path, options: Options) -> Fingerprint:
    """What a file measures: read now, unless another paper of this run had it read already.

    Raises:
        OSError: It cannot be read.
    """
    if path in options.measured:
        return options.measured[path]
    printer = Fingerprinter()
    with path.open("rb", buffering=0) as stream:
        for chunk in chunks(stream):
            printer.update(chunk)
            options.on_read(len(chunk))
    options.measured[path] = printer.result()
    return options.measured[path]


def _beside(path: Path, name: str) -> Path | None:
    """The package that a paper names, if it lies in the same folder; no name leads elsewhere."""
    if is_unsafe(name) or "/" in name:
        return None
    archive = path.with_name(name)
    return archive if archive.is_file() and not archive.is_symlink() else None


def signature_of(
    path: Path, data: bytes, namespace: str, check_signature: SignatureCheck | None
) -> tuple[list[Finding], tuple[str, ...]]:
    """What is wrong with the signature beside a paper, and whether it was left unchecked."""
    signature = path.with_name(f"{path.name}.sig")
    if not signature.is_file():
        return [Finding("SIGNATURE-MISSING", path.name)], ()
    if check_signature is None:
        return [], ("signature",)
    if not check_signature(data, signature.read_bytes(), namespace):
        return [Finding("SIGNATURE-BAD", path.name)], ()
    return [], ()


def differences(path: Path, sidecar: Sidecar, whole: WholeFile) -> Iterator[Finding]:
    """What a package measures otherwise than its sidecar says."""
    pairs = {
        "size_bytes": (sidecar.size_bytes, whole.fingerprint.size_bytes),
        "sha256": (sidecar.sha256, whole.fingerprint.sha256),
        "block_bytes": (sidecar.block_bytes, TRANSFER_BLOCK_BYTES),
        "blocks": (sidecar.blocks, whole.blocks),
    }
    for name, (told, found) in pairs.items():
        if told != found:
            yield Finding("SIDECAR-DIFFERS", path.name, {"field": name})


def _unreadable(path: Path, problem: ValueError) -> Report:
    finding = Finding("PAPER-UNREADABLE", path.name, {"problem": str(problem)})
    return Report(path.name, (finding,), (), ("signature", "package"))
