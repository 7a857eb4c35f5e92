"""The target sheet: what is printed where on it, what a scan of it must show, what it showed.

A sheet has four corner marks to find one's way, gray and colour patches, and a dark square set
askew, whose edges tell how sharp the scanner is. All places are in millimetres from the upper
left corner of an A4 sheet.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from appliance.domain.colour import Lab, lab_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.domain.canonical import JsonValue

MARK_BITS: Final = (0xB532, 0x0F9A, 0x332D, 0x9946)
"""The corner marks' 4 x 4 bits, row by row, 1 = white: the first four of ArUco's ``4X4_50``."""
MARK_CELLS: Final = 6
"""Bits and the black frame around them, along one side."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One evenly coloured square.

    Args:
        left_mm: Its left side.
        top_mm: Its upper side.
        red: sRGB, 0 to 255, as it is printed.
        green: The same.
        blue: The same.
    """

    left_mm: float
    top_mm: float
    red: int
    green: int
    blue: int

    @property
    def is_gray(self) -> bool:
        """Whether it belongs to the scale of grays."""
        return self.red == self.green == self.blue

    @property
    def lab(self) -> Lab:
        """The colour that it is meant to have."""
        return lab_of(self.red, self.green, self.blue)


@dataclass(frozen=True, slots=True)
class TargetLayout:
    """Where everything is on a sheet.

    Args:
        width_mm: Of the sheet.
        height_mm: Of the sheet.
        mark_mm: The side of a corner mark.
        marks: The upper left corners of the marks: upper left, upper right, lower right, lower
            left.
        patch_mm: The side of a patch.
        patches: In the order of reference values: grays from white to black, then colours.
        square_mm: The side of the askew square.
        square_centre: Where its middle is.
        square_degrees: How far it is turned clockwise.
        square_gray: Its sRGB gray, 0 to 255.
        code_mm: The side of the QR code.
        code_corner: Its upper left corner.
    """

    width_mm: float
    height_mm: float
    mark_mm: float
    marks: tuple[tuple[float, float], ...]
    patch_mm: float
    patches: tuple[Patch, ...]
    square_mm: float
    square_centre: tuple[float, float]
    square_degrees: float
    square_gray: int
    code_mm: float
    code_corner: tuple[float, float]


_GRAYS: Final = (255, 230, 205, 180, 155, 130, 105, 80, 55, 30)
_COLOURS: Final = (
    (235, 220, 180),  # old paper
    (200, 170, 120),  # brown paper
    (185, 35, 40),  # seal
    (130, 40, 60),
    (40, 60, 145),  # ink
    (90, 60, 140),  # carbon copy, spirit duplicator
    (30, 90, 70),
    (60, 140, 80),
    (240, 200, 40),
    (220, 120, 40),
    (60, 150, 190),
    (190, 80, 140),
)
"""Colours of papers, seals and inks in archives, and around the circle between them."""


def _row(colours: tuple[tuple[int, int, int], ...], left: float, top: float) -> list[Patch]:
    return [Patch(left + 16 * n, top, *colour) for n, colour in enumerate(colours)]


LAYOUT: Final = TargetLayout(
    width_mm=210,
    height_mm=297,
    mark_mm=15,
    marks=((15, 15), (180, 15), (180, 267), (15, 267)),
    patch_mm=16,
    patches=(
        *_row(tuple((gray, gray, gray) for gray in _GRAYS), 25, 130),
        *_row(_COLOURS[:6], 25, 156),
        *_row(_COLOURS[6:], 25, 172),
    ),
    square_mm=36,
    square_centre=(155, 225),
    square_degrees=5,
    square_gray=40,
    code_mm=60,
    code_corner=(75, 45),
)
"""The one layout of this release."""


@dataclass(frozen=True, slots=True)
class TargetReference:
    """What the patches of one printed sheet really are.

    Args:
        target_id: The sheet, as its QR code names it.
        patches: Their colours in the order of the layout.
        is_measured: Whether somebody measured the printed sheet; a printer's colours are not
            those of the layout, so an unmeasured sheet shows changes only.
    """

    target_id: str
    patches: tuple[Lab, ...]
    is_measured: bool


def nominal_reference(target_id: str) -> TargetReference:
    """The colours that the layout asks for."""
    patches = tuple(patch.lab for patch in LAYOUT.patches)
    return TargetReference(target_id, patches, is_measured=False)


def measured_reference(target_id: str, values: Sequence[float]) -> TargetReference:
    """The colours that somebody measured on one printed sheet.

    Args:
        target_id: The sheet.
        values: L*, a*, b* of each patch in order, three numbers for each.

    Raises:
        ValueError: There are more or fewer.
    """
    triples = zip(values[0::3], values[1::3], values[2::3], strict=True)
    patches = tuple(Lab(*triple) for triple in triples)
    if len(patches) != len(LAYOUT.patches):
        raise ValueError(f"{len(LAYOUT.patches)} patches are needed, not {len(patches)}")
    return TargetReference(target_id, patches, is_measured=True)


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """What one scan of a target sheet showed.

    Args:
        scan_dpi: The true resolution, by the distances between the corner marks.
        rise_micrometres: How far the askew edges take from 10 to 90 %; the worse of across and
            down.
        tone_mean_centi: The mean distance of the grays' lightness from the reference, in
            hundredths of L*.
        tone_worst_centi: The largest such distance.
        colour_mean_centi: The mean CIEDE2000 of the colour patches from the reference, in
            hundredths; None for a scan in gray.
        colour_worst_centi: The largest.
        patches_centi: L*, a*, b* of each patch as scanned, in hundredths, in order.
    """

    scan_dpi: int
    rise_micrometres: int
    tone_mean_centi: int
    tone_worst_centi: int
    colour_mean_centi: int | None
    colour_worst_centi: int | None
    patches_centi: tuple[tuple[int, int, int], ...]

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue."""
        return {**asdict(self), "patches_centi": [list(patch) for patch in self.patches_centi]}

    @classmethod
    def from_json(cls, value: dict[str, JsonValue]) -> TargetFigures:
        """Read back what ``to_json`` wrote.

        Raises:
            ValueError: It is something else.
        """
        if value.keys() != {field.name for field in fields(cls)}:
            raise ValueError(f"not the figures of a target: {sorted(value)}")
        numbers = {name: _number(name, value[name]) for name in value.keys() - {"patches_centi"}}
        patches = value["patches_centi"]
        if not isinstance(patches, list):
            raise ValueError(f"not patches: {patches!r}")  # noqa: TRY004 - data, not a type
        return cls(patches_centi=tuple(_patch(patch) for patch in patches), **numbers)


def _number(name: str, value: JsonValue) -> int:
    is_optional = name.startswith("colour_")
    if not (isinstance(value, int) or (value is None and is_optional)):
        raise ValueError(f"{name} is no whole number: {value!r}")
    return value  # type: ignore[return-value]  # None only where the field allows it


def _patch(value: JsonValue) -> tuple[int, int, int]:
    match value:
        case [int() as lightness, int() as a, int() as b]:
            return lightness, a, b
    raise ValueError(f"not the colour of a patch: {value!r}")
