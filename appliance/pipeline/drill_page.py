"""Drawing a page of one of our own PDFs: its images, where its content puts them.

The invisible text draws nothing, and a signature's appearance is no part of the page's content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pikepdf
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Matrix = tuple[float, float, float, float, float, float]

_LONGER_SIDE_PX: Final = 960
_WHITE: Final = 255
_IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_QUARTER: Final = 90


def drawn_page(path: Path) -> Image.Image:
    """The first page as a reader shows it, in gray, at most 960 px long.

    Raises:
        pikepdf.PdfError: It is no PDF, or a damaged one.
        ValueError: An image cannot be decoded, or nothing is drawn at all.
    """
    with pikepdf.open(path, attempt_recovery=False) as pdf:
        page = pdf.pages[0]
        left, bottom, right, top = (float(value) for value in page.mediabox)
        scale = _LONGER_SIDE_PX / max(right - left, top - bottom)
        size = (round((right - left) * scale), round((top - bottom) * scale))
        canvas = Image.new("L", size, _WHITE)
        to_canvas: Matrix = (scale, 0.0, 0.0, -scale, -left * scale, top * scale)
        count = 0
        for image, matrix in _images_of(page):
            _draw(canvas, image, _times(matrix, to_canvas))
            count += 1
        if not count:
            raise ValueError("the page draws no image")
        turn = int(page.get("/Rotate", 0)) % 360
    return canvas.rotate(-turn, expand=True) if turn % _QUARTER == 0 else canvas


def _images_of(page: pikepdf.Page) -> Iterator[tuple[Image.Image, Matrix]]:
    """Every image that the content draws, with the matrix from its unit square to the page."""
    named = page.get_images(recursive=False)
    matrix, kept = _IDENTITY, []
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator == "q":
            kept.append(matrix)
        elif operator == "Q":
            matrix = kept.pop() if kept else _IDENTITY
        elif operator == "cm":
            matrix = _times(_matrix(list(instruction.operands)), matrix)
        elif operator == "Do":
            image = named.get(str(instruction.operands[0]))
            if isinstance(image, pikepdf.Stream):
                yield pikepdf.PdfImage(image).as_pil_image().convert("L"), matrix


def _matrix(operands: list[pikepdf.Object]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return a, b, c, d, e, f


def _times(first: Matrix, then: Matrix) -> Matrix:
    """ISO 32000-1, 8.3.4: what both do, one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _draw(canvas: Image.Image, image: Image.Image, matrix: Matrix) -> None:
    """Put an image where its matrix says: the unit square has its origin at the lower left."""
    a, b, c, d, e, f = matrix
    area = abs(a * d - b * c)
    if not area:
        return
    factor = int((image.width * image.height / area) ** 0.5)
    small = image.reduce(factor) if factor > 1 else image
    from_picture: Matrix = (1 / small.width, 0.0, 0.0, -1 / small.height, 0.0, 1.0)
    inverse = _inverse(_times(from_picture, (a, b, c, d, e, f)))
    mask = Image.new("L", small.size, _WHITE)
    way = (inverse[0], inverse[2], inverse[4], inverse[1], inverse[3], inverse[5])
    affine, bilinear = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    drawn = small.transform(canvas.size, affine, way, bilinear)
    covered = mask.transform(canvas.size, affine, way, Image.Resampling.NEAREST)
    canvas.paste(drawn, mask=covered)


def _inverse(matrix: Matrix) -> Matrix:
    a, b, c, d, e, f = matrix
    area = a * d - b * c
    return (
        d / area,
        -b / area,
        -c / area,
        a / area,
        (c * f - d * e) / area,
        (b * e - a * f) / area,
    )
