"""What an inspection tells: plain values that travel from a worker to the service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.domain.findings import Finding
    from appliance.imaging.quality.values import PageQuality


class Integrity(StrEnum):
    """Whether a format can prove that its pixels are those that were written."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    """The pixels carry sums of their own (PNG, Deflate), and the sums are right."""
    NOT_CHECKED = "not_checked"
    """They carry none: another value of a pixel would be as legal a picture."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that a worker wrote; it is durable once it was adopted.

    Args:
        path: Where it lies.
        sha256: Of the bytes that were written, hexadecimal.
        size_bytes: How many.
    """

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What is known of one frame after it was decoded.

    Args:
        frame: Position among the page frames of the file, 1-based.
        width_px: As stored, before orientation.
        height_px: As stored.
        dpi: The lower of the two believed resolutions.
        dpi_source: Where it stands: ``tiff``, ``jfif``, ``exif``, ``png``, ``jp2``, ``pdf``,
            ``assumed``.
        mode: ``bitonal``, ``gray``, ``palette``, ``colour``, ``cmyk`` or ``other``.
        bits_per_pixel: All channels together.
        compression: Such as ``raw``, ``lzw``, ``g4``, ``jpeg``.
        has_icc: Whether a colour profile is embedded.
        orientation: 1 to 8; 1 is upright.
        paper_size: ISO 216 name, empty when none fits.
        a4_equivalent: A4 pages that it counts for; None when its size is not known.
        integrity: What the format itself proves about the pixels.
        quality: The measures of the upright page; None when it could not be measured.
        sheet_mark: What one of our own printed sheets says; empty when it is none.
        sheet_suspected: Whether it looks like one of our sheets and cannot be read.
        thumbnail: A small upright picture, when pictures were asked for.
        view: A larger one, for reading on the screen.
    """

    frame: int
    width_px: int
    height_px: int
    dpi: int
    dpi_source: str
    mode: str
    bits_per_pixel: int
    compression: str
    has_icc: bool
    orientation: int
    paper_size: str
    a4_equivalent: int | None
    integrity: Integrity
    quality: PageQuality | None = None
    sheet_mark: str = ""
    sheet_suspected: bool = False
    thumbnail: MadeFile | None = None
    view: MadeFile | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form of all facts, for ``--json``; the pictures made are left out."""
        return {
            "frame": self.frame,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "dpi": self.dpi,
            "dpi_source": self.dpi_source,
            "mode": self.mode,
            "bits_per_pixel": self.bits_per_pixel,
            "compression": self.compression,
            "has_icc": self.has_icc,
            "orientation": self.orientation,
            "paper_size": self.paper_size,
            "a4_equivalent": self.a4_equivalent,
            "integrity": self.integrity.value,
            "quality": None if self.quality is None else self.quality.to_json(),
            "sheet_mark": self.sheet_mark,
            "sheet_suspected": self.sheet_suspected,
        }


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome for one file.

    Args:
        kind: ``tiff``, ``jpeg``, ``png``, ``jp2``, ``pdf`` or ``unknown``.
        frames: Facts of every frame that decoded.
        findings: In the order met.
        trailing_bytes: Bytes after the image's own end.
    """

    kind: str
    frames: tuple[FrameFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    trailing_bytes: int = 0
