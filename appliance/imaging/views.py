"""Small upright pictures of pages for the screen."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import simplejpeg

from appliance.imaging.facts import MadeFile

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.bands import Pixels

JPEG_QUALITY: Final = 80
_MIRRORED: Final = {2, 4, 5, 7}
"""TIFF 6.0, tag 274: the stored picture is mirrored, and perhaps turned as well."""
_TURNS: Final = {
    3: cv2.ROTATE_180,
    4: cv2.ROTATE_180,
    5: cv2.ROTATE_90_COUNTERCLOCKWISE,
    6: cv2.ROTATE_90_CLOCKWISE,
    7: cv2.ROTATE_90_CLOCKWISE,
    8: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""What turns a stored picture, mirrored first where it must be, upright."""


def upright(view: Pixels, orientation: int) -> Pixels:
    """Turn and mirror a stored picture so that it reads, by its TIFF/EXIF orientation."""
    if orientation in _MIRRORED:
        view = np.ascontiguousarray(view[:, ::-1])
    turn = _TURNS.get(orientation)
    return view if turn is None else _same_kind(cv2.rotate(view, turn))


def to_gray(view: Pixels) -> Pixels:
    """The brightness of 8-bit gray or RGB pixels (ITU-R BT.601)."""
    is_gray = view.ndim == 2  # noqa: PLR2004 - rows and columns only
    return view if is_gray else _same_kind(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY))


def fitted(view: Pixels, side_px: int) -> Pixels:
    """The picture with its longer side at most ``side_px``: exact halvings, then a linear step."""
    height, width = view.shape[:2]
    while max(height, width) >= 2 * side_px and min(height, width) > 1:
        height, width = height // 2, width // 2
        even = view[: 2 * height, : 2 * width]
        view = _same_kind(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    longer = max(height, width)
    if longer <= side_px:
        return view
    size = (max(width * side_px // longer, 1), max(height * side_px // longer, 1))
    return _same_kind(cv2.resize(view, size, interpolation=cv2.INTER_LINEAR))


def write_picture(picture: Pixels, target: Path) -> MadeFile:
    """Write a JPEG; it is on its way to the disk, and made durable by whoever publishes it.

    A worker that waited for the disk, picture by picture, would leave its core idle meanwhile.

    Raises:
        OSError: The disk refused.
    """
    if picture.ndim == 2:  # noqa: PLR2004 - rows and columns only: gray
        gray = np.ascontiguousarray(picture[:, :, np.newaxis])
        data = simplejpeg.encode_jpeg(gray, JPEG_QUALITY, "GRAY", "Gray", fastdct=True)
    else:
        colour = np.ascontiguousarray(picture)
        data = simplejpeg.encode_jpeg(colour, JPEG_QUALITY, "RGB", "420", fastdct=True)
    with target.open("wb", buffering=0) as stream:
        stream.write(data)
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # Linux begins to write
    return MadeFile(target, hashlib.sha256(data).hexdigest(), len(data))


def _same_kind(pixels: object) -> Pixels:
    """What OpenCV gives back for 8-bit pixels, named as such for the type checker."""
    return np.asarray(pixels, np.uint8)
