"""Strict decoding: every byte of a frame goes through a decoder that reports what it patched up.

Which decoder for which format was measured on damaged files: libjpeg with warnings as errors
for JPEG, the strips themselves for uncompressed and Deflate TIFF, libtiff for plain LZW strips,
libvips with ``fail_on=warning`` for other TIFF and PNG, Pillow for what the libvips wheel lacks
(JPEG 2000, old-style JPEG in TIFF).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyvips
import simplejpeg

from appliance.imaging.bands import MAX_FACTOR, array_bands, picture_bands, shrunk
from appliance.imaging.deflate import check_deflate_sums, summed_bands
from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.lzw import has_small_strips, lzw_bands
from appliance.imaging.problems import refusal
from appliance.imaging.strips import is_plain, raw_bands
from appliance.imaging.tiff import read_directory
from appliance.imaging.windows import held_window, open_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.bands import Pixels
    from appliance.imaging.tiff import Directory
    from appliance.imaging.windows import ByteWindow

VIEW_DPI: Final = 150
"""Our own: the resolution that quality is judged at, and the smallest that text is read at."""
MAX_VIEW_PIXELS: Final = 5_000_000
"""Our own: a view is shrunk further until it is no larger, for measuring takes 13 bytes a pixel;
an A3 at 150 dpi has 4.4 Mpx, an A0 becomes as many pixels as an A4."""
_JPEG_FACTORS: Final = (8, 4, 2, 1)
_PILLOW_COMPRESSIONS: Final = {"old-jpeg", "jp2"}

pyvips.cache_set_max(0)  # an operation cache would keep decoded pages in memory


def needs_pillow(kind: Kind, frame: FrameHeader) -> bool:
    """Whether only Pillow reads this frame."""
    return kind is Kind.JP2 or frame.compression in _PILLOW_COMPRESSIONS


def view_factor(frame: FrameHeader, dpi: int) -> int:
    """How many times smaller a view is: 1, 2, 4 or 8, or more for what would not fit."""
    factor = next(one for one in _JPEG_FACTORS if one == 1 or dpi // one >= VIEW_DPI)
    while frame.pixels > MAX_VIEW_PIXELS * factor * factor and factor < MAX_FACTOR:
        factor *= 2
    return factor


def decode_view(source: FrameSource, factor: int) -> Pixels:
    """Decode a frame to its last row and give back a smaller view of it.

    Args:
        source: The frame; from memory when its bytes are held, else streamed.
        factor: How many times smaller.

    Returns:
        8-bit pixels, as stored and not turned: height x width, or height x width x 3.

    Raises:
        BadStructure: A decoder found damage.
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those that the source must be.
        MemoryError: There is not enough memory for it.
    """
    try:
        view = _decoded(source, factor)
    except pyvips.Error as problem:
        raise refusal(problem, source.path) from problem
    source.settle()
    return view


def _decoded(source: FrameSource, factor: int) -> Pixels:
    if source.image.kind is Kind.JPEG:
        source.settle()
        return _decode_jpeg(source, factor)
    width, height = source.frame.width_px, source.frame.height_px
    with source_window(source) as window:
        return shrunk(_bands(window, source), width, height, factor)


@contextmanager
def source_window(source: FrameSource) -> Iterator[ByteWindow]:
    """Bounded looks into the image, held or streamed.

    Raises:
        OSError: It cannot be opened.
    """
    if source.data is not None:
        yield held_window(source.data)
    else:
        with open_window(source.path) as window:
            yield window


def open_frame(source: FrameSource) -> pyvips.Image:
    """A frame as a strict, sequential libvips image; damage shows when its rows are read.

    Raises:
        BadStructure: A decoder refuses the frame.
        pyvips.Error: The same, said by libvips.
    """
    kind, data = source.image.kind, source.data
    if needs_pillow(kind, source.frame):
        return pyvips.Image.new_from_array(_decode_pillow(source))
    options: dict[str, str | int] = {"access": "sequential", "fail_on": "warning"}
    if kind is Kind.TIFF:
        options["page"] = source.frame.directory
    name = {Kind.TIFF: "tiffload", Kind.PNG: "pngload", Kind.JPEG: "jpegload"}[kind]
    if data is None:
        return pyvips.Operation.call(name, str(source.path), **options)
    held = pyvips.Source.new_from_memory(data)  # a buffer would be copied, a source is not
    return pyvips.Operation.call(f"{name}_source", held, **options)


def eight_bit(image: pyvips.Image) -> pyvips.Image:
    """The same picture in 8 bits: one band of gray or three of sRGB, on white paper.

    Raises:
        pyvips.Error: The pixels are of a kind that has no such form.
    """
    if image.hasalpha():
        white = 255 if image.format == "uchar" else 65535
        image = image.flatten(background=[white] * (image.bands - 1))
    wanted = "b-w" if image.bands == 1 else "srgb"
    if (image.format, image.interpretation) == ("uchar", wanted):
        return image  # each step that changes nothing costs a pass all the same
    return image.colourspace(wanted).cast("uchar")


def _bands(window: ByteWindow, source: FrameSource) -> Iterator[Pixels]:
    """The rows of a frame, by the cheapest way that is strict; no decoder gets unproved bytes."""
    kind, frame = source.image.kind, source.frame
    if kind is Kind.TIFF and not needs_pillow(kind, frame):
        directory = read_directory(window, frame.directory_offset)
        if frame.compression == "raw" and is_plain(frame, directory):
            return raw_bands(window, source, directory)
        source.settle()
        return _tiff_bands(window, source, directory)
    source.settle()
    if needs_pillow(kind, frame):
        return array_bands(_decode_pillow(source))
    return picture_bands(eight_bit(open_frame(source)))


def _tiff_bands(window: ByteWindow, source: FrameSource, directory: Directory) -> Iterator[Pixels]:
    """Rows of a packed frame: plain strips without libvips around them, sums for Deflate."""
    frame, compression = source.frame, source.frame.compression
    plain = is_plain(frame, directory)
    if plain and compression == "lzw" and has_small_strips(frame, directory):
        return lzw_bands(window, source, directory)
    if compression == "deflate" and not plain:
        check_deflate_sums(window, directory)
    bands = picture_bands(eight_bit(open_frame(source)))
    if compression == "deflate" and plain:
        return summed_bands(bands, window, frame, directory)
    return bands


def _decode_jpeg(source: FrameSource, factor: int) -> Pixels:
    """Libjpeg scales while decoding but still reads every code to the last block."""
    frame, data = source.frame, source.data
    scale = min(factor, _JPEG_FACTORS[0])
    if data is None:
        options = {"access": "sequential", "fail_on": "warning", "shrink": scale}
        image = eight_bit(pyvips.Image.jpegload(str(source.path), **options))
        bands = picture_bands(image)
        return shrunk(bands, image.width, image.height, factor // scale)
    colours = "GRAY" if frame.mode is Mode.GRAY else "RGB"
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(
            memoryview(data)[: len(data) - source.image.trailing_bytes],
            colours,
            min_height=-(-frame.height_px // scale),
            min_width=-(-frame.width_px // scale),
            strict=True,
            fastupsample=True,  # colours of a view need not be smoothed: a seventh less time
        )
    except ValueError as problem:
        raise refusal(problem, source.path) from problem
    if factor == scale:
        return pixels if pixels.shape[2] > 1 else pixels[:, :, 0]
    height, width = pixels.shape[:2]
    return shrunk(array_bands(pixels), width, height, factor // scale)


def _decode_pillow(source: FrameSource) -> Pixels:
    from appliance.imaging.pillow_decoding import decode_with_pillow  # noqa: PLC0415 - rarely needed, and slow to import

    return decode_with_pillow(source)
