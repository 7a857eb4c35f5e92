"""Decoding by Pillow, for the few formats that no other library here reads."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from appliance.imaging.problems import malformed, refusal

if TYPE_CHECKING:
    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameSource

MAX_PILLOW_PIXELS: Final = 180_000_000
"""Our own: Pillow decodes into memory whole, an A0 at 300 dpi has 139 Mpx."""
_FORMATS: Final = ("TIFF", "JPEG2000", "PNG")

Image.MAX_IMAGE_PIXELS = None  # our own limit stands in front, and an honest A0 is above Pillow's


def decode_with_pillow(source: FrameSource) -> Pixels:
    """A frame as 8-bit gray (height x width) or RGB (height x width x 3).

    Raises:
        BadStructure: It found damage, or the frame is too large to be held.
    """
    picture = load_with_pillow(source)
    return np.asarray(picture.convert("L" if picture.mode in {"1", "L"} else "RGB"))


def load_with_pillow(source: FrameSource) -> Image.Image:
    """A frame decoded whole by Pillow, with its warnings as errors.

    Raises:
        BadStructure: It found damage, or the frame is too large to be held.
    """
    path, frame = source.path, source.frame
    if frame.pixels > MAX_PILLOW_PIXELS:
        raise malformed("ảnh quá lớn đối với định dạng này", "it is too large for this format")
    image = path if source.data is None else io.BytesIO(source.data)
    try:
        with warnings.catch_warnings(), Image.open(image, formats=_FORMATS) as picture:
            warnings.simplefilter("error")
            if frame.directory:
                picture.seek(frame.directory)
            picture.load()
            return picture.copy()
    except MemoryError:
        raise
    except Exception as problem:
        raise refusal(problem, path) from problem
