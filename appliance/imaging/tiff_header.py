"""The frame headers of a TIFF, from its directories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.imaging.headers import (
    CENTIMETRES_PER_INCH,
    FrameHeader,
    ImageHeader,
    Kind,
    Mode,
    StatedDpi,
)
from appliance.imaging.problems import cut, malformed
from appliance.imaging.tiff import (
    MAX_SEGMENTS,
    Directory,
    expected_segments,
    read_directories,
    segments,
)
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from appliance.imaging.windows import ByteWindow

COMPRESSIONS: Final = {
    1: "raw", 2: "huffman", 3: "g3", 4: "g4", 5: "lzw", 6: "old-jpeg", 7: "jpeg", 8: "deflate",
    32773: "packbits", 32946: "deflate", 33003: "jp2", 33005: "jp2", 34661: "jbig",
    34712: "jp2", 34925: "lzma", 50000: "zstd", 50001: "webp",
}  # fmt: skip
"""Values of tag 259, in TIFF 6.0 and libtiff 4."""

_MODES: Final = {
    0: Mode.GRAY, 1: Mode.GRAY, 2: Mode.COLOUR, 3: Mode.PALETTE, 5: Mode.CMYK, 6: Mode.COLOUR,
    8: Mode.COLOUR,
}  # fmt: skip
_INCH, _CENTIMETRE = 2, 3


def page_directories(directories: tuple[Directory, ...]) -> tuple[tuple[int, Directory], ...]:
    """The directories that are pages, with their 0-based places in the chain.

    Reduced views and masks are left out, unless nothing else would remain.
    """
    pages = tuple((place, one) for place, one in enumerate(directories) if one.is_page())
    return pages or tuple(enumerate(directories))


def read_tiff_header(window: ByteWindow) -> ImageHeader:
    """Every page frame, each with all its strips or tiles inside the file.

    Raises:
        BadStructure: The file is not whole.
    """
    directories = read_directories(window)
    if sum(expected_segments(directory) for directory in directories) > MAX_SEGMENTS:
        raise malformed("tệp TIFF có quá nhiều dải ảnh", "the TIFF has too many strips")
    for directory in directories:
        _check_bytes(directory, segments(window, directory))
    pages = page_directories(directories)
    frames = tuple(
        _frame(number, place, directory) for number, (place, directory) in enumerate(pages, start=1)
    )
    return ImageHeader(Kind.TIFF, frames)


def _check_bytes(directory: Directory, found: list[tuple[int, int]]) -> None:
    """Uncompressed strips must add up to the picture; no decoder is needed to know."""
    if directory.number(Tag.COMPRESSION, 1) != 1 or directory.has(Tag.TILE_OFFSETS):
        return
    if directory.number(Tag.PHOTOMETRIC) == 6:  # noqa: PLR2004 - YCbCr may be subsampled
        return
    planes = directory.number(Tag.SAMPLES, 1)
    bits = directory.number(Tag.BITS, 1)
    is_separate = directory.number(Tag.PLANAR, 1) == 2  # noqa: PLR2004 - separate planes
    row_samples = directory.number(Tag.WIDTH) * (1 if is_separate else planes)
    rows = directory.number(Tag.HEIGHT) * (planes if is_separate else 1)
    if sum(length for _, length in found) < -(-row_samples * bits // 8) * rows:
        raise cut("một phần dữ liệu điểm ảnh", "a part of the pixel data")


def _frame(number: int, place: int, directory: Directory) -> FrameHeader:
    samples = directory.number(Tag.SAMPLES, 1)
    bits = directory.number(Tag.BITS, 1)
    mode = _MODES.get(directory.number(Tag.PHOTOMETRIC), Mode.OTHER)
    if mode is Mode.GRAY and bits == samples == 1:
        mode = Mode.BITONAL
    compression = directory.number(Tag.COMPRESSION, 1)
    orientation = directory.number(Tag.ORIENTATION, 1)
    return FrameHeader(
        frame=number,
        directory=place,
        directory_offset=directory.offset,
        width_px=directory.number(Tag.WIDTH),
        height_px=directory.number(Tag.HEIGHT),
        mode=mode,
        bits_per_sample=bits,
        samples=samples,
        compression=COMPRESSIONS.get(compression, f"tiff-{compression}"),
        dpi=stated_dpi(directory, "tiff"),
        orientation=orientation if 1 <= orientation <= 8 else 1,  # noqa: PLR2004 - tag 274 knows 1 to 8
        has_icc=directory.has(Tag.ICC),
        has_alpha=directory.has(Tag.EXTRA_SAMPLES),
    )


def stated_dpi(directory: Directory, source: str) -> StatedDpi:
    """Tags 282, 283 and 296; without a unit the numbers mean no resolution."""
    unit = directory.number(Tag.RESOLUTION_UNIT, _INCH)
    across = directory.facts.get(Tag.X_RESOLUTION, (0.0,))
    down = directory.facts.get(Tag.Y_RESOLUTION, across)
    if unit not in {_INCH, _CENTIMETRE} or not across or not down:
        return StatedDpi()
    factor = CENTIMETRES_PER_INCH if unit == _CENTIMETRE else 1.0
    if across[0] <= 0 or down[0] <= 0:
        return StatedDpi()
    return StatedDpi(across[0] * factor, down[0] * factor, source)
