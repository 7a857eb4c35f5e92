"""Pages for measuring the measures: real scans as the box sees them, and damage done to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.decoding import decode_view, view_factor
from appliance.imaging.headers import FrameSource, Kind, Mode
from appliance.imaging.paper import resolution_of
from appliance.imaging.problems import BadStructure
from appliance.imaging.quality.canvas import prepare
from appliance.imaging.quality.measuring import measure_page
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.views import to_gray, upright
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from appliance.imaging.quality.values import PageQuality

    Gray = npt.NDArray[np.uint8]

MIN_VIEW_PX: Final = 400
"""Smaller pictures are no pages."""
SENSOR_NOISE: Final = 3.0
"""Standard deviation of what a scanner adds after the lens, in gray values."""
MILLIMETRES_PER_INCH: Final = 25.4


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One real page as the box sees it.

    Args:
        name: Its file, and its frame where there are several.
        gray: Upright gray pixels at about 150 dpi.
        dpi: Their resolution.
        mode: What the original holds.
    """

    name: str
    gray: Gray
    dpi: int
    mode: Mode

    def measured(self, gray: Gray | None = None) -> PageQuality:
        """The measures of the page, or of something made of it."""
        return measure_page(self.gray if gray is None else gray, self.dpi, mode=self.mode)


def read_pages(folder: Path) -> Iterator[ScannedPage]:
    """Every page image below a folder that the box decodes; PDFs are left out."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            yield from _frames(path)
        except BadStructure:
            continue  # no image: a text, a workbook, or damaged, which other tests look at


def _frames(path: Path) -> Iterator[ScannedPage]:
    with open_window(path) as window:
        if kind_of(window) is Kind.PDF:
            return
        header = read_header(window)
    for frame in header.frames:
        resolution = resolution_of(frame)
        factor = view_factor(frame, resolution.lowest)
        view = upright(decode_view(FrameSource(path, header, frame), factor), frame.orientation)
        if min(view.shape[:2]) >= MIN_VIEW_PX:
            name = path.name if len(header.frames) == 1 else f"{path.name}#{frame.frame}"
            dpi = max(resolution.lowest // factor, 1)
            yield ScannedPage(name, to_gray(view), dpi, Mode(frame.mode))


def turned(page: ScannedPage, degrees: float) -> Gray:
    """The page turned clockwise on its own paper."""
    height, width = page.gray.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    paper = float(np.median(page.gray))
    size = (width, height)
    made = cv2.warpAffine(page.gray, turn, size, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return np.asarray(made, np.uint8)


def blurred(page: ScannedPage, sigma_300dpi: float, random: np.random.Generator) -> Gray:
    """The page out of focus by so many pixels at 300 dpi, then seen by a sensor."""
    sigma = sigma_300dpi * page.dpi / 300
    soft = cv2.GaussianBlur(page.gray, (0, 0), sigma).astype(np.float32)
    return _noisy(soft, random)


def emptied(page: ScannedPage, other: ScannedPage, through: float, seed: int) -> Gray:
    """The bare paper of the page, with the mirrored ink of another showing through."""
    canvas = prepare(page.gray, page.dpi)
    if canvas is None:
        return page.gray
    size = page.gray.shape[::-1]
    paper = cv2.resize(canvas.paper, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    if canvas.border_permille:
        paper[:] = float(np.median(canvas.paper))
    back = cv2.resize(other.gray[:, ::-1], size).astype(np.float32) / 255
    ink = cv2.GaussianBlur(1 - np.minimum(back / max(float(np.median(back)), 0.1), 1), (0, 0), 1.0)
    return _noisy(paper * (1 - through * ink), np.random.default_rng(seed))


def cropped(page: ScannedPage, side: str) -> Gray | None:
    """The page cut through its writing, a sixth of its content lost; None when there is none."""
    canvas = prepare(page.gray, page.dpi)
    if canvas is None or not canvas.ink.any():
        return None
    scale = page.gray.shape[0] / canvas.ink.shape[0]
    rows, columns = (np.flatnonzero(canvas.ink.any(axis=axis)) for axis in (1, 0))
    top, bottom = (int(edge * scale) for edge in np.quantile(rows, (1 / 6, 5 / 6)))
    left, right = (int(edge * scale) for edge in np.quantile(columns, (1 / 6, 5 / 6)))
    height, width = page.gray.shape
    kept = {
        "left": page.gray[:, left:width],
        "right": page.gray[:, :right],
        "top": page.gray[top:height],
        "bottom": page.gray[:bottom],
    }
    return np.ascontiguousarray(kept[side])


def bordered(page: ScannedPage, percent: int) -> Gray:
    """The page with a black band at its right, a part of its width wide."""
    height, width = page.gray.shape
    band = np.full((height, width * percent // 100), 15, np.uint8)
    return np.hstack([page.gray, band])


def overexposed(page: ScannedPage) -> Gray:
    """The page with its paper driven beyond white."""
    gain = 262 / max(float(np.quantile(page.gray, 0.5)), 1.0)
    bright = page.gray.astype(np.float32) * np.float32(gain)
    return np.asarray(np.clip(bright, 0, 255), np.uint8)


def scanned_again(page: ScannedPage, random: np.random.Generator) -> Gray:
    """The same page laid on the glass once more: turn, shift, tone, noise and JPEG differ."""
    again = turned(page, float(random.uniform(-0.9, 0.9)))
    most = 2 * page.dpi / MILLIMETRES_PER_INCH
    shift = np.array([[1, 0, random.uniform(-most, most)], [0, 1, random.uniform(-most, most)]])
    paper = float(np.median(page.gray))
    moved = cv2.warpAffine(again, shift, again.shape[::-1], borderValue=paper)
    tone = 255 * (moved.astype(np.float32) / 255) ** float(random.uniform(0.85, 1.18))
    _, data = cv2.imencode(".jpg", _noisy(tone, random), [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def _noisy(picture: npt.NDArray[np.floating], random: np.random.Generator) -> Gray:
    noise = random.normal(0, SENSOR_NOISE, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
