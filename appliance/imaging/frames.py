"""Inspect one frame: decode it to its last row once; facts, measures and pictures come of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.imaging.decoding import decode_view, view_factor
from appliance.imaging.facts import FrameFacts, Integrity
from appliance.imaging.headers import FrameHeader, Kind, Mode
from appliance.imaging.marks import find_mark, has_own_code
from appliance.imaging.paper import Resolution, counted_pages, paper_size, resolution_of
from appliance.imaging.problems import BadStructure
from appliance.imaging.quality.judging import quality_findings
from appliance.imaging.quality.measuring import measure_page
from appliance.imaging.views import fitted, picture_of, upright, write_picture

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.headers import FrameSource
    from appliance.imaging.limits import InspectionLimits
    from appliance.imaging.views import Picture


def inspect_frame(
    source: FrameSource, where: str, views_folder: Path | None, limits: InspectionLimits
) -> tuple[FrameFacts | None, tuple[Finding, ...]]:
    """Facts and findings of one frame; no facts when it does not decode.

    Args:
        source: The frame.
        where: How findings call it.
        views_folder: Where pictures go, as ``<file name>-<frame>.….jpg``; None for none.
        limits: What to hold it to.

    Raises:
        OSError: The bytes cannot be read, or a picture cannot be written.
    """
    frame = source.frame
    if frame.pixels > limits.max_frame_pixels:
        values = {"pixels": frame.pixels, "limit": limits.max_frame_pixels}
        return None, (Finding("IMAGE-TOO-LARGE", where, {**values}),)
    resolution = resolution_of(frame)
    factor = view_factor(frame, resolution.lowest)
    try:
        picture = picture_of(upright(decode_view(source, factor), frame.orientation))
    except BadStructure as bad:
        return None, (refused(where, bad),)
    except MemoryError:
        return None, (Finding("IMAGE-DECODER-CRASHED", where),)
    facts = _facts(source.image.kind, frame, resolution)
    facts, findings = _measured(facts, picture, max(resolution.lowest // factor, 1), where, limits)
    if views_folder is not None:
        facts = _with_pictures(facts, picture, views_folder / source.path.name, limits)
    return facts, (*_stated_findings(facts, where, limits), *findings)


def refused(where: str, bad: BadStructure) -> Finding:
    """Why bytes are no page, as the finding of their rule."""
    return Finding(bad.code, where, {**bad.problem.values()})


def _facts(kind: Kind, frame: FrameHeader, resolution: Resolution) -> FrameFacts:
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
        a4_equivalent=counted_pages(frame, resolution),
        integrity=_integrity(kind, frame),
    )


def _integrity(kind: Kind, frame: FrameHeader) -> Integrity:
    """A frame that decoded has passed its sums, where its format has any."""
    has_sums = kind is Kind.PNG or frame.compression == "deflate"
    return Integrity.PASS if has_sums else Integrity.NOT_CHECKED


def _measured(
    facts: FrameFacts, picture: Picture, view_dpi: int, where: str, limits: InspectionLimits
) -> tuple[FrameFacts, tuple[Finding, ...]]:
    """The measures of the page; one of our own sheets is no page and is not judged."""
    gray, half = picture.luma, picture.half_luma
    mode = Mode.BITONAL if facts.bits_per_pixel == 1 else Mode(facts.mode)  # or a palette of two
    if limits.reads_marks or has_own_code(half):
        mark = find_mark(gray, view_dpi)
        if mark is not None:
            facts = replace(facts, sheet_mark=mark.payload, sheet_suspected=not mark.is_readable)
    quality = measure_page(gray, view_dpi, mode=mode, half_view=half)
    facts = replace(facts, quality=quality)
    is_sheet = bool(facts.sheet_mark) or facts.sheet_suspected
    return facts, () if is_sheet else quality_findings(quality, where, mode=mode)


def _with_pictures(
    facts: FrameFacts, picture: Picture, stem: Path, limits: InspectionLimits
) -> FrameFacts:
    large, small = (fitted(picture, side) for side in (limits.view_px, limits.thumbnail_px))
    return replace(
        facts,
        view=write_picture(large, stem.with_name(f"{stem.name}-{facts.frame}.view.jpg")),
        thumbnail=write_picture(small, stem.with_name(f"{stem.name}-{facts.frame}.thumb.jpg")),
    )


def _stated_findings(
    facts: FrameFacts, where: str, limits: InspectionLimits
) -> tuple[Finding, ...]:
    findings = []
    if facts.dpi_source == "assumed":
        findings.append(Finding("IMAGE-DPI-UNKNOWN", where, {"dpi": facts.dpi}))
    elif facts.dpi < limits.min_dpi:
        values = {"dpi": facts.dpi, "limit": limits.min_dpi}
        findings.append(Finding("IMAGE-LOW-DPI", where, {**values}))
    if facts.bits_per_pixel < limits.min_bits_per_pixel:
        values = {"bits": facts.bits_per_pixel, "limit": limits.min_bits_per_pixel}
        findings.append(Finding("IMAGE-FEW-BITS", where, {**values}))
    return tuple(findings)
