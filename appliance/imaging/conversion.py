"""Derivative images for masters whose streams PDF/A cannot carry.

Bitonal pages become one G4 stream and palettes Flate, both without loss; gray and colour become
JPEG, or Flate without loss where the fonds wants that. The record says which, and the master
stays beside the PDF.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import replace_file
from appliance.imaging.carrying import BYTE_BITS, Passage
from appliance.imaging.colour_profiles import FoundProfile, find_profile
from appliance.imaging.decoding import eight_bit, open_frame
from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.page_derivative import DERIVATIVE, ImagePart
from appliance.imaging.passthrough_tiff import g4_parts
from appliance.imaging.pdf_form import PdfaProfile
from appliance.imaging.pillow_decoding import MAX_PILLOW_PIXELS, load_with_pillow
from appliance.imaging.png_header import read_png_facts
from appliance.imaging.problems import malformed
from appliance.imaging.streams import stream_bytes, stream_digests
from appliance.imaging.tiff import read_directories
from appliance.imaging.windows import held_window, open_window

if TYPE_CHECKING:
    from pathlib import Path

    import pyvips

    from appliance.imaging.page_derivative import Span
    from appliance.imaging.paper import Resolution

MAX_STRIP_ROWS: Final = 32_768
"""libvips writes no taller strip; a taller page becomes several streams."""
_PALETTE_LEVEL: Final = 9
_PIXEL_LEVEL: Final = 6
"""Of Deflate over whole pages: higher ones take twice the time and save next to nothing."""
_ICC: Final = "icc-profile-data"
_EXACT_FORMS: Final = {
    ("uchar", "b-w"): 8, ("uchar", "srgb"): 8, ("ushort", "grey16"): 16, ("ushort", "rgb16"): 16,
}  # fmt: skip
"""What libvips calls pixels that a PDF holds as they are, with the bits of a sample."""


@dataclass(frozen=True, slots=True)
class ConversionPolicy:
    """How derivative images are made; what can be made without loss of bits always is.

    Args:
        jpeg_quality: 1 to 100, of gray and colour.
        max_dpi: Gray and colour JPEG are made smaller than the master above it; 0 for never.
        is_lossless: Gray and colour keep every pixel, whatever that takes.
        profile: The archival form that must carry them.
    """

    jpeg_quality: int = 85
    max_dpi: int = 0
    is_lossless: bool = False
    profile: PdfaProfile = PdfaProfile.A2B


def convert_image(
    source: FrameSource,
    resolution: Resolution,
    work_folder: Path,
    stem: str,
    policy: ConversionPolicy,
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
    if policy.is_lossless:
        return _to_rows(source, work_folder / f"{stem}.flate", policy.profile)
    return _to_jpeg(source, resolution, work_folder / f"{stem}.jpg", policy)


def _is_plain_palette(kind: Kind, frame: FrameHeader) -> bool:
    is_plain = not frame.has_alpha and frame.bits_per_sample <= BYTE_BITS
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
    with open_window(target) as window:
        parts = g4_parts(window, read_directories(window)[0], DERIVATIVE)
    return Passage(parts, f"g4 made without loss from {frame.compression}"), target.name


def _to_flate(source: FrameSource, target: Path) -> tuple[Passage, str]:
    frame = source.frame
    picture = load_with_pillow(source)
    palette = picture.getpalette("RGB")
    if palette is None:
        raise malformed("ảnh không có bảng màu", "the image has no palette")
    data = zlib.compress(picture.tobytes(), _PALETTE_LEVEL)
    replace_file(target, data)
    part = _part(target, (0, len(data)), picture.size, "FlateDecode", "palette")
    part = replace(part, palette=bytes(palette).hex())
    return Passage((part,), f"flate made without loss from {frame.compression}"), target.name


def _to_rows(source: FrameSource, target: Path, form: PdfaProfile) -> tuple[Passage, str]:
    """The rows of a PNG under Deflate, and behind them the colour profile that goes along."""
    frame = source.frame
    image = open_frame(source)
    bits = 0 if frame.has_alpha else _EXACT_FORMS.get((image.format, image.interpretation), 0)
    found = _sound_profile(image)
    is_exact = 0 < bits <= form.max_sample_bits
    is_exact &= found is None or found.version <= form.max_icc_version
    if not is_exact:
        image, bits, found = eight_bit(_in_srgb(image, frame)), BYTE_BITS, None
    saved = image.pngsave_buffer(compression=_PIXEL_LEVEL, filter="all", keep="none")
    window = held_window(saved)
    rows = b"".join(stream_bytes(window, read_png_facts(window).data_spans, reverses_bits=False))
    profile = bytes(image.get(_ICC)) if found else b""
    replace_file(target, rows + profile)
    colours = "gray" if image.bands == 1 else "rgb"
    size_px = (image.width, image.height)
    part = _part(target, (0, len(rows)), size_px, "FlateDecode", colours)
    behind = replace(found.profile, spans=((len(rows), len(profile)),)) if found else None
    part = replace(part, bits=bits, has_predictor=True, profile=behind)
    manner = "without loss" if is_exact else "in 8-bit sRGB"
    return Passage((part,), f"flate made {manner} from {frame.compression}"), target.name


def _sound_profile(image: pyvips.Image) -> FoundProfile | None:
    if _ICC not in image.get_fields():
        return None
    data = bytes(image.get(_ICC))
    return find_profile(held_window(data), ((0, len(data)),), image.bands)


def _to_jpeg(
    source: FrameSource, resolution: Resolution, target: Path, policy: ConversionPolicy
) -> tuple[Passage, str]:
    frame = source.frame
    image = eight_bit(_in_srgb(open_frame(source), frame))
    across, down = (_share(dpi, policy.max_dpi) for dpi in (resolution.x, resolution.y))
    if (across, down) != (1, 1):
        image = image.resize(across, vscale=down, kernel="lanczos3")
    image.jpegsave(str(target), Q=policy.jpeg_quality, keep="none")
    colours = "gray" if image.bands == 1 else "rgb"
    span = (0, target.stat().st_size)
    part = _part(target, span, (image.width, image.height), "DCTDecode", colours)
    smaller = "" if (across, down) == (1, 1) else f" at {policy.max_dpi} dpi"
    recipe = f"jpeg q{policy.jpeg_quality}{smaller} made from {frame.compression}"
    return Passage((part,), recipe), target.name


def _share(dpi: int, max_dpi: int) -> float:
    return min(max_dpi / dpi, 1) if max_dpi else 1


def _in_srgb(image: pyvips.Image, frame: FrameHeader) -> pyvips.Image:
    """Colours as the embedded profile means them, since the derivative carries none."""
    has_profile = frame.has_icc and _ICC in image.get_fields()
    if has_profile and frame.mode in {Mode.COLOUR, Mode.CMYK} and not frame.has_alpha:
        return image.icc_transform("srgb", embedded=True)
    return image


def _part(
    target: Path, span: Span, size_px: tuple[int, int], filter_name: str, colours: str
) -> ImagePart:
    """One stream that fills the page."""
    with open_window(target) as window:
        digests = stream_digests(window, (span,))
    return ImagePart(
        source=DERIVATIVE,
        spans=(span,),
        sha256=digests.sha256,
        width_px=size_px[0],
        height_px=size_px[1],
        top_px=0,
        filter_name=filter_name,
        colours=colours,
        bits=BYTE_BITS,
        xxh3=digests.xxh3,
    )
