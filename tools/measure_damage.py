"""Measures which damage the inspection notices, format by format, on one page of the samples.

Run as ``python -m tools.measure_damage`` in the checkout. What passes is a legal picture to every
decoder: such pages say that their bytes were not checked, unless their format carries sums.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from appliance.domain.rules import is_blocking
from appliance.imaging.inspection import InspectionLimits, inspect_image
from appliance.samples.fonds import make_sample_fonds
from tools.quality_damages import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

SEED: Final = 20261123
TRIALS: Final = 200
HOLES_BYTES: Final = (64, 512, 4096)
HEAD_BYTES: Final = 800
"""Left alone: damage there is damage of the structure."""
TAIL_BYTES: Final = 300
SIZE_PX: Final = (600, 850)

FORMS: Final[dict[str, tuple[str, str, dict[str, object]]]] = {
    "TIFF, uncompressed": ("TIFF", "L", {}),
    "TIFF, PackBits": ("TIFF", "L", {"compression": "packbits"}),
    "TIFF, LZW": ("TIFF", "L", {"compression": "tiff_lzw"}),
    "TIFF, Deflate": ("TIFF", "L", {"compression": "tiff_adobe_deflate"}),
    "TIFF, G4": ("TIFF", "1", {"compression": "group4"}),
    "TIFF, JPEG": ("TIFF", "L", {"compression": "jpeg"}),
    "JPEG, baseline": ("JPEG", "L", {}),
    "JPEG, with restart marks": ("JPEG", "L", {"restart_marker_rows": 4}),
    "JPEG, progressive": ("JPEG", "L", {"progressive": True}),
    "PNG": ("PNG", "L", {}),
    "JP2": ("JPEG2000", "L", {}),
}
"""Name, Pillow's name, mode and options."""


def cut(data: bytes, chooser: random.Random) -> bytes:
    """The end is missing."""
    return data[: chooser.randrange(1, len(data) - TAIL_BYTES)]


def unfilled(data: bytes, chooser: random.Random) -> bytes:
    """The end was never written into a file whose length was set first."""
    kept = cut(data, chooser)
    return kept + bytes(len(data) - len(kept))


def holed(data: bytes, chooser: random.Random) -> bytes:
    """Zeros in place of some bytes in the middle."""
    length = chooser.choice(HOLES_BYTES)
    start = chooser.randrange(HEAD_BYTES, len(data) - length - TAIL_BYTES)
    return data[:start] + bytes(length) + data[start + length :]


def flipped(data: bytes, chooser: random.Random) -> bytes:
    """One bit is another."""
    place = chooser.randrange(HEAD_BYTES, len(data) - TAIL_BYTES)
    changed = data[place] ^ (1 << chooser.randrange(8))
    return data[:place] + bytes([changed]) + data[place + 1 :]


DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    cut,
    unfilled,
    holed,
    flipped,
)


def encoded(page: Image.Image, name: str) -> bytes:
    """The page in one of ``FORMS``."""
    form, mode, options = FORMS[name]
    buffer = io.BytesIO()
    page.convert(mode).save(buffer, form, dpi=(200, 200), **options)
    return buffer.getvalue()


def passes(path: Path, data: bytes) -> bool:
    """Whether the bytes would be taken for a good page."""
    path.write_bytes(data)
    found = inspect_image(path, name="page", views_folder=None, limits=InspectionLimits())
    return bool(found.frames) and not any(map(is_blocking, found.findings))


def row(page: Image.Image, name: str, path: Path) -> str:
    """How many of the trials pass, for each damage."""
    data, chooser = encoded(page, name), random.Random(SEED)  # noqa: S311 - trials, nothing secret
    if not passes(path, data):
        message = f"{name} is refused as it is"
        raise ValueError(message)
    passed = []
    for damage in DAMAGES:
        made = (damage(data, chooser) for _ in range(TRIALS))
        passed.append(sum(one != data and passes(path, one) for one in made))
    return f"| {name} | {' | '.join(map(str, passed))} |"


def main() -> int:
    """Print the table."""
    names = " | ".join(damage.__name__ for damage in DAMAGES)
    print(f"Taken for good, of {TRIALS}:\n\n| format | {names} |\n| --- {'| --- ' * len(DAMAGES)}|")
    with tempfile.TemporaryDirectory() as folder:
        make_sample_fonds(Path(folder))
        gray = next(read_pages(Path(folder))).gray
        page = Image.fromarray(gray[: SIZE_PX[1], : SIZE_PX[0]])
        for name in FORMS:
            print(row(page, name, Path(folder) / "tried"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
