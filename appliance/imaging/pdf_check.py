"""Open a finished PDF/A anew and check it against what went in, with a reader of another make.

This is no conformance test of every clause (tests run a real one); it finds what a fault of the
writer or the disk would break: syntax, page count, stream bytes, and the marks of the archival
form.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from appliance.imaging.page_derivative import PageDerivative

_HEAD: Final = b"%PDF-1.7\n%"
_FORBIDDEN_KEYS: Final = ("/OpenAction", "/AA", "/AcroForm")
_FILTERS: Final = {"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/FlateDecode"}
_SRGB_CHANNELS: Final = 3


def check_pdf(
    path: Path, pages: Iterable[PageDerivative], *, name: str, page_count: int
) -> tuple[Finding, ...]:
    """Check a PDF; no findings means it passed.

    Args:
        path: The PDF.
        pages: What went in, in order; taken one by one.
        name: How findings call it.
        page_count: How many pages it must have.
    """
    try:
        with pikepdf.open(path) as pdf:
            return tuple(_findings(pdf, path, pages, name, page_count))
    except pikepdf.PdfError as problem:
        return (_damaged(name, str(problem)),)


def _findings(
    pdf: pikepdf.Pdf,
    path: Path,
    pages: Iterable[PageDerivative],
    name: str,
    page_count: int,
) -> Iterator[Finding]:
    for problem in pdf.check_pdf_syntax():
        yield _damaged(name, str(problem))
    if len(pdf.pages) != page_count:
        values = {"found": len(pdf.pages), "expected": page_count}
        yield Finding("PDF-PAGE-COUNT", name, values)
        return
    for missing in _missing_marks(pdf, path):
        yield Finding("PDF-NOT-ARCHIVAL", name, {"problem": missing})
    for number, (page, derivative) in enumerate(zip(pdf.pages, pages, strict=True), start=1):
        if _stream_digests(page) != [part.sha256 for part in derivative.parts]:
            yield Finding("PDF-STREAM-DIFFERS", name, {"page": number})


def _stream_digests(page: pikepdf.Page) -> list[str]:
    """SHA-256 of each image stream as it stands in the file, in the order of their names."""
    images = page.obj.Resources.XObject
    digests = []
    for index in range(len(images)):
        image = images[f"/Im{index}"]
        if str(image.Filter) not in _FILTERS or "/Interpolate" in image:
            digests.append("")
            continue
        digests.append(hashlib.sha256(image.read_raw_bytes()).hexdigest())
    return digests


def _missing_marks(pdf: pikepdf.Pdf, path: Path) -> Iterator[str]:
    """Marks of PDF/A-2b that are missing, and things it forbids that are there."""
    root = pdf.Root
    with path.open("rb") as stream:
        if not stream.read(len(_HEAD)).startswith(_HEAD):
            yield "header"
    if pdf.is_encrypted:
        yield "encryption"
    if "/ID" not in pdf.trailer:
        yield "ID"
    intents: Iterable[pikepdf.Object] = root.get("/OutputIntents", [])
    if not any(intent.DestOutputProfile.N == _SRGB_CHANNELS for intent in intents):
        yield "OutputIntent"
    packet = root.Metadata.read_bytes() if "/Metadata" in root else b""
    if b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" not in packet:
        yield "XMP pdfaid"
    yield from (key for key in _FORBIDDEN_KEYS if key in root)
    names: pikepdf.Object | dict[str, object] = root.get("/Names", {})
    yield from (key for key in ("/JavaScript", "/EmbeddedFiles") if key in names)


def _damaged(name: str, problem: str) -> Finding:
    return Finding("PDF-DAMAGED", name, {"problem": problem})
