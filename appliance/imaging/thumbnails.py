"""Small upright pictures of pages for the screen."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from PIL import Image

from appliance.disk.durable import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.decoding import Pixels

JPEG_QUALITY: Final = 80
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a stored picture upright, by TIFF/EXIF orientation."""


def write_thumbnail(view: Pixels, orientation: int, side_px: int, target: Path) -> None:
    """Write a JPEG whose longer side is at most ``side_px``, upright.

    Raises:
        OSError: The disk refused.
    """
    picture = Image.fromarray(view)
    picture.thumbnail((side_px, side_px), Image.Resampling.BOX, reducing_gap=2.0)
    turn = _TURNS.get(orientation)
    if turn is not None:
        picture = picture.transpose(turn)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, buffer.getvalue())
