"""Strict decoding: every byte of a frame goes through a decoder that reports what it patched up.

Which decoder for which format was measured on damaged files: libjpeg with warnings as errors
for JPEG, libvips with ``fail_on=warning`` for TIFF and PNG, Pillow for what the libvips wheel
lacks (JPEG 2000, old-style JPEG in TIFF).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import pyvips
import simplejpeg
from PIL import Image

from appliance.imaging.deflate import check_deflate_sums
from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.problems import BadStructure, malformed

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

VIEW_DPI: Final = 150
"""Our own: the resolution that quality is judged at, and the smallest that text is read at."""
MAX_VIEW_PIXELS: Final = 40_000_000
"""Our own: a view is shrunk further until it is no larger."""
MAX_PILLOW_PIXELS: Final = 180_000_000
"""Our own: Pillow decodes into memory whole, an A0 at 300 dpi has 139 Mpx."""
_JPEG_FACTORS: Final = (8, 4, 2, 1)
_PILLOW_COMPRESSIONS: Final = {"old-jpeg", "jp2"}
_PILLOW_FORMATS: Final = ("TIFF", "JPEG2000", "PNG")
_MESSAGE_CHARACTERS: Final = 160

Image.MAX_IMAGE_PIXELS = None  # our own limit stands in front, and an honest A0 is above Pillow's
pyvips.cache_set_max(0)  # an operation cache would keep decoded pages in memory


def needs_pillow(kind: Kind, frame: FrameHeader) -> bool:
    """Whether only Pillow reads this frame."""
    return kind is Kind.JP2 or frame.compression in _PILLOW_COMPRESSIONS


def view_factor(frame: FrameHeader, dpi: int) -> int:
    """How many times smaller a view is: 1, 2, 4 or 8, or more for what would not fit."""
    factor = next(one for one in _JPEG_FACTORS if one == 1 or dpi // one >= VIEW_DPI)
    while frame.pixels > MAX_VIEW_PIXELS * factor * factor:
        factor *= 2
    return factor


def decode_view(source: FrameSource, factor: int, max_held_bytes: int) -> Pixels:
    """Decode a frame to its last row and give back a smaller view of it.

    Args:
        source: The frame.
        factor: How many times smaller.
        max_held_bytes: Files above this size are streamed, never held.

    Returns:
        8-bit pixels, as stored and not turned: height x width, or height x width x 3.

    Raises:
        BadStructure: A decoder found damage.
        MemoryError: There is not enough memory for it.
    """
    is_held = source.path.stat().st_size <= max_held_bytes and factor <= _JPEG_FACTORS[0]
    if source.image.kind is Kind.JPEG and is_held:
        return _decode_jpeg(source, factor)
    if source.image.kind is Kind.TIFF and source.frame.compression == "deflate":
        check_deflate_sums(source)
    try:
        image = eight_bit(open_frame(source))
        return _squeezed(image.shrink(factor, factor, ceil=True).numpy())
    except pyvips.Error as problem:
        raise refusal(problem, source.path) from problem


def open_frame(source: FrameSource) -> pyvips.Image:
    """A frame as a strict, sequential libvips image; damage shows when its rows are read.

    Raises:
        BadStructure: A decoder refuses the frame.
        pyvips.Error: The same, said by libvips.
    """
    kind, path = source.image.kind, str(source.path)
    if needs_pillow(kind, source.frame):
        return pyvips.Image.new_from_array(_decode_pillow(source))
    options = {"access": "sequential", "fail_on": "warning"}
    if kind is Kind.TIFF:
        return pyvips.Image.tiffload(path, page=source.frame.directory, **options)
    load = pyvips.Image.pngload if kind is Kind.PNG else pyvips.Image.jpegload
    return load(path, **options)


def eight_bit(image: pyvips.Image) -> pyvips.Image:
    """The same picture in 8 bits: one band of gray or three of sRGB, on white paper.

    Raises:
        pyvips.Error: The pixels are of a kind that has no such form.
    """
    if image.hasalpha():
        white = 255 if image.format == "uchar" else 65535
        image = image.flatten(background=[white] * (image.bands - 1))
    is_gray = image.bands == 1
    return image.colourspace("b-w" if is_gray else "srgb").cast("uchar")


def refusal(problem: Exception, path: Path) -> BadStructure:
    """What a decoder said, as a problem that a finding can carry."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    said = (lines[-1] if lines else type(problem).__name__)[:_MESSAGE_CHARACTERS]
    said = said.replace(str(path), path.name)
    return malformed(f"bộ giải mã báo “{said}”", f"the decoder says “{said}”")


def _decode_jpeg(source: FrameSource, factor: int) -> Pixels:
    """Libjpeg scales while decoding but still reads every code to the last block."""
    frame, data = source.frame, source.path.read_bytes()
    colours = "GRAY" if frame.mode is Mode.GRAY else "RGB"
    try:
        pixels = simplejpeg.decode_jpeg(
            data[: len(data) - source.image.trailing_bytes],
            colours,
            min_height=-(-frame.height_px // factor),
            min_width=-(-frame.width_px // factor),
            strict=True,
        )
    except ValueError as problem:
        raise refusal(problem, source.path) from problem
    return _squeezed(pixels)


def _decode_pillow(source: FrameSource) -> Pixels:
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
    try:
        with warnings.catch_warnings(), Image.open(path, formats=_PILLOW_FORMATS) as picture:
            warnings.simplefilter("error")
            if frame.directory:
                picture.seek(frame.directory)
            picture.load()
            return picture.copy()
    except MemoryError:
        raise
    except Exception as problem:
        raise refusal(problem, path) from problem


def _squeezed(pixels: Pixels) -> Pixels:
    return pixels[:, :, 0] if pixels.ndim > 2 and pixels.shape[2] == 1 else pixels  # noqa: PLR2004 - one band
