"""The records: fonds, inventory, file unit, document, page, selection list, approval."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Fonds:
    """A fonds (phông): all records of one creator.

    Args:
        fonds_code: Mã phông.
        name: Tên phông.
        archive_code: Mã cơ quan lưu trữ, the agency that keeps it.
        creator_code: The agency that created the records, for ever.
        status: ``open`` or ``closed``; a closed fonds gives its own code to its file codes.
        period: Thời gian tài liệu, such as ``1976-1991``.
        language: Codes of ``codes.LANGUAGE``, comma separated.
        history: Lịch sử đơn vị hình thành phông.
    """

    fonds_code: str
    name: str
    archive_code: str
    creator_code: str = ""
    status: str = "closed"
    period: str = ""
    language: str = "01"
    history: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """An inventory (mục lục hồ sơ): the numbered list that fixes the order in a fonds."""

    fonds_code: str
    number: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class FileUnit:
    """A file unit (hồ sơ): what is selected, sealed, sent and handed over as a whole.

    Args:
        file_code: Mã hồ sơ; unique on the box.
        fonds_code: The fonds it belongs to.
        inventory_number: Mục lục số; empty if none.
        fields: The texts of ``fields.FILE_UNIT_FIELDS`` by their TT 05 names.
        paper_sizes: The paper it holds, such as ``A4``; empty where the register does not say.
        pdf_per: What one of its PDFs holds; None as the box is set up.
    """

    file_code: str
    fonds_code: str
    inventory_number: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    paper_sizes: tuple[str, ...] = ()
    pdf_per: PdfPer | None = None

    @property
    def expected_pages(self) -> int:
        """Pages that the register promises (``numberOfPage``)."""
        return int(self.fields["numberOfPage"])


class DocumentKind(StrEnum):
    """What a document is, which decides how it is described."""

    TEXT = "text"
    """Văn bản: described by ``EAD_doc``."""
    PICTURE = "picture"
    """Ảnh: described by ``EAD_pic``."""


class PdfPer(StrEnum):
    """What one PDF of ``rep1`` holds."""

    FILE_UNIT = "file_unit"
    """All pages of the file unit."""
    DOCUMENT = "document"
    """The pages of one document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document (tài liệu) of a file unit: a run of its pages.

    Args:
        ordinal: Position in the file unit, 1-based.
        first_page: Number of its first page, 1-based.
        last_page: Number of its last page, inclusive.
        fields: The texts of ``field_sets.AIP_FIELDS`` for its kind, by their TT 05 names.
        kind: What it is.
    """

    ordinal: int
    first_page: int
    last_page: int
    fields: Mapping[str, str] = field(default_factory=dict)
    kind: DocumentKind = DocumentKind.TEXT

    @property
    def page_count(self) -> int:
        """Pages it holds."""
        return self.last_page - self.first_page + 1


@dataclass(frozen=True, slots=True)
class Page:
    """One side of a sheet: one frame of one master.

    Args:
        number: Position in the complete file unit, 1-based.
        file_number: The number in the dropped file's name, 1-based.
        frame: Frame inside that file, 1-based.
        master_sha256: The master's SHA-256, hexadecimal.
    """

    number: int
    file_number: int
    frame: int
    master_sha256: str


@dataclass(frozen=True, slots=True)
class SelectionList:
    """A selection list (danh mục) of file units to be copied."""

    list_code: str
    title: str
    file_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """The decision that approves a selection list; without it nothing is sealed.

    Args:
        list_code: The list.
        decision_number: Số quyết định.
        decision_date: Ngày quyết định.
        signer: Người ký.
    """

    list_code: str
    decision_number: str
    decision_date: dt.date
    signer: str
