"""The list of receipts that a store at a destination keeps: whole, in order, and true."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding, Report
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt, Sidecar
from appliance.packaging.verify.papers import MAX_PAPER_BYTES, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.packaging.verify.options import SignatureCheck

_FIRST: Final = "0" * 64
"""What the first receipt names as the digest of the one before."""


def check_receipts(
    folder: Path, packages: Mapping[str, Path], check_signature: SignatureCheck | None
) -> Report:
    """Hold a store's receipts against each other, and against the packages that are there.

    Args:
        folder: ``receipts``, with a folder for each thousand.
        packages: Every package of the store by its name.
        check_signature: Judges signatures; None leaves them unchecked.

    Raises:
        OSError: A receipt cannot be read.
    """
    findings: list[Finding] = []
    not_checked: tuple[str, ...] = ()
    newest: dict[str, tuple[str, Receipt]] = {}
    expected, previous = 1, _FIRST
    for path in sorted(folder.glob("[0-9]*/*.json")):
        data = path.read_bytes() if path.stat().st_size <= MAX_PAPER_BYTES else b""
        try:
            receipt = Receipt.from_bytes(data)
        except ValueError as problem:
            findings.append(Finding("PAPER-UNREADABLE", path.name, {"problem": str(problem)}))
            expected += 1
        else:
            findings += _out_of_line(path, receipt, expected, previous)
            newest[receipt.name] = (path.name, receipt)
            expected = receipt.counter + 1
        wrong, undone = signature_of(path, data, RECEIPT_NAMESPACE, check_signature)
        findings += wrong
        not_checked = undone or not_checked
        previous = hashlib.sha256(data).hexdigest()
    for where, receipt in newest.values():
        findings += _untrue(where, receipt, packages.get(receipt.name))
    return Report("receipts", tuple(findings), ("receipts",), not_checked)


def _out_of_line(path: Path, receipt: Receipt, expected: int, previous: str) -> Iterator[Finding]:
    """A number that is not the next or not that of its name, or a broken chain."""
    if receipt.counter != expected or path.stem != f"{receipt.counter:09d}":
        yield Finding("RECEIPT-GAP", path.name, {"expected": expected, "found": receipt.counter})
    elif receipt.previous != previous:
        yield Finding("RECEIPT-CHAIN", path.name)


def _untrue(where: str, receipt: Receipt, package: Path | None) -> Iterator[Finding]:
    """A package that is not there as its newest receipt says; its own check reads its bytes."""
    if package is None:
        yield Finding("RECEIPT-NO-PACKAGE", where, {"name": receipt.name})
        return
    if package.stat().st_size != receipt.size_bytes:
        yield Finding("RECEIPT-DIFFERS", where, {"field": "size_bytes"})
    try:
        sidecar = Sidecar.from_bytes(package.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        return  # the check of the package itself says what is wrong with it
    if sidecar.sha256 != receipt.sha256:
        yield Finding("RECEIPT-DIFFERS", where, {"field": "sha256"})
