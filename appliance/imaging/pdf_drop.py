"""PDF files as scanners drop them: the PDF is the master, each page one frame of it.

Read in worker processes only. What the watchers may ask of a PDF stands in ``pdf_drop_tail``.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.imaging.headers import FrameSource
from appliance.imaging.jp2_header import SIGNATURE as JP2_SIGNATURE
from appliance.imaging.jp2_header import read_jp2_header
from appliance.imaging.jpeg_header import read_jpeg_header
from appliance.imaging.pdf_drop_content import shown_image
from appliance.imaging.pdf_drop_image import TakenImage, take_image
from appliance.imaging.pdf_drop_place import place_of
from appliance.imaging.pdf_drop_problems import coding, damaged, encrypted
from appliance.imaging.pdf_drop_safety import refuse_active
from appliance.imaging.pdf_drop_tail import read_pdf_tail
from appliance.imaging.png_header import SIGNATURE as PNG_SIGNATURE
from appliance.imaging.png_header import read_png_header
from appliance.imaging.problems import BadStructure
from appliance.imaging.tiff_header import read_tiff_header
from appliance.imaging.windows import held_window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.imaging.headers import ImageHeader
    from appliance.imaging.windows import ByteWindow

MAX_PAGES: Final = 10_000
"""Our own: more pages in one file is an attack."""

_READ_AHEAD_BYTES: Final = 64 * 1024
_MESSAGE_CHARACTERS: Final = 160
_STREAM: Final = re.compile(r"stream <[^>]*>+:? ?")
"""How the reader calls what it reads from; nobody outside knows it by that name."""


@dataclass(frozen=True, slots=True)
class PdfFrame:
    """One page, with its image as a file of its own.

    Args:
        source: The image, held in memory, with number, resolution and orientation of the page.
        taken: What was taken out of the PDF.
    """

    source: FrameSource
    taken: TakenImage


class PdfDrop:
    """An opened PDF that holds nothing that acts."""

    def __init__(self, pdf: pikepdf.Pdf, path: Path, trailing_bytes: int) -> None:
        self._pdf = pdf
        self._path = path
        self.page_count = len(pdf.pages)
        self.trailing_bytes = trailing_bytes

    def frame(self, number: int) -> PdfFrame:
        """The image of a page.

        Args:
            number: Of the page, 1-based.

        Raises:
            BadStructure: The page is no scan, or its image is damaged.
            IndexError: There is no such page.
        """
        if not 1 <= number <= self.page_count:
            raise IndexError(f"no page {number} of {self.page_count}")
        with _strict():
            page = self._pdf.pages[number - 1].obj
            shown = shown_image(self._pdf, page)
            taken = take_image(shown.stream)
            place = place_of(page, shown, taken.size_px)
        image = _header_of(taken)
        frame = replace(image.frames[0], frame=number, dpi=place.dpi, orientation=place.orientation)
        if (frame.width_px, frame.height_px) != taken.size_px:
            raise damaged("ảnh có kích thước khác", "the image has another size than stated")
        if taken.coding == "JBIG2Decode":
            frame = replace(frame, compression="jbig2")
        return PdfFrame(FrameSource(self._path, image, frame, taken.data), taken)


@contextmanager
def open_pdf(window: ByteWindow, path: Path, *, is_inspected: bool = False) -> Iterator[PdfDrop]:
    """Open a dropped PDF.

    Args:
        window: On its bytes.
        path: What messages name.
        is_inspected: Whether these bytes were proved to be those that inspection passed: then
            they are not searched for what acts once more, which takes longer than all the rest.

    Raises:
        BadStructure: It is not whole, encrypted, active, damaged or endless.
    """
    tail = read_pdf_tail(window)
    with _strict():
        pdf = pikepdf.open(
            io.BufferedReader(_WindowStream(window), _READ_AHEAD_BYTES), attempt_recovery=False
        )
    with pdf:
        with _strict():
            if not is_inspected:
                refuse_active(pdf)
            drop = PdfDrop(pdf, path, tail.trailing_bytes)
        if not 1 <= drop.page_count <= MAX_PAGES:
            raise damaged("số trang không hợp lệ", "the number of pages is not valid")
        yield drop


def _header_of(taken: TakenImage) -> ImageHeader:
    """The header of the image that was taken out, whose own bytes decide what it is."""
    window = held_window(taken.data)
    if taken.coding == "DCTDecode":
        return read_jpeg_header(window)
    if taken.coding == "JPXDecode":
        if not taken.data.startswith(JP2_SIGNATURE):
            raise coding("JPEG 2000 trần", "a bare JPEG 2000 stream")
        return read_jp2_header(window)
    if taken.data.startswith(PNG_SIGNATURE):
        return read_png_header(window)
    return read_tiff_header(window)


@contextmanager
def _strict() -> Iterator[None]:
    """Whatever surprises the reader is damage: any object of a stranger's PDF may be anything."""
    try:
        yield
    except (BadStructure, MemoryError, OSError):
        raise  # a disk that fails is no damage of the PDF
    except pikepdf.PasswordError as locked:
        raise encrypted("cần mật khẩu", "it needs a password") from locked
    except Exception as problem:
        lines = _STREAM.sub("", str(problem)).strip().splitlines() or [type(problem).__name__]
        said = lines[-1][:_MESSAGE_CHARACTERS]
        raise damaged(f"bộ đọc PDF báo “{said}”", f"the PDF reader says “{said}”") from problem


class _WindowStream(io.RawIOBase):
    """A window as the stream that the PDF reader wants."""

    def __init__(self, window: ByteWindow) -> None:
        super().__init__()
        self._window = window
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._window.size_bytes}
        self._position = max(starts[whence] + offset, 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # every buffer is one
        data = self._window.read_up_to(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
