"""Settings of what is made of the pages: text, PDFs, packages, signatures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - read at run time, to know the types of settings


@dataclass(frozen=True, slots=True)
class TextSettings:
    """``[text]``: machine-read text (OCR), for every fonds that says nothing else.

    Args:
        enabled: Whether pages are read.
        languages: Names of tesseract's trained data; the first weighs most.
        page_seconds: Bound on the processor time of reading one page; one that may lie upside
            down is looked at three times.
    """

    enabled: bool = True
    languages: tuple[str, ...] = ("vie",)
    page_seconds: int = 60


@dataclass(frozen=True, slots=True)
class PdfSettings:
    """``[pdf]``: the two-layer PDF/A.

    Args:
        profile: ``2b`` for PDF/A-2b, ``1b`` for PDF/A-1b, which cannot carry JPEG 2000 and makes
            JPEG of it.
        signature_field: Whether page 1 reserves a place for the agency's signature, top right,
            which shows nothing until a signing program fills it.
        volume_mib: A PDF whose images are larger is divided into volumes.
        volume_pages: So is one of more pages.
        jpeg_quality: 1 to 100, for pages whose stream PDF cannot carry unchanged.
        max_dpi: Such pages are made smaller above this resolution; no scan is above 2400.
        lossless: Such pages keep every pixel and become no JPEG; a page takes 10 to 30 MB then.
    """

    profile: str = "2b"
    signature_field: bool = True
    volume_mib: int = 1024
    volume_pages: int = 500
    jpeg_quality: int = 85
    max_dpi: int = 2400
    lossless: bool = False


@dataclass(frozen=True, slots=True)
class FondsSettings:
    """``[[fonds]]``: one fonds that is not like any other; what is left out is as usual.

    It holds for pages that are derived from then on.

    Args:
        code: As the register names the fonds.
        text: As ``enabled`` in ``[text]``, for this fonds; off where nothing can be read, as in
            bitonal French handwriting.
        languages: As in ``[text]``, for this fonds, such as `["vie", "fra", "eng"]`; each of them
            costs time.
        jpeg_quality: As in ``[pdf]``, for this fonds.
        max_dpi: As in ``[pdf]``, for this fonds.
        lossless: As in ``[pdf]``, for this fonds.
    """

    code: str
    text: bool | None = None
    languages: tuple[str, ...] | None = None
    jpeg_quality: int | None = None
    max_dpi: int | None = None
    lossless: bool | None = None


@dataclass(frozen=True, slots=True)
class PackageSettings:
    """``[package]``: what is sealed.

    Args:
        pdf_per: ``file_unit``: one PDF holds all pages of a hồ sơ; ``document``: one PDF for
            each document that the register or the page lists. A hồ sơ may say otherwise.
    """

    pdf_per: str = "file_unit"


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """``[signing]``: PDFs that come back signed by the agency.

    Args:
        trust_roots: Certificates (PEM or DER, one each) of the authorities whose signers are
            believed; without any, a signature's bytes are verified and its signer is shown as
            not checked.
    """

    trust_roots: tuple[Path, ...] = ()
