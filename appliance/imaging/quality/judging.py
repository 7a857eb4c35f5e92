"""Measures of a page held against our thresholds: which findings they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.domain.policy import (
    MAX_BORDER_PERMILLE,
    MAX_BRIGHT_CLIP_PERMILLE,
    MAX_DARK_CLIP_PERMILLE,
    MAX_SKEW_CENTIDEGREES,
    MIN_SHARPNESS_PERMILLE,
)
from appliance.imaging.headers import Mode
from appliance.imaging.quality.values import is_nearly_blank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.quality.values import PageQuality

_SIDES_VI: Final = {"left": "trái", "right": "phải", "top": "trên", "bottom": "dưới"}


def quality_findings(quality: PageQuality, where: str, *, mode: Mode) -> tuple[Finding, ...]:
    """What is worth a second look; nothing here stops a page.

    Args:
        quality: As measured.
        where: How the findings call the page.
        mode: What the original holds: two-valued pages have neither blur nor tone.
    """
    is_toned = mode is not Mode.BITONAL
    return (
        *_page_findings(quality, where),
        *(_tone_findings(quality, where) if is_toned else ()),
        *_position_findings(quality, where),
    )


def _page_findings(quality: PageQuality, where: str) -> Iterator[Finding]:
    if is_nearly_blank(quality.ink_permille, quality.ink_components):
        values = {"ink_permille": quality.ink_permille}
        yield Finding("QUALITY-BLANK-SUSPECTED", where, values)
    if quality.border_permille > MAX_BORDER_PERMILLE:
        yield Finding("QUALITY-BLACK-BORDER", where, {"border_permille": quality.border_permille})


def _tone_findings(quality: PageQuality, where: str) -> Iterator[Finding]:
    sharpness = quality.sharpness_permille
    if sharpness is not None and sharpness < MIN_SHARPNESS_PERMILLE:
        values = {"sharpness_permille": sharpness, "limit": MIN_SHARPNESS_PERMILLE}
        yield Finding("QUALITY-BLURRED", where, values)
    bright, dark = quality.bright_clip_permille or 0, quality.dark_clip_permille or 0
    if bright > MAX_BRIGHT_CLIP_PERMILLE or dark > MAX_DARK_CLIP_PERMILLE:
        values = {"bright_permille": bright, "dark_permille": dark}
        yield Finding("QUALITY-CLIPPED", where, values)


def _position_findings(quality: PageQuality, where: str) -> Iterator[Finding]:
    skew = abs(quality.skew_centidegrees or 0)
    if skew > MAX_SKEW_CENTIDEGREES:
        degrees = f"{skew / 100:.1f}"
        values = {"degrees": degrees.replace(".", ","), "degrees_en": degrees}
        yield Finding("QUALITY-SKEWED", where, {**values})
    if quality.cut_sides:
        sides = ", ".join(_SIDES_VI[side] for side in quality.cut_sides)
        values = {"sides": sides, "sides_en": ", ".join(quality.cut_sides)}
        yield Finding("QUALITY-CONTENT-CUT", where, {**values})
    if quality.is_upside_down:
        yield Finding("QUALITY-UPSIDE-DOWN", where)
