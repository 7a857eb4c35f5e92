"""Photographs beside documents, the whole way: as cameras and scanners give them, never redrawn."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pikepdf
import pytest
from lxml import etree
from PIL import Image, ImageCms

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.pipeline.package_forms import FORMS, PackageForms, Wanted
from appliance.pipeline.register import import_workbook
from tests.pipeline.making import BOX_ID, Bench
from tests.pipeline.test_documents import content, listing, picture_row, text_row, texts_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

WIDTH_PX: Final = 1063
HEIGHT_PX: Final = 1535
"""A print of 9 by 13 cm at 300 dpi."""
DPI: Final = (300, 300)
TURNED: Final = 6
"""Exif: the camera was held upright, the picture is stored lying."""


def photograph(seed: int, mode: str = "RGB") -> Image.Image:
    """A print on its mount: continuous tones, grain, a dark subject, a bright sky."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    sky = 210 - 90 * rows / HEIGHT_PX + 30 * np.sin(columns / (40 * seed))
    across, down = random.integers(200, 800), random.integers(400, 1200)
    subject = np.hypot(rows - down, (columns - across) * 1.4) < 120 + 60 * seed
    tones = np.where(subject, 70 + 25 * np.cos(rows / 40), sky)
    channels = [tones + shift + random.normal(0, 6, tones.shape) for shift in (8, 0, -14)]
    pixels = np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)
    pixels[:60] = pixels[-60:] = pixels[:, :60] = pixels[:, -60:] = 244
    return Image.fromarray(pixels).convert(mode)


def as_jpeg(image: Image.Image, orientation: int = 1) -> bytes:
    """As a camera writes it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    target = io.BytesIO()
    image.save(target, "JPEG", quality=92, dpi=DPI, exif=exif)
    return target.getvalue()


def as_tiff(image: Image.Image) -> bytes:
    """As a scanner writes it: not compressed, with its colour profile."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    target = io.BytesIO()
    image.save(target, "TIFF", dpi=DPI, icc_profile=profile)
    return target.getvalue()


@cache
def drops() -> dict[str, bytes]:
    """Two pages and three photographs; made once, since a colour profile tells the time."""
    return {
        "0001.png": page_bytes(1),
        "0002.png": page_bytes(2),
        "0003.jpg": as_jpeg(photograph(3, "L")),
        "0004.tif": as_tiff(photograph(4)),
        "0005.jpg": as_jpeg(photograph(5), TURNED),
    }


@pytest.fixture
def album(bench: Bench) -> Bench:
    """A letter of two pages and its three photographs, sealed."""
    titles = ("Đập tràn, ảnh đen trắng", "Lễ khánh thành", "Kỹ sư trưởng Nguyễn Văn <Bình>")
    pictures = [
        picture_row(ordinal, ordinal + 1, imageTitle=title, colour="02" if ordinal > 2 else "01")
        for ordinal, title in enumerate(titles, start=2)
    ]
    bench.with_places()
    import_workbook(bench.catalogue, listing(5, text_row(1, 1, 2), *pictures))
    bench.approve()
    for name, data in drops().items():
        bench.drop("HS-01", name, data)
    bench.settle()
    assert bench.unit("HS-01").state == "sealed", bench.unit_findings("HS-01")
    return bench


def test_photographs_are_described_and_shown_as_they_came(album: Bench) -> None:
    """Each has EAD_pic; the PDF shows the very JPEG streams, upright, in the paper's size."""
    (package,) = album.packages()
    inside = content(album, package)
    described = {name: texts_of(data) for name, data in inside.items() if "EAD_pic_" in name}
    assert [texts["imageTitle"] for _, texts in sorted(described.items())] == [
        "Đập tràn, ảnh đen trắng",
        "Lễ khánh thành",
        "Kỹ sư trưởng Nguyễn Văn <Bình>",
    ]
    with pikepdf.open(io.BytesIO(inside["HS-01.pdf"])) as pdf:
        pages = [page.obj for page in pdf.pages]
        for number, name in ((3, "0003.jpg"), (5, "0005.jpg")):
            stream = pages[number - 1].Resources.XObject["/Im0"].read_raw_bytes()
            shown, taken = (Image.open(io.BytesIO(one)) for one in (stream, drops()[name]))
            assert np.array_equal(np.asarray(shown), np.asarray(taken))
        sizes = [tuple(round(float(side)) for side in page.MediaBox[2:]) for page in pages[2:]]
    assert sizes == [(255, 368), (255, 368), (368, 255)]  # points: 9 by 13 cm, the last one turned


def test_masters_of_photographs_are_kept_to_the_bit(album: Bench) -> None:
    """What was dropped lies in rep2; PREMIS says of which pages the PDF has derivatives."""
    (package,) = album.packages()
    with zipfile.ZipFile(album.package_path(package)) as archive:
        masters = [name for name in archive.namelist() if "/rep2/data/" in name]
        kept = {hashlib.sha256(archive.read(name)).hexdigest() for name in masters}
        (premis,) = [name for name in archive.namelist() if name.endswith("PREMIS_rep1.xml")]
        told = [
            one.text or "" for one in etree.fromstring(archive.read(premis)).iter("{*}eventDetail")
        ]
    assert kept == {hashlib.sha256(data).hexdigest() for data in drops().values()}
    images = json.loads(told[0])["detail"]["images"]
    assert sum(images.values()) == len(drops())
    assert sum(count for recipe, count in images.items() if recipe.startswith("jpeg q")) == 1


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_photographs_pass_their_check(album: Bench, tmp_path: Path, form: str) -> None:
    """Another system gets the same pictures, described as the circular describes them there."""
    writer = PackageForms(album.catalogue, album.store, album.work, BOX_ID)
    found = writer.write(Wanted("HS-01", form, tmp_path / form, "", "person:tester"))
    (report,) = verify_path(found.path, deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    with zipfile.ZipFile(found.path) as archive:
        names = [name for name in archive.namelist() if "/EAD_pic_" in name]
        titles = {texts_of(archive.read(name))["imageTitle"] for name in names}
    assert len(titles) == 3
