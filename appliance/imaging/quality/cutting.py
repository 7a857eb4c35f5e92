"""Where a page's content runs out of the picture: letters that touch its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Mask = npt.NDArray[np.uint8]
    Boxes = npt.NDArray[np.int32]

TOUCH_PX: Final = 1
"""Our own, with those below, at 75 dpi: so near to a side is at the side."""
MIN_RUN_PX: Final = 2
MAX_RUN_PX: Final = 24
"""A letter or a word lies along a side for 0.7 to 8 mm; more is the edge of the paper."""
MIN_DEPTH_PX: Final = 3
MIN_PIECES: Final = 3
"""One piece at a side may be a punch hole, a thumb or a crease; lines of writing are several."""


def cut_sides(ink: Mask) -> tuple[str, ...]:
    """The sides where several letters or words touch the picture's edge.

    Args:
        ink: A mask at 75 dpi, 255 where there is ink.
    """
    height_px, width_px = ink.shape
    left, top, width, height = _boxes_at_sides(ink)
    at_side = {
        "left": (left <= TOUCH_PX, height, width),
        "right": (left + width >= width_px - TOUCH_PX, height, width),
        "top": (top <= TOUCH_PX, width, height),
        "bottom": (top + height >= height_px - TOUCH_PX, width, height),
    }
    return tuple(side for side, found in at_side.items() if _count(*found) >= MIN_PIECES)


def _boxes_at_sides(ink: Mask) -> Boxes:
    """Left, top, width and height of every connected piece that touches a side: 4 x pieces.

    Wiping out these few pieces, one by one, takes a fraction of numbering all of them.
    """
    rest = ink.copy()
    boxes = [
        cv2.floodFill(rest, None, (column, row), 0, flags=8)[3]
        for row, column in _runs_at_sides(ink)
        if rest[row, column]
    ]
    return np.array(boxes, np.int32).reshape(-1, 4).T


def _runs_at_sides(ink: Mask) -> Iterator[tuple[int, int]]:
    """Row and column of the first pixel of every run of ink along a side."""
    first, last = [*range(TOUCH_PX + 1)], [*range(-TOUCH_PX - 1, 0)]
    rows, columns = ([*first, *(pixels + one for one in last)] for pixels in ink.shape)
    for number, row in _firsts(ink[:, columns].T):
        yield row, columns[number]
    for number, column in _firsts(ink[rows]):
        yield rows[number], column


def _firsts(lines: Mask) -> list[list[int]]:
    """Line and place where ink begins."""
    begins = lines.copy()
    begins[:, 1:] &= ~lines[:, :-1]
    return np.argwhere(begins).tolist()


def _count(
    is_touching: npt.NDArray[np.bool_],
    run: npt.NDArray[np.int32],
    depth: npt.NDArray[np.int32],
) -> int:
    is_letter = (run >= MIN_RUN_PX) & (run <= MAX_RUN_PX) & (depth >= MIN_DEPTH_PX)
    return int((is_touching & is_letter).sum())
