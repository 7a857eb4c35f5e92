"""Image streams inside TIFF that PDF/A carries as they are: G4 strips, and JPEG in one piece.

Sources: TIFF 6.0, TIFF Technical Note 2 (JPEG in TIFF), ISO 32000-1 7.4.6 and 7.4.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.imaging.carrying import (
    BYTE_BITS,
    JPEG_CODINGS,
    Passage,
    carried_profile,
    lost_profile,
    whole_part,
)
from appliance.imaging.headers import FrameHeader, Mode
from appliance.imaging.jpeg_header import read_jpeg_facts
from appliance.imaging.page_derivative import MASTER, ImagePart
from appliance.imaging.problems import BadStructure
from appliance.imaging.streams import stream_digests
from appliance.imaging.tiff import read_directory, segments
from appliance.imaging.tiff_tags import Tag
from appliance.imaging.windows import joined_window

if TYPE_CHECKING:
    from appliance.imaging.page_derivative import Span
    from appliance.imaging.pdf_form import PdfaProfile
    from appliance.imaging.tiff import Directory
    from appliance.imaging.windows import ByteWindow

MAX_STRIPS: Final = 256
"""Our own: more strips make more objects than they save work; they become one stream."""

_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _YCBCR = 0, 1, 2, 6
_TIFF_JPEG: Final = {_MIN_IS_BLACK: 1, _RGB: 3, _YCBCR: 3}
"""Photometric interpretations whose JPEG means the same in a PDF, with their channels."""
_REVERSED_FILL: Final = 2
_T6_UNCOMPRESSED: Final = 2
_T6_OPTIONS: Final = 293
_MARK_BYTES: Final = 2
"""The marks that begin and end a JPEG; between tables and picture they fall away."""


def tiff_passage(window: ByteWindow, frame: FrameHeader, form: PdfaProfile) -> Passage | None:
    """The streams of a TIFF's frame; None when there are none that PDF/A carries.

    Raises:
        BadStructure: The file is not what its header was read from.
        NotCarried: The form does not know the colour profile's version.
    """
    directory = read_directory(window, frame.directory_offset)
    if frame.compression == "jpeg":
        return _tiff_jpeg(window, frame, directory, form)
    is_plain = not directory.has(Tag.TILE_OFFSETS) and frame.mode is Mode.BITONAL
    if frame.compression != "g4" or not is_plain:
        return None
    if directory.number(_T6_OPTIONS) & _T6_UNCOMPRESSED:
        return None
    parts = g4_parts(window, directory, MASTER)
    if len(parts) > MAX_STRIPS:
        return None
    recipe = "g4-unchanged" if len(parts) == 1 else f"g4-unchanged in {len(parts)} strips"
    return Passage(parts, recipe + (", bits reversed" if parts[0].reverses_bits else ""))


def g4_parts(window: ByteWindow, directory: Directory, origin: str) -> tuple[ImagePart, ...]:
    """The strips of a G4 frame, each a stream of its own.

    Raises:
        BadStructure: The strips are not whole.
    """
    width, height = directory.number(Tag.WIDTH), directory.number(Tag.HEIGHT)
    rows = min(directory.number(Tag.ROWS_PER_STRIP, height), height)
    reverses = directory.number(Tag.FILL_ORDER, 1) == _REVERSED_FILL
    parts = []
    for index, span in enumerate(segments(window, directory)):
        digests = stream_digests(window, (span,), reverses_bits=reverses)
        part = ImagePart(
            source=origin,
            spans=(span,),
            sha256=digests.sha256,
            width_px=width,
            height_px=min(rows, height - index * rows),
            top_px=index * rows,
            filter_name="CCITTFaxDecode",
            colours="gray",
            bits=1,
            is_black_one=directory.number(Tag.PHOTOMETRIC) != _MIN_IS_WHITE,
            reverses_bits=reverses,
            xxh3=digests.xxh3,
        )
        parts.append(part)
    return tuple(parts)


def _tiff_jpeg(
    window: ByteWindow, frame: FrameHeader, directory: Directory, form: PdfaProfile
) -> Passage | None:
    """A single strip or tile is a JPEG once its tables stand in front of it."""
    photometric = directory.number(Tag.PHOTOMETRIC)
    pieces = segments(window, directory)
    if len(pieces) != 1 or _TIFF_JPEG.get(photometric) != frame.samples:
        return None
    spans = _with_tables(window, directory, pieces[0])
    try:
        facts = read_jpeg_facts(joined_window(window, spans))
    except BadStructure:
        return None  # a decoder that knows TIFF may still read it
    held = facts.header
    is_same = (held.width_px, held.height_px, held.samples, held.bits_per_sample) == (
        frame.width_px, frame.height_px, frame.samples, BYTE_BITS,
    )  # fmt: skip
    if not is_same or held.compression not in JPEG_CODINGS or facts.is_adobe:
        return None
    place = directory.place(Tag.ICC)
    part = whole_part(
        window,
        frame,
        _cut(spans, facts.end),
        "DCTDecode",
        is_untransformed=photometric == _RGB,
        profile=carried_profile(window, (place,) if place[1] else (), frame, form),
    )
    recipe = "jpeg-in-tiff-unchanged" + (" with its tables" if len(spans) > 1 else "")
    return Passage((part,), recipe + lost_profile(frame, part))


def _with_tables(window: ByteWindow, directory: Directory, piece: Span) -> tuple[Span, ...]:
    """Start mark and tables without their end mark, then the picture without its start mark."""
    place = directory.place(Tag.JPEG_TABLES)
    if place[1] <= 2 * _MARK_BYTES:
        return (piece,)
    tables = window.read_up_to(*place)
    if not (tables.startswith(b"\xff\xd8") and tables.endswith(b"\xff\xd9")):
        return (piece,)
    return (
        (place[0], place[1] - _MARK_BYTES),
        (piece[0] + _MARK_BYTES, piece[1] - _MARK_BYTES),
    )


def _cut(spans: tuple[Span, ...], length: int) -> tuple[Span, ...]:
    """The spans without what lies after so many bytes; the end mark lies in the last."""
    before = sum(one for _, one in spans[:-1])
    return (*spans[:-1], (spans[-1][0], length - before))
