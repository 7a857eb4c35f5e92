"""Counts the pages that the appliance will find in a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.rules import is_blocking
from appliance.imaging.jobs import inspect_image
from appliance.imaging.limits import InspectionLimits

if TYPE_CHECKING:
    from pathlib import Path


def decodable_frames(path: Path) -> int:
    """Frames of a file that inspection accepts; 0 when one finding blocks it.

    The file is decoded whole, in this process: run it in a worker for files of unknown origin.
    """
    limits = InspectionLimits()
    inspection = inspect_image(path, name=path.name, views_folder=None, limits=limits)
    blocked = any(is_blocking(finding) for finding in inspection.findings)
    return 0 if blocked else len(inspection.frames)
