"""Colours as people see them: CIELAB (D50), and how far two of them are apart (CIEDE2000).

Sources: IEC 61966-2-1 (sRGB) with its white adapted to D50 by Bradford's matrix, as colour
profiles have it; CIE 15 (CIELAB); ISO/CIE 11664-6:2014 (CIEDE2000).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

_TO_XYZ_D50: Final = (
    (0.4360747, 0.3850649, 0.1430804),
    (0.2225045, 0.7168786, 0.0606169),
    (0.0139322, 0.0971045, 0.7141733),
)
_WHITE_D50: Final = (0.96422, 1.0, 0.82521)
_CUBE_LIMIT: Final = 216 / 24389
_CUBE_SLOPE: Final = 24389 / 27
_SEVENTH: Final = 25.0**7


class Lab(NamedTuple):
    """One colour: lightness 0 to 100, and how red (or green) and yellow (or blue) it is."""

    lightness: float
    a: float
    b: float


def lab_of(red: float, green: float, blue: float) -> Lab:
    """The colour of sRGB values, each 0 to 255."""
    linear = [_linear(value / 255) for value in (red, green, blue)]
    xyz = [sum(f * v for f, v in zip(row, linear, strict=True)) for row in _TO_XYZ_D50]
    x, y, z = (_cube_root(value / white) for value, white in zip(xyz, _WHITE_D50, strict=True))
    return Lab(116 * y - 16, 500 * (x - y), 200 * (y - z))


def _linear(value: float) -> float:
    limit, foot = 0.04045, 12.92
    return value / foot if value <= limit else ((value + 0.055) / 1.055) ** 2.4


def _cube_root(value: float) -> float:
    return math.cbrt(value) if value > _CUBE_LIMIT else (_CUBE_SLOPE * value + 16) / 116


def difference(one: Lab, other: Lab) -> float:
    """CIEDE2000: about 1 is just seen side by side."""
    mean_chroma = (math.hypot(one.a, one.b) + math.hypot(other.a, other.b)) / 2
    stretch = 1.5 - 0.5 * math.sqrt(mean_chroma**7 / (mean_chroma**7 + _SEVENTH))
    chroma_1, hue_1 = _polar(one.a * stretch, one.b)
    chroma_2, hue_2 = _polar(other.a * stretch, other.b)
    has_hue = chroma_1 * chroma_2 > 0
    turn = (hue_2 - hue_1 + 180) % 360 - 180 if has_hue else 0.0
    hue = (hue_1 + turn / 2) % 360 if has_hue else hue_1 + hue_2
    chroma, lightness = (chroma_1 + chroma_2) / 2, (one.lightness + other.lightness) / 2
    hue_step = 2 * math.sqrt(chroma_1 * chroma_2) * math.sin(math.radians(turn / 2))
    from_middle = (lightness - 50) ** 2
    in_lightness = (other.lightness - one.lightness) / (
        1 + 0.015 * from_middle / math.sqrt(20 + from_middle)
    )
    in_chroma = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    in_hue = hue_step / (1 + 0.015 * chroma * _hue_weight(hue))
    blue = math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + _SEVENTH)) * math.sin(blue)
    squares = in_lightness**2 + in_chroma**2 + in_hue**2 + rotation * in_chroma * in_hue
    return math.sqrt(squares)


def _polar(a: float, b: float) -> tuple[float, float]:
    return math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _hue_weight(hue: float) -> float:
    angle = math.radians(hue)
    return (
        1
        - 0.17 * math.cos(angle - math.radians(30))
        + 0.24 * math.cos(2 * angle)
        + 0.32 * math.cos(3 * angle + math.radians(6))
        - 0.20 * math.cos(4 * angle - math.radians(63))
    )
