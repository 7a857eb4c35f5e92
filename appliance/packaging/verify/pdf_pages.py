"""What a page of a PDF/A of scans must have: its size, an image, colours, quiet annotations."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.findings import Finding
from appliance.packaging.verify.pdf_text import shows_unembedded_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_SIDE: Final = 3
MAX_SIDE: Final = 14_400
"""Points that a side of a page may have (ISO 19005-2 clause 6.1.13)."""
_ROUNDING: Final = 0.01
_FLAGS_SET: Final = 0b100
_FLAGS_CLEAR: Final = 0b100011
"""Print; and invisible, hidden, no view (ISO 19005-2 clause 6.3.2)."""
_CMYK_CHANNELS: Final = 4
_CMYK: Final = "/DeviceCMYK"


def check_page(
    path: str, number: int, page: pikepdf.Page, intent_channels: int
) -> Iterator[Finding]:
    """Hold one page against what PDF/A and the circular ask.

    Args:
        path: Of the PDF in the bag.
        number: Of the page, 1-based.
        page: The page.
        intent_channels: Of the output intent's profile; 0 when there is none.
    """
    about = {"page": number}
    images = page.get_images()
    if not images:
        yield Finding("PDF-NO-IMAGE", path, {**about})
    if shows_unembedded_text(page, len(images)):
        yield Finding("PDF-FONT", path, {**about})
    if not _has_legal_size(page):
        yield Finding("PDF-PAGE-SIZE", path, {**about})
    if intent_channels != _CMYK_CHANNELS and _uses_loose_cmyk(page, images.values()):
        yield Finding("PDF-COLOUR", path, {**about, "name": _CMYK})
    for annotation in page.obj.get("/Annots", ()):
        kind = str(annotation.get("/Subtype", ""))
        if not _is_signature_field(annotation):
            yield Finding("PDF-ANNOTATION", path, {**about, "name": kind})
        elif not _is_quiet(annotation):
            yield Finding("PDF-ANNOTATION", path, {**about, "name": f"{kind} /F /AP"})


def _has_legal_size(page: pikepdf.Page) -> bool:
    box = pikepdf.Rectangle(page.mediabox)
    shorter, longer = sorted((box.width, box.height))
    return shorter >= MIN_SIDE - _ROUNDING and longer <= MAX_SIDE + _ROUNDING


def _uses_loose_cmyk(page: pikepdf.Page, images: Iterator[pikepdf.Object]) -> bool:
    """Whether an image is in CMYK that no profile defines (ISO 19005-2 clause 6.2.4.3)."""
    if not any(image.get("/ColorSpace") == _CMYK for image in images):
        return False
    return "/DefaultCMYK" not in page.resources.get("/ColorSpace", pikepdf.Dictionary())


def _is_signature_field(annotation: pikepdf.Object) -> bool:
    """Whether an annotation is the place of a signature: alone those are sealed."""
    if annotation.get("/Subtype") != "/Widget":
        return False
    kind = annotation.get("/FT") or annotation.get("/Parent", pikepdf.Dictionary()).get("/FT")
    return bool(kind == "/Sig")


def _is_quiet(annotation: pikepdf.Object) -> bool:
    """Whether a widget is printed as shown, and looks as the PDF says (clauses 6.3.2, 6.3.3)."""
    flags = int(annotation.get("/F", 0))
    left, bottom, right, top = (Decimal(str(one)) for one in annotation.Rect)
    has_area = left != right and bottom != top
    is_printed = flags & _FLAGS_SET and not flags & _FLAGS_CLEAR
    return bool(is_printed) and ("/AP" in annotation or not has_area)
