"""What a reading of a target sheet says of its scanner: good enough, and still as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.colour import Lab, difference
from appliance.domain.findings import Finding
from appliance.domain.policy import (
    TARGET_DRIFT_MEAN_CENTI,
    TARGET_DRIFT_RISE_PERCENT,
    TARGET_DRIFT_WORST_CENTI,
    TARGET_MAX_COLOUR_CENTI,
    TARGET_MAX_RISE_PIXELS,
    TARGET_MAX_TONE_CENTI,
    TARGET_MIN_DRIFT_MICROMETRES,
)

if TYPE_CHECKING:
    from appliance.domain.targets import TargetFigures

MICROMETRES_PER_INCH: Final = 25_400


def judge_target(today: TargetFigures, where: str, *, is_measured: bool) -> tuple[Finding, ...]:
    """Whether the scanner is good enough by itself.

    Args:
        today: What the scan showed.
        where: The target sheet's id.
        is_measured: Whether the sheet's true colours are known; if not, tone and colour are not
            judged: a printer's colours are its own.
    """
    said = []
    allowed = TARGET_MAX_RISE_PIXELS * MICROMETRES_PER_INCH // today.scan_dpi
    if today.rise_micrometres > allowed:
        said.append(_rise(today.rise_micrometres, allowed))
    if is_measured and today.tone_mean_centi > TARGET_MAX_TONE_CENTI:
        said.append(_apart("sắc độ xám", "grays", today.tone_mean_centi, TARGET_MAX_TONE_CENTI))
    colour = today.colour_mean_centi
    if is_measured and colour is not None and colour > TARGET_MAX_COLOUR_CENTI:
        said.append(_apart("màu", "colours", colour, TARGET_MAX_COLOUR_CENTI))
    return _told("QUALITY-TARGET-POOR", where, said)


def judge_drift(baseline: TargetFigures, today: TargetFigures, where: str) -> tuple[Finding, ...]:
    """How the scanner changed since a reading of the same sheet.

    Patches are compared with themselves, so that a printer's own colours do not matter.

    Args:
        baseline: The first good reading of this sheet on this scanner.
        today: The newest.
        where: The target sheet's id.
    """
    said = []
    allowed = baseline.rise_micrometres * (100 + TARGET_DRIFT_RISE_PERCENT) // 100
    allowed = max(allowed, baseline.rise_micrometres + TARGET_MIN_DRIFT_MICROMETRES)
    if today.rise_micrometres > allowed:
        said.append(_rise(today.rise_micrometres, allowed))
    apart = patch_distances_centi(baseline, today)
    mean, worst = sum(apart) // max(len(apart), 1), max(apart, default=0)
    if mean > TARGET_DRIFT_MEAN_CENTI:
        said.append(_apart("các ô màu", "patches", mean, TARGET_DRIFT_MEAN_CENTI))
    elif worst > TARGET_DRIFT_WORST_CENTI:
        said.append(_apart("một ô màu", "one patch", worst, TARGET_DRIFT_WORST_CENTI))
    if (baseline.colour_mean_centi is None) != (today.colour_mean_centi is None):
        said.append(("chế độ quét đổi giữa màu và xám", "gray instead of colour, or the reverse"))
    return _told("QUALITY-TARGET-DRIFT", where, said)


def patch_distances_centi(one: TargetFigures, other: TargetFigures) -> tuple[int, ...]:
    """CIEDE2000 between the same patches of two readings, in hundredths; lightness alone in gray.

    Patches that only one of them has are left out.
    """
    in_colour = one.colour_mean_centi is not None and other.colour_mean_centi is not None
    pairs = zip(one.patches_centi, other.patches_centi, strict=False)
    return tuple(
        round(100 * difference(_lab(first, in_colour), _lab(second, in_colour)))
        for first, second in pairs
    )


def _lab(patch: tuple[int, int, int], in_colour: bool) -> Lab:  # noqa: FBT001 - said by its name
    lightness, a, b = (value / 100 for value in patch)
    return Lab(lightness, a, b) if in_colour else Lab(lightness, 0.0, 0.0)


def _rise(found: int, allowed: int) -> tuple[str, str]:
    return (
        f"kém nét, cạnh nhòe {found} µm, cho phép {allowed} µm",
        f"edges are {found} µm wide, {allowed} µm are allowed",
    )


def _apart(what_vi: str, what_en: str, found: int, allowed: int) -> tuple[str, str]:
    is_, may = f"{found / 100:.1f}", f"{allowed / 100:.1f}"
    return (
        f"{what_vi} lệch {is_.replace('.', ',')} đơn vị, cho phép {may.replace('.', ',')}",
        f"{what_en} are off by {is_} units, {may} are allowed",
    )


def _told(code: str, where: str, said: list[tuple[str, str]]) -> tuple[Finding, ...]:
    """One finding for all that was said in both languages, or none."""
    if not said:
        return ()
    vietnamese, english = ("; ".join(words) for words in zip(*said, strict=True))
    return (Finding(code, where, {"problem": vietnamese, "problem_en": english}),)
