"""How pages are derived, as plain values that need no decoder."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.imaging.pdf_form import PdfaProfile


@dataclass(frozen=True, slots=True)
class DerivationOptions:
    """How pages are derived.

    Args:
        jpeg_quality: Of derivatives of gray and colour masters that PDF cannot carry.
        max_dpi: Such derivatives are made smaller than the master above it; 0 for never.
        is_lossless: Such derivatives keep every pixel and are no JPEG.
        profile: The archival form of the PDF.
        reads_text: Whether machine-read text is made.
        languages: Names of tesseract's trained data.
        text_seconds: Processor time for reading one page, and for each further look at it.
    """

    jpeg_quality: int = 85
    max_dpi: int = 0
    is_lossless: bool = False
    profile: PdfaProfile = PdfaProfile.A2B
    reads_text: bool = True
    languages: tuple[str, ...] = ("vie",)
    text_seconds: int = 60
