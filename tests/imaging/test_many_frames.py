"""A scanner that appends its pages to one TIFF: work grows with pages, not with their square."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from appliance.imaging import tiff
from appliance.imaging.jobs import inspect_image
from appliance.imaging.limits import InspectionLimits

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FRAMES = 40


def test_no_frame_reads_the_directories_of_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand pages took three quarters of a minute to find, over and over, where each lies."""
    path = tmp_path / "many.tif"
    frames = [Image.new("L", (200, 300), shade) for shade in range(100, 100 + FRAMES)]
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="tiff_lzw")
    read_one, reads = tiff._directory, []

    def counted(*arguments: object, **named: object) -> object:
        reads.append(1)
        return read_one(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(tiff, "_directory", counted)
    inspection = inspect_image(path, name="many.tif", views_folder=None, limits=InspectionLimits())
    assert len(inspection.frames) == FRAMES
    assert len(reads) <= 4 * FRAMES
