"""Open a finished PDF/A anew and check it against what went in, with a reader of another make.

What is proved where. That an image stream holds the very bytes that were recorded when its page
was derived: by the writer, while it copies them. Here: that another program finds every page, each
image with its size, coding and both ends of its stream, the marks of the archival form, and
nothing that acts. That the bytes on the disk are those that were written: by the verification of
the package, which reads them back against the SHA-256 taken while they were written. What the
images show: by decoding the masters at intake, so no image is decoded again. Conformance with every
clause: by a validator, in the tests.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.findings import Finding
from appliance.imaging.pdf_form import PdfaProfile
from appliance.imaging.pdf_metadata import identification
from appliance.imaging.pdf_signature import FIELD_NAME
from appliance.imaging.problems import BadStructure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from appliance.imaging.page_derivative import ImagePart, PageDerivative

_FORBIDDEN_KEYS: Final = ("/OpenAction", "/AA")
_SRGB_CHANNELS: Final = 3
_BROKEN: Final = (
    pikepdf.PdfError, BadStructure, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
"""What a file raises that is not the PDF that was written."""


def check_pdf(
    path: Path,
    pages: Iterable[PageDerivative],
    *,
    name: str,
    page_count: int,
    profile: PdfaProfile = PdfaProfile.A2B,
) -> tuple[Finding, ...]:
    """Check a PDF; no findings means it passed.

    Args:
        path: The PDF.
        pages: What went in, in order; taken one by one.
        name: How findings call it.
        page_count: How many pages it must have.
        profile: The archival form that it must claim.
    """
    try:
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            if len(pdf.pages) != page_count:
                values = {"found": len(pdf.pages), "expected": page_count}
                return (Finding("PDF-PAGE-COUNT", name, {**values}),)
            findings = [*_missing_marks(pdf, path, name, profile), *_differing(pdf, pages, name)]
            findings += [_damaged(name, str(problem)) for problem in pdf.get_warnings()]
            return tuple(findings)
    except _BROKEN as problem:
        return (_damaged(name, str(problem)),)


def _differing(pdf: pikepdf.Pdf, pages: Iterable[PageDerivative], name: str) -> Iterator[Finding]:
    for number, (page, derivative) in enumerate(zip(pdf.pages, pages, strict=True), start=1):
        page.obj.Contents.read_bytes()  # a broken one is a PdfError
        images = page.obj.Resources.XObject
        named = [images[f"/Im{index}"] for index in range(len(images))]
        both = zip_longest(named, derivative.parts)
        if not all(image and part and _is_same(image, part) for image, part in both):
            yield Finding("PDF-STREAM-DIFFERS", name, {"page": number})


def _is_same(image: pikepdf.Object, part: ImagePart) -> bool:
    """Whether an image is the recorded one; the library has found both ends of its stream."""
    if "/Interpolate" in image:
        return False
    if (int(image.Width), int(image.Height)) != (part.width_px, part.height_px):
        return False
    return str(image.Filter) == f"/{part.filter_name}" and int(image.Length) == part.length_bytes


def _missing_marks(
    pdf: pikepdf.Pdf, path: Path, name: str, profile: PdfaProfile
) -> Iterator[Finding]:
    for missing in _marks(pdf, path, profile):
        values = {"problem": missing, "form": f"PDF/A-{profile.value}"}
        yield Finding("PDF-NOT-ARCHIVAL", name, {**values})


def _marks(pdf: pikepdf.Pdf, path: Path, profile: PdfaProfile) -> Iterator[str]:
    """Marks of the archival form that are missing, and things it forbids that are there."""
    root = pdf.Root
    head = f"%PDF-{profile.pdf_version}\n%".encode("ascii")
    with path.open("rb") as stream:
        if stream.read(len(head)) != head:
            yield "header"
    if pdf.is_encrypted:
        yield "encryption"
    if "/ID" not in pdf.trailer:
        yield "ID"
    intents: Iterable[pikepdf.Object] = root.get("/OutputIntents", [])
    if not any(intent.DestOutputProfile.N == _SRGB_CHANNELS for intent in intents):
        yield "OutputIntent"
    packet = root.Metadata.read_bytes() if "/Metadata" in root else b""
    if identification(profile).encode("ascii") not in packet:
        yield "XMP pdfaid"
    yield from (key for key in _FORBIDDEN_KEYS if key in root)
    names: pikepdf.Object | dict[str, object] = root.get("/Names", {})
    yield from (key for key in ("/JavaScript", "/EmbeddedFiles") if key in names)
    if "/AcroForm" in root and not _is_reserved_place(root.AcroForm):
        yield "/AcroForm"


def _is_reserved_place(form: pikepdf.Object) -> bool:
    """Whether a form is the one empty field for the agency's signature, and nothing else."""
    (field,) = form.Fields
    is_ours = field.FT == "/Sig" and str(field.T) == FIELD_NAME and "/V" not in field
    return is_ours and set(form.keys()) == {"/Fields", "/SigFlags"}


def _damaged(name: str, problem: str) -> Finding:
    return Finding("PDF-DAMAGED", name, {"problem": problem})
