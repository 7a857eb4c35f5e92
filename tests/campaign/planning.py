"""What a campaign drops, decided by its seed alone: bytes, places, and the way each comes."""

from __future__ import annotations

import io
import random
import zlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from PIL import Image

from tests.uploads.scanning import draw_page, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCANNERS: Final = ("scan01", "scan02", "scan03", "scan04")
FILE_CODES: Final = tuple(f"HS-{number:02d}" for number in range(1, 9))
WAYS: Final = ("whole", "pieces", "reopened", "renamed", "linked")
_KINDS: Final = {"page": 80, "rescan": 6, "copy": 6, "cut": 2, "junk": 2, "stray": 2, "unknown": 2}
"""Our own: how many of a hundred drops are good pages, and what the others are."""
_FOLDER_EVERY: Final = 40
"""Our own: after so many single drops, a whole folder is moved in."""
_FOLDER_DROPS: Final = 6
_SIZE_PX: Final = (160, 240)


@dataclass(frozen=True, slots=True)
class Drop:
    """One file that is dropped.

    Args:
        parts: Its path below the hot folder: scanner, folder, name.
        data: Its bytes.
        way: One of ``WAYS``; ``folder`` for a file of a folder that is moved in whole.
        kind: What it is: ``page`` and so on.
    """

    parts: tuple[str, ...]
    data: bytes
    way: str
    kind: str

    @property
    def place(self) -> str:
        """As the catalogue writes it."""
        return "/".join(self.parts)

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return sha256_of(self.data)


class Plan:
    """Drops in their order, the same for the same seed.

    Args:
        seed: Of every choice.
        count: How many drops.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._chooser = random.Random(seed)
        self._next_number: dict[str, int] = defaultdict(int)
        self._pages: list[Drop] = []
        self._folders = 0
        self.moved_codes: list[str] = []
        self.groups = list(self._grouped(count))

    @property
    def drops(self) -> list[Drop]:
        """Every drop."""
        return [drop for group in self.groups for drop in group]

    @property
    def file_codes(self) -> tuple[str, ...]:
        """Every hồ sơ that must be in the register."""
        return (*FILE_CODES, *self.moved_codes)

    def _grouped(self, count: int) -> Iterator[list[Drop]]:
        made = 0
        while made < count:
            is_folder = made % _FOLDER_EVERY == _FOLDER_EVERY - 1
            group = self._folder(min(_FOLDER_DROPS, count - made)) if is_folder else [self._one()]
            made += len(group)
            yield group

    def _folder(self, count: int) -> list[Drop]:
        self._folders += 1
        code = f"MOVED-{self._folders:03d}"
        self.moved_codes.append(code)
        scanner = self._chooser.choice(SCANNERS)
        return [
            Drop((scanner, code, f"{number:04d}.png"), _png(self._chooser), "folder", "page")
            for number in range(1, count + 1)
        ]

    def _one(self) -> Drop:
        (kind,) = self._chooser.choices(list(_KINDS), list(_KINDS.values()))
        if kind in {"rescan", "copy"} and not self._pages:
            kind = "page"
        make: Callable[[], Drop] = getattr(self, f"_{kind}")
        drop = make()
        if kind == "page":
            self._pages.append(drop)
        return drop

    def _page(self) -> Drop:
        code = self._chooser.choice(FILE_CODES)
        self._next_number[code] += 1
        form = self._chooser.choice(list(_FORMS))
        name = f"{self._next_number[code]:05d}.{form}"
        parts = (self._chooser.choice(SCANNERS), code, name)
        return Drop(parts, _FORMS[form](self._chooser), self._chooser.choice(WAYS), "page")

    def _rescan(self) -> Drop:
        """Other bytes for a number that was dropped before, now and then by another scanner."""
        earlier = self._chooser.choice(self._pages)
        scanner = self._chooser.choice((earlier.parts[0], earlier.parts[0], *SCANNERS))
        parts = (scanner, *earlier.parts[1:])
        form = earlier.parts[-1].rpartition(".")[2]
        return Drop(parts, _FORMS[form](self._chooser), self._chooser.choice(WAYS), "rescan")

    def _copy(self) -> Drop:
        """The very bytes of a drop before, for the same number or for a new one."""
        earlier = self._chooser.choice(self._pages)
        scanner, code, name = earlier.parts
        if self._chooser.random() < 0.5:
            self._next_number[code] += 1
            name = f"{self._next_number[code]:05d}.{name.rpartition('.')[2]}"
        parts = (scanner, code, name)
        return Drop(parts, earlier.data, self._chooser.choice(WAYS), "copy")

    def _cut(self) -> Drop:
        """A page whose upload ended early, and stays so."""
        page = self._page()
        end = self._chooser.randrange(len(page.data) // 2, len(page.data) * 9 // 10)
        return Drop(page.parts, page.data[:end], "whole", "cut")

    def _junk(self) -> Drop:
        page = self._page()
        return Drop(page.parts, b"no image " + self._chooser.randbytes(3000), "renamed", "junk")

    def _stray(self) -> Drop:
        """A good page outside any folder of a hồ sơ."""
        name = f"stray-{self._chooser.randrange(10**9)}.png"
        return Drop((self._chooser.choice(SCANNERS), name), _png(self._chooser), "renamed", "stray")

    def _unknown(self) -> Drop:
        """A good page of a hồ sơ that nobody registered."""
        page = self._page()
        scanner, _code, name = page.parts
        return Drop(
            (scanner, "NOBODY", f"{page.parts[1][-1]}{name}"), page.data, "linked", "unknown"
        )


@cache
def _template(form: str, number: int) -> bytes:
    buffer = io.BytesIO()
    draw_page(number).convert("L").resize(_SIZE_PX).save(buffer, form, dpi=(200, 200))
    return buffer.getvalue()


def _jpg(chooser: random.Random) -> bytes:
    """A JPEG with a comment after its first segment that makes it unlike any other."""
    data = _template("JPEG", chooser.randrange(8))
    end = 4 + int.from_bytes(data[4:6], "big")
    return data[:end] + b"\xff\xfe\x00\x12" + chooser.randbytes(16).hex().encode()[:16] + data[end:]


def _png(chooser: random.Random) -> bytes:
    """A PNG with a text chunk that makes it unlike any other."""
    data = _template("PNG", chooser.randrange(8))
    body = b"tEXtComment\0" + chooser.randbytes(16).hex().encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return data[:33] + chunk + data[33:]  # behind the signature and IHDR


def _tif(chooser: random.Random) -> bytes:
    """An uncompressed TIFF with some pixels unlike any other's."""
    page = Image.open(io.BytesIO(_template("TIFF", chooser.randrange(8))))
    page.putdata(list(chooser.randbytes(16)))  # the first pixels only
    buffer = io.BytesIO()
    page.save(buffer, "TIFF", dpi=(200, 200))
    return buffer.getvalue()


_FORMS: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "jpg": _jpg,
    "png": _png,
    "tif": _tif,
}
