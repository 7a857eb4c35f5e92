"""How the image of a page lies on it: its resolution, which way up it is, what it covers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.imaging.headers import StatedDpi
from appliance.imaging.pdf_drop_problems import damaged, not_scan

if TYPE_CHECKING:
    import pikepdf

    from appliance.imaging.pdf_drop_content import Matrix, ShownImage

MIN_COVER_PERCENT: Final = 80
"""Our own: an image that covers less of its page is a picture in a document, not a scan."""
FULL_COVER_PERCENT: Final = 99
"""Our own: what was painted before an image that covers this much cannot be seen."""
MAX_SHEAR: Final = 0.1
"""Our own: cosine of the angle between the sides; a scan's are square to each other."""

_POINTS_PER_INCH: Final = 72
_NO_SIZE: Final = (0.0, 0.0, 0.0, 0.0)
_ORIENTATIONS: Final = {
    ("right", "down"): 1, ("left", "down"): 2, ("left", "up"): 3, ("right", "up"): 4,
    ("down", "right"): 5, ("down", "left"): 6, ("up", "left"): 7, ("up", "right"): 8,
}  # fmt: skip
"""By where the stored right and the stored down point on the upright page (TIFF 6.0, tag 274)."""


@dataclass(frozen=True, slots=True)
class Place:
    """How an image lies.

    Args:
        dpi: Of its own rows and columns.
        orientation: 1 to 8.
    """

    dpi: StatedDpi
    orientation: int


def place_of(page: pikepdf.Object, shown: ShownImage, size_px: tuple[int, int]) -> Place:
    """Where the image of a page lies.

    Args:
        page: Its dictionary, with what it inherits.
        shown: The image and its placement.
        size_px: Stored width and height.

    Raises:
        BadStructure: It is folded, sheared, or covers too little of its page.
    """
    matrix = shown.matrix
    across, down = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
    if not across or not down:
        raise damaged("ảnh không có kích thước trên trang", "the image has no size on the page")
    if abs(matrix.a * matrix.c + matrix.b * matrix.d) > MAX_SHEAR * across * down:
        raise not_scan("ảnh bị kéo xiên", "the image is sheared")
    covered = _covered_percent(page, matrix)
    if covered < (FULL_COVER_PERCENT if shown.is_over else MIN_COVER_PERCENT):
        raise not_scan(
            f"ảnh chỉ phủ {covered}% trang", f"the image covers only {covered} % of the page"
        )
    inch = _POINTS_PER_INCH / _user_unit(page)
    dpi = StatedDpi(size_px[0] * inch / across, size_px[1] * inch / down, "pdf")
    return Place(dpi, _orientation(matrix, int(page.get("/Rotate", 0))))


def _covered_percent(page: pikepdf.Object, matrix: Matrix) -> int:
    whole = _page_box(page)
    shared = _common(whole, matrix.box())
    if not _area(whole):
        raise damaged("trang không có kích thước", "a page states no size")
    return math.floor(100 * _area(shared) / _area(whole) + 1e-6)


def _page_box(page: pikepdf.Object) -> tuple[float, ...]:
    """What is shown of the page: its crop box within its media box."""
    media = _box(page.get("/MediaBox", _NO_SIZE))
    crop = page.get("/CropBox")
    return media if crop is None else _common(media, _box(crop))


def _box(corners: Any) -> tuple[float, ...]:  # noqa: ANN401 - whatever stands in the file
    left, bottom, right, top = (float(one) for one in corners)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _common(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[float, ...]:
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def _area(box: tuple[float, ...]) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def _user_unit(page: pikepdf.Object) -> float:
    unit = float(page.get("/UserUnit", 1))
    if not 0 < unit < math.inf:
        raise damaged("trang không có kích thước", "a page states no size")
    return unit


def _orientation(matrix: Matrix, turn_degrees: int) -> int:
    """From where stored right and stored down point, after the page is turned clockwise."""
    right, down = (matrix.a, matrix.b), (-matrix.c, -matrix.d)
    for _ in range(turn_degrees // 90 % 4):
        right, down = (right[1], -right[0]), (down[1], -down[0])
    towards = _towards(*right)
    if towards in {"right", "left"}:
        return _ORIENTATIONS[towards, "up" if down[1] > 0 else "down"]
    return _ORIENTATIONS[towards, "right" if down[0] > 0 else "left"]


def _towards(x: float, y: float) -> str:
    if abs(x) >= abs(y):
        return "right" if x > 0 else "left"
    return "up" if y > 0 else "down"
