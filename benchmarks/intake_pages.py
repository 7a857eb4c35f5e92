"""A4 pages at 300 dpi as scanners write them: sample pages with the noise of a sensor on top.

Made once and kept in a folder of the system's temporary place, since 60 pages in four formats
take about three gigabytes and two minutes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from PIL import Image

from benchmarks.box import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

A4_PX: Final = (2480, 3508)
"""Width and height at 300 dpi."""
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "jpeg": {"format": "JPEG", "quality": 90},
    "raw": {"format": "TIFF"},
    "lzw": {"format": "TIFF", "compression": "tiff_lzw"},
    "g4": {"format": "TIFF", "compression": "group4"},
}
"""How Pillow writes each; JPEG is 4:2:0, TIFF in strips of 64 KiB."""
_NOISE_SIGMA: Final = 3
"""Gray levels; of a scanner's sensor."""
_BASES: Final = 6
_SUFFIXES: Final = {"jpeg": ".jpg", "raw": ".tif", "lzw": ".tif", "g4": ".tif"}


def pages_of(kind: str, count: int, first: int = 1) -> list[Path]:
    """The pages of one format, made where they are not there yet.

    Args:
        kind: A key of ``FORMATS``.
        count: How many; all are different.
        first: The number of the first.
    """
    folder = Path(tempfile.gettempdir()) / "appliance-bench-pages" / kind
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first, first + count)
    paths = [folder / f"{number:04d}{_SUFFIXES[kind]}" for number in numbers]
    missing = [path for path in paths if not path.exists()]
    if missing:
        bases = list(_bases())
        for path in missing:
            _write(bases[int(path.stem) % len(bases)], int(path.stem), kind, path)
    return paths


def _bases() -> Iterator[NDArray[np.uint8]]:
    """Some written colour pages of the sample fonds, at the size of the benchmark."""
    found = (drop.source for drop in samples().plan if drop.source.suffix == ".jpg")
    for path in sorted(found)[:_BASES]:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        yield cv2.resize(pixels, A4_PX, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _write(base: NDArray[np.uint8], seed: int, kind: str, path: Path) -> None:
    chooser = np.random.default_rng(seed)
    noise = chooser.normal(0, _NOISE_SIGMA, base.shape).astype(np.float32)
    page = Image.fromarray(np.clip(base + noise, 0, 255).astype(np.uint8))
    if kind == "g4":
        page = page.convert("L").point(lambda value: 255 * (value > 150)).convert("1")
    part = path.with_suffix(".part")
    page.save(part, dpi=(300, 300), **FORMATS[kind])
    part.rename(path)
