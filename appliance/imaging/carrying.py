"""What every way of taking a stream over has in common: one part, its digests, its profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.colour_profiles import find_profile
from appliance.imaging.headers import FrameHeader, Mode
from appliance.imaging.page_derivative import MASTER, ImagePart
from appliance.imaging.streams import stream_digests

if TYPE_CHECKING:
    from appliance.imaging.page_derivative import ColourProfile, Span
    from appliance.imaging.pdf_form import PdfaProfile
    from appliance.imaging.windows import ByteWindow

JPEG_CODINGS: Final = {"jpeg", "progressive-jpeg"}
"""What DCTDecode reads."""
BYTE_BITS: Final = 8
COLOURS: Final = {
    Mode.BITONAL: "gray",
    Mode.GRAY: "gray",
    Mode.COLOUR: "rgb",
    Mode.CMYK: "cmyk",
    Mode.PALETTE: "palette",
}
"""Modes that a PDF knows, and how a record calls their colours."""
_CHANNELS: Final = {"gray": 1, "rgb": 3, "cmyk": 4, "palette": 3}


@dataclass(frozen=True, slots=True)
class Passage:
    """Streams that can be taken over.

    Args:
        parts: From top to bottom.
        recipe: How, for the record.
    """

    parts: tuple[ImagePart, ...]
    recipe: str


class NotCarried(Exception):  # noqa: N818 - says what the form does, not what went wrong
    """The archival form cannot carry the stream; never leaves ``passage_of``."""


def whole_part(
    window: ByteWindow,
    frame: FrameHeader,
    spans: tuple[Span, ...],
    filter_name: str,
    *,
    colours: str | None = None,
    palette: str = "",
    is_inverted: bool = False,
    is_untransformed: bool = False,
    has_predictor: bool = False,
    profile: ColourProfile | None = None,
) -> ImagePart:
    """One stream that fills the page."""
    digests = stream_digests(window, spans)
    return ImagePart(
        source=MASTER,
        spans=spans,
        sha256=digests.sha256,
        width_px=frame.width_px,
        height_px=frame.height_px,
        top_px=0,
        filter_name=filter_name,
        colours=COLOURS[frame.mode] if colours is None else colours,
        bits=frame.bits_per_sample,
        palette=palette,
        is_inverted=is_inverted,
        has_predictor=has_predictor,
        is_untransformed=is_untransformed,
        xxh3=digests.xxh3,
        profile=profile,
    )


def carried_profile(
    window: ByteWindow,
    spans: tuple[Span, ...],
    frame: FrameHeader,
    form: PdfaProfile,
    *,
    is_packed: bool = False,
) -> ColourProfile | None:
    """The profile that goes along with a stream; black and white mean the same without one.

    Raises:
        NotCarried: It is sound, but newer than the form knows: the colours must be converted.
    """
    if not spans or frame.mode is Mode.BITONAL:
        return None
    channels = _CHANNELS[COLOURS[frame.mode]]
    found = find_profile(window, spans, channels, is_packed=is_packed)
    if found is None:
        return None
    if found.version > form.max_icc_version:
        raise NotCarried
    return found.profile


def lost_profile(frame: FrameHeader, part: ImagePart) -> str:
    """What a recipe adds when a master's profile is damaged or of another kind of picture."""
    is_lost = frame.has_icc and part.profile is None and frame.mode is not Mode.BITONAL
    return ", unusable colour profile left out" if is_lost else ""
