"""Which sealed PDF a signed one was made from: by its name, then by its first bytes."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import corrections, file_unit_details
from appliance.disk.digesting import chunks
from appliance.domain.errors import IntegrityError
from appliance.domain.findings import Finding
from appliance.pipeline.master_copies import ROTTEN
from appliance.pipeline.recorded_pdfs import RecordedPdf, recorded_pdfs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow, PackageRow
    from appliance.disk.store import Store

_ADDED: Final = re.compile(r"[ ._-]+(signed|da[ _-]?ky|đã[ _-]?ký)\Z", re.IGNORECASE)
"""What signing programs put behind the name of what they signed."""
_FOLDER: Final = "/representations/rep1/data/"
_READ_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Base:
    """A PDF that a signed one may have been made from.

    Args:
        version: Of the package that holds it, or will.
        size_bytes: Its length.
        sha256: Of its bytes.
    """

    version: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Match:
    """Where a signed PDF belongs.

    Args:
        unit: The hồ sơ.
        pdf: As it is recorded in the newest package.
        base: What the signed one begins with.
    """

    unit: FileUnitRow
    pdf: RecordedPdf
    base: Base


def match(session: Session, store: Store, path: Path, name: str) -> Match | Finding:
    """Find what a PDF was made from, or the reason why it is not taken.

    Args:
        session: A read transaction.
        store: Where packages lie.
        path: The PDF.
        name: As it was called when it came.
    """
    found = _named(session, name)
    if found is None:
        return Finding("SIGNED-UNKNOWN-NAME", name)
    unit, pdf, newest = found
    values = {"file_code": unit.file_code}
    size_bytes = path.stat().st_size
    try:
        known = bases(session, store, unit, pdf.name)
        latest = next(known)
        if _begins_with(path, latest):
            is_same = latest.size_bytes == size_bytes
            return (
                Finding("SIGNED-ALREADY", name, {**values}) if is_same else Match(unit, pdf, latest)
            )
        for base in known:
            if _begins_with(path, base):
                versions = {"version": base.version, "newest": latest.version}
                return Finding("SIGNED-OLDER-VERSION", name, {**values, **versions})
    except IntegrityError:
        return Finding("SIGNED-PACKAGE-UNREADABLE", unit.file_code, {"version": newest.version})
    return Finding("SIGNED-OTHER-PDF", name, {**values})


def bases(session: Session, store: Store, unit: FileUnitRow, name: str) -> Iterator[Base]:
    """Every PDF of this name that there is or was, the newest first.

    Raises:
        IntegrityError: A package cannot be read.
    """
    unit_id = unit.id or 0
    packages = file_unit_details.packages_of(session, unit_id)
    pending = corrections.signed_pdfs(session, unit_id).get(name)
    if pending is not None and packages and pending.base_version == packages[0].version:
        yield Base(pending.base_version + 1, pending.size_bytes, pending.sha256)
    for package in packages:
        recorded = {one.name: one for one in recorded_pdfs(package, unit.file_code)}
        if name in recorded:
            yield _base_in(store, unit, package, recorded[name])


def _named(session: Session, name: str) -> tuple[FileUnitRow, RecordedPdf, PackageRow] | None:
    """The hồ sơ whose newest package holds a PDF of this name."""
    stem, _, ending = name.rpartition(".")
    if ending.lower() != "pdf":
        return None
    wanted = _ADDED.sub("", stem)
    safe_name = wanted
    while safe_name:
        unit = file_unit_details.file_unit_named(session, safe_name)
        package = None if unit is None else corrections.newest_package(session, unit.id or 0)
        if unit is not None and package is not None:
            recorded = recorded_pdfs(package, unit.file_code)
            found = next((one for one in recorded if one.name == f"{wanted}.pdf"), None)
            return None if found is None else (unit, found, package)
        safe_name = safe_name.rpartition(".")[0]
    return None


def _base_in(store: Store, unit: FileUnitRow, package: PackageRow, pdf: RecordedPdf) -> Base:
    path = store.package_path(unit.fonds_code, unit.file_code, package.objid)
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next(
                one for one in archive.infolist() if one.filename.endswith(f"{_FOLDER}{pdf.name}")
            )
            if pdf.sha256:
                return Base(package.version, entry.file_size, pdf.sha256)
            with archive.open(entry) as source:
                digest = hashlib.sha256()
                while piece := source.read(_READ_BYTES):
                    digest.update(piece)
            return Base(package.version, entry.file_size, digest.hexdigest())
    except (*ROTTEN, StopIteration) as problem:
        raise IntegrityError(f"{path} cannot be read: {problem}") from problem


def _begins_with(path: Path, base: Base) -> bool:
    digest, left_bytes = hashlib.sha256(), base.size_bytes
    with path.open("rb", buffering=0) as stream:
        for piece in chunks(stream):
            digest.update(piece[:left_bytes])
            left_bytes -= min(left_bytes, len(piece))
            if not left_bytes:
                break
    return not left_bytes and digest.hexdigest() == base.sha256
