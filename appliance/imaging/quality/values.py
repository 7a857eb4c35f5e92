"""What was measured of one page: whole numbers, so that a record of it never rounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Final

from appliance.domain.policy import BLANK_INK_COMPONENTS, BLANK_INK_PERMILLE

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue

SIDES: Final = ("left", "right", "top", "bottom")
"""The sides of a picture as stored, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class PageQuality:
    """The measures of one page; None says that a measure does not hold for this page.

    Args:
        ink_permille: Thousandths of the page, inside its border and margin, that carry ink.
        ink_components: Connected pieces of ink, specks left out; None where there is too much ink
            for a blank page, and nobody counts them.
        skew_centidegrees: How far the lines fall to the right, in hundredths of a degree; None
            when no lines stand out.
        sharpness_permille: The median slope of the sharpest edges in thousandths of their
            contrast per pixel at 150 dpi; None for bitonal pages and those that may be blank.
        bright_clip_permille: Thousandths of the page at pure white; None for bitonal pages.
        dark_clip_permille: Thousandths of the page at pure black; None for bitonal pages.
        border_permille: Thousandths of the picture that are a scanner's dark border.
        cut_sides: Sides, of ``SIDES``, where content runs out of the picture.
        is_upside_down: Whether the lines stand on their heads; None when they do not tell.
        page_hash: 64 hex digits that are alike for pictures of the same page; empty when the
            page is blank.
    """

    ink_permille: int
    ink_components: int | None
    skew_centidegrees: int | None
    sharpness_permille: int | None
    bright_clip_permille: int | None
    dark_clip_permille: int | None
    border_permille: int
    cut_sides: tuple[str, ...]
    is_upside_down: bool | None
    page_hash: str

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue and for ``--json``."""
        return {**asdict(self), "cut_sides": list(self.cut_sides)}

    @classmethod
    def from_json(cls, value: dict[str, JsonValue]) -> PageQuality:
        """Read back what ``to_json`` wrote.

        Raises:
            ValueError: A measure is missing, unknown or of another type.
        """
        if value.keys() != {field.name for field in fields(cls)}:
            raise ValueError(f"not the measures of a page: {sorted(value)}")
        sides = value["cut_sides"]
        if not isinstance(sides, list) or not set(sides) <= set(SIDES):
            raise ValueError(f"not sides of a page: {sides!r}")
        upside_down, page_hash = value["is_upside_down"], value["page_hash"]
        if not (upside_down is None or isinstance(upside_down, bool)):
            raise ValueError(f"neither yes, no nor unknown: {upside_down!r}")
        if not isinstance(page_hash, str):
            raise ValueError(f"not a page hash: {page_hash!r}")  # noqa: TRY004 - data, not a type
        return cls(
            ink_permille=_number(value, "ink_permille"),
            ink_components=_measured(value, "ink_components"),
            skew_centidegrees=_measured(value, "skew_centidegrees"),
            sharpness_permille=_measured(value, "sharpness_permille"),
            bright_clip_permille=_measured(value, "bright_clip_permille"),
            dark_clip_permille=_measured(value, "dark_clip_permille"),
            border_permille=_number(value, "border_permille"),
            cut_sides=tuple(str(side) for side in sides),
            is_upside_down=upside_down,
            page_hash=page_hash,
        )


def has_little_ink(ink_permille: int) -> bool:
    """Whether a page carries so little ink that its pieces must be counted."""
    return ink_permille < BLANK_INK_PERMILLE


def is_nearly_blank(ink_permille: int, ink_components: int | None) -> bool:
    """Whether a page carries so little ink, in so few pieces, that it may be blank."""
    if ink_components is None:
        return False
    return has_little_ink(ink_permille) and ink_components < BLANK_INK_COMPONENTS


def _number(value: dict[str, JsonValue], name: str) -> int:
    number = value[name]
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError(f"{name} is no whole number: {number!r}")  # noqa: TRY004 - data, not a type
    return number


def _measured(value: dict[str, JsonValue], name: str) -> int | None:
    return None if value[name] is None else _number(value, name)
