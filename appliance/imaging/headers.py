"""What the header of a page image says, in one form for all formats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.reading import Proof


class Kind(StrEnum):
    """Formats, told by magic bytes and never by the extension."""

    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    JP2 = "jp2"
    PDF = "pdf"
    """One image a page; each is read as what it is when it is taken out."""
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What one pixel holds."""

    BITONAL = "bitonal"
    GRAY = "gray"
    PALETTE = "palette"
    COLOUR = "colour"
    CMYK = "cmyk"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StatedDpi:
    """The resolution as the bytes state it, before anybody believes it.

    Args:
        x: Dots per inch along a row; 0 when not stated.
        y: Dots per inch down a column; 0 when not stated.
        source: Where it stands: ``tiff``, ``jfif``, ``exif``, ``png``, ``jp2``, ``pdf`` or
            empty.
    """

    x: float = 0.0
    y: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """One page frame, as stated and not yet decoded.

    Args:
        frame: Position among the page frames of the file, 1-based.
        directory: Position in the file's own chain, 0-based (thumbnails and masks count here).
        width_px: Width as stored, before orientation.
        height_px: Height as stored.
        mode: What a pixel holds.
        bits_per_sample: Of each channel.
        samples: Channels, alpha included.
        compression: Such as ``raw``, ``lzw``, ``g4``, ``jpeg``, ``progressive-jpeg``.
        dpi: As stated.
        orientation: EXIF/TIFF orientation, 1 to 8; 1 is upright.
        has_icc: Whether a colour profile is embedded.
        has_alpha: Whether there is transparency.
        directory_offset: Where a TIFF has its directory; 0 in other formats.
    """

    frame: int
    directory: int
    width_px: int
    height_px: int
    mode: Mode
    bits_per_sample: int
    samples: int
    compression: str
    dpi: StatedDpi
    orientation: int = 1
    has_icc: bool = False
    has_alpha: bool = False
    directory_offset: int = 0

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width_px * self.height_px

    @property
    def bits_per_pixel(self) -> int:
        """All channels together."""
        return self.bits_per_sample * self.samples

    @property
    def is_turned(self) -> bool:
        """Whether upright width and height are the stored ones exchanged."""
        return self.orientation >= 5  # noqa: PLR2004 - TIFF 6.0, tag 274: 5 to 8 exchange the axes


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """All page frames of one file.

    Args:
        kind: The format.
        frames: In order; never empty.
        trailing_bytes: Bytes after the image's own end.
    """

    kind: Kind
    frames: tuple[FrameHeader, ...]
    trailing_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FrameSource:
    """One frame of one image, ready to be decoded.

    Args:
        path: The file; what messages name, and what is read when nothing is held.
        image: The header of the whole image, as read from it.
        frame: Which of its frames.
        data: The whole image in memory; None when it is streamed from its path.
        proof: What the image is still to be held against; whoever decodes it settles that.
    """

    path: Path
    image: ImageHeader
    frame: FrameHeader
    data: bytes | memoryview | None = None
    proof: Proof | None = None

    def settle(self) -> None:
        """Hold the image against its record before a decoder gets it, if nobody has yet.

        Raises:
            IntegrityError: ``MASTER-DIFFERS``: the bytes are not those recorded.
            OSError: They cannot be read.
        """
        if self.proof is not None:
            self.proof.settle()


CENTIMETRES_PER_INCH = 2.54
METRES_PER_INCH = 0.0254
