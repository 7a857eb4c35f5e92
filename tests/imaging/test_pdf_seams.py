"""Pages of several images look like pages of one, whatever program shows them."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageOps

from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.pdf import PdfPage, write_pdf

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.imaging.pdf import PdfInfo

ROWS = 100
"""Of a strip."""
MOST_DIFFERENCE = 40
"""Gray levels by which a stroke on the edge of two strips may be lighter or darker: each program
smooths a strip by itself."""
NO_TEXT = DerivationOptions(reads_text=False)

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftocairo") is None, reason="poppler-utils is not installed"
)


def _written(folder: Path, page: Image.Image, info: PdfInfo, rows: int) -> Path:
    """A PDF of a bitonal page that came in strips of so many rows."""
    master, target = folder / f"{rows}.tif", folder / f"{rows}.pdf"
    page.save(master, dpi=(150, 150), compression="group4", tiffinfo={278: rows})
    derived = derive_page(master, 1, folder, NO_TEXT)
    assert derived.is_passthrough
    assert len(derived.parts) == -(-page.height // rows)
    write_pdf(target, [PdfPage("1", derived, master)], info)
    return target


def _shown(path: Path, program: str, dpi: int) -> NDArray[np.int16]:
    """Gray pixels of the page without its margin."""
    target = str(path.with_suffix(""))
    command = [program, "-r", str(dpi), "-gray", "-png", "-singlefile", str(path), target]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(path.with_suffix(".png")) as picture:
        return np.asarray(picture.convert("L"), np.int16)[3:-3, 3:-3]


@needs_poppler
@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize("program", ["pdftocairo", "pdftoppm"])
def test_no_paper_shines_through_where_strips_meet(
    tmp_path: Path, info: PdfInfo, program: str, turn: int
) -> None:
    """A page that is black all over is so at every size of the screen."""
    page = Image.new("1", (620, 877), 0)
    path = tmp_path / "turned.tif"
    page.save(path, dpi=(150, 150), compression="group4", tiffinfo={274: turn, 278: ROWS})
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert (derived.orientation, len(derived.parts)) == (turn, 9)
    target = tmp_path / "turned.pdf"
    write_pdf(target, [PdfPage("1", derived, path)], info)
    for dpi in (72, 96, 110, 150):
        assert _shown(target, program, dpi).max() <= 1


@needs_poppler
def test_strips_stand_where_the_page_has_them(tmp_path: Path, info: PdfInfo) -> None:
    """Drawn at the master's own size, strips and whole page are the same pixels."""
    page = Image.new("1", (620, 877), 1)
    draw = ImageDraw.Draw(page)
    for place in range(0, 877, 7):
        draw.line((0, place, 619, 876 - place), fill=0, width=2)
    whole = _shown(_written(tmp_path, page, info, page.height), "pdftocairo", 150)
    strips = _shown(_written(tmp_path, page, info, ROWS), "pdftocairo", 150)
    assert np.ptp(whole) > 200
    assert np.abs(whole - strips).max() <= MOST_DIFFERENCE


def test_one_image_is_laid_once_and_several_in_their_order(tmp_path: Path, info: PdfInfo) -> None:
    """What lies on top is each strip in its very place; what lies under it reaches further."""
    page = ImageOps.invert(Image.new("L", (620, 877), 0)).convert("1")
    with pikepdf.open(_written(tmp_path, page, info, page.height)) as pdf:
        assert pdf.pages[0].Contents.read_bytes().count(b" Do") == 1
    with pikepdf.open(_written(tmp_path, page, info, ROWS)) as pdf:
        lines = pdf.pages[0].Contents.read_bytes().decode("ascii").splitlines()
    names = [f"/Im{index}" for index in range(9)]
    assert [line.split()[8] for line in lines] == names * 2
    places = [(float(line.split()[6]), float(line.split()[4])) for line in lines]
    for (bottom, _), (below, height) in pairwise(places[9:]):
        assert below + height == pytest.approx(bottom, abs=0.001)
    for (low, long), (bottom, height) in zip(places[:9], places[9:], strict=True):
        assert low <= bottom
        assert low + long >= bottom + height - 0.001
        assert long > height
