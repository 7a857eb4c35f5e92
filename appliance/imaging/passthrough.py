"""Which image streams PDF/A-2 carries as they are: nothing is decoded, nothing re-encoded.

Sources: ISO 32000-1 7.4 (filters) and ISO 19005-2 6.1.6, 6.2.8 (what the archival form allows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.jp2_header import read_jp2_facts
from appliance.imaging.jpeg_header import read_jpeg_facts
from appliance.imaging.page_derivative import MASTER, ImagePart
from appliance.imaging.png_header import read_png_facts
from appliance.imaging.streams import stream_sha256
from appliance.imaging.tiff import Tag, read_directories, segments
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from typing import BinaryIO

    from appliance.imaging.page_derivative import Span
    from appliance.imaging.tiff import Directory
    from appliance.imaging.windows import ByteWindow

MAX_STRIPS: Final = 256
"""Our own: more strips make more objects than they save work; they become one stream."""
MAX_PNG_SPANS: Final = 20_000
"""Our own: a record of more pieces is larger than it is worth."""

_JPEG_CODINGS: Final = {"jpeg", "progressive-jpeg"}
_EIGHT_BITS: Final = 8
_JP2_COLOURS: Final = {16: 3, 17: 1}
"""Enumerated colour spaces sRGB and gray, with their channels."""
_COLOURS: Final = {
    Mode.BITONAL: "gray",
    Mode.GRAY: "gray",
    Mode.COLOUR: "rgb",
    Mode.CMYK: "cmyk",
    Mode.PALETTE: "palette",
}
_MIN_IS_WHITE: Final = 0
_REVERSED_FILL: Final = 2
_T6_UNCOMPRESSED: Final = 2
_T6_OPTIONS: Final = 293


@dataclass(frozen=True, slots=True)
class Passage:
    """Streams that can be taken over.

    Args:
        parts: From top to bottom.
        recipe: How, for the record.
    """

    parts: tuple[ImagePart, ...]
    recipe: str


def passage_of(source: FrameSource) -> Passage | None:
    """The streams of a frame that PDF/A-2 carries unchanged; None when there are none.

    Raises:
        BadStructure: The file is not what its header was read from.
        OSError: It cannot be read.
    """
    finders = {
        Kind.JPEG: _jpeg,
        Kind.PNG: _png,
        Kind.JP2: _jp2,
        Kind.TIFF: _tiff,
    }
    with open_window(source.path) as window, source.path.open("rb") as stream:
        return finders[source.image.kind](window, stream, source.frame)


def g4_parts(
    window: ByteWindow, source: BinaryIO, directory: Directory, origin: str
) -> tuple[ImagePart, ...]:
    """The strips of a G4 frame, each a stream of its own.

    Raises:
        BadStructure: The strips are not whole.
    """
    width, height = directory.number(Tag.WIDTH), directory.number(Tag.HEIGHT)
    rows = min(directory.number(Tag.ROWS_PER_STRIP, height), height)
    reverses = directory.number(Tag.FILL_ORDER, 1) == _REVERSED_FILL
    parts = []
    for index, span in enumerate(segments(window, directory)):
        part = ImagePart(
            source=origin,
            spans=(span,),
            sha256=stream_sha256(source, (span,), reverses_bits=reverses),
            width_px=width,
            height_px=min(rows, height - index * rows),
            top_px=index * rows,
            filter_name="CCITTFaxDecode",
            colours="gray",
            bits=1,
            is_black_one=directory.number(Tag.PHOTOMETRIC) != _MIN_IS_WHITE,
            reverses_bits=reverses,
        )
        parts.append(part)
    return tuple(parts)


def _jpeg(window: ByteWindow, source: BinaryIO, frame: FrameHeader) -> Passage | None:
    facts = read_jpeg_facts(window)
    is_known = frame.compression in _JPEG_CODINGS and frame.mode in _COLOURS
    if not is_known or frame.bits_per_sample != _EIGHT_BITS:
        return None
    is_inverted = frame.mode is Mode.CMYK and facts.is_adobe
    part = _whole(source, frame, ((0, facts.end),), "DCTDecode", is_inverted=is_inverted)
    return Passage((part,), "jpeg-unchanged")


def _png(window: ByteWindow, source: BinaryIO, frame: FrameHeader) -> Passage | None:
    facts = read_png_facts(window)
    if facts.is_interlaced or frame.has_alpha or len(facts.data_spans) > MAX_PNG_SPANS:
        return None
    if frame.mode is Mode.PALETTE and not facts.palette:
        return None
    palette = facts.palette.hex() if frame.mode is Mode.PALETTE else ""
    part = _whole(
        source, frame, facts.data_spans, "FlateDecode", palette=palette, has_predictor=True
    )
    return Passage((part,), "png-data-unchanged")


def _jp2(window: ByteWindow, source: BinaryIO, frame: FrameHeader) -> Passage | None:
    facts = read_jp2_facts(window)
    channels = _JP2_COLOURS.get(facts.colour_space)
    if channels != frame.samples or frame.bits_per_sample != _EIGHT_BITS:
        return None
    part = _whole(source, frame, ((0, facts.end),), "JPXDecode", colours="")
    return Passage((part,), "jp2-unchanged")


def _tiff(window: ByteWindow, source: BinaryIO, frame: FrameHeader) -> Passage | None:
    directory = read_directories(window)[frame.directory]
    is_plain = not directory.has(Tag.TILE_OFFSETS) and frame.mode is Mode.BITONAL
    if frame.compression != "g4" or not is_plain:
        return None
    if directory.number(_T6_OPTIONS) & _T6_UNCOMPRESSED:
        return None
    parts = g4_parts(window, source, directory, MASTER)
    if len(parts) > MAX_STRIPS:
        return None
    recipe = "g4-unchanged" if len(parts) == 1 else f"g4-unchanged in {len(parts)} strips"
    return Passage(parts, recipe + (", bits reversed" if parts[0].reverses_bits else ""))


def _whole(
    source: BinaryIO,
    frame: FrameHeader,
    spans: tuple[Span, ...],
    filter_name: str,
    *,
    colours: str | None = None,
    palette: str = "",
    is_inverted: bool = False,
    has_predictor: bool = False,
) -> ImagePart:
    """One stream that fills the page."""
    return ImagePart(
        source=MASTER,
        spans=spans,
        sha256=stream_sha256(source, spans, reverses_bits=False),
        width_px=frame.width_px,
        height_px=frame.height_px,
        top_px=0,
        filter_name=filter_name,
        colours=_COLOURS[frame.mode] if colours is None else colours,
        bits=frame.bits_per_sample,
        palette=palette,
        is_inverted=is_inverted,
        has_predictor=has_predictor,
    )
