"""Packages of any size to verify: masters of random bytes, a real PDF/A, four events a master."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Final

from appliance.domain.custody import CustodyEvent, EventType, Outcome
from appliance.domain.records import Document, FileUnit
from appliance.packaging.facts import MasterFact, PdfFact
from appliance.packaging.write import pdf_name, write_package
from tests.packaging import making

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EVENTS: Final = (
    EventType.TRANSFER,
    EventType.DIGEST_CALCULATION,
    EventType.VALIDATION,
    EventType.INGESTION,
)


def write_sample(folder: Path, page_count: int, master_bytes: int) -> Path:
    """Write one package; its masters need not decode, for nobody looks into them here.

    Args:
        folder: Where; its inputs are gone when this returns.
        page_count: Masters, and pages of the PDF.
        master_bytes: Size of each master.
    """
    small = making.make_facts(folder, one_pdf=True)
    masters = tuple(_masters(folder, page_count, master_bytes))
    facts = dataclasses.replace(
        small,
        file_unit=FileUnit(making.FILE_CODE, "P64", "1", making.file_unit_fields(page_count, 1)),
        documents=(Document(1, 1, page_count, making.document_fields(1, page_count)),),
        masters=masters,
        pdfs=(_pdf(folder, page_count),),
        events=tuple(_events(masters)),
    )
    target = folder / "package.zip"
    write_package(target, facts)
    for master in masters:
        master.path.unlink()
    return target


def _masters(folder: Path, page_count: int, master_bytes: int) -> Iterator[MasterFact]:
    for number in range(1, page_count + 1):
        path = folder / f"{number:05d}.tif"
        path.write_bytes(b"II*\0" + os.urandom(master_bytes - 4))
        digest = making.digest_of(path)
        kind = ("TIFF", "image/tiff", "fmt/353")
        yield MasterFact(path, digest, master_bytes, path.name, number, *kind, 1, "scan01")


def _pdf(folder: Path, page_count: int) -> PdfFact:
    path = folder / "all.pdf"
    making.write_pdfa(path, [making.page_image(1)] * page_count)
    name = pdf_name(making.FILE_CODE, None)
    return PdfFact(path, making.digest_of(path), path.stat().st_size, name, page_count)


def _events(masters: tuple[MasterFact, ...]) -> Iterator[CustodyEvent]:
    previous, counter = "0" * 64, 0
    for master in masters:
        for kind in _EVENTS:
            counter += 1
            event = CustodyEvent(
                counter,
                kind,
                "master",
                master.sha256,
                "2026-11-22T01:13:01.094512Z",
                clock_trusted=True,
                agent="scanner:scan01",
                outcome=Outcome.SUCCESS,
                detail={"size_bytes": master.size_bytes},
                previous=previous,
            )
            previous = event.digest()
            yield event
