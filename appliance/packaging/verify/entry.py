"""What a path is, and which checks it gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding, Report
from appliance.domain.receipts import RECEIPT_FORMAT, SIDECAR_FORMAT
from appliance.packaging.verify.folder_contents import read_folder
from appliance.packaging.verify.package import check_package
from appliance.packaging.verify.papers import (
    MAX_PAPER_BYTES,
    SignatureCheck,
    check_receipt,
    check_sidecar,
)
from appliance.packaging.verify.zip_contents import read_zip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BAG_SIGNS = ("bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "METS.xml", "data")


def verify_path(
    path: Path, *, deep: bool = False, check_signature: SignatureCheck | None = None
) -> tuple[Report, ...]:
    """Check whatever a path is: bytes, structure, metadata.

    Each file is streamed once; memory does not grow with its size. The verdict of a report is
    ``rules.judge(report.findings, complete=not report.not_checked)``.

    Args:
        path: A package (ZIP or unpacked folder), a sidecar with its ZIP beside it, a receipt, or
            a store folder that holds any of these.
        deep: Also decode masters and every PDF stream.
        check_signature: Judges SSHSIG signatures; without it they are reported as not checked.

    Returns:
        One report per thing checked, at least one.

    Raises:
        OSError: Something cannot be read at all.
    """
    if not path.exists():
        return (_not_understood(path, "PATH-MISSING"),)
    if path.is_dir():
        if _is_package(path):
            return (check_package(path.resolve().name, read_folder(path), deep=deep),)
        reports = tuple(_store(path, deep=deep, check_signature=check_signature))
        return reports or (_not_understood(path, "PATH-UNKNOWN"),)
    return _one_file(path, deep=deep, check_signature=check_signature)


def _one_file(
    path: Path, *, deep: bool, check_signature: SignatureCheck | None
) -> tuple[Report, ...]:
    match _paper_format(path):
        case "":
            contents, _ = read_zip(path)
            return (check_package(path.name, contents, deep=deep),)
        case form if form == RECEIPT_FORMAT:
            return (check_receipt(path, check_signature=check_signature),)
        case form if form == SIDECAR_FORMAT:
            return check_sidecar(path, deep=deep, check_signature=check_signature)
        case _:
            return (_not_understood(path, "PATH-UNKNOWN"),)


def _is_package(folder: Path) -> bool:
    return any((folder / name).exists() for name in _BAG_SIGNS)


def _paper_format(path: Path) -> str:
    """The format that a JSON file names; empty for what is no JSON file."""
    if path.suffix != ".json":
        return ""
    if path.stat().st_size > MAX_PAPER_BYTES:
        return "too large"
    try:
        values = json.loads(path.read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return "unreadable"
    return str(values.get("format", "none")) if isinstance(values, dict) else "none"


def _store(folder: Path, *, deep: bool, check_signature: SignatureCheck | None) -> Iterator[Report]:
    """Every package of a store, by its sidecar where it has one; hidden folders are left out."""
    papers = [path for path in _visible(folder, ".json") if _paper_format(path) != "none"]
    told = set()
    for path in papers:
        reports = _one_file(path, deep=deep, check_signature=check_signature)
        told |= {path.with_name(report.subject) for report in reports}
        yield from reports
    for path in _visible(folder, ".zip"):
        if path not in told:
            contents, _ = read_zip(path)
            report = check_package(path.name, contents, deep=deep)
            missing = Finding("SIDECAR-MISSING", path.name)
            yield Report(
                report.subject, (missing, *report.findings), report.checked, report.not_checked
            )


def _visible(folder: Path, suffix: str) -> Iterator[Path]:
    for path in sorted(folder.rglob(f"*{suffix}")):
        names = path.relative_to(folder).parts
        if path.is_file() and not any(name.startswith(".") for name in names):
            yield path


def _not_understood(path: Path, code: str) -> Report:
    return Report(path.name, (Finding(code, str(path)),), (), ("container",))
