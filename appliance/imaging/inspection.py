"""Inspect one image: decode every frame to its last row, state facts, find problems.

Everything here is made to run in a worker process: plain values in, a picklable value out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.domain.policy import (
    BLANK_INK_PERMILLE,
    MAX_FRAME_PIXELS,
    MAX_HELD_BYTES,
    MIN_COLOUR_BITS,
    MIN_SCAN_DPI,
)
from appliance.imaging.decoding import decode_view, view_factor
from appliance.imaging.headers import FrameHeader, FrameSource, Kind
from appliance.imaging.ink import ink_permille
from appliance.imaging.paper import Resolution, paper_size, resolution_of
from appliance.imaging.problems import BadStructure, Problem
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.thumbnails import write_thumbnail
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """What a page must keep to; the defaults are those of ``domain.policy``.

    Args:
        min_dpi: Below it a page is flagged.
        min_bits_per_pixel: Below it a page is flagged.
        blank_ink_permille: Less ink than this is "blank suspected".
        max_frame_pixels: Above it a frame is refused by its header, unread.
        max_held_bytes: No larger file is held in memory whole.
        thumbnail_px: The longer side of a thumbnail, at most.
    """

    min_dpi: int = MIN_SCAN_DPI
    min_bits_per_pixel: int = MIN_COLOUR_BITS
    blank_ink_permille: int = BLANK_INK_PERMILLE
    max_frame_pixels: int = MAX_FRAME_PIXELS
    max_held_bytes: int = MAX_HELD_BYTES
    thumbnail_px: int = 400


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What is known of one frame after it was decoded.

    Args:
        frame: Position among the page frames of the file, 1-based.
        width_px: As stored, before orientation.
        height_px: As stored.
        dpi: The lower of the two believed resolutions.
        dpi_source: Where it stands: ``tiff``, ``jfif``, ``exif``, ``png``, ``jp2``, ``assumed``.
        mode: ``bitonal``, ``gray``, ``palette``, ``colour``, ``cmyk`` or ``other``.
        bits_per_pixel: All channels together.
        compression: Such as ``raw``, ``lzw``, ``g4``, ``jpeg``.
        has_icc: Whether a colour profile is embedded.
        orientation: 1 to 8; 1 is upright.
        paper_size: ISO 216 name, empty when none fits.
        ink_permille: Thousandths of the page that carry ink.
        thumbnail: Where the thumbnail was written, or None.
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
    ink_permille: int
    thumbnail: Path | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue and for ``--json``; the thumbnail is left out."""
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
            "ink_permille": self.ink_permille,
        }


@dataclass(frozen=True, slots=True)
class Inspection:
    """The outcome for one file.

    Args:
        kind: ``tiff``, ``jpeg``, ``png``, ``jp2`` or ``unknown``.
        frames: Facts of every frame that decoded.
        findings: In the order met.
        trailing_bytes: Bytes after the image's own end.
    """

    kind: str
    frames: tuple[FrameFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    trailing_bytes: int = 0


def inspect_image(
    path: Path,
    *,
    name: str,
    thumbnail_folder: Path | None,
    limits: InspectionLimits,
) -> Inspection:
    """Judge one image file.

    Args:
        path: The bytes; their extension does not matter.
        name: How findings call it; frames of a multi-page file are ``name#2``.
        thumbnail_folder: Where thumbnails go, as ``<file name>-<frame>.jpg``; None for none.
        limits: What to hold it to.

    Raises:
        OSError: It cannot be read, or a thumbnail cannot be written.
    """
    kind = Kind.UNKNOWN
    with open_window(path) as window:
        try:
            kind = kind_of(window)
            header = read_header(window)
        except BadStructure as bad:
            return Inspection(kind.value, findings=(_not_decodable(name, bad.problem),))
    inspection = Inspection(kind.value, (), (), header.trailing_bytes)
    if header.trailing_bytes:
        note = Finding("IMAGE-TRAILING-BYTES", name, {"bytes": header.trailing_bytes})
        inspection = replace(inspection, findings=(note,))
    for frame in header.frames:
        where = name if len(header.frames) == 1 else f"{name}#{frame.frame}"
        facts, findings = _inspect_frame(
            FrameSource(path, header, frame), where, thumbnail_folder, limits
        )
        inspection = replace(
            inspection,
            frames=inspection.frames + ((facts,) if facts else ()),
            findings=inspection.findings + findings,
        )
    return inspection


def _inspect_frame(
    source: FrameSource, where: str, thumbnail_folder: Path | None, limits: InspectionLimits
) -> tuple[FrameFacts | None, tuple[Finding, ...]]:
    frame = source.frame
    if frame.pixels > limits.max_frame_pixels:
        values = {"pixels": frame.pixels, "limit": limits.max_frame_pixels}
        return None, (Finding("IMAGE-TOO-LARGE", where, values),)
    resolution = resolution_of(frame)
    factor = view_factor(frame, resolution.lowest)
    try:
        view = decode_view(source, factor, limits.max_held_bytes)
    except BadStructure as bad:
        return None, (_not_decodable(where, bad.problem),)
    except MemoryError:
        return None, (Finding("IMAGE-DECODER-CRASHED", where),)
    facts = _facts(frame, resolution, ink_permille(view, max(resolution.lowest // factor, 1)))
    if thumbnail_folder is not None:
        thumbnail = thumbnail_folder / f"{source.path.name}-{frame.frame}.jpg"
        write_thumbnail(view, frame.orientation, limits.thumbnail_px, thumbnail)
        facts = replace(facts, thumbnail=thumbnail)
    return facts, _quality_findings(facts, where, limits)


def _facts(frame: FrameHeader, resolution: Resolution, ink: int) -> FrameFacts:
    return FrameFacts(
        frame=frame.frame,
        width_px=frame.width_px,
        height_px=frame.height_px,
        dpi=resolution.lowest,
        dpi_source=resolution.source,
        mode=frame.mode.value,
        bits_per_pixel=frame.bits_per_pixel,
        compression=frame.compression,
        has_icc=frame.has_icc,
        orientation=frame.orientation,
        paper_size=paper_size(frame, resolution),
        ink_permille=ink,
    )


def _quality_findings(
    facts: FrameFacts, where: str, limits: InspectionLimits
) -> tuple[Finding, ...]:
    findings = []
    if facts.dpi_source == "assumed":
        findings.append(Finding("IMAGE-DPI-UNKNOWN", where, {"dpi": facts.dpi}))
    elif facts.dpi < limits.min_dpi:
        values = {"dpi": facts.dpi, "limit": limits.min_dpi}
        findings.append(Finding("IMAGE-LOW-DPI", where, values))
    if facts.bits_per_pixel < limits.min_bits_per_pixel:
        values = {"bits": facts.bits_per_pixel, "limit": limits.min_bits_per_pixel}
        findings.append(Finding("IMAGE-FEW-BITS", where, values))
    if facts.ink_permille < limits.blank_ink_permille:
        values = {"ink_permille": facts.ink_permille}
        findings.append(Finding("IMAGE-BLANK-SUSPECTED", where, values))
    return tuple(findings)


def _not_decodable(where: str, problem: Problem) -> Finding:
    return Finding("IMAGE-NOT-DECODABLE", where, {**problem.values()})
