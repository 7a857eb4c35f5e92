"""What a page must keep to when it is inspected."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain.policy import (
    MAX_FRAME_PIXELS,
    MAX_HELD_BYTES,
    MIN_COLOUR_BITS,
    MIN_SCAN_DPI,
)


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """What a page must keep to; the defaults are those of ``domain.policy``.

    Args:
        min_dpi: Below it a page is flagged.
        min_bits_per_pixel: Below it a page is flagged.
        max_frame_pixels: Above it a frame is refused by its header, unread.
        max_frames: More frames in one file are refused by its header.
        max_held_bytes: No larger file is held in memory whole.
        thumbnail_px: The longer side of a thumbnail, at most.
        view_px: The longer side of a picture for reading on the screen, at most; an A4 scanned at
            300 dpi is halved exactly, to 1754 pixels.
        reads_marks: Whether pages are searched thoroughly for our own printed sheets, damaged ones
            too; otherwise only what reads at a glance is told.
    """

    min_dpi: int = MIN_SCAN_DPI
    min_bits_per_pixel: int = MIN_COLOUR_BITS
    max_frame_pixels: int = MAX_FRAME_PIXELS
    max_frames: int = 5000
    max_held_bytes: int = MAX_HELD_BYTES
    thumbnail_px: int = 400
    view_px: int = 1760
    reads_marks: bool = False
