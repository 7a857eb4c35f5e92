"""Derivative images for masters whose streams PDF/A-2 cannot carry.

Bitonal pages become one G4 stream and palettes Flate, both without loss; gray and colour
become JPEG, and the record says so: that PDF is then a copy to read, not the master.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import replace_file
from appliance.imaging.decoding import eight_bit, open_frame
from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.page_derivative import DERIVATIVE, ImagePart
from appliance.imaging.passthrough import Passage, g4_parts
from appliance.imaging.pillow_decoding import MAX_PILLOW_PIXELS, load_with_pillow
from appliance.imaging.problems import malformed
from appliance.imaging.streams import stream_sha256
from appliance.imaging.tiff import read_directories
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from pathlib import Path

    import pyvips

MAX_STRIP_ROWS: Final = 32_768
"""libvips writes no taller strip; a taller page becomes several streams."""
_FLATE_LEVEL: Final = 9


def convert_image(
    source: FrameSource, work_folder: Path, stem: str, jpeg_quality: int
) -> tuple[Passage, str]:
    """Write a derivative image; gives its streams and its name in the work folder.

    Raises:
        BadStructure: The master does not decode.
        pyvips.Error: The same, said by libvips.
        OSError: The disk refused.
    """
    frame = source.frame
    if frame.mode is Mode.BITONAL:
        return _to_g4(source, work_folder / f"{stem}.g4.tif")
    if frame.mode is Mode.PALETTE and _is_plain_palette(source.image.kind, frame):
        return _to_flate(source, work_folder / f"{stem}.flate")
    return _to_jpeg(source, work_folder / f"{stem}.jpg", jpeg_quality)


def _is_plain_palette(kind: Kind, frame: FrameHeader) -> bool:
    is_plain = not frame.has_alpha and frame.bits_per_sample <= 8  # noqa: PLR2004 - a byte an index
    return is_plain and kind in {Kind.PNG, Kind.TIFF} and frame.pixels <= MAX_PILLOW_PIXELS


def _to_g4(source: FrameSource, target: Path) -> tuple[Passage, str]:
    frame = source.frame
    image = eight_bit(open_frame(source))
    image.tiffsave(
        str(target),
        compression="ccittfax4",
        bitdepth=1,
        tile_height=min(frame.height_px, MAX_STRIP_ROWS),
        keep="none",
    )
    with open_window(target) as window, target.open("rb") as written:
        parts = g4_parts(window, written, read_directories(window)[0], DERIVATIVE)
    return Passage(parts, f"g4 made without loss from {frame.compression}"), target.name


def _to_flate(source: FrameSource, target: Path) -> tuple[Passage, str]:
    frame = source.frame
    picture = load_with_pillow(source)
    palette = picture.getpalette("RGB")
    if palette is None:
        raise malformed("ảnh không có bảng màu", "the image has no palette")
    replace_file(target, zlib.compress(picture.tobytes(), _FLATE_LEVEL))
    part = _part(frame, target, "FlateDecode", "palette", bytes(palette).hex())
    return Passage((part,), f"flate made without loss from {frame.compression}"), target.name


def _to_jpeg(source: FrameSource, target: Path, jpeg_quality: int) -> tuple[Passage, str]:
    frame = source.frame
    image = eight_bit(_in_srgb(open_frame(source), frame))
    image.jpegsave(str(target), Q=jpeg_quality, keep="none")
    colours = "gray" if image.bands == 1 else "rgb"
    part = _part(frame, target, "DCTDecode", colours)
    return Passage((part,), f"jpeg q{jpeg_quality} made from {frame.compression}"), target.name


def _in_srgb(image: pyvips.Image, frame: FrameHeader) -> pyvips.Image:
    """Colours as the embedded profile means them, since the derivative carries none."""
    has_profile = frame.has_icc and "icc-profile-data" in image.get_fields()
    if has_profile and frame.mode in {Mode.COLOUR, Mode.CMYK} and not frame.has_alpha:
        return image.icc_transform("srgb", embedded=True)
    return image


def _part(
    frame: FrameHeader, target: Path, filter_name: str, colours: str, palette: str = ""
) -> ImagePart:
    spans = ((0, target.stat().st_size),)
    with target.open("rb") as written:
        sha256 = stream_sha256(written, spans, reverses_bits=False)
    return ImagePart(
        source=DERIVATIVE,
        spans=spans,
        sha256=sha256,
        width_px=frame.width_px,
        height_px=frame.height_px,
        top_px=0,
        filter_name=filter_name,
        colours=colours,
        bits=8,
        palette=palette,
    )
