"""Pages: every frame counts, what is cut is refused, and what turns a page is known."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from appliance.domain.findings import Severity
from appliance.domain.rules import RULES
from appliance.imaging.inspection import inspect_image
from appliance.imaging.limits import InspectionLimits
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.service.watching import Watching

LIMITS = InspectionLimits()
ORIENTATION_TAG = 274
UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How an upright picture is stored under each value of the Orientation tag (TIFF 6.0, p. 36)."""


def sheet() -> Image.Image:
    """A standing page with one red, one green and one blue corner."""
    page = Image.new("RGB", (620, 880), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 200, 200), fill=(210, 20, 20))
    draw.rectangle((420, 0, 620, 200), fill=(20, 160, 20))
    draw.rectangle((0, 680, 200, 880), fill=(20, 20, 210))
    return page


def test_every_page_of_a_tiff_reaches_the_package(watching: Watching) -> None:
    """alephdata/aleph#20, tesseract#3692: a TIFF of four pages gives four pages, in order."""
    bench = watching.bench
    bench.with_places()
    bench.register({"HS-01": 4})
    scanned = [Image.open(io.BytesIO(page_bytes(seed))) for seed in range(1, 5)]
    buffer = io.BytesIO()
    scanned[0].save(
        buffer, "TIFF", save_all=True, append_images=scanned[1:], compression="tiff_lzw"
    )
    watching.put("scan01/HS-01/0001.tif", buffer.getvalue())
    assert watching.rounds() == 1
    bench.settle()
    (master,) = bench.masters()
    (package,) = bench.packages()
    assert (master.state, master.frame_count, package.page_count) == ("sealed", 4, 4)
    with zipfile.ZipFile(bench.package_path(package)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".pdf"))
        sealed = pictures_of(archive.read(name))
    assert [nearest(picture, scanned) for picture in sealed] == [0, 1, 2, 3]


def pictures_of(document: bytes) -> list[Image.Image]:
    """The one picture of each page of a PDF."""
    with pikepdf.open(io.BytesIO(document)) as opened:
        found = [image for page in opened.pages for image in page.get_images().values()]
        images = [image for image in found if isinstance(image, pikepdf.Stream)]
        return [pikepdf.PdfImage(image).as_pil_image().convert("RGB") for image in images]


def nearest(picture: Image.Image, others: Sequence[Image.Image]) -> int:
    """Which of some pictures of the same size it is."""
    distances = [sum(ImageStat.Stat(ImageChops.difference(picture, o)).sum) for o in others]
    return distances.index(min(distances))


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_what_a_librarys_check_lets_pass_is_refused(tmp_path: Path, form: str) -> None:
    """Pillow#1347, #3831: ``verify()`` decodes nothing; a page is good once its last row is."""
    path = tmp_path / f"0001.{form.lower()}"
    data = page_bytes(1, form)
    path.write_bytes(data)
    assert errors_of(path) == set()
    path.write_bytes(data[: len(data) * 2 // 3])
    with Image.open(path) as picture:
        picture.verify()
    assert errors_of(path)


def errors_of(path: Path) -> set[str]:
    """The rules that refuse a page."""
    found = inspect_image(path, name=path.name, views_folder=None, limits=LIMITS).findings
    return {one.code for one in found if RULES[one.code].severity is Severity.ERROR}


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", UNDO)
def test_a_page_stands_upright_whatever_library_reads_it(
    tmp_path: Path, form: str, orientation: int
) -> None:
    """ImageMagick#7199, #4713: a new version that turns TIFF otherwise would be seen here."""
    turn = UNDO[orientation]
    stored = sheet() if turn is None else sheet().transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    path = tmp_path / f"page.{form.lower()}"
    stored.save(path, form, exif=exif)
    found = inspect_image(path, name="page", views_folder=tmp_path, limits=LIMITS)
    view = found.frames[0].view
    assert view is not None
    with Image.open(view.path) as picture:
        across, down = picture.width / 620, picture.height / 880
        corners = [(100, 100), (520, 100), (100, 780), (520, 780)]
        seen = [
            picture.convert("RGB").getpixel((round(x * across), round(y * down)))
            for x, y in corners
        ]
    assert [strongest(pixel) for pixel in seen] == ["red", "green", "blue", "white"]


def strongest(pixel: object) -> str:
    """What a pixel of the sheet is called."""
    assert isinstance(pixel, tuple)
    if min(pixel) > 200:
        return "white"
    return ("red", "green", "blue")[pixel.index(max(pixel))]


def test_the_decoders_are_pinned() -> None:
    """ImageMagick#7199: the lock file names one version of each library that reads pictures."""
    lock = (Path(__file__).parents[2] / "uv.lock").read_text("utf-8")
    for name in ("pillow", "pyvips", "opencv-python-headless", "pikepdf"):
        assert lock.count(f'\nname = "{name}"\nversion = "') == 1, name
