"""The target sheet: read from pixels, spoiled in known ways, and the figures follow."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.domain.drift import judge_drift, judge_target
from appliance.domain.rules import sentence
from appliance.domain.targets import (
    LAYOUT,
    MARK_BITS,
    TargetFigures,
    measured_reference,
    nominal_reference,
)
from appliance.imaging.marks import find_mark
from appliance.imaging.problems import BadStructure, Problem
from appliance.imaging.target import measure_target, read_target
from appliance.reports.target_sheet import target_sheet_pdf
from tests.imaging.printing import printed_target

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

REFERENCE = nominal_reference("T1")
DPI = 200
PAYLOAD = "AA1:T:T1"


@pytest.fixture(scope="module")
def sheet() -> Pixels:
    """A perfect scan; tests must leave it as it is."""
    return printed_target(DPI, PAYLOAD)


@pytest.fixture(scope="module")
def perfect(sheet: Pixels) -> TargetFigures:
    """What the perfect scan shows."""
    return read_target(sheet, REFERENCE)


def softened(sheet: Pixels, sigma_px: float) -> Pixels:
    """The same scan out of focus."""
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), sigma_px), np.uint8)


def brightened(sheet: Pixels, gamma: float) -> Pixels:
    """The same scan with another tone curve."""
    return np.asarray(255 * (sheet / 255.0) ** gamma, np.uint8)


def tinted(sheet: Pixels, red: float, green: float, blue: float) -> Pixels:
    """The same scan under a lamp of another colour."""
    return np.asarray(np.clip(sheet * np.array([red, green, blue]), 0, 255), np.uint8)


def codes(figures: TargetFigures, baseline: TargetFigures, *, is_measured: bool) -> set[str]:
    """The rule codes of a reading."""
    found = judge_target(figures, "T1", is_measured=is_measured)
    return {one.code for one in (*found, *judge_drift(baseline, figures, "T1"))}


def test_a_perfect_scan_has_perfect_figures(perfect: TargetFigures) -> None:
    """The true resolution, an edge of one pixel, and colours as printed."""
    assert perfect.scan_dpi == DPI
    assert 0.8 <= perfect.rise_micrometres * DPI / 25_400 <= 1.2
    assert perfect.tone_worst_centi <= 20
    assert perfect.colour_worst_centi is not None
    assert perfect.colour_worst_centi <= 20
    assert codes(perfect, perfect, is_measured=True) == set()


def test_the_marks_are_those_that_opencv_knows() -> None:
    """The corner marks of the layout are the first four of ArUco's 4 x 4 dictionary."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    for number, bits in enumerate(MARK_BITS):
        picture = cv2.aruco.generateImageMarker(dictionary, number, 6, borderBits=1)
        shown = (np.asarray(picture)[1:5, 1:5] > 0).ravel().tolist()
        assert [bool(bits >> (15 - place) & 1) for place in range(16)] == shown


@pytest.mark.parametrize("sigma_px", [0.7, 1.0, 1.6])
def test_blur_widens_the_edge_as_it_should(sheet: Pixels, sigma_px: float) -> None:
    """A Gaussian of known width rises from 10 to 90 % over 2.563 of its sigmas."""
    rise_px = read_target(softened(sheet, sigma_px), REFERENCE).rise_micrometres * DPI / 25_400
    expected = float(np.hypot(2.563 * sigma_px, 1.0))
    assert rise_px == pytest.approx(expected, rel=0.1)


def test_a_scanner_out_of_focus_alarms(sheet: Pixels, perfect: TargetFigures) -> None:
    """Far out of focus is poor by itself; a little is drift from what it was."""
    far, little = (read_target(softened(sheet, sigma), REFERENCE) for sigma in (1.6, 0.8))
    assert codes(far, perfect, is_measured=False) == {
        "QUALITY-TARGET-POOR",
        "QUALITY-TARGET-DRIFT",
    }
    assert codes(little, perfect, is_measured=False) == {"QUALITY-TARGET-DRIFT"}


def test_a_changed_tone_alarms(sheet: Pixels, perfect: TargetFigures) -> None:
    """A tone curve that a scanner's driver was set to shows in the grays."""
    figures = read_target(brightened(sheet, 0.8), REFERENCE)
    assert figures.tone_mean_centi > 400
    assert figures.rise_micrometres <= perfect.rise_micrometres * 1.2
    assert codes(figures, perfect, is_measured=False) == {"QUALITY-TARGET-DRIFT"}
    assert "QUALITY-TARGET-POOR" in codes(figures, figures, is_measured=True)


def test_a_colour_cast_alarms(sheet: Pixels, perfect: TargetFigures) -> None:
    """A lamp that turned yellow moves the patches, though they stay as sharp."""
    figures = read_target(tinted(sheet, 1.0, 0.94, 0.82), REFERENCE)
    assert figures.colour_mean_centi is not None
    assert figures.colour_mean_centi > 300
    assert codes(figures, perfect, is_measured=False) == {"QUALITY-TARGET-DRIFT"}


def test_sensor_noise_and_jpeg_are_no_drift(sheet: Pixels, perfect: TargetFigures) -> None:
    """What differs between two scans of one day raises no alarm."""
    random = np.random.default_rng(7)
    noisy = np.clip(sheet + random.normal(0, 4, sheet.shape), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    assert codes(read_target(again, REFERENCE), perfect, is_measured=True) == set()


@pytest.mark.parametrize("degrees", [-3.0, 2.0, 90.0, 180.0])
def test_however_it_lies_on_the_glass(sheet: Pixels, degrees: float) -> None:
    """A sheet that lies askew, sideways or on its head reads the same colours."""
    height, width = sheet.shape[:2]
    side = max(height, width) + 200
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[:, 2] += ((side - width) / 2, (side - height) / 2)
    lying = cv2.warpAffine(sheet, turn, (side, side), borderValue=(70, 70, 70))
    figures = read_target(np.asarray(lying, np.uint8), REFERENCE)
    assert figures.scan_dpi == pytest.approx(DPI, abs=1)
    assert figures.tone_worst_centi <= 50
    assert figures.rise_micrometres * DPI / 25_400 < 2


def test_a_scan_in_gray_has_no_colour(sheet: Pixels, perfect: TargetFigures) -> None:
    """Tone and sharpness are told; that the scanner was in colour before is drift."""
    gray = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY), np.uint8)
    figures = read_target(gray, REFERENCE)
    assert figures.colour_mean_centi is None
    assert figures.tone_worst_centi <= 20
    (finding,) = judge_drift(perfect, figures, "T1")
    assert "gray instead of colour" in sentence(finding, "en")


def test_three_marks_are_enough_and_two_are_not(sheet: Pixels) -> None:
    """A corner under a clip does no harm; half a sheet is not measured."""
    covered = sheet.copy()
    covered[: sheet.shape[0] // 6, : sheet.shape[1] // 4] = 255
    assert read_target(covered, REFERENCE).tone_worst_centi <= 20
    covered[: sheet.shape[0] // 6] = 255
    with pytest.raises(BadStructure) as caught:
        read_target(covered, REFERENCE)
    assert "2 of 4 corner marks" in caught.value.problem.en


def test_a_coarse_scan_is_refused() -> None:
    """At 150 dpi there are too few pixels across an edge."""
    with pytest.raises(BadStructure) as caught:
        read_target(printed_target(150), REFERENCE)
    assert "at least 180 dpi" in caught.value.problem.en


def test_a_square_painted_over_is_refused(sheet: Pixels) -> None:
    """Without its edges there is no sharpness to tell."""
    covered = sheet.copy()
    covered[sheet.shape[0] * 2 // 3 : sheet.shape[0] * 5 // 6] = 255
    with pytest.raises(BadStructure) as caught:
        read_target(covered, REFERENCE)
    assert "askew square" in caught.value.problem.en


def test_a_measured_sheet_is_held_against_its_own_colours(perfect: TargetFigures) -> None:
    """Reference values of a site take the place of the layout's."""
    values = [number / 100 for patch in perfect.patches_centi for number in patch]
    own = measured_reference(
        "T1", [10 + value if n % 3 == 0 else value for n, value in enumerate(values)]
    )
    figures = read_target(printed_target(DPI), own)
    assert figures.tone_mean_centi == pytest.approx(1000, abs=15)
    assert "QUALITY-TARGET-POOR" in codes(figures, perfect, is_measured=own.is_measured)
    with pytest.raises(ValueError, match="patches are needed"):
        measured_reference("T1", values[:-3])


def test_figures_survive_the_catalogue(perfect: TargetFigures) -> None:
    """Written and read back they are the same, and nothing else is taken for them."""
    assert TargetFigures.from_json(perfect.to_json()) == perfect
    for wrong in (
        {},
        {**perfect.to_json(), "scan_dpi": None},
        {**perfect.to_json(), "patches_centi": [1]},
    ):
        with pytest.raises(ValueError, match=r"not|no whole"):
            TargetFigures.from_json(wrong)


def test_a_file_is_measured_in_one_call(sheet: Pixels, tmp_path: Path) -> None:
    """From a path to figures, as a worker does it; what is no target says why."""
    path = tmp_path / "target.tif"
    Image.fromarray(sheet).save(path, compression="tiff_lzw", dpi=(DPI, DPI))
    figures = measure_target(path, 1, REFERENCE)
    assert isinstance(figures, TargetFigures)
    assert figures.scan_dpi == DPI
    assert isinstance(measure_target(path, 2, REFERENCE), Problem)
    path.write_bytes(path.read_bytes()[:5000])
    assert isinstance(measure_target(path, 1, REFERENCE), Problem)


def test_the_sheet_is_recognised_in_a_batch(sheet: Pixels) -> None:
    """The QR code says to intake that this is a target and no page."""
    gray = np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY), np.uint8)
    mark = find_mark(gray, DPI)
    assert mark is not None
    assert mark.payload == PAYLOAD


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler's pdftoppm is not installed")
def test_the_printed_pdf_reads_as_the_layout_says(tmp_path: Path) -> None:
    """The PDF, drawn by another program, has every mark, patch and edge in its place."""
    path = tmp_path / "sheet.pdf"
    path.write_bytes(target_sheet_pdf("T1"))
    command = ["pdftoppm", "-r", str(DPI), "-png", "-singlefile", str(path), str(tmp_path / "s")]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(tmp_path / "s.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    figures = read_target(pixels, REFERENCE)
    assert figures.scan_dpi == DPI
    assert figures.tone_worst_centi <= 20
    assert figures.colour_worst_centi is not None
    assert figures.colour_worst_centi <= 30
    mark = find_mark(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8), DPI)
    assert mark is not None
    assert mark.payload == PAYLOAD


def test_the_same_id_gives_the_same_bytes() -> None:
    """A sheet printed again tomorrow is the same sheet; an id that no code carries is refused."""
    assert target_sheet_pdf("T1") == target_sheet_pdf("T1")
    assert target_sheet_pdf("T1") != target_sheet_pdf("T2")
    with pytest.raises(ValueError, match="no sheet can carry"):
        target_sheet_pdf("T 1")


def test_the_layout_keeps_apart_what_is_apart() -> None:
    """No two parts of the sheet overlap, and all lie on the paper."""
    parts = [(*corner, LAYOUT.mark_mm) for corner in LAYOUT.marks]
    parts += [(patch.left_mm, patch.top_mm, LAYOUT.patch_mm) for patch in LAYOUT.patches]
    parts.append((*LAYOUT.code_corner, LAYOUT.code_mm))
    reach = LAYOUT.square_mm * 0.6
    parts.append((LAYOUT.square_centre[0] - reach, LAYOUT.square_centre[1] - reach, 2 * reach))
    for number, (left, top, side) in enumerate(parts):
        assert left + side <= LAYOUT.width_mm
        assert top + side <= LAYOUT.height_mm
        for other_left, other_top, other_side in parts[:number]:
            is_beside = left >= other_left + other_side or other_left >= left + side
            assert is_beside or top >= other_top + other_side or other_top >= top + side
