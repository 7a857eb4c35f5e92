"""Whether pages said to carry their master's own bytes do so (``--deep``).

The record of custody tells how the image of each page came into the PDF. For pictures that were
said to be carried as they are (JPEG, JPEG 2000, G4), the stream in the PDF is sought among the
bytes of the masters: what was encoded anew is found nowhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pikepdf
from PIL import Image

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from appliance.packaging.verify.aip import Aip
    from appliance.packaging.verify.contents import Contents

CARRIED: Final = ("jpeg-unchanged", "jp2-unchanged", "g4-unchanged")
"""How the recipes of pages begin whose streams lie in one piece in a master."""
MAX_PLACES: Final = 500_000
"""Our own: so many strips of masters are remembered at most."""

MAX_TRIES: Final = 1000
"""Our own: of masters that begin alike, so many are compared."""

_LEAD_BYTES: Final = 4096
"""By so many first bytes a stream is sought; found, it is compared to its end."""
_PIECE_BYTES: Final = 1024 * 1024
_WHOLE: Final = (b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ")
"""How JPEG and JPEG 2000 files begin, which a PDF carries whole."""
_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_COMPRESSION, _FILL_ORDER, _OFFSETS, _LENGTHS = 259, 266, 273, 279
_G4: Final = 4
_REVERSED: Final = 2
_TURNED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_UNREADABLE: Final = (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError)
"""What Pillow raises for a damaged TIFF; that it is damaged, its own check tells."""
_MALFORMED: Final = (
    pikepdf.PdfError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    offset: int
    reverses_bits: bool


class Sources:
    """The picture streams of masters, by how they begin.

    Args:
        contents: The package.
        paths: Of the masters.
    """

    def __init__(self, contents: Contents, paths: Iterable[str]) -> None:
        self._contents = contents
        self._places: dict[str, list[_Place]] = {}
        self._count = 0
        for path in paths:
            with contents.open_member(path) as stream:
                self._take(path, stream)

    def hold(self, data: bytes) -> bool:
        """Whether a stream lies, byte for byte, in a master."""
        keys = (_size_key(len(data)), _key(data))
        return any(
            self._is_at(place, data)
            for key in keys
            for place in self._places.get(key, ())[:MAX_TRIES]
        )

    def _take(self, path: str, stream: BinaryIO) -> None:
        lead = stream.read(_LEAD_BYTES)
        if lead.startswith(_WHOLE):
            size_bytes = self._contents.members[path].size_bytes
            for key in (_size_key(size_bytes), _key(lead)):
                self._add(key, _Place(path, 0, reverses_bits=False))
        elif lead.startswith(_TIFF):
            stream.seek(0)
            for offset, length, reverses in list(_g4_strips(stream)):
                stream.seek(offset)
                held = stream.read(min(length, _LEAD_BYTES))
                self._add(_key(_turned(held, reverses)), _Place(path, offset, reverses))

    def _add(self, key: str, place: _Place) -> None:
        if self._count < MAX_PLACES:
            self._places.setdefault(key, []).append(place)
            self._count += 1

    def _is_at(self, place: _Place, data: bytes) -> bool:
        with self._contents.open_member(place.path) as stream:
            stream.seek(place.offset)
            for start in range(0, len(data), _PIECE_BYTES):
                piece = data[start : start + _PIECE_BYTES]
                if _turned(stream.read(len(piece)), place.reverses_bits) != piece:
                    return False
        return True


def check_carried(aip: Aip, contents: Contents) -> Iterator[Finding]:
    """Hold the pages of ``rep1`` that were said to be carried against the masters in ``rep2``."""
    claimed = sum(count for name, count in aip.images.items() if name.startswith(CARRIED))
    if not claimed or "rep2" not in aip.representations:
        return
    sources = Sources(contents, _content(aip, contents, "rep2"))
    pages = 0
    for path in _content(aip, contents, "rep1"):
        with contents.open_member(path) as stream:
            pages += _carried_pages(stream, sources)
    if pages < claimed:
        where = f"{aip.folder}/representations/rep1"
        facts = {"expected": claimed, "found": pages}
        yield Finding("PDF-NOT-MASTER", where, {**facts})


def _content(aip: Aip, contents: Contents, name: str) -> list[str]:
    lead = f"{aip.folder}/representations/{name}/data/"
    return [path for path in contents.members if path.startswith(lead)]


def _carried_pages(stream: BinaryIO, sources: Sources) -> int:
    """Pages of a PDF whose every picture lies in a master; none of one that cannot be read."""
    try:
        with pikepdf.open(stream) as pdf:
            return sum(_is_carried(page, sources) for page in pdf.pages)
    except _MALFORMED:
        return 0


def _is_carried(page: pikepdf.Page, sources: Sources) -> bool:
    images = list(page.get_images().values())
    return bool(images) and all(sources.hold(one.read_raw_bytes()) for one in images)


def _g4_strips(stream: BinaryIO) -> Iterator[tuple[int, int, bool]]:
    """Offset, length and bit order of every strip of every G4 frame."""
    try:
        with Image.open(stream, formats=("TIFF",)) as image:
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFF has them
                if tags.get(_COMPRESSION) != _G4:
                    continue
                strips = zip(tags.get(_OFFSETS, ()), tags.get(_LENGTHS, ()), strict=False)
                reverses = tags.get(_FILL_ORDER, 1) == _REVERSED
                yield from [(offset, length, reverses) for offset, length in strips]
    except _UNREADABLE:
        return


def _turned(data: bytes, reverses_bits: bool) -> bytes:  # noqa: FBT001 - a fact of the strip
    return data.translate(_TURNED) if reverses_bits else data


def _size_key(size_bytes: int) -> str:
    """Pictures of one scanner may begin alike for long, but hardly two are of one size."""
    return f"{size_bytes} bytes"


def _key(data: bytes) -> str:
    return hashlib.sha256(data[:_LEAD_BYTES]).hexdigest()
