"""Pages as bands of rows, made smaller while they pass: a page is never whole in memory.

A band stays in the processor's cache between the decoder and the shrinking, which is faster than
a whole page at any size, and an A0 takes no more memory than an A4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
import pyvips

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

MAX_FACTOR: Final = 32
"""Our own: no view is smaller by more."""
_BAND_BYTES: Final = 1024 * 1024
"""Our own: bands of this size stay in the processor's second cache; measured."""
_MAX_BAND_ROWS: Final = 256

cv2.setNumThreads(1)  # one worker, one core: the pool decides how many pages run side by side


def band_rows(row_bytes: int) -> int:
    """Rows of a band: a power of two, ``MAX_FACTOR`` or more, so that bands end where views do."""
    rows = _MAX_BAND_ROWS
    while rows > MAX_FACTOR and rows * row_bytes > _BAND_BYTES:
        rows //= 2
    return rows


def picture_bands(image: pyvips.Image) -> Iterator[Pixels]:
    """The rows of an 8-bit libvips image from top to bottom, each decoded once.

    Raises:
        pyvips.Error: The decoder found damage.
    """
    region = pyvips.Region.new(image)
    width, height, samples = image.width, image.height, image.bands  # libvips is slow to tell
    step = band_rows(width * samples)
    for top in range(0, height, step):
        rows = min(step, height - top)
        fetched = region.fetch(0, top, width, rows)
        yield np.frombuffer(fetched, np.uint8).reshape(rows, width, samples)


def array_bands(pixels: Pixels) -> Iterator[Pixels]:
    """The rows of pixels in memory."""
    step = band_rows(pixels[0].size)
    for top in range(0, pixels.shape[0], step):
        yield pixels[top : top + step]


def shrunk(bands: Iterable[Pixels], width_px: int, height_px: int, factor: int) -> Pixels:
    """A view of a page, ``factor`` times smaller; what does not fill a pixel of it is left out.

    Args:
        bands: All rows, a multiple of ``factor`` at a time but for the last.
        width_px: Of the page.
        height_px: Of the page.
        factor: A power of two, at most ``MAX_FACTOR``.

    Returns:
        8-bit gray (height x width) or RGB (height x width x 3).
    """
    width, height = max(width_px // factor, 1), max(height_px // factor, 1)
    view, top = np.empty((0, width), np.uint8), 0
    for band in bands:
        if not view.size:  # the first band tells how many channels there are
            view = np.empty(
                (height, width, 3) if band.shape[2:] == (3,) else (height, width), np.uint8
            )
        rows = min(max(band.shape[0] // factor, 1), height - top)
        _shrink(band, view[top : top + rows], factor)
        top += rows
    return view


def _shrink(band: Pixels, into: Pixels, factor: int) -> None:
    """Halved again and again while it divides evenly, which is fastest; gray loses its axis."""
    rows, width = into.shape[:2]
    if not rows:
        return
    small = band[: rows * factor, : width * factor]
    while factor > 2 and not (small.shape[0] | small.shape[1]) & 1:  # noqa: PLR2004 - the last halving goes to its place
        small = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # its stubs forget the element
        factor //= 2
    cv2.resize(small, (width, rows), dst=into, interpolation=cv2.INTER_AREA)
