"""Where a page's content runs out of the picture: letters that touch its sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pieces = npt.NDArray[np.int32]

TOUCH_PX: Final = 1
"""Our own, with those below, at 75 dpi: so near to a side is at the side."""
MIN_RUN_PX: Final = 2
MAX_RUN_PX: Final = 24
"""A letter or a word lies along a side for 0.7 to 8 mm; more is the edge of the paper."""
MIN_DEPTH_PX: Final = 3
MIN_PIECES: Final = 3
"""One piece at a side may be a punch hole, a thumb or a crease; lines of writing are several."""


def cut_sides(pieces: Pieces, width_px: int, height_px: int) -> tuple[str, ...]:
    """The sides where several letters or words touch the picture's edge.

    Args:
        pieces: Connected pieces of ink at 75 dpi: left, top, width, height, pixels.
        width_px: Of the picture at that resolution.
        height_px: Of the picture at that resolution.
    """
    left, top = pieces[:, cv2.CC_STAT_LEFT], pieces[:, cv2.CC_STAT_TOP]
    width, height = pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT]
    at_side = {
        "left": (left <= TOUCH_PX, height, width),
        "right": (left + width >= width_px - TOUCH_PX, height, width),
        "top": (top <= TOUCH_PX, width, height),
        "bottom": (top + height >= height_px - TOUCH_PX, width, height),
    }
    return tuple(side for side, found in at_side.items() if _count(*found) >= MIN_PIECES)


def _count(is_touching: npt.NDArray[np.bool_], run: Pieces, depth: Pieces) -> int:
    is_letter = (run >= MIN_RUN_PX) & (run <= MAX_RUN_PX) & (depth >= MIN_DEPTH_PX)
    return int((is_touching & is_letter).sum())
