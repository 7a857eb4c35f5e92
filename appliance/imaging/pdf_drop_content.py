"""What a page of a PDF shows: exactly one image, and nothing else that can be seen.

The page's operators are followed, not drawn. Source: ISO 32000-1, 8.4 (graphics state), 8.10
(forms), 9.3.6 (text that is not painted). What is painted before the image and wholly covered by
it cannot be seen and is let pass: some programs fill the page white first.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from appliance.imaging.pdf_drop_problems import damaged, not_scan

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CONTENT_BYTES: Final = 4 * 1024 * 1024
"""Our own: operators of one page, unpacked; a page dense with read text has 0.3 MB."""
MAX_PACKED_BYTES: Final = 64 * 1024
"""Our own: longest stream unpacked by a filter that cannot be stopped on the way."""
MAX_FORMS: Final = 200
"""Our own: forms that a page calls, those inside others too."""

_INVISIBLE: Final = 3
_SHAPES: Final = ("f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh")
_TEXTS: Final = ("Tj", "TJ", "'", '"')
_WANTED: Final = " ".join(("q", "Q", "cm", "Do", "Tr", "Tf", "BI", "ID", "EI", *_SHAPES, *_TEXTS))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A placement: (x, y) becomes (ax + cy + e, bx + dy + f), in points."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def inside(self, outer: Matrix) -> Matrix:
        """This placement, within another one."""
        return Matrix(
            self.a * outer.a + self.b * outer.c,
            self.a * outer.b + self.b * outer.d,
            self.c * outer.a + self.d * outer.c,
            self.c * outer.b + self.d * outer.d,
            self.e * outer.a + self.f * outer.c + outer.e,
            self.e * outer.b + self.f * outer.d + outer.f,
        )

    def box(self) -> tuple[float, float, float, float]:
        """The smallest upright box around the placed unit square: left, bottom, right, top."""
        across = (0.0, self.a, self.c, self.a + self.c)
        down = (0.0, self.b, self.d, self.b + self.d)
        return (
            self.e + min(across),
            self.f + min(down),
            self.e + max(across),
            self.f + max(down),
        )


@dataclass(frozen=True, slots=True)
class ShownImage:
    """The one image of a page.

    Args:
        stream: Its dictionary and data.
        matrix: Where it lies, in points.
        is_over: Whether something was painted before it, which it must cover.
    """

    stream: pikepdf.Stream
    matrix: Matrix
    is_over: bool


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix
    text_mode: int = 0
    is_drawn_font: bool = False


def shown_image(pdf: pikepdf.Pdf, page: pikepdf.Object) -> ShownImage:
    """The one image that a page shows.

    Raises:
        BadStructure: There is none, more than one, or something else to see.
    """
    _refuse_annotations(page)
    painter = _Painter(pdf)
    painter.run(_content(page.get("/Contents")), page.get("/Resources"), _State(Matrix()))
    if painter.image is None:
        raise not_scan("trang không có ảnh", "the page holds no image")
    return painter.image


class _Painter:
    """Follows operators; the operands are strangers' and may be anything."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._forms = 0
        self._has_painted = False
        self.image: ShownImage | None = None

    def run(self, content: bytes, resources: object, start: _State) -> None:
        """Follow the operators of a page or a form."""
        state, kept = start, list[_State]()
        for instruction in pikepdf.parse_content_stream(self._pdf.make_stream(content), _WANTED):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                raise not_scan("ảnh nằm trong lệnh vẽ", "an image stands among the operators")
            name, operands = str(instruction.operator), list(instruction.operands)
            if name == "q":
                kept.append(state)
            elif name == "Q":
                state = kept.pop() if kept else start
            elif name == "Do":
                self._call(_member(resources, "/XObject", operands), resources, state)
            else:
                state = self._step(name, operands, resources, state)

    def _step(self, name: str, operands: list[Any], resources: object, state: _State) -> _State:
        if name == "cm":
            return replace(state, matrix=_matrix(operands).inside(state.matrix))
        if name == "Tr":
            return replace(state, text_mode=int(operands[0]))
        if name == "Tf":
            font = _member(resources, "/Font", operands)
            is_drawn = isinstance(font, pikepdf.Dictionary) and font.get("/Subtype") == "/Type3"
            return replace(state, is_drawn_font=is_drawn)
        if name in _SHAPES:
            self._paint("có nét vẽ ngoài ảnh", "something is drawn besides the image")
        elif name in _TEXTS and (state.text_mode != _INVISIBLE or state.is_drawn_font):
            self._paint("có chữ hiện ngoài ảnh", "text shows besides the image")
        return state

    def _paint(self, what_vi: str, what_en: str) -> None:
        if self.image is not None:
            raise not_scan(what_vi, what_en)
        self._has_painted = True

    def _call(self, target: object, resources: object, state: _State) -> None:
        if not isinstance(target, pikepdf.Stream):
            raise damaged("thiếu ảnh của trang", "an image of the page is missing")
        if target.get("/Subtype") == "/Form":
            self._call_form(target, resources, state)
        elif self.image is not None:
            raise not_scan("trang có nhiều ảnh", "the page holds several images")
        else:
            self.image = ShownImage(target, state.matrix, self._has_painted)

    def _call_form(self, form: pikepdf.Stream, resources: object, state: _State) -> None:
        self._forms += 1
        if self._forms > MAX_FORMS:
            raise damaged("lệnh vẽ lặp vòng", "the drawing operators loop")
        own = _matrix(list(form.get("/Matrix", [1, 0, 0, 1, 0, 0])))
        inner = replace(state, matrix=own.inside(state.matrix))
        self.run(_unpacked(form, MAX_CONTENT_BYTES), form.get("/Resources", resources), inner)


def _member(resources: object, kind: str, operands: Sequence[Any]) -> object:
    """What an operator names in the resources of its page."""
    if not isinstance(resources, pikepdf.Dictionary):
        return None
    members = resources.get(kind)
    return members.get(str(operands[0])) if isinstance(members, pikepdf.Dictionary) else None


def _matrix(operands: Sequence[Any]) -> Matrix:
    numbers = [float(one) for one in operands]
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)):  # noqa: PLR2004 - a matrix has six
        raise damaged("ma trận vị trí sai", "a placement is wrong")
    return Matrix(*numbers)


def _content(contents: object) -> bytes:
    """The operators of a page, its streams one after the other."""
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    pieces: list[bytes] = []
    room = MAX_CONTENT_BYTES
    for stream in streams:
        if not isinstance(stream, pikepdf.Stream):
            continue  # a page without content is legal, and has no image
        pieces.append(_unpacked(stream, room))
        room -= len(pieces[-1])
    return b"\n".join(pieces)


def _unpacked(stream: pikepdf.Stream, room: int) -> bytes:
    """The data of a stream, stopped when it grows beyond its room."""
    packed = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    name = filters[0] if isinstance(filters, pikepdf.Array) and len(filters) == 1 else filters
    if name is None:
        data = packed
    elif name == "/FlateDecode" and "/DecodeParms" not in stream:
        data = zlib.decompressobj().decompress(packed, room + 1)
    elif len(packed) <= MAX_PACKED_BYTES:
        data = stream.read_bytes()
    else:
        raise damaged("lệnh vẽ của trang quá dài", "the page has too many operators")
    if len(data) > room:
        raise damaged("lệnh vẽ của trang quá dài", "the page has too many operators")
    return data


def _refuse_annotations(page: pikepdf.Object) -> None:
    """Links show nothing; whatever has an appearance and a size can be seen over the image."""
    for note in page.get("/Annots", []):
        if note.get("/Subtype") in {"/Link", "/Popup"} or int(note.get("/F", 0)) & 0b10:
            continue
        left, bottom, right, top = (float(one) for one in note.get("/Rect", [0, 0, 0, 0]))
        if left != right and bottom != top:
            raise not_scan("có chú thích hoặc dấu trên ảnh", "a note or stamp lies on the image")
