"""Reads a target sheet from its scan: sharpness, tone and colour of the scanner on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.domain.colour import Lab, difference, lab_of
from appliance.domain.paper import MILLIMETRES_PER_INCH
from appliance.domain.targets import LAYOUT, TargetFigures, TargetLayout, TargetReference
from appliance.imaging.decoding import decode_view
from appliance.imaging.headers import FrameSource
from appliance.imaging.problems import BadStructure, Problem, malformed
from appliance.imaging.structure import read_header
from appliance.imaging.views import to_gray, upright
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float64]

MIN_TARGET_DPI: Final = 180
"""Our own: a coarser scan has too few pixels across an edge."""
MIN_MARKS: Final = 3
PATCH_SHARE: Final = 0.6
"""The middle of a patch that is read, as a share of its side: printed edges bleed."""
EDGE_REACH_MM: Final = 1.5
"""So far to both sides of an edge its rise is looked for."""
EDGE_SHARE: Final = 0.7
"""The middle of an edge that is read, as a share of its length: corners are round."""
_EDGE_PIECES: Final = 12
_BINS_PER_PIXEL: Final = 4
_SEARCH_PX: Final = 2400
_MIN_EDGE_STEP: Final = 30


def measure_target(
    path: Path, frame_number: int, reference: TargetReference
) -> TargetFigures | Problem:
    """Read the target sheet that one frame of an image shows; made to run in a worker process.

    Args:
        path: The bytes.
        frame_number: Which frame, 1-based.
        reference: What its patches are.

    Returns:
        The figures, or why there are none.

    Raises:
        OSError: The bytes cannot be read.
    """
    try:
        with open_window(path) as window:
            header = read_header(window)
        frame = next((one for one in header.frames if one.frame == frame_number), None)
        if frame is None:
            return Problem("không còn trang này trong tệp", "the frame is not in the file")
        pixels = decode_view(FrameSource(path, header, frame), 1)
        return read_target(upright(pixels, frame.orientation), reference)
    except BadStructure as bad:
        return bad.problem


def read_target(
    pixels: Pixels, reference: TargetReference, layout: TargetLayout = LAYOUT
) -> TargetFigures:
    """Read one target sheet, however it lies on the glass.

    Args:
        pixels: 8-bit RGB (height x width x 3) or gray pixels at the resolution of the scan.
        reference: What its patches are.
        layout: What is where.

    Raises:
        BadStructure: The marks are not all there, or the scan is too coarse.
    """
    gray = to_gray(pixels)
    place = _registration(gray, layout)
    scan_dpi = round(_pixels_per_mm(place, layout) * MILLIMETRES_PER_INCH)
    if scan_dpi < MIN_TARGET_DPI:
        raise malformed(
            f"chỉ quét ở {scan_dpi} dpi, cần ít nhất {MIN_TARGET_DPI} dpi",
            f"scanned at {scan_dpi} dpi, at least {MIN_TARGET_DPI} dpi are needed",
        )
    found = [_patch_lab(pixels, place, layout, n) for n in range(len(layout.patches))]
    tones, colours = _distances(found, reference, layout)
    rise = max(_rise_mm(gray, place, edge) for edge in _edges(layout))
    in_colour = _is_colour(pixels)
    return TargetFigures(
        scan_dpi=scan_dpi,
        rise_micrometres=round(1000 * rise),
        tone_mean_centi=round(100 * sum(tones) / len(tones)),
        tone_worst_centi=round(100 * max(tones)),
        colour_mean_centi=round(100 * sum(colours) / len(colours)) if in_colour else None,
        colour_worst_centi=round(100 * max(colours)) if in_colour else None,
        patches_centi=tuple(
            (round(100 * lab.lightness), round(100 * lab.a), round(100 * lab.b)) for lab in found
        ),
    )


def _is_colour(pixels: Pixels) -> bool:
    return pixels.ndim > 2  # noqa: PLR2004 - rows and columns only


def _distances(
    found: list[Lab], reference: TargetReference, layout: TargetLayout
) -> tuple[list[float], list[float]]:
    """Of the grays in lightness, of the colours in CIEDE2000."""
    tones, colours = [], []
    for patch, lab, wanted in zip(layout.patches, found, reference.patches, strict=True):
        if patch.is_gray:
            tones.append(abs(lab.lightness - wanted.lightness))
        else:
            colours.append(difference(lab, wanted))
    return tones, colours


def _registration(gray: Pixels, layout: TargetLayout) -> Floats:
    """The 3 x 3 matrix that leads from millimetres on the sheet to pixels.

    Raises:
        BadStructure: Too few of the corner marks are seen.
    """
    factor = max(max(gray.shape) / _SEARCH_PX, 1.0)
    size = (round(gray.shape[1] / factor), round(gray.shape[0] / factor))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    options = cv2.aruco.DetectorParameters()
    options.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    corners, found_ids, _ = cv2.aruco.ArucoDetector(dictionary, options).detectMarkers(small)
    numbers = [int(number) for number in np.ravel(found_ids)] if len(corners) else []
    known = [n for n in range(len(numbers)) if numbers[n] < len(layout.marks)]
    if len(known) < MIN_MARKS or len({numbers[n] for n in known}) != len(known):
        raise malformed(
            f"chỉ thấy {len(known)} trong {len(layout.marks)} dấu ở góc",
            f"{len(known)} of {len(layout.marks)} corner marks are seen",
        )
    seen = np.concatenate([np.asarray(corners[n], np.float64).reshape(4, 2) for n in known])
    wanted = np.concatenate([_mark_corners(layout, numbers[n]) for n in known])
    place, _ = cv2.findHomography(wanted, (seen + 0.5) * factor - 0.5)
    return np.asarray(place, np.float64)


def _mark_corners(layout: TargetLayout, number: int) -> Floats:
    left, top = layout.marks[number]
    side = layout.mark_mm
    return np.array(
        [(left, top), (left + side, top), (left + side, top + side), (left, top + side)]
    )


def _to_pixels(place: Floats, points: Floats) -> Floats:
    """Points (n x 2) in millimetres as points in pixels."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ place.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def _pixels_per_mm(place: Floats, layout: TargetLayout) -> float:
    """On the diagonal of the sheet."""
    ends = np.array([layout.marks[0], layout.marks[2]], np.float64)
    across, down = np.diff(_to_pixels(place, ends), axis=0)[0]
    return float(np.hypot(across, down) / np.hypot(*(ends[1] - ends[0])))


def _patch_lab(pixels: Pixels, place: Floats, layout: TargetLayout, number: int) -> Lab:
    patch, side = layout.patches[number], layout.patch_mm
    margin = side * (1 - PATCH_SHARE) / 2
    near, far = margin, side - margin
    corners = np.array([(near, near), (far, near), (far, far), (near, far)])
    corners += (patch.left_mm, patch.top_mm)
    corners = _to_pixels(place, corners)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
    mean = cv2.mean(pixels, mask)[:3]
    return lab_of(*mean) if _is_colour(pixels) else lab_of(mean[0], mean[0], mean[0])


def _edges(layout: TargetLayout) -> tuple[Floats, ...]:
    """Two neighbouring edges of the askew square: start and end (2 x 2), in millimetres."""
    angle = np.radians(layout.square_degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half = layout.square_mm / 2
    corners = np.array([(half, -half), (half, half), (-half, half)]) @ turn.T
    corners += layout.square_centre
    return corners[:2], corners[1:]


def _rise_mm(gray: Pixels, place: Floats, edge: Floats) -> float:
    """How far an edge takes from 10 to 90 % of its step, in millimetres.

    Raises:
        BadStructure: There is no edge where one should be.
    """
    along, away, values, scale = _around_edge(gray, place, edge)
    reach = EDGE_REACH_MM * scale
    dark, light = (float(np.median(values[side])) for side in (away < -reach / 2, away > reach / 2))
    if light - dark < _MIN_EDGE_STEP:
        raise malformed("không thấy cạnh của ô nghiêng", "the edge of the askew square is not seen")
    shares = (values - dark) / (light - dark)
    away = away - _straightened(along, shares, reach)
    bins = np.floor((away + reach) * _BINS_PER_PIXEL).astype(np.int64)
    count = int(2 * reach * _BINS_PER_PIXEL)
    bins = np.clip(bins, 0, count - 1)
    sums, counts = np.bincount(bins, shares, count), np.bincount(bins, minlength=count)
    curve = np.maximum.accumulate((sums / np.maximum(counts, 1))[counts > 0])
    places = np.flatnonzero(counts > 0) / _BINS_PER_PIXEL
    first, last = np.interp((0.1, 0.9), curve, places)
    return float(last - first) / scale


def _around_edge(gray: Pixels, place: Floats, edge: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Pixels near an edge: how far along it, how far outside of it, their values; and the scale."""
    start, end = _to_pixels(place, edge)
    length = float(np.hypot(*(end - start)))
    scale = length / float(np.hypot(*(edge[1] - edge[0])))
    reach = EDGE_REACH_MM * scale
    low = np.maximum(np.floor(np.minimum(start, end) - reach).astype(int), 0)
    high = np.ceil(np.maximum(start, end) + reach).astype(int) + 1
    window = gray[low[1] : high[1], low[0] : high[0]].astype(np.float64)
    down, across = np.mgrid[0 : window.shape[0], 0 : window.shape[1]]
    offset = np.stack([across + low[0], down + low[1]], axis=-1) - start
    direction = (end - start) / length
    along = offset @ direction
    away = offset @ np.array([direction[1], -direction[0]])
    margin = length * (1 - EDGE_SHARE) / 2
    is_near = (np.abs(away) <= reach) & (along >= margin) & (along <= length - margin)
    return along[is_near], away[is_near], window[is_near], scale


def _straightened(along: Floats, shares: Floats, reach: float) -> Floats:
    """Where the edge really runs: the line through its middle, piece by piece.

    The mean share of light in a window around an edge tells where in the window the edge is.
    """
    limits = np.linspace(along.min(), along.max() + 1e-9, _EDGE_PIECES + 1)
    piece = np.digitize(along, limits) - 1
    counts = np.maximum(np.bincount(piece, minlength=_EDGE_PIECES), 1)
    light = np.bincount(piece, shares, _EDGE_PIECES) / counts
    middles = np.bincount(piece, along, _EDGE_PIECES) / counts
    slope, offset = np.polyfit(middles, reach - 2 * reach * light, 1)
    return np.asarray(slope * along + offset, np.float64)
