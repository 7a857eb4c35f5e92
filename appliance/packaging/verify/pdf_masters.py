"""Masters that are PDF files: every image of every page is decoded (``--deep``)."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

import pikepdf
from pikepdf.jbig2 import get_decoder
from PIL import Image

from appliance.domain.findings import Finding
from appliance.domain.policy import MAX_FRAME_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

MAGIC: Final = b"%PDF-"
MAX_PAGES: Final = 10_000
"""Our own: a master that claims more pages is refused."""
NOT_DECODED: Final = "MASTER-NOT-DECODED"
"""The rule of a master that needs a decoder which is not installed: no damage, and no pass."""

_STREAM: Final = re.compile(r"stream <[^>]*>+:? ?")
"""How the reader calls what it reads from; nobody outside knows it by that name."""


def decode_pdf_master(path: str, stream: BinaryIO) -> tuple[tuple[Finding, ...], int]:
    """Decode every image of a PDF, one at a time.

    Args:
        path: Of the master in the bag.
        stream: Its bytes, seekable.

    Returns:
        What is wrong, and how many pages it has (0 when it is damaged).

    Raises:
        MemoryError: There is not room enough to decode it, which is no fault of the master.
    """
    try:
        with warnings.catch_warnings(), pikepdf.open(stream, attempt_recovery=False) as pdf:
            warnings.simplefilter("error")
            pages = len(pdf.pages)
            if not 1 <= pages <= MAX_PAGES:
                return (_damaged(path, f"{pages} pages"),), 0
            problems = [problem for page in pdf.pages for problem in _page_problems(page)]
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - any object of a bad PDF may be anything at all
        said = _STREAM.sub("", str(problem)) or type(problem).__name__
        return (_damaged(path, said),), 0
    if NOT_DECODED in problems:
        return (Finding(NOT_DECODED, path, {"problem": "JBIG2", "problem_en": "JBIG2"}),), pages
    return tuple(_damaged(path, problem) for problem in problems[:1]), 0 if problems else pages


def _page_problems(page: pikepdf.Page) -> Iterator[str]:
    images = page.get_images()
    if not images:
        yield "a page without an image"
    for image in images.values():
        found = pikepdf.PdfImage(image)  # type: ignore[arg-type]  # images are streams, or it raises
        if found.width * found.height > MAX_FRAME_PIXELS:
            yield "too many pixels to be a page"
        elif "/JBIG2Decode" in found.filters and not get_decoder().available():
            yield NOT_DECODED
        else:
            _decode(found)


def _decode(found: pikepdf.PdfImage) -> None:
    """By the reader's own way from stream to picture; Pillow reads JPEG and fax to their ends."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit stands above
    with found.as_pil_image() as picture:
        picture.load()


def _damaged(path: str, problem: str) -> Finding:
    return Finding("MASTER-DAMAGED", path, {"problem": problem})
