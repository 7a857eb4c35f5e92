"""What a worker process sees in a package that was brought back: it is opened as a reader would.

The first page of the first PDF is drawn, one master is decoded to its last pixel, and both are
held against the pictures that were kept of these pages when they came in.
"""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from appliance.domain.findings import Finding
from appliance.imaging.inspection import inspect_image
from appliance.imaging.limits import InspectionLimits
from appliance.pipeline.drill_page import drawn_page
from appliance.pipeline.drill_values import DrillLook, DrillSubject, unreadable
from appliance.pipeline.master_copies import member_with

if TYPE_CHECKING:
    from pathlib import Path

MAX_DIFFERENCE: Final = 12.0
"""Our own: mean difference of brightness, of 255, above which two pictures are not of one page;
drawn and kept pictures of one page differ by up to 4, those of two pages by 20 and more."""
_SIDE_PX: Final = 240
_NEAR_WHITE: Final = 250


def look_at_package(subject: DrillSubject, work_folder: Path) -> DrillLook:
    """Open a package, draw a page of it and decode a master.

    Args:
        subject: What, and what it should look like.
        work_folder: Existing, for what is taken out.
    """
    findings: list[Finding] = []
    with zipfile.ZipFile(subject.package) as archive:
        pdf = _pdf_difference(archive, subject, work_folder, findings)
        master = _master_difference(archive, subject, work_folder, findings)
    return DrillLook(tuple(findings), _hundredths(pdf), _hundredths(master))


def _hundredths(difference: float | None) -> int | None:
    return None if difference is None else round(100 * difference)


def _pdf_difference(
    archive: zipfile.ZipFile, subject: DrillSubject, folder: Path, findings: list[Finding]
) -> float | None:
    name = subject.pdf_name
    member = next((one for one in archive.namelist() if one.endswith(f"/rep1/data/{name}")), None)
    try:
        drawn = drawn_page(_taken_out(archive, member, folder / "page.pdf"))
    except Exception as problem:  # noqa: BLE001 - a drill that fails in any way is a failed drill
        findings.append(_unreadable(name, subject, problem))
        return None
    return _compared(drawn, subject.pdf_view, name, subject, findings)


def _master_difference(
    archive: zipfile.ZipFile, subject: DrillSubject, folder: Path, findings: list[Finding]
) -> float | None:
    name = subject.master_name
    try:
        member = member_with(archive, subject.master_sha256)
        path = _taken_out(archive, member, folder / "master")
        picture = _decoded(path, subject, folder)
    except Exception as problem:  # noqa: BLE001 - as above
        findings.append(_unreadable(name, subject, problem))
        return None
    return _compared(picture, subject.master_view, name, subject, findings)


def _decoded(path: Path, subject: DrillSubject, folder: Path) -> Image.Image:
    """The picture of one frame, decoded to its last row.

    Raises:
        ValueError: It does not decode, or has other measures than were recorded.
    """
    views = folder / "views"
    views.mkdir()
    limits = InspectionLimits()
    found = inspect_image(path, name=subject.master_name, views_folder=views, limits=limits)
    facts = next((one for one in found.frames if one.frame == subject.frame), None)
    if facts is None or facts.view is None:
        raise ValueError("it does not decode: " + ", ".join(one.code for one in found.findings))
    if (facts.width_px, facts.height_px) != (subject.width_px, subject.height_px):
        raise ValueError(f"it has {facts.width_px} x {facts.height_px} px")
    with Image.open(facts.view.path) as view:
        return view.convert("L")


def _compared(
    seen: Image.Image,
    kept: Path | None,
    name: str,
    subject: DrillSubject,
    findings: list[Finding],
) -> float | None:
    """How different two pictures of one page are; None when none was kept to compare with."""
    if kept is None or not kept.exists():
        return None
    with Image.open(kept) as view:
        difference = difference_of(seen, view)
    if difference > MAX_DIFFERENCE:
        vi = f"khác biệt {difference:.0f} trên 255"
        values = {"name": name, "problem": vi, "problem_en": f"they differ by {difference:.0f}"}
        findings.append(Finding("DRILL-PICTURE", subject.place, {**values}))
    return difference


def difference_of(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of brightness of two pictures, 0 to 255, where either shows anything.

    Paper is left out: two nearly empty pages are else alike whatever stands on them.
    """
    pair = [_small(picture) for picture in (one, other)]
    shows = (pair[0] < _NEAR_WHITE) | (pair[1] < _NEAR_WHITE)
    if not shows.any():
        return 0.0
    return float(np.abs(pair[0] - pair[1])[shows].mean())


def _small(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    size = (_SIDE_PX, _SIDE_PX)
    gray = picture.convert("L").resize(size, Image.Resampling.BOX, reducing_gap=3.0)
    return np.asarray(gray, np.float64)


def _taken_out(archive: zipfile.ZipFile, member: str | None, target: Path) -> Path:
    if member is None:
        raise ValueError("the package holds nothing of this name")
    with archive.open(member) as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy)
    return target


def _unreadable(name: str, subject: DrillSubject, problem: Exception) -> Finding:
    return unreadable(name, subject.place, str(problem) or type(problem).__name__)
