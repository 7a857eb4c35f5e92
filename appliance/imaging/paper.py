"""How large the paper was: which stated resolution to believe, and the name of the size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.paper import ISO_SIZES_MM, MILLIMETRES_PER_INCH, a4_equivalent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.headers import FrameHeader

ASSUMED_DPI: Final = 300
"""Our own: taken when neither the bytes nor a paper size tell."""
MIN_BELIEVABLE_DPI: Final = 100
"""Our own: 72 and 96 are what software writes when it does not know."""
MAX_BELIEVABLE_DPI: Final = 2400
MIN_SIDE_MM: Final = 60
"""Our own, as is the next: a page outside these sides is no page; measured on real scans."""
MAX_SIDE_MM: Final = 1300
SIZE_TOLERANCE_PERCENT: Final = 5

_USUAL_DPIS: Final = (300, 600, 200, 400, 150, 240)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The resolution that this box reckons with.

    Args:
        x: Dots per inch along a stored row.
        y: Dots per inch down a stored column.
        source: ``tiff``, ``jfif``, ``exif``, ``png``, ``jp2``, or ``assumed``.
    """

    x: int
    y: int
    source: str

    @property
    def lowest(self) -> int:
        """The smaller of the two."""
        return min(self.x, self.y)

    @property
    def is_assumed(self) -> bool:
        """Whether nothing believable is stated."""
        return self.source == "assumed"


def resolution_of(frame: FrameHeader) -> Resolution:
    """Believe what is stated when it gives a page of a possible size; else assume.

    A stated resolution is refused when it is outside 100 to 2400, or makes a side shorter
    than 60 mm or longer than 1300 mm.
    """
    across, down = round(frame.dpi.x), round(frame.dpi.y)
    limits = range(MIN_BELIEVABLE_DPI, MAX_BELIEVABLE_DPI + 1)
    if across in limits and down in limits:
        sides = (_millimetres(frame.width_px, across), _millimetres(frame.height_px, down))
        if min(sides) >= MIN_SIDE_MM and max(sides) <= MAX_SIDE_MM:
            return Resolution(across, down, frame.dpi.source)
    assumed = _fitting_dpi(frame.width_px, frame.height_px)
    return Resolution(assumed, assumed, "assumed")


def paper_size(frame: FrameHeader, resolution: Resolution) -> str:
    """The ISO 216 name of the size, either way up; empty when none fits within 5 %."""
    width = _millimetres(frame.width_px, resolution.x)
    height = _millimetres(frame.height_px, resolution.y)
    return next(_fitting_sizes(width, height), "")


def counted_pages(frame: FrameHeader, resolution: Resolution) -> int | None:
    """A4 pages that a page counts for; None when its size on paper is a guess."""
    if resolution.is_assumed and not paper_size(frame, resolution):
        return None
    width = _millimetres(frame.width_px, resolution.x)
    return a4_equivalent(width, _millimetres(frame.height_px, resolution.y))


def _fitting_dpi(width_px: int, height_px: int) -> int:
    for dpi in _USUAL_DPIS:
        sides = (_millimetres(width_px, dpi), _millimetres(height_px, dpi))
        if next(_fitting_sizes(*sides), "") in {"A4", "A3"}:
            return dpi
    return ASSUMED_DPI


def _fitting_sizes(width_mm: float, height_mm: float) -> Iterator[str]:
    short, long = sorted((width_mm, height_mm))
    for name, (short_side, long_side) in ISO_SIZES_MM.items():
        if _is_near(short, short_side) and _is_near(long, long_side):
            yield name


def _is_near(measured: float, nominal: float) -> bool:
    return abs(measured - nominal) * 100 <= nominal * SIZE_TOLERANCE_PERCENT


def _millimetres(pixels: int, dpi: int) -> float:
    return pixels / dpi * MILLIMETRES_PER_INCH
