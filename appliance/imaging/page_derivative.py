"""What a page brings into the PDF: plain values that can be stored and read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from appliance.domain.canonical import canonical_json
from appliance.imaging.ocr import Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.domain.canonical import JsonValue

MASTER: Final = "master"
DERIVATIVE: Final = "derivative"

Span: TypeAlias = "tuple[int, int]"


@dataclass(frozen=True, slots=True)
class ColourProfile:
    """An embedded ICC profile that goes along with an image stream, from the same file.

    Args:
        spans: Offset and length of each run of bytes; together they are the profile.
        sha256: Of these bytes, hexadecimal; equal profiles stand in a PDF once.
        channels: 1, 3 or 4: gray, RGB or CMYK.
        is_packed: Whether the bytes are a zlib stream (PNG).
    """

    spans: tuple[Span, ...]
    sha256: str
    channels: int
    is_packed: bool = False


@dataclass(frozen=True, slots=True)
class ImagePart:
    """One image stream of a page; parts lie under one another and fill the page.

    Args:
        source: ``master`` or ``derivative``: which file the spans are of.
        spans: Offset and length of each run of bytes; together they are the stream.
        sha256: Of the stream as it stands in the PDF, hexadecimal.
        width_px: Width of this part.
        height_px: Height of this part.
        top_px: Rows of the page above this part.
        filter_name: ``DCTDecode``, ``JPXDecode``, ``CCITTFaxDecode`` or ``FlateDecode``.
        colours: ``gray``, ``rgb``, ``cmyk``, ``palette``, or empty when the stream tells.
        bits: Bits per sample.
        palette: Hexadecimal RGB triples, for ``palette``.
        is_inverted: Whether sample values count the other way round.
        has_predictor: Whether rows carry PNG predictors (Flate only).
        is_black_one: Whether 1 is black (CCITT only).
        reverses_bits: Whether the bits of each byte are turned round on copying (CCITT only).
        is_untransformed: Whether three channels are RGB as they stand, not YCbCr (DCT only).
        xxh3: XXH3-128 of the stream, hexadecimal; empty in records of earlier releases.
        profile: What the colours mean, when the master says it.
    """

    source: str
    spans: tuple[Span, ...]
    sha256: str
    width_px: int
    height_px: int
    top_px: int
    filter_name: str
    colours: str
    bits: int
    palette: str = ""
    is_inverted: bool = False
    has_predictor: bool = False
    is_black_one: bool = False
    reverses_bits: bool = False
    is_untransformed: bool = False
    xxh3: str = ""
    profile: ColourProfile | None = None

    @property
    def length_bytes(self) -> int:
        """Length of the stream."""
        return sum(length for _, length in self.spans)


@dataclass(frozen=True, slots=True)
class PageDerivative:
    """How one frame goes into the PDF.

    Args:
        frame: Of the master, 1-based.
        width_px: As stored, before orientation.
        height_px: As stored.
        orientation: 1 to 8; applied by the page's matrix, the stream is not touched.
        dpi_x: Along a stored row; gives the page its true size.
        dpi_y: Down a stored column.
        is_passthrough: Whether every stream holds the master's own bytes; those of a PDF are
            taken out of it into a derivative image.
        recipe: What was done, for the record, such as ``g4-strips`` or ``jpeg q85``.
        parts: The image streams, from top to bottom.
        image_name: The derivative image's name in the work folder, or None.
        words_name: The words' name in the work folder, or None.
        text_outcome: A value of ``ocr.TextOutcome``.
        word_count: Words read.
        mean_confidence: 0 to 100.
        text_engine: What read them, as ``ocr.ocr_version`` names it; empty without reading.
        text_turn_degrees: How far the page, shown by its orientation, was turned to be read,
            clockwise: 0, 90, 180 or 270. Neither image nor places of words are turned by it.
    """

    frame: int
    width_px: int
    height_px: int
    orientation: int
    dpi_x: int
    dpi_y: int
    is_passthrough: bool
    recipe: str
    parts: tuple[ImagePart, ...]
    image_name: str | None = None
    words_name: str | None = None
    text_outcome: str = "switched_off"
    word_count: int = 0
    mean_confidence: int = 0
    text_engine: str = ""
    text_turn_degrees: int = 0

    @property
    def image_bytes(self) -> int:
        """Of its image streams, which are nearly all that the page takes."""
        return sum(part.length_bytes for part in self.parts)

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form without floats, for the catalogue."""
        return {**_plain(self), "parts": [_plain_part(part) for part in self.parts]}

    @classmethod
    def from_json(cls, value: Mapping[str, JsonValue]) -> PageDerivative:
        """Read back what ``to_json`` wrote.

        Raises:
            ValueError: The value has another form.
        """
        try:
            parts = tuple(_part(one) for one in _rows(value["parts"]))
            return cls(**{**value, "parts": parts})  # type: ignore[arg-type]  # data; a wrong name is a TypeError
        except (KeyError, TypeError, ValueError) as problem:
            raise ValueError(f"not a page derivative: {problem}") from problem


def _plain(value: PageDerivative | ImagePart | ColourProfile) -> dict[str, JsonValue]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _plain_part(part: ImagePart) -> dict[str, JsonValue]:
    return {**_plain(part), "profile": None if part.profile is None else _plain(part.profile)}


def _part(value: JsonValue) -> ImagePart:
    if not isinstance(value, dict):
        raise TypeError("an image part is not an object")
    profile = value.get("profile")
    if isinstance(profile, dict):
        profile = ColourProfile(**{**profile, "spans": _spans(profile["spans"])})
    elif profile is not None:
        raise TypeError("a colour profile is not an object")
    return ImagePart(**{**value, "spans": _spans(value["spans"]), "profile": profile})


def _spans(value: JsonValue) -> tuple[Span, ...]:
    return tuple((int(row[0]), int(row[1])) for row in map(_rows, _rows(value)))  # type: ignore[arg-type]  # int() refuses what is no number


def _rows(value: JsonValue) -> Sequence[JsonValue]:
    if not isinstance(value, list | tuple):
        raise TypeError("not a list")
    return value


def words_to_bytes(words: Sequence[Word]) -> bytes:
    """The words of a page as canonical JSON, one row a word."""
    return canonical_json({"format": 1, "words": [word.to_json() for word in words]})


def read_words(path: Path) -> tuple[Word, ...]:
    """Read back what ``words_to_bytes`` gave.

    Raises:
        ValueError: The file has another form.
    """
    try:
        rows = json.loads(path.read_bytes())["words"]
        return tuple(Word(*row) for row in rows)
    except (KeyError, TypeError, ValueError) as problem:
        raise ValueError(f"{path.name} holds no words: {problem}") from problem
