"""JBIG2 images of a PDF, decoded by the program ``jbig2dec`` where it is installed.

Nobody writes JBIG2 but scanners' compact PDFs, and no library here reads it. The program runs
inside the worker process and inherits its walls: no network, bounded memory.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from appliance.imaging.pdf_drop_problems import coding, damaged

PROGRAM: Final = "jbig2dec"
LIMIT_SECONDS: Final = 60
"""Our own: an A0 at 600 dpi takes some seconds."""

_PBM: Final = b"P4"
_HEAD_FIELDS: Final = 3
_COMPLAINTS: Final = ("WARNING", "FATAL ERROR")


def can_decode() -> bool:
    """Whether the decoder is installed."""
    return shutil.which(PROGRAM) is not None


def decode_jbig2(page: bytes, shared: bytes, size_px: tuple[int, int]) -> bytes:
    """Decode one embedded stream, strictly: what the decoder complains about is damage.

    Args:
        page: The stream of the image.
        shared: The stream of shared segments; empty when there is none.
        size_px: Width and height that must come out.

    Returns:
        Rows of bits, each starting at a whole byte; 1 is black.

    Raises:
        BadStructure: It does not decode to this size, or no decoder is installed.
    """
    if not can_decode():
        raise coding("nén JBIG2", "JBIG2")
    with TemporaryDirectory(prefix="jbig2-") as name:
        folder = Path(name)
        (folder / "page").write_bytes(page)
        (folder / "shared").write_bytes(shared)
        inputs = ["shared", "page"] if shared else ["page"]
        command = [PROGRAM, "--embedded", "--format", "pbm", "--output", "out", *inputs]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, timeout=LIMIT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise _broken() from late
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode or any(word in said for word in _COMPLAINTS):
            raise _broken()
        return _rows((folder / "out").read_bytes(), size_px)


def _rows(picture: bytes, size_px: tuple[int, int]) -> bytes:
    """The rows of a portable bitmap, whose head is three words and one blank."""
    head = picture[:64].split(maxsplit=_HEAD_FIELDS)[:_HEAD_FIELDS]
    if head != [_PBM, *(str(side).encode() for side in size_px)]:
        raise _broken()
    rows_bytes = -(-size_px[0] // 8) * size_px[1]
    if len(picture) < rows_bytes:
        raise _broken()
    return picture[-rows_bytes:]


def _broken() -> Exception:
    return damaged("dữ liệu JBIG2 bị hỏng", "the JBIG2 data is damaged")
