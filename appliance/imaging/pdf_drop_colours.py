"""What the samples of an image in a PDF mean (ISO 32000-1, 8.6 and 8.9.5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from appliance.imaging.pdf_drop_problems import coding, damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PROFILE_BYTES: Final = 8 * 1024 * 1024
"""Our own: a colour profile of a scanner has some kilobytes."""

_CHANNELS: Final = {
    "/DeviceGray": 1, "/CalGray": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/DeviceCMYK": 4,
}  # fmt: skip
_CMYK_CHANNELS: Final = 4


@dataclass(frozen=True, slots=True)
class Colours:
    """The colour space of an image.

    Args:
        channels: Samples of a pixel: 1, 3 or 4.
        palette: RGB triples, when samples are places in it; empty otherwise.
        profile: The ICC profile; empty when there is none.
        is_inverted: Whether sample values count the other way round.
    """

    channels: int
    palette: bytes = b""
    profile: bytes = b""
    is_inverted: bool = False


def colours_of(image: pikepdf.Stream, bits: int) -> Colours:
    """The colours of an image.

    Raises:
        BadStructure: They are of a kind that no scanner writes, or contradict themselves.
    """
    space = Colours(1) if is_stencil(image) else _space(image.get("/ColorSpace"), bits)
    return Colours(space.channels, space.palette, space.profile, _is_inverted(image, space, bits))


def is_stated(image: pikepdf.Stream) -> bool:
    """Whether the PDF states a colour space; for JPEG 2000 the stream may do it."""
    return "/ColorSpace" in image or is_stencil(image)


def is_stencil(image: pikepdf.Stream) -> bool:
    """Whether the image is a stencil, whose zeros are painted black."""
    return bool(image.get("/ImageMask", False))


def _space(space: Any, bits: int) -> Colours:  # noqa: ANN401 - whatever stands in the file
    parts: list[Any] = []
    if isinstance(space, pikepdf.Name):
        name = str(space)
    elif isinstance(space, pikepdf.Array) and len(space):
        name, parts = str(space[0]), list(space)
    else:
        raise damaged("ảnh không nêu hệ màu", "the image states no colour space")
    if name in _CHANNELS:
        return Colours(_CHANNELS[name])
    if name == "/ICCBased" and len(parts) > 1:
        return _profiled(parts[1])
    if name == "/Indexed" and len(parts) > 3:  # noqa: PLR2004 - base, last place, table
        return _indexed(parts, bits)
    raise coding(f"hệ màu {name}", f"the colour space {name}")


def _profiled(stream: pikepdf.Stream) -> Colours:
    channels = int(stream.get("/N", 0))
    if channels not in _CHANNELS.values():
        raise damaged("hồ sơ màu sai", "a colour profile is wrong")
    if len(stream.read_raw_bytes()) > MAX_PROFILE_BYTES:
        raise damaged("hồ sơ màu quá dài", "a colour profile is too long")
    return Colours(channels, profile=stream.read_bytes())


def _indexed(parts: Sequence[Any], bits: int) -> Colours:
    base = _space(parts[1], bits)
    if base.palette or base.channels == _CMYK_CHANNELS:
        raise coding("bảng màu không phải RGB", "a palette that is not RGB")
    table = parts[3]
    levels = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    wanted = (int(parts[2]) + 1) * base.channels
    if not 0 < wanted <= base.channels << bits or len(levels) < wanted:
        raise damaged("bảng màu sai", "a palette is wrong")
    levels = levels[:wanted]
    triples = levels if base.channels == 3 else bytes(one for one in levels for _ in range(3))  # noqa: PLR2004 - RGB already
    return Colours(1, palette=triples)


def _is_inverted(image: pikepdf.Stream, space: Colours, bits: int) -> bool:
    """Only the plain order and its exact reverse are known; others are for computed pictures."""
    stated: Any = image.get("/Decode")
    if stated is None:
        return False
    numbers = [float(one) for one in stated]
    top = float((1 << bits) - 1) if space.palette else 1.0
    if numbers == [0.0, top] * space.channels:
        return False
    if numbers == [top, 0.0] * space.channels and not space.palette:
        return True
    raise coding("ảnh có bảng chuyển giá trị lạ", "an unusual order of sample values")
