"""What the catalogue keeps of the PDFs in a sealed package, and how they are taken out of it."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.disk.digesting import fingerprint_of
from appliance.disk.durable import storage_errors
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import IntegrityError
from appliance.packaging.facts import PdfFact
from appliance.packaging.write.names import pdf_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from appliance.catalogue.tables import PackageRow
    from appliance.domain.canonical import JsonValue

_FOLDER: Final = "/representations/rep1/data/"


@dataclass(frozen=True, slots=True)
class RecordedPdf:
    """One PDF as the catalogue remembers it.

    Args:
        name: In ``rep1`` of the package.
        sha256: Hexadecimal; empty where none was kept: the digest of the whole package is proof.
        page_count: Pages it holds.
        first_page: Number of its first page in the hồ sơ, 1-based.
        archival_form: Part and level of ISO 19005; records without it are of ``2b``.
    """

    name: str
    sha256: str
    page_count: int
    first_page: int
    archival_form: str = "2b"


def recorded_text(pdfs: Iterable[PdfFact]) -> str:
    """The PDFs of a package as the text of its column."""
    facts: JsonValue = [
        {
            "name": pdf.name,
            "sha256": pdf.sha256,
            "page_count": pdf.page_count,
            "first_page": pdf.first_page,
            "archival_form": pdf.archival_form,
        }
        for pdf in pdfs
    ]
    return canonical_json(facts).decode("utf-8")


def recorded_pdfs(package: PackageRow, file_code: str) -> tuple[RecordedPdf, ...]:
    """The PDFs of a sealed package; the first release wrote one and kept no record of it."""
    found: list[dict[str, Any]] = json.loads(package.pdfs)
    if not found:
        return (RecordedPdf(pdf_name(file_code), "", package.page_count, 1),)
    return tuple(RecordedPdf(**one) for one in found)


def take_out(package: Path, recorded: tuple[RecordedPdf, ...], folder: Path) -> Iterator[PdfFact]:
    """Copy PDFs out of a sealed package whose digest was proved.

    Args:
        package: The ZIP.
        recorded: Which.
        folder: Takes them.

    Raises:
        IntegrityError: One is not there, or is not what was recorded.
        StorageError: The disk refused.
    """
    with storage_errors(f"cannot read {package}"), zipfile.ZipFile(package) as archive:
        entries = {name.rpartition("/")[2]: name for name in archive.namelist() if _FOLDER in name}
        for one in recorded:
            target = folder / one.name
            if one.name not in entries:
                raise IntegrityError(f"{package} holds no {one.name}, which is on record")
            with archive.open(entries[one.name]) as source, target.open("xb") as copy:
                shutil.copyfileobj(source, copy)
            found = fingerprint_of(target)
            if one.sha256 not in {"", found.sha256}:
                raise IntegrityError(f"{one.name} in {package} has the digest {found.sha256}")
            yield PdfFact(
                path=target,
                sha256=found.sha256,
                size_bytes=found.size_bytes,
                name=one.name,
                page_count=one.page_count,
                first_page=one.first_page,
                archival_form=one.archival_form,
            )
