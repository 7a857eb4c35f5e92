"""Inspect a dropped PDF: each page's image is taken out and judged as any other image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.imaging.facts import FrameFacts, Inspection
from appliance.imaging.frames import inspect_frame, refused
from appliance.imaging.headers import Kind
from appliance.imaging.packing import fewest_bytes
from appliance.imaging.pdf_drop import open_pdf
from appliance.imaging.problems import BadStructure

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.limits import InspectionLimits
    from appliance.imaging.pdf_drop import PdfDrop
    from appliance.imaging.windows import ByteWindow


def inspect_pdf(
    window: ByteWindow, path: Path, name: str, views_folder: Path | None, limits: InspectionLimits
) -> Inspection:
    """Judge every page of a PDF.

    Args:
        window: On its bytes.
        path: Its place; pictures are named after it.
        name: How findings call it; pages of several are ``name#2``.
        views_folder: Where pictures go; None for none.
        limits: What to hold each page to.

    Raises:
        OSError: The bytes cannot be read, or a picture cannot be written.
    """
    try:
        with open_pdf(window, path) as pdf:
            facts, findings = _pages(pdf, name, views_folder, limits)
    except BadStructure as bad:
        return Inspection(Kind.PDF.value, findings=(refused(name, bad),))
    if pdf.trailing_bytes:
        findings.insert(0, Finding("IMAGE-TRAILING-BYTES", name, {"bytes": pdf.trailing_bytes}))
    return Inspection(Kind.PDF.value, tuple(facts), tuple(findings), pdf.trailing_bytes)


def _pages(
    pdf: PdfDrop, name: str, views_folder: Path | None, limits: InspectionLimits
) -> tuple[list[FrameFacts], list[Finding]]:
    facts: list[FrameFacts] = []
    findings: list[Finding] = []
    if pdf.page_count > limits.max_frames:
        values = {"frames": pdf.page_count, "limit": limits.max_frames}
        return facts, [Finding("IMAGE-TOO-MANY-FRAMES", name, {**values})]
    for number in range(1, pdf.page_count + 1):
        where = name if pdf.page_count == 1 else f"{name}#{number}"
        one, more = _page(pdf, number, where, views_folder, limits)
        facts.extend((one,) if one else ())
        findings.extend(more)
    return facts, findings


def _page(
    pdf: PdfDrop, number: int, where: str, views_folder: Path | None, limits: InspectionLimits
) -> tuple[FrameFacts | None, tuple[Finding, ...]]:
    try:
        page = pdf.frame(number)
    except BadStructure as bad:
        return None, (refused(where, bad),)
    except MemoryError:
        return None, (Finding("IMAGE-DECODER-CRASHED", where),)
    size_bytes, least_bytes = len(page.taken.data), fewest_bytes(page.source.image.frames[0])
    if least_bytes > size_bytes:
        values = {"bytes": size_bytes, "least_bytes": least_bytes}
        return None, (Finding("IMAGE-PIXELS-IMPOSSIBLE", where, {**values}),)
    return inspect_frame(page.source, where, views_folder, limits)
