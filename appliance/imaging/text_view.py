"""The view of a page that its text is read from: gray, upright, of one resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.decoding import eight_bit, open_frame
from appliance.imaging.views import upright

if TYPE_CHECKING:
    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameSource
    from appliance.imaging.paper import Resolution

TEXT_DPI: Final = 200
"""Our own: text is read best at 150 to 200 dpi for the time it takes; ``docs/quality.md``."""
DARKEST_SHARE: Final = 0.0002
"""Our own: so many pixels of a page are taken for full ink; measured, ``docs/quality.md``."""
MARGIN_PARTS: Final = 8
"""Our own: an eighth of the page at each side does not count: black borders are no ink."""
GOOD_CONTRAST: Final = 110
"""Our own: gray values between ink and paper; more is read well as it is, and what shines through
from the other side of the sheet is better left faint; measured, ``docs/quality.md``."""
MIN_CONTRAST: Final = 10
"""Our own: gray values between paper and ink; less is an empty page and a sensor's noise."""


@dataclass(frozen=True, slots=True)
class TextView:
    """What the engine sees of a page.

    Args:
        pixels: 8-bit gray, height x width, upright.
        dpi: Across and down.
        scales: Pixels of the full, upright frame per pixel of the view, across and down.
    """

    pixels: Pixels
    dpi: int
    scales: tuple[float, float] = (1.0, 1.0)

    @property
    def graymap(self) -> bytes:
        """As a portable graymap (pgm(5)): nothing is packed, so nothing is waited for."""
        height, width = self.pixels.shape
        return b"P5 %d %d 255\n" % (width, height) + self.pixels.tobytes()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full, upright frame, pixels."""
        height, width = self.pixels.shape
        return round(width * self.scales[0]), round(height * self.scales[1])

    def turned(self, degrees: int) -> TextView:
        """The view of the page turned clockwise by a multiple of 90 degrees."""
        pixels = np.ascontiguousarray(np.rot90(self.pixels, -degrees // 90))
        scales = self.scales[::-1] if degrees % 180 else self.scales
        return TextView(pixels, self.dpi, scales)


def full_contrast(pixels: Pixels) -> Pixels:
    """Spread the values between the ink of a pale page and its paper, the median, over all grays.

    The engine's threshold takes for ink what is darker than two thirds of the paper around it, so
    it finds nothing on faded and little on blurred pages until they are spread.
    """
    height, width = pixels.shape
    top, left = height // MARGIN_PARTS, width // MARGIN_PARTS
    middle = pixels[top : height - top, left : width - left]
    counted = np.cumsum(np.bincount(middle.ravel(), minlength=256))
    ink, paper = np.searchsorted(counted, (DARKEST_SHARE * middle.size, middle.size / 2))
    if not MIN_CONTRAST <= paper - ink < GOOD_CONTRAST:
        return pixels
    spread = np.clip((np.arange(256) - ink) * 255 / (paper - ink), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, spread), np.uint8)


def text_view(source: FrameSource, resolution: Resolution) -> TextView:
    """The view of a frame; unequal resolutions are evened out by the finer one.

    Args:
        source: The frame.
        resolution: Of the frame as stored.

    Raises:
        BadStructure: A decoder refuses the frame.
        pyvips.Error: The same, said by libvips.
    """
    dpi = min(max(resolution.x, resolution.y), TEXT_DPI)
    across, down = dpi / resolution.x, dpi / resolution.y
    image = eight_bit(open_frame(source)).colourspace("b-w")
    if (across, down) != (1, 1):
        image = image.resize(across, vscale=down, kernel="linear")
    pixels = np.ascontiguousarray(upright(full_contrast(image.numpy()), source.frame.orientation))
    scales = (resolution.x / dpi, resolution.y / dpi)
    return TextView(pixels, dpi, scales[::-1] if source.frame.is_turned else scales)
