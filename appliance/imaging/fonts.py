"""Finds the typefaces of printed pages: DejaVu, whose Vietnamese letters are complete."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from appliance.domain.errors import ConfigError

FONT_ROOTS: Final = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
)
"""Where typefaces are installed for all users; the first folder that has one wins."""


class Face(StrEnum):
    """A typeface, by the name of its font."""

    SERIF = "DejaVuSerif.ttf"
    SERIF_BOLD = "DejaVuSerif-Bold.ttf"
    SANS = "DejaVuSans.ttf"
    SANS_BOLD = "DejaVuSans-Bold.ttf"

    @property
    def bold(self) -> Face:
        """The bold companion in letters; a face without one is its own."""
        return {Face.SERIF: Face.SERIF_BOLD}.get(self, self)


@cache
def find_font(face: Face, roots: tuple[Path, ...] = FONT_ROOTS) -> Path:
    """Where a typeface is installed.

    Raises:
        ConfigError: It is not; the message says what to install.
    """
    for root in roots:
        found = sorted(root.rglob(face.value)) if root.is_dir() else []
        if found:
            return found[0]
    raise ConfigError(
        f"the font {face.value} is missing: install it with 'apt install fonts-dejavu-core'",
        code="FONT-MISSING",
    )
