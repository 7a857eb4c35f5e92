"""The recorded facts a package is written from: values only, nothing is looked up.

The same facts give the same bytes, on any machine and in any time zone. The verifier knows
nothing of this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.documents import PageRange

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.domain.custody import CustodyEvent
    from appliance.domain.records import Approval, Document, FileUnit, Fonds


@dataclass(frozen=True, slots=True)
class MasterFact:
    """One master (ảnh quét gốc), carried bit for bit into ``rep2``.

    Args:
        path: Where its bytes lie.
        sha256: Recorded at intake, hexadecimal; the bytes must still have it.
        size_bytes: Recorded at intake.
        original_name: Name under which the scanner dropped it; its suffix is kept.
        file_number: The number in that name, 1-based; masters are ordered by it.
        format_name: Such as ``TIFF``.
        mime_type: Such as ``image/tiff``.
        pronom_key: PRONOM identifier such as ``fmt/353``.
        frames: Pages it holds.
        scanner: Which scanner made it; empty if unknown.
    """

    path: Path
    sha256: str
    size_bytes: int
    original_name: str
    file_number: int
    format_name: str
    mime_type: str
    pronom_key: str
    frames: int = 1
    scanner: str = ""


@dataclass(frozen=True, slots=True)
class PdfFact:
    """One two-layer PDF/A for ``rep1``.

    Args:
        path: Where its bytes lie.
        sha256: Recorded when it was made, hexadecimal; the bytes must still have it.
        size_bytes: Recorded when it was made.
        name: Its name in the package (``pdf_name``).
        page_count: Pages it holds.
        first_page: Number of its first page in the hồ sơ, 1-based.
        archival_form: Part and level of ISO 19005: ``2b`` or ``1b``.
    """

    path: Path
    sha256: str
    size_bytes: int
    name: str
    page_count: int
    first_page: int = 1
    archival_form: str = "2b"

    @property
    def pages(self) -> PageRange:
        """The pages of the hồ sơ that it holds."""
        return PageRange(self.first_page, self.first_page + self.page_count - 1)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Everything one package says.

    Args:
        objid: An upper-case UUID in the profile's form (``urn:uuid:``, ``uuid-``), minted once.
        version: Package version of this hồ sơ, 1-based.
        record_status: One of ``codes.RECORD_STATUS``.
        sealed_at: ``clock.to_text``.
        box_id: The sealing box.
        software_name: Name of the packing software.
        software_version: Its version.
        fonds: The fonds.
        archive_name: Name of the archive that keeps it, on the day of the seal.
        file_unit: With all 18 fields that are required.
        documents: In order, at least one; each with the fields that its kind requires. Together
            they hold every page.
        approval: The decision that allows the seal.
        masters: Ordered by ``file_number``; empty for forms that have ``rep1`` only.
        pdfs: In the order of their pages, and together they hold every page once: one per
            document, one for the whole file unit, or either of them in volumes.
        events: Custody events of the file unit and its masters, by counter; told more than once.
        predecessor_objid: OBJID of the version this one corrects; empty for the first.
        profile: Name of its form (``write.profile.PROFILES``).
        source_objid: OBJID of the sealed package that this one is another form of; empty for
            the sealed one itself.
        agreement: Code under which the receiver registered the submission (SIP); may be empty.
    """

    objid: str
    version: int
    record_status: str
    sealed_at: str
    box_id: str
    software_name: str
    software_version: str
    fonds: Fonds
    archive_name: str
    file_unit: FileUnit
    documents: tuple[Document, ...]
    approval: Approval
    masters: tuple[MasterFact, ...]
    pdfs: tuple[PdfFact, ...]
    events: Iterable[CustodyEvent] = ()
    predecessor_objid: str = ""
    profile: str = "full"
    source_objid: str = ""
    agreement: str = ""
