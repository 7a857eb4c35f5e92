"""Finds what our own printed sheets say on the picture of a page.

A sheet carries its QR code twice and a flag bar (Code 128, ``AA1``) in several places, see
``reports.cover_sheets``. One code that reads is enough. When none does, a flag bar that reads, a
broken QR code as large as only ours are, or the layout of the print says that this *is* a sheet,
to be looked at by a person: a document with someone's small or broken QR code is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import zxingcpp

from appliance.domain.paper import ISO_SIZES_MM, MILLIMETRES_PER_INCH
from appliance.domain.sheets import FLAG, PREFIX, parse_sheet
from appliance.imaging.sheet_layout import is_laid_out_as_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

BROKEN_SIDE_MM: Final = (42.0, 72.0)
"""Our own: sides of a broken QR code that is taken for one of ours, which are 60 mm.

Codes of others on documents (transfer slips, electronic invoices) are 15 to 30 mm wide."""

_SMALLEST_CODE_PIXELS: Final = 21
"""A QR code has 21 modules at least, and each needs a pixel."""

_SPECK_PIXELS: Final = 3
"""Our own: the median over so many pixels takes specks away and leaves modules."""

_SQUARE_TOLERANCE: Final = 0.2
"""How much the sides of a square may differ; what is found in noise differs more."""

_LARGEST_SHEET_MM2: Final = 1.1 * ISO_SIZES_MM["A3"][0] * ISO_SIZES_MM["A3"][1]
"""Our sheets are A4; scanned on the glass of an A3 scanner they are that large at most."""


_FORMATS: Final = zxingcpp.barcode_formats_from_str("QRCode|Code128")
_QR_ONLY: Final = zxingcpp.barcode_formats_from_str("QRCode")


@dataclass(frozen=True, slots=True)
class FoundMark:
    """What was found of one of our sheets.

    Args:
        payload: The text of its QR code; empty when it cannot be read.
        is_readable: Whether it could be read; if not, a person must look at it.
    """

    payload: str
    is_readable: bool


UNREADABLE: Final = FoundMark("", is_readable=False)


def find_mark(gray_view: np.ndarray, view_dpi: int) -> FoundMark | None:
    """Look for one of our sheets.

    Args:
        gray_view: A page, 8-bit gray, height × width, at about 100 to 200 dpi.
        view_dpi: Its resolution.

    Returns:
        None when this is no sheet of ours.
    """
    height_px, width_px = gray_view.shape[:2]
    millimetres_per_pixel = MILLIMETRES_PER_INCH / view_dpi
    if height_px * width_px * millimetres_per_pixel**2 > _LARGEST_SHEET_MM2:
        return None
    found = _judge(_symbols(gray_view), millimetres_per_pixel)
    if found is None:
        return UNREADABLE if is_laid_out_as_sheet(gray_view, view_dpi) else None
    if found.is_readable:
        return found
    # Specks of a bitonal scan cost the longest codes: without them 10 of 10 read, with them 8.
    cleaned = _judge(_symbols(cv2.medianBlur(gray_view, _SPECK_PIXELS)), millimetres_per_pixel)
    return cleaned if cleaned is not None else found


def has_own_code(half_view: np.ndarray) -> bool:
    """Whether a QR code of ours reads at half the resolution: a look that costs next to nothing.

    For pages of scanners that send no cover sheets as a rule: a sheet among them is still told
    from a page, as long as it reads easily.

    Args:
        half_view: A page, 8-bit gray, height x width, at half of what ``find_mark`` looks at.
    """
    if min(half_view.shape) < _SMALLEST_CODE_PIXELS:
        return False
    found = zxingcpp.read_barcodes(
        half_view, formats=_QR_ONLY, try_rotate=False, try_downscale=False, try_invert=False
    )
    return any(_own_text(barcode) is not None for barcode in found)


def _symbols(gray_view: np.ndarray) -> Sequence[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(gray_view, formats=_FORMATS, try_invert=False, return_errors=True)


def _judge(found: Sequence[zxingcpp.Barcode], millimetres_per_pixel: float) -> FoundMark | None:
    payloads = {text for barcode in found if (text := _own_text(barcode)) is not None}
    if len(payloads) == 1:
        (payload,) = payloads
        return FoundMark(payload, is_readable=True) if parse_sheet(payload) else UNREADABLE
    if payloads:
        return UNREADABLE  # two sheets in one picture contradict each other
    is_ours = any(_is_flag(b) or _is_broken_code(b, millimetres_per_pixel) for b in found)
    return UNREADABLE if is_ours else None


def _own_text(barcode: zxingcpp.Barcode) -> str | None:
    """The text of a QR code of ours, decoded as we wrote it: UTF-8, whatever the reader guesses."""
    if not barcode.valid or not _is_qr(barcode):
        return None
    text = bytes(barcode.bytes).decode("utf-8", "replace")
    return text if text.startswith(PREFIX) else None


def _is_flag(barcode: zxingcpp.Barcode) -> bool:
    is_bar = barcode.format == zxingcpp.BarcodeFormat.Code128
    return bool(barcode.valid and is_bar and bytes(barcode.bytes) == FLAG.encode())


def _is_broken_code(barcode: zxingcpp.Barcode, millimetres_per_pixel: float) -> bool:
    if barcode.valid or not _is_qr(barcode):
        return False
    place = barcode.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    sides = [
        math.hypot(a.x - b.x, a.y - b.y) * millimetres_per_pixel
        for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)
    ]
    smallest, largest = min(sides), max(sides)
    is_square = largest - smallest <= _SQUARE_TOLERANCE * largest
    return is_square and smallest >= BROKEN_SIDE_MM[0] and largest <= BROKEN_SIDE_MM[1]


def _is_qr(barcode: zxingcpp.Barcode) -> bool:
    return bool(
        barcode.format in (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.QRCodeModel2)
    )
