"""The PDFs of a hồ sơ: which there are and what each holds, then writing and checking them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.domain.clock import from_text
from appliance.domain.corrections import pages_digest
from appliance.domain.documents import PageRange
from appliance.domain.errors import RuleError
from appliance.domain.page_labels import page_label
from appliance.domain.records import DocumentKind, PdfPer
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from appliance.imaging.pdf_volumes import DEFAULT_VOLUMES, plan_volumes
from appliance.packaging.facts import PdfFact
from appliance.packaging.write.names import pdf_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from appliance.catalogue.version_tables import SignedPdfRow
    from appliance.disk.store import Store
    from appliance.domain.records import Document, FileUnit
    from appliance.imaging.pdf_form import PdfForm
    from appliance.imaging.pdf_volumes import VolumeLimits
    from appliance.pipeline.recorded_pages import RecordedPages


@dataclass(frozen=True, slots=True)
class PlannedPdf:
    """One PDF before it is written.

    Args:
        name: In the package.
        title: Of what it holds.
        identifier: Mã hồ sơ, or the code of the document that it holds.
        pages: Of the hồ sơ.
    """

    name: str
    title: str
    identifier: str
    pages: PageRange


def plan_pdfs(
    unit: FileUnit,
    documents: Sequence[Document],
    image_bytes: Sequence[int],
    pdf_per: PdfPer,
    limits: VolumeLimits = DEFAULT_VOLUMES,
) -> tuple[PlannedPdf, ...]:
    """The PDFs of a hồ sơ in the order of their pages; together they hold every page once.

    Args:
        unit: The hồ sơ; what it says of ``pdf_per`` goes before the box's choice.
        documents: As the package describes them; every page is in exactly one.
        image_bytes: Of each page, as recorded: they decide where a volume ends.
        pdf_per: The box's choice.
        limits: Of one volume.
    """
    whole = (unit.pdf_per or pdf_per) is PdfPer.FILE_UNIT or len(documents) == 1
    if whole:
        pages = PageRange(1, len(image_bytes))
        wanted = [_Wanted(None, unit.fields["title"], unit.file_code, pages)]
    else:
        in_order = sorted(documents, key=lambda one: one.first_page)
        wanted = [_of_document(one, unit) for one in in_order]
    return tuple(
        planned
        for one in wanted
        for planned in _in_volumes(unit.file_code, one, image_bytes, limits)
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What belongs together, before it is known whether it fits into one PDF."""

    ordinal: int | None
    title: str
    identifier: str
    pages: PageRange


def _of_document(document: Document, unit: FileUnit) -> _Wanted:
    identifier = document.fields.get("docCode") or unit.file_code
    title = title_of(document) or unit.fields["title"]
    return _Wanted(document.ordinal, title, identifier, PageRange.of(document))


def _in_volumes(
    file_code: str, wanted: _Wanted, image_bytes: Sequence[int], limits: VolumeLimits
) -> Iterator[PlannedPdf]:
    lead = wanted.pages.first - 1
    for volume in plan_volumes(image_bytes[lead : wanted.pages.last], limits):
        number = volume.number if volume.count > 1 else None
        yield PlannedPdf(
            pdf_name(file_code, wanted.ordinal, number),
            volume.titled(wanted.title),
            wanted.identifier,
            PageRange(lead + volume.first_page, lead + volume.last_page),
        )


def title_of(document: Document) -> str:
    """What a document is about; empty when nobody said."""
    name = "imageTitle" if document.kind is DocumentKind.PICTURE else "subject"
    return document.fields.get(name, "")


def bookmarks_of(documents: Iterable[Document]) -> dict[int, tuple[str, ...]]:
    """Titles of the documents that begin on a page, by the page's number."""
    return {one.first_page: (title_of(one),) for one in documents if title_of(one)}


@dataclass(frozen=True, slots=True)
class PdfSource:
    """What the pages of one hồ sơ are written from.

    Args:
        pages: Of the hồ sơ, with their masters and derivations.
        store: Where masters and derivatives lie.
        minted_at: The time of the seal, which the PDFs carry.
        fonds: Name and code of the fonds, which they carry too.
        form: What every PDF has in common.
        signed: PDFs that came back signed, by name; each is taken while its pages are the same.
        bookmarks: Titles of what begins on a page, by its number.
        sheet_count: Sheets of paper as registered; 0 when unknown.
    """

    pages: RecordedPages
    store: Store
    minted_at: str
    fonds: str
    form: PdfForm
    signed: Mapping[str, SignedPdfRow] = field(default_factory=dict)
    bookmarks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    sheet_count: int = 0


def write_planned(plan: Sequence[PlannedPdf], source: PdfSource, folder: Path) -> Iterator[PdfFact]:
    """Write and check each planned PDF; one that came back signed is taken as it is.

    Raises:
        RuleError: One does not pass its check.
        IntegrityError: A master or derivative is not what was recorded.
    """
    for planned in plan:
        yield _signed(planned, source) or _write(planned, source, folder)


def _signed(planned: PlannedPdf, source: PdfSource) -> PdfFact | None:
    """The PDF that came back signed, if it shows the very pages that are planned."""
    row, pages = source.signed.get(planned.name), planned.pages
    shown = pages_digest((one.master.sha256, one.frame) for one in source.pages.in_range(pages))
    if row is None or row.pages_sha256 != shown:
        return None
    path = source.store.derivative_path(row.sha256)
    return PdfFact(path, row.sha256, row.size_bytes, row.name, pages.page_count, pages.first)


def _write(planned: PlannedPdf, source: PdfSource, folder: Path) -> PdfFact:
    target = folder / planned.name
    info = PdfInfo(
        title=planned.title,
        identifier=planned.identifier,
        created=from_text(source.minted_at),
        fonds=source.fonds,
    )
    found = write_pdf(target, _pdf_pages(planned.pages, source), info, form=source.form)
    derivatives = (derivative for _page, derivative in source.pages.derived(planned.pages))
    count = planned.pages.page_count
    findings = check_pdf(
        target, derivatives, name=planned.name, page_count=count, profile=source.form.profile
    )
    if findings:
        raise RuleError(f"{planned.name} fails its check", findings)
    return PdfFact(
        path=target,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        name=planned.name,
        page_count=count,
        first_page=planned.pages.first,
        archival_form=source.form.profile.value,
    )


def _pdf_pages(pages: PageRange, source: PdfSource) -> Iterator[PdfPage]:
    store, page_count = source.store, len(source.pages.pages)
    for number, (page, derivative) in enumerate(source.pages.derived(pages), start=pages.first):
        image, words = page.derivative_sha256, page.words_sha256
        yield PdfPage(
            label=page_label(number, page_count, source.sheet_count),
            derivative=derivative,
            master_path=store.master_path(page.master.sha256),
            image_path=store.derivative_path(image) if image else None,
            words_path=store.derivative_path(words) if words else None,
            bookmarks=source.bookmarks.get(number, ()),
        )
