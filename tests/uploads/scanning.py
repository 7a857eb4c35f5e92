"""Pages as scanners send them, and the client process that sends them."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from typing import Self

PROGRAM: Final = Path(__file__).with_name("client_program.py")
_WIDTH_PX: Final = 200
_HEIGHT_PX: Final = 300


def draw_page(seed: int) -> Image.Image:
    """A small page with ink on it; another seed gives other pixels."""
    chooser = random.Random(seed)
    page = Image.new("RGB", (_WIDTH_PX, _HEIGHT_PX), (250, 248, 240))
    drawing = ImageDraw.Draw(page)
    for line in range(30, 280, 14):
        drawing.line((20, line, chooser.randrange(60, 185), line), (20, 20, 60), 4)
    drawing.text((20, 8), f"page {seed}", (0, 0, 0))
    return page


def tiff_page(seed: int, pages: int = 1) -> bytes:
    """An uncompressed TIFF of about 180 kB a page, as scanners send it."""
    buffer = io.BytesIO()
    more = [draw_page(seed + 1000 * number) for number in range(1, pages)]
    draw_page(seed).save(
        buffer,
        "TIFF",
        dpi=(200, 200),
        **({"save_all": True, "append_images": more} if more else {}),
    )
    return buffer.getvalue()


def sha256_of(data: bytes) -> str:
    """The digest by which the store keeps bytes."""
    return hashlib.sha256(data).hexdigest()


class Upload:
    """A client process of one protocol; killed at the end of ``with`` unless it was before.

    Args:
        arguments: Of the client program.
        folder: The bytes to send pass through it.
    """

    def __init__(self, arguments: list[str], folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._folder = folder

    def __enter__(self) -> Self:
        """Ready for steps."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the client, however the test ends."""
        self.kill()
        self._process.communicate()

    def step(self, *step: Any) -> None:  # noqa: ANN401 - whatever a step takes, as JSON
        """Have the client do one step, and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(step).encode() + b"\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != b"ok\n":
            told = self._process.communicate()[1].decode("utf-8", "replace")
            raise AssertionError(f"the client failed at {step}: {told[-1500:]}")

    def kill(self) -> None:
        """End the client by SIGKILL, as when its plug is pulled."""
        self._process.kill()
        self._process.wait()

    def send(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        """Send a range of some bytes to the file that is open."""
        source = self._folder / sha256_of(data)
        source.write_bytes(data)
        self.step("send", str(source), start, end)

    def whole(self, path: str, data: bytes) -> None:
        """Upload some bytes in one go."""
        self.step("begin", path, 0)
        self.send(data)
        self.step("end")


@dataclass(frozen=True)
class Entrance:
    """One way into the hot folder.

    Args:
        kind: ``smb``, ``ftp`` or ``sftp``.
        arguments: Of the client program.
        folder: Bytes to send pass through it.
    """

    kind: str
    arguments: tuple[str, ...]
    folder: Path

    def client(self) -> Upload:
        """A client that is about to connect."""
        return Upload([self.kind, *self.arguments], self.folder)
