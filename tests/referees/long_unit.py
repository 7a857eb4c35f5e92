"""A hồ sơ of any length, packaged from recorded facts: tiny pages, so that 2,000 take seconds."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appliance.domain.clock import to_text
from appliance.domain.custody import GENESIS, CustodyEvent, EventType, Outcome
from appliance.domain.identifiers import object_folder
from appliance.domain.records import Document, FileUnit
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import Word
from appliance.imaging.page_derivative import words_to_bytes
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf
from appliance.packaging.facts import MasterFact, PdfFact
from appliance.packaging.write import pdf_name, write_package
from tests.packaging.making import FILE_CODE, document_fields, file_unit_fields, make_facts
from tests.referees.odd_pages import drawn, saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.packaging.facts import PackageFacts

_PAGE_PX: Final = (62, 88)
_SEALED_AT: Final = dt.datetime(2026, 11, 22, 13, 0, tzinfo=dt.UTC)
_OPTIONS: Final = DerivationOptions(reads_text=False)


def package_long_unit(folder: Path, pages: int) -> Path:
    """Write the package of so many pages, each a master of its own with an event of its own."""
    masters = tuple(_masters(folder, pages))
    facts = make_facts(folder)
    facts = replace(
        facts,
        sealed_at=to_text(_SEALED_AT),
        file_unit=FileUnit(FILE_CODE, "P64", "1", file_unit_fields(pages, 1)),
        documents=(Document(1, 1, pages, document_fields(1, pages)),),
        masters=masters,
        pdfs=(_pdf(folder, masters, facts),),
        events=tuple(_events(masters)),
    )
    path = folder / f"{object_folder(facts.objid)}.zip"
    write_package(path, facts)
    return path


def _masters(folder: Path, pages: int) -> Iterator[MasterFact]:
    for number in range(1, pages + 1):
        path = folder / f"{number:05d}.jpg"
        path.write_bytes(saved(drawn(number, _PAGE_PX), "jpg", quality=30))
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        yield MasterFact(
            path, sha256, len(data), path.name, number, "JPEG", "image/jpeg", "fmt/43", 1, "scan01"
        )


def _events(masters: tuple[MasterFact, ...]) -> Iterator[CustodyEvent]:
    previous = GENESIS
    for master in masters:
        counter = master.file_number
        at = to_text(_SEALED_AT - dt.timedelta(seconds=len(masters) - counter))
        event = CustodyEvent(
            counter, EventType.TRANSFER, "master", master.sha256, at, clock_trusted=True,
            agent="scanner:scan01", outcome=Outcome.SUCCESS, previous=previous,
        )  # fmt: skip
        previous = event.digest()
        yield event


def _pdf(folder: Path, masters: tuple[MasterFact, ...], facts: PackageFacts) -> PdfFact:
    """One PDF of every page, each with a word."""
    words = folder / "words.json"
    words.write_bytes(words_to_bytes((Word("Thuận", 8, 8, 20, 6, 90, 1),)))
    path = folder / "long.pdf"
    info = PdfInfo(facts.file_unit.fields["title"], FILE_CODE, _SEALED_AT)
    written = write_pdf(path, _pages(folder, masters, words), info)
    return PdfFact(path, written.sha256, written.size_bytes, pdf_name(FILE_CODE), len(masters))


def _pages(folder: Path, masters: tuple[MasterFact, ...], words: Path) -> Iterator[PdfPage]:
    for master in masters:
        page = derive_page(master.path, 1, folder, _OPTIONS)
        image = folder / page.image_name if page.image_name else None
        yield PdfPage(str(master.file_number), page, master.path, image, words)
