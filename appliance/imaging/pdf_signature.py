"""The place on page 1 that waits for the agency's signature: an empty field, nothing to be seen.

A signing program fills the field; until then readers show the page as scanned. TT 05/2025 (by a
secondary reading) puts the agency's name and the time of signing at the top right of page 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.imaging.pdf_metadata import pdf_text

if TYPE_CHECKING:
    from appliance.imaging.pdf_file import PdfFile

FIELD_NAME: Final = "ChuKyCoQuan"
"""What signing programs are told to fill."""
_HINT: Final = "Chữ ký số của cơ quan"
_WIDTH_POINTS: Final = 170.0
_HEIGHT_POINTS: Final = 51.0
"""Our own: 60 x 18 mm hold three lines of 10 point type."""
_MARGIN_POINTS: Final = 28.0
"""Our own: 1 cm from both edges."""
_PRINT_AND_LOCKED: Final = 4 + 128
"""Annotation flags, ISO 32000-1 table 165; ISO 19005-2 6.3.2 demands the first."""


class SignatureField:
    """The reserved place of one document.

    Args:
        file: Of the document.
    """

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._widget = file.reserve()

    def on_page(self, page: int, width: float, height: float) -> str:
        """Write the field; gives what its page's dictionary says of it.

        Args:
            page: The page's object number.
            width: Of the page, in points.
            height: Of the page, in points.
        """
        across = min(_WIDTH_POINTS, width)
        down = min(_HEIGHT_POINTS, height)
        right = max(width - _MARGIN_POINTS, across)
        top = max(height - _MARGIN_POINTS, down)
        box = f"[0 0 {across:.2f} {down:.2f}]"
        look = self._file.add_stream(
            f"/Type /XObject /Subtype /Form /BBox {box} /Resources << >>", b""
        )
        self._file.write(
            self._widget,
            "<< /Type /Annot /Subtype /Widget /FT /Sig "
            f"/T ({FIELD_NAME}) /TU {pdf_text(_HINT)} "
            f"/Rect [{right - across:.2f} {top - down:.2f} {right:.2f} {top:.2f}] "
            f"/F {_PRINT_AND_LOCKED} /P {page} 0 R /AP << /N {look} 0 R >> >>",
        )
        return f"/Annots [{self._widget} 0 R] "

    def form(self) -> str:
        """What the document's root says of it."""
        return f"/AcroForm << /Fields [{self._widget} 0 R] /SigFlags 1 >> "
