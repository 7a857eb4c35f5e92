"""Shared material of the image tests: drawn pages, and the folder of real scans when it is here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from appliance.imaging.pdf import PdfInfo

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real and damaged scans beside the checkout."""
    if not CORPUS.is_dir():
        pytest.skip("the folder ../shared/corpus of real scans is not here")
    return CORPUS


def _drawn_page(width_px: int = 620, height_px: int = 877) -> Image.Image:
    page = Image.new("RGB", (width_px, height_px), "white")
    draw = ImageDraw.Draw(page)
    across, down = width_px / 620, height_px / 877
    draw.rectangle((40 * across, 40 * down, 300 * across, 120 * down), fill=(200, 30, 30))
    draw.rectangle((60 * across, 300 * down, 560 * across, 420 * down), fill=(20, 20, 160))
    draw.ellipse((400 * across, 600 * down, 580 * across, 780 * down), fill=(0, 120, 0))
    return page


@pytest.fixture
def drawn_page() -> Callable[..., Image.Image]:
    """Draws a page whose every turn and mirror image differs; A4 at 75 dpi unless told."""
    return _drawn_page


@pytest.fixture
def text_page(tmp_path: Path) -> Path:
    """A gray A5 page at 200 dpi with two lines of print."""
    page = Image.new("L", (1165, 1654), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=64)
    draw.text((120, 200), "ARCHIVE RECORD 1976", font=font, fill=0)
    draw.text((120, 420), "second line of print", font=font, fill=0)
    path = tmp_path / "text.png"
    page.save(path, dpi=(200, 200))
    return path


@pytest.fixture
def info() -> PdfInfo:
    """Facts of a document with a Vietnamese title."""
    created = dt.datetime(2026, 11, 22, 13, 0, tzinfo=dt.UTC)
    return PdfInfo("Hồ sơ số 1 & phụ lục", "PL.01", created)


@pytest.fixture
def master(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> Callable[..., Path]:
    """Writes a drawn page in a given mode and form."""

    def write(name: str, mode: str, **options: Any) -> Path:  # noqa: ANN401 - Pillow's own options
        path = tmp_path / name
        page = drawn_page()
        page = page.quantize(16) if mode == "P" else page.convert(mode)
        page.save(path, dpi=(150, 150), **options)
        return path

    return write
