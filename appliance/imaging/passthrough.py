"""Which image streams PDF/A carries as they are: nothing is decoded, nothing re-encoded.

Sources: ISO 32000-1 7.4 (filters), ISO 19005-1 6.2 and ISO 19005-2 6.1.6, 6.2.4 and 6.2.8 (what
the archival forms allow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.imaging.carrying import (
    BYTE_BITS,
    COLOURS,
    JPEG_CODINGS,
    NotCarried,
    Passage,
    carried_profile,
    lost_profile,
    whole_part,
)
from appliance.imaging.decoding import source_window
from appliance.imaging.headers import FrameHeader, FrameSource, Kind, Mode
from appliance.imaging.jp2_header import read_jp2_facts
from appliance.imaging.jpeg_header import read_jpeg_facts
from appliance.imaging.passthrough_tiff import tiff_passage
from appliance.imaging.pdf_form import PdfaProfile
from appliance.imaging.png_header import read_png_facts

if TYPE_CHECKING:
    from appliance.imaging.windows import ByteWindow

__all__ = ["Passage", "passage_of"]

MAX_PNG_SPANS: Final = 20_000
"""Our own: a record of more pieces is larger than it is worth."""

_JP2_COLOURS: Final = {16: 3, 17: 1}
"""Enumerated colour spaces sRGB and gray, with their channels."""


def passage_of(source: FrameSource, profile: PdfaProfile = PdfaProfile.A2B) -> Passage | None:
    """The streams of a frame that PDF/A carries unchanged; None when there are none.

    Args:
        source: The frame.
        profile: The archival form.

    Raises:
        BadStructure: The file is not what its header was read from.
        OSError: It cannot be read.
    """
    finders = {
        Kind.JPEG: _jpeg,
        Kind.PNG: _png,
        Kind.JP2: _jp2,
        Kind.TIFF: tiff_passage,
    }
    if source.frame.bits_per_sample > profile.max_sample_bits:
        return None
    with source_window(source) as window:
        try:
            return finders[source.image.kind](window, source.frame, profile)
        except NotCarried:
            return None


def _jpeg(window: ByteWindow, frame: FrameHeader, form: PdfaProfile) -> Passage | None:
    facts = read_jpeg_facts(window)
    is_known = frame.compression in JPEG_CODINGS and frame.mode in COLOURS
    if not is_known or frame.bits_per_sample != BYTE_BITS:
        return None
    part = whole_part(
        window,
        frame,
        ((0, facts.end),),
        "DCTDecode",
        is_inverted=frame.mode is Mode.CMYK and facts.is_adobe,
        profile=carried_profile(window, facts.profile_spans, frame, form),
    )
    return Passage((part,), "jpeg-unchanged" + lost_profile(frame, part))


def _png(window: ByteWindow, frame: FrameHeader, form: PdfaProfile) -> Passage | None:
    facts = read_png_facts(window)
    if facts.is_interlaced or frame.has_alpha or len(facts.data_spans) > MAX_PNG_SPANS:
        return None
    if frame.mode is Mode.PALETTE and not facts.palette:
        return None
    spans = (facts.profile_span,) if facts.profile_span else ()
    part = whole_part(
        window,
        frame,
        facts.data_spans,
        "FlateDecode",
        palette=facts.palette.hex() if frame.mode is Mode.PALETTE else "",
        has_predictor=True,
        profile=carried_profile(window, spans, frame, form, is_packed=True),
    )
    return Passage((part,), "png-data-unchanged" + lost_profile(frame, part))


def _jp2(window: ByteWindow, frame: FrameHeader, form: PdfaProfile) -> Passage | None:
    """The colours stand in the JP2 itself: a colour space by its number, or a simple profile."""
    facts = read_jp2_facts(window)
    channels = _JP2_COLOURS.get(facts.colour_space)
    if facts.has_restricted_profile and frame.mode in {Mode.GRAY, Mode.COLOUR}:
        channels = 1 if frame.mode is Mode.GRAY else 3
    if not form.carries_jpeg2000 or channels != frame.samples:
        return None
    if frame.bits_per_sample != BYTE_BITS:
        return None
    part = whole_part(window, frame, ((0, facts.end),), "JPXDecode", colours="")
    return Passage((part,), "jp2-unchanged")
