"""Pictures of our sheets, drawn at once from their symbols or printed through the PDF."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from PIL import Image, ImageDraw

from appliance.domain.records import Approval
from appliance.imaging.symbols import flag_bars, qr_modules
from appliance.reports.cover_sheets import CoverSheet

if TYPE_CHECKING:
    from pathlib import Path

APPROVAL: Final = Approval("DM-01", "12/QĐ-SNV", dt.date(2026, 3, 16), "Nguyễn Văn An")
CODE: Final = "H11.LTLS.BTH.1957.01"
LONG_CODE: Final = "Hồ sơ thửa đất số 1957/ĐĐ – Hữu Ngữ " + "ữ" * 64
"""A hundred characters, most of them three bytes long."""

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="poppler-utils is not installed"
)


def sheet(code: str = CODE, number: int | None = None) -> CoverSheet:
    """A sheet of the sample list."""
    title = "Tập công văn về thủy lợi các huyện Hàm Thuận Bắc, Tánh Linh năm 1957"
    return CoverSheet(code, title, "BTH – Tòa Hành chánh tỉnh Bình Thuận", 64, APPROVAL, number)


def printed(pdf: bytes, folder: Path, dpi: int) -> list[Image.Image]:
    """The pages of a PDF as a gray scanner sees them."""
    (folder / "sheets.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-gray", "-r", str(dpi), str(folder / "sheets.pdf"), str(folder / "p")]
    subprocess.run(command, check=True)
    return [Image.open(path).convert("L") for path in sorted(folder.glob("p-*.pgm"))]


def drawn_sheet(payload: str, dpi: int = 100) -> Image.Image:
    """The symbols of a sheet where a printed one has them, on an A4 page."""
    page = blank(dpi)
    for corner in ((134.0, 16.0), (16.0, 221.0)):
        paste(page, qr_modules(payload), corner, (60.0, 60.0), dpi)
    draw_flags(page, dpi)
    return page


def draw_flags(page: Image.Image, dpi: int) -> None:
    """The two flag bars."""
    for corner in ((22.0, 20.0), (126.0, 255.0)):
        paste(page, flag_bars().reshape(1, -1), corner, (62.0, 22.0), dpi)


def blank(dpi: int) -> Image.Image:
    """An empty A4 page with a line of text, so that it is no blank one."""
    page = Image.new("L", (round(210 / 25.4 * dpi), round(297 / 25.4 * dpi)), 255)
    ImageDraw.Draw(page).text((page.width // 3, page.height // 2), "TO BIA HO SO", fill=0)
    return page


def paste(
    page: Image.Image,
    modules: np.ndarray,
    corner_mm: tuple[float, float],
    size_mm: tuple[float, float],
    dpi: int,
) -> None:
    """Draw a symbol."""
    picture = Image.fromarray(np.where(modules, 0, 255).astype(np.uint8))
    left, top, wide, high = (round(v / 25.4 * dpi) for v in (*corner_mm, *size_mm))
    page.paste(picture.resize((wide, high), Image.Resampling.NEAREST), (left, top))


def sheet_bytes(payload: str) -> bytes:
    """A scanned sheet, as PNG."""
    return png_bytes(drawn_sheet(payload))


def lost_sheet_bytes() -> bytes:
    """A scanned sheet whose codes are gone: only its flag bars read."""
    page = blank(100)
    draw_flags(page, 100)
    return png_bytes(page)


def png_bytes(page: Image.Image) -> bytes:
    """A page as PNG at 100 dpi."""
    stream = io.BytesIO()
    page.save(stream, "PNG", dpi=(100, 100))
    return stream.getvalue()
