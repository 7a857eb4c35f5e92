"""The list of receipts that a store at a destination keeps: whole, in order, and true."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding, Report
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.packaging.verify.papers import MAX_PAPER_BYTES, fingerprint_of, signature_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.packaging.verify.options import Options

_FIRST: Final = "0" * 64
"""What the first receipt names as the digest of the one before."""


def check_receipts(folder: Path, packages: Mapping[str, Path], options: Options) -> Report:
    """Hold a store's receipts against each other, and against the packages that are there.

    Args:
        folder: ``receipts``, with a folder for each thousand.
        packages: Every package of the store by its name.
        options: How; packages that its sidecars had read are not read again.

    Raises:
        OSError: A receipt or a package cannot be read.
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
        wrong, undone = signature_of(path, data, RECEIPT_NAMESPACE, options.check_signature)
        findings += wrong
        not_checked = undone or not_checked
        previous = hashlib.sha256(data).hexdigest()
    for where, receipt in newest.values():
        findings += _untrue(where, receipt, packages.get(receipt.name), options)
    return Report("receipts", tuple(findings), ("receipts",), not_checked)


def _out_of_line(path: Path, receipt: Receipt, expected: int, previous: str) -> Iterator[Finding]:
    """A number that is not the next or not that of its name, or a broken chain."""
    if receipt.counter != expected or path.stem != f"{receipt.counter:09d}":
        yield Finding("RECEIPT-GAP", path.name, {"expected": expected, "found": receipt.counter})
    elif receipt.previous != previous:
        yield Finding("RECEIPT-CHAIN", path.name)


def _untrue(
    where: str, receipt: Receipt, package: Path | None, options: Options
) -> Iterator[Finding]:
    """A package that is not there as its newest receipt says, whatever its sidecar says."""
    if package is None:
        yield Finding("RECEIPT-NO-PACKAGE", where, {"name": receipt.name})
        return
    found = fingerprint_of(package, options)
    for name in ("size_bytes", "sha256"):
        if getattr(found, name) != getattr(receipt, name):
            yield Finding("RECEIPT-DIFFERS", where, {"field": name})
