"""A printed sheet of our own is told from a page whatever the scanner's grouping."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from appliance.domain.sheets import Sheet, SheetKind, format_sheet
from appliance.domain.states import MasterState
from appliance.imaging.symbols import qr_modules
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.pipeline.making import Bench


def sheet_bytes(text: str) -> bytes:
    """A scanned sheet, 200 dpi: paper with a code of 60 mm on it."""
    modules = qr_modules(text)
    scale = round(60 / 25.4 * 200) // len(modules)
    code = np.kron(~modules, np.ones((scale, scale), dtype=bool))
    page = np.full((2339, 1654), fill_value=236, dtype=np.uint8)
    page[300 : 300 + len(code), 400 : 400 + len(code)] = np.where(code, 236, 30)
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, "PNG", dpi=(200, 200))
    return buffer.getvalue()


def test_a_sheet_in_a_folder_of_pages_is_no_page(bench: Bench) -> None:
    """It is kept and shown as a sheet; the hồ sơ counts its own pages alone."""
    bench.register({"HS-01": 2})
    cover = sheet_bytes(format_sheet(Sheet(SheetKind.COVER, "HS-01")))
    bench.drop("HS-01", "0001.png", cover)
    for number in (2, 3):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
    bench.settle(seal=False)
    assert [row.state for row in bench.masters()] == [
        MasterState.SHEET,
        MasterState.INSPECTED,
        MasterState.INSPECTED,
    ]
    unit = bench.unit("HS-01")
    assert (unit.state, unit.pages_found) == ("derived", 2)


def test_a_code_of_others_makes_no_sheet(bench: Bench) -> None:
    """An invoice with a QR code is a page like any other."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", sheet_bytes("https://example.org/hoa-don/17"))
    bench.settle(seal=False)
    assert bench.unit("HS-01").state == "derived"
