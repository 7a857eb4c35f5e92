"""The page hash: 256 bits that hardly change when the same page is scanned again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]

HASH_SIDE: Final = 16
"""16 x 16 of the lowest waves of the picture, as bits above and below their median."""
_PICTURE_PX: Final = 64


def page_hash(quarter: Gray) -> str:
    """64 hex digits; ``domain.page_hash`` tells how far apart two of them are.

    Args:
        quarter: Gray pixels of the page, at about 19 dpi.
    """
    size = (_PICTURE_PX, _PICTURE_PX)
    picture = cv2.resize(quarter, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = cv2.dct(picture)[:HASH_SIDE, :HASH_SIDE]
    bits = np.packbits(waves.reshape(-1) > np.median(waves))
    return bits.tobytes().hex()
