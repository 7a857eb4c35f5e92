"""Bytes that may never change: the parts of format 1 from fixed facts, and its ZIP, by digest.

The digests are those of the first release, whose writer built every document in memory. One
changes only when the format says something else; then find out what, and who reads it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Final

import pytest

from appliance.disk.digesting import fingerprint_of
from appliance.disk.uncached import uncached_writing
from appliance.domain.identifiers import object_folder
from appliance.domain.records import Approval, Document, FileUnit, Fonds
from appliance.packaging.facts import MasterFact, PackageFacts, PdfFact
from appliance.packaging.write import write_package
from appliance.packaging.write.archive import ArchiveWriter
from tests.packaging.making import (
    FILE_CODE,
    OBJID,
    document_fields,
    file_unit_fields,
    make_events,
)

if TYPE_CHECKING:
    from pathlib import Path

_PREMIS: Final = "metadata/preservation/PREMIS"
PARTS: Final = {
    "metadata/descriptive/EAD.xml": (
        "d4855d110b3c53e905cc51eda7258af6857ff463b548cc3a524d404b6e83e03d"
    ),
    f"{_PREMIS}.xml": "39f081ba2cdd0bd18193c8dd9e60ac5757c853c6a935eee625caf207bbf4a222",
    "representations/rep1/METS.xml": (
        "ad1334ca892916e22b56fa78baacaeb847f802c2585b90a67729b2e4f614a74a"
    ),
    f"representations/rep1/{_PREMIS}_rep1.xml": (
        "cc07639d457353f7f8700da686ec1af30134f0af3cdf9afca3170ced466be444"
    ),
    "representations/rep2/METS.xml": (
        "f5c44e370be3f8042286ae5d9ced49b344d37c0860d938142093b81577c8f97b"
    ),
    f"representations/rep2/{_PREMIS}_rep2.xml": (
        "99f50ebf6ecda8bfed87af256a18533595d3c701b9fb2f4a5a199810b9dea5d6"
    ),
}
"""SHA-256 of what is made from facts alone; the README may be worded better one day."""
ARCHIVES: Final = {
    0: "6e08d97598e295655755e1c31e118965bc97601010d038614276fe7ad25c5222",
    300: "fda7d61a0fea7062b2284f97b092c9f555c047efcc65778516cba86b747a0234",
    0xFFFFFFFF: "f8dd0b17581663c29680ea00cb8e3c5645d0bcde2433db689c3658c1a5250542",
}
"""SHA-256 of a small ZIP, by the size from which its fields have 64 bits."""
IMAGES: Final = (
    (".tif", "TIFF", "image/tiff", "fmt/353", "scan01"),
    (".jpg", "JPEG", "image/jpeg", "fmt/43", "scan01"),
    (".jp2", "JPEG 2000", "image/jp2", "", ""),
)


def _masters(folder: Path) -> tuple[MasterFact, ...]:
    masters = []
    for number, (suffix, form, mime, pronom, scanner) in enumerate(IMAGES, start=1):
        path, data = folder / f"{number}{suffix}", bytes([number]) * 1000 * number
        path.write_bytes(data)
        digest, name = hashlib.sha256(data).hexdigest(), f"{number:04d} <a&\"b'>\t\u1ec7{suffix}"
        masters.append(
            MasterFact(path, digest, len(data), name, number, form, mime, pronom, 2, scanner)
        )
    return tuple(masters)


def _pdfs(folder: Path) -> tuple[PdfFact, ...]:
    pdfs = []
    for ordinal, (first, count) in enumerate(((1, 3), (4, 1)), start=1):
        path, data = folder / f"{ordinal}.pdf", b"%PDF" + bytes([ordinal]) * 500
        path.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        pdfs.append(PdfFact(path, digest, len(data), f"x.{ordinal}.pdf", count, first))
    return tuple(pdfs)


def _facts(folder: Path) -> PackageFacts:
    """Facts with every character that XML or a bag treats apart."""
    masters = _masters(folder)
    fields = {**file_unit_fields(4, 2), "title": "a\tb\nc\r<&>\"'"}
    return PackageFacts(
        objid=OBJID,
        version=2,
        record_status="REPLACEMENT",
        sealed_at="2026-11-22T20:13:01.094512Z",
        box_id="box-1",
        software_name="archive-appliance",
        software_version="0.1.0",
        fonds=Fonds("P64", "Ủy ban \"hành chính\" <tỉnh> & 'x'\n\ty\r", "LTLS"),
        archive_name="Trung tâm Lưu trữ \U00020000",
        file_unit=FileUnit(FILE_CODE, "P64", "1", fields),
        documents=(
            Document(1, 1, 3, document_fields(1, 3)),
            Document(2, 4, 4, document_fields(2, 1)),
        ),
        approval=Approval("DM", '15/QĐ <&"', dt.date(2026, 11, 20), "Trần\u00a0Văn\u2028Bình"),
        masters=masters,
        pdfs=_pdfs(folder),
        events=make_events(masters),
        predecessor_objid="urn:uuid:00000000-0000-4000-8000-000000000001",
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the facts."""
    folder = tmp_path_factory.mktemp("same")
    write_package(folder / "p.zip", _facts(folder))
    return folder / "p.zip"


@pytest.mark.parametrize("part", sorted(PARTS))
def test_the_documents_of_format_1_never_change(part: str, package: Path) -> None:
    """Whatever is rebuilt inside the writer, the same facts give the bytes they always gave."""
    folder = object_folder(OBJID)
    with zipfile.ZipFile(package) as archive:
        data = archive.read(f"{folder}/data/{folder}/{part}")
    assert hashlib.sha256(data).hexdigest() == PARTS[part]


@pytest.mark.parametrize("zip64_from_bytes", sorted(ARCHIVES))
def test_the_zip_of_format_1_never_changes(zip64_from_bytes: int, tmp_path: Path) -> None:
    """Headers, descriptors and directory, in 32 and in 64 bits."""
    entries = {"top/a.txt": b"hello", "top/b/c.bin": bytes(range(256)) * 40, "top/empty": b""}
    with uncached_writing(tmp_path / "a.zip") as output:
        archive = ArchiveWriter(output, zip64_from_bytes=zip64_from_bytes)
        for name, data in entries.items():
            archive.add(name, len(data), io.BytesIO(data))
        archive.finish()
        output.finish()
    assert fingerprint_of(tmp_path / "a.zip").sha256 == ARCHIVES[zip64_from_bytes]
