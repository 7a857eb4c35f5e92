"""Masters decoded whole, frame by frame (``--deep``)."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

from PIL import Image

from appliance.domain.findings import Finding
from appliance.domain.policy import MAX_FRAME_PIXELS
from appliance.packaging.verify.pdf_masters import MAGIC as PDF_MAGIC
from appliance.packaging.verify.pdf_masters import decode_pdf_master

if TYPE_CHECKING:
    from typing import BinaryIO

FORMATS: Final = ("TIFF", "JPEG", "PNG", "JPEG2000")
Image.MAX_IMAGE_PIXELS = None  # our own limit stands below; a legal A0 at 600 dpi is above Pillow's

MAX_FRAMES: Final = 10_000
"""Our own: a master that claims more frames is refused."""


def decode_master(path: str, stream: BinaryIO) -> tuple[tuple[Finding, ...], int]:
    """Decode every frame of a master, or every image of a PDF, one at a time.

    Args:
        path: Of the master in the bag.
        stream: Its bytes, seekable.

    Returns:
        What is wrong, and how many frames were decoded.

    Raises:
        MemoryError: There is not room enough to decode it, which is no fault of the master.
    """
    if stream.read(len(PDF_MAGIC)) == PDF_MAGIC:
        return decode_pdf_master(path, stream)
    stream.seek(0)
    frames = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(stream, formats=FORMATS) as image:
                count = getattr(image, "n_frames", 1)
                if count > MAX_FRAMES:
                    return (_damaged(path, f"{count} frames"),), 0
                for frames in range(1, count + 1):
                    image.seek(frames - 1)
                    if image.width * image.height > MAX_FRAME_PIXELS:
                        return (_damaged(path, "too many pixels to be a page"),), 0
                    image.load()
    except MemoryError:
        raise
    except Exception as problem:  # noqa: BLE001 - a decoder may stumble over anything in a bad image
        return (_damaged(path, str(problem) or type(problem).__name__),), 0
    return (), frames


def _damaged(path: str, problem: str) -> Finding:
    return Finding("MASTER-DAMAGED", path, {"problem": problem})
