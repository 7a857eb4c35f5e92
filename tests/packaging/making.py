"""Small real file units: images by Pillow, PDF/A-2b by pikepdf, facts about both."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image, ImageCms, ImageDraw

from appliance.domain.custody import CustodyEvent, EventType, Outcome
from appliance.domain.records import Approval, Document, FileUnit, Fonds
from appliance.packaging.facts import MasterFact, PackageFacts, PdfFact
from appliance.packaging.write import pdf_name

if TYPE_CHECKING:
    from pathlib import Path

OBJID = "urn:uuid:9C13E70E-08B2-4C54-8BAF-979B35D01B4D"
FILE_CODE = "LTLS.H49.1978/UBHC-12"
XMP = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def page_image(number: int, mode: str = "RGB") -> Image.Image:
    """A small page with its number drawn on it."""
    image = Image.new(mode, (248, 351), "white" if mode != "1" else 1)
    ImageDraw.Draw(image).text((40, 40), f"Trang {number}", fill=0)
    return image


def jpeg_of(image: Image.Image) -> bytes:
    """The image as a JPEG with its resolution."""
    target = io.BytesIO()
    image.convert("RGB").save(target, "JPEG", dpi=(200, 200), quality=80)
    return target.getvalue()


def write_pdfa(target: Path, images: list[Image.Image]) -> None:
    """A minimal PDF/A-2b: one JPEG a page, sRGB output intent, plain XMP, no fonts."""
    pdf = pikepdf.new()
    for image in images:
        data = jpeg_of(image)
        picture = pikepdf.Stream(pdf, data)
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=image.width,
            Height=image.height,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB,
            Filter=pikepdf.Name.DCTDecode,
            Length=len(data),
        )
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, 89, 126],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture)),
            Contents=pikepdf.Stream(pdf, b"q 89 0 0 126 0 0 cm /Im0 Do Q"),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    profile = pikepdf.Stream(
        pdf, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    profile.N = 3
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier=pikepdf.String("sRGB"),
        Info=pikepdf.String("sRGB"),
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])
    pdf.Root.Metadata = pikepdf.Stream(
        pdf, XMP, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
    )
    pdf.save(
        target,
        min_version="1.7",
        deterministic_id=True,
        fix_metadata_version=False,
        compress_streams=False,
    )


def file_unit_fields(page_count: int, document_count: int) -> dict[str, str]:
    """The 18 fields of a hồ sơ."""
    return {
        "arcFileCode": FILE_CODE,
        "title": "Hồ sơ về việc thành lập các xã & thị trấn <năm 1978>",
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": "03/02/1978",
        "endDate": "12/1978",
        "totalDoc": str(document_count),
        "numberOfPaper": str(page_count),
        "numberOfPage": str(page_count),
        "format": "02",
        "confidenceLevel": "02",
        "paperFileCode": "LTLS.K1-G2-H3.12",
        "riskRecovery": "1",
        "riskRecoveryStatus": "01",
    }


def document_fields(ordinal: int, page_count: int) -> dict[str, str]:
    """The 19 fields of one document."""
    return {
        "arcFileCode": FILE_CODE,
        "mode": "01",
        "language": "01, 03",
        "numberOfPage": str(page_count),
        "confidenceLevel": "02",
        "docCode": f"{FILE_CODE}.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typeName": "02",
        "codeNumber": f"{ordinal}",
        "codeNotation": "QĐ-UBHC",
        "issuedDate": "1978",
        "organName": "Ủy ban hành chính tỉnh",
        "subject": "Quyết định thành lập xã",
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a small file, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_masters(folder: Path) -> tuple[MasterFact, ...]:
    """A grey TIFF, a bitonal two-frame TIFF and a JPEG: four pages."""
    page_image(1, "L").save(folder / "a.tif", dpi=(200, 200), compression="tiff_lzw")
    page_image(2, "1").save(
        folder / "b.tif", save_all=True, append_images=[page_image(3, "1")], compression="group4"
    )
    (folder / "c.jpg").write_bytes(jpeg_of(page_image(4)))
    forms = {".tif": ("TIFF", "image/tiff", "fmt/353"), ".jpg": ("JPEG", "image/jpeg", "fmt/43")}
    masters = []
    for number, (name, frames) in enumerate((("a.tif", 1), ("b.tif", 2), ("c.jpg", 1)), start=1):
        path = folder / name
        form, mime, pronom = forms[path.suffix]
        original = f"{number:04d}{path.suffix}"
        masters.append(
            MasterFact(
                path, digest_of(path), path.stat().st_size, original, number,
                form, mime, pronom, frames, "scan01",
            )
        )  # fmt: skip
    return tuple(masters)


def make_events(masters: tuple[MasterFact, ...]) -> tuple[CustodyEvent, ...]:
    """One chained event per master, then the making of the PDF/A."""
    events: list[CustodyEvent] = []
    rows = [(EventType.TRANSFER, "master", one.sha256, "scanner:scan01") for one in masters]
    software = "software:archive-appliance/0.1.0"
    rows.append((EventType.REGISTRATION, "file_unit", FILE_CODE, "person:Nguyễn Thị Hoa"))
    rows.append((EventType.NORMALIZATION, "file_unit", FILE_CODE, software))
    for counter, (kind, object_kind, object_id, agent) in enumerate(rows, start=1):
        previous = events[-1].digest() if events else "0" * 64
        events.append(
            CustodyEvent(
                counter, kind, object_kind, object_id, f"2026-11-22T0{counter}:13:01.094512Z",
                clock_trusted=True, agent=agent, outcome=Outcome.SUCCESS,
                detail={"note": "thử"}, previous=previous,
            )
        )  # fmt: skip
    return tuple(events)


def make_facts(folder: Path, *, one_pdf: bool = False, with_masters: bool = True) -> PackageFacts:
    """A file unit of four pages and two documents.

    Args:
        folder: Where the images and PDFs are made.
        one_pdf: One PDF for the whole file unit instead of one per document.
        with_masters: Whether ``rep2`` is wanted.
    """
    masters = make_masters(folder)
    pages = {None: [1, 2, 3, 4]} if one_pdf else {1: [1, 2, 3], 2: [4]}
    pdfs = []
    for ordinal, numbers in pages.items():
        path = folder / f"{ordinal or 'all'}.pdf"
        write_pdfa(path, [page_image(number) for number in numbers])
        name = pdf_name(FILE_CODE, ordinal)
        size_bytes, first = path.stat().st_size, numbers[0]
        pdfs.append(PdfFact(path, digest_of(path), size_bytes, name, len(numbers), first))
    return PackageFacts(
        objid=OBJID,
        version=1,
        record_status="NEW",
        sealed_at="2026-11-22T20:13:01.094512Z",
        box_id="box-dienbien-01",
        software_name="archive-appliance",
        software_version="0.1.0",
        fonds=Fonds("P64", "Ủy ban hành chính tỉnh", "LTLS"),
        archive_name="Trung tâm Lưu trữ lịch sử tỉnh",
        file_unit=FileUnit(FILE_CODE, "P64", "1", file_unit_fields(4, 2)),
        documents=(
            Document(1, 1, 3, document_fields(1, 3)),
            Document(2, 4, 4, document_fields(2, 1)),
        ),
        approval=Approval("DM-2026-01", "15/QĐ-SNV", dt.date(2026, 11, 20), "Trần Văn Bình"),
        masters=masters if with_masters else (),
        pdfs=tuple(pdfs),
        events=make_events(masters),
    )
