"""The symbols that our printed sheets carry, as modules to be drawn at any size."""

from __future__ import annotations

from typing import Final

import numpy as np
import zxingcpp

from appliance.domain.sheets import FLAG

QUIET_MODULES: Final = 4
"""White around a QR code on every side; ISO/IEC 18004."""

QUIET_BARS: Final = 10
"""White left and right of a Code 128 symbol; ISO/IEC 15417."""

_ERROR_CORRECTION: Final = "Q"
"""A quarter of a QR code may be lost. Higher (H) makes the modules of a long code of Vietnamese
letters too small for a bitonal scan at 200 dpi; lower (M) survives a crease or a stamp less."""


def qr_modules(text: str) -> np.ndarray:
    """The modules of a QR code, square, True = dark, without the quiet zone.

    The text is encoded as UTF-8 bytes, as ``imaging.marks`` decodes it.
    """
    code = zxingcpp.create_barcode(
        text.encode("utf-8"), zxingcpp.BarcodeFormat.QRCode, ec_level=_ERROR_CORRECTION
    )
    return _modules(code)


def flag_bars() -> np.ndarray:
    """The bars of the flag, left to right, True = dark, without the quiet zone."""
    code = zxingcpp.create_barcode(FLAG, zxingcpp.BarcodeFormat.Code128)
    bars: np.ndarray = _modules(code)[0]
    return bars


def _modules(code: zxingcpp.Barcode) -> np.ndarray:
    picture = zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)
    dark: np.ndarray = np.asarray(picture) == 0
    return dark
