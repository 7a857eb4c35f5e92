"""Small upright pictures of pages for the screen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import simplejpeg

from appliance.imaging.facts import MadeFile
from appliance.imaging.quality.reducing import halved

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TypeAlias

    from appliance.imaging.bands import Pixels

    Planes: TypeAlias = tuple[Pixels, ...]

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


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG keeps it; an encoder that is given this has half of its work done.

    Args:
        luma: Its brightness: height x width.
        half_luma: The same at half the size; a last odd row or column is left out.
        chroma: How much bluer, and how much redder than gray, 128 for not at all, at half the
            size; nothing of a gray picture.
    """

    luma: Pixels
    half_luma: Pixels
    chroma: tuple[Pixels, ...] = ()


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


def picture_of(view: Pixels) -> Picture:
    """Take 8-bit gray or RGB pixels apart as JPEG does (JFIF: ITU-R BT.601, all 256 values)."""
    if view.ndim == 2:  # noqa: PLR2004 - rows and columns only: gray
        return Picture(view, halved(view))
    half = cv2.cvtColor(halved(view), cv2.COLOR_RGB2YCrCb)
    half_luma, red, blue = (_same_kind(plane) for plane in cv2.split(half))
    return Picture(to_gray(view), half_luma, (blue, red))


def fitted(picture: Picture, side_px: int) -> Planes:
    """The picture with its longer side at most ``side_px``: exact halvings, then a linear step."""
    height, width = picture.luma.shape
    longer = max(height, width, side_px)
    size = (max(height * side_px // longer, 1), max(width * side_px // longer, 1))
    half_size = ((size[0] + 1) // 2, (size[1] + 1) // 2)
    is_half = min(height, width) > 1 and longer >= 2 * side_px
    luma = picture.half_luma if is_half else picture.luma
    return (_scaled(luma, *size), *(_scaled(one, *half_size) for one in picture.chroma))


def _scaled(plane: Pixels, height: int, width: int) -> Pixels:
    while plane.shape[0] >= 2 * height and plane.shape[1] >= 2 * width:
        plane = halved(plane)
    if plane.shape == (height, width):
        return plane
    return _same_kind(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR))


def write_picture(planes: Planes, target: Path) -> MadeFile:
    """Write a JPEG; it is on its way to the disk, and made durable by whoever publishes it.

    A worker that waited for the disk, picture by picture, would leave its core idle meanwhile.

    Raises:
        OSError: The disk refused.
    """
    luma, *chroma = planes
    blue, red = chroma or (None, None)
    data = simplejpeg.encode_jpeg_yuv_planes(_in_pairs(luma), blue, red, JPEG_QUALITY, fastdct=True)
    with target.open("wb", buffering=0) as stream:
        stream.write(data)
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # Linux begins to write
    return MadeFile(target, hashlib.sha256(data).hexdigest(), len(data))


def _in_pairs(luma: Pixels) -> Pixels:
    """Brightness with memory for even sides: the encoder reads it by two rows and columns."""
    height, width = luma.shape
    bottom, right = height % 2, width % 2
    if not bottom and not right:
        return np.ascontiguousarray(luma)
    wide = cv2.copyMakeBorder(luma, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return _same_kind(wide)[:height, :width]


def _same_kind(pixels: object) -> Pixels:
    """What OpenCV gives back for 8-bit pixels, named as such for the type checker."""
    return np.asarray(pixels, np.uint8)
