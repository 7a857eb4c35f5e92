"""Write a two-layer PDF/A-2b of any length in the memory of one page's words.

Image streams are copied from masters and derivatives in pieces. The same pages and facts give
the same bytes.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import publish, temporary_beside
from appliance.imaging.page_derivative import DERIVATIVE, PageDerivative, read_words
from appliance.imaging.pdf_file import MAX_PDF_BYTES, PdfFile
from appliance.imaging.pdf_font import (
    FontNumbers,
    font_dictionaries,
    font_program,
    glyph_map,
    unicode_map,
)
from appliance.imaging.pdf_metadata import (
    PdfInfo,
    information_dictionary,
    pdf_text,
    xmp_packet,
)
from appliance.imaging.pdf_page import page_content, page_points
from appliance.imaging.pdf_profiles import cmyk_profile, srgb_profile
from appliance.imaging.streams import stream_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from appliance.disk.digesting import Fingerprint
    from appliance.imaging.page_derivative import ImagePart

__all__ = ["PdfInfo", "PdfPage", "write_pdf"]

PAGES_PER_NODE: Final = 64
"""Our own: pages under one node of the page tree."""
_WRITE_BUFFER_BYTES: Final = 1024 * 1024
_CONTENT_LEVEL: Final = 6
_COLOUR_SPACES: Final = {"gray": "/DeviceGray", "rgb": "/DeviceRGB", "cmyk": "/DeviceCMYK"}


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page as the writer takes it.

    Args:
        label: What readers show as its number.
        derivative: How it goes into the PDF.
        master_path: The master.
        image_path: The derivative image, when there is one.
        words_path: The words, when there are any.
    """

    label: str
    derivative: PageDerivative
    master_path: Path
    image_path: Path | None = None
    words_path: Path | None = None


def write_pdf(
    target: Path, pages: Iterable[PdfPage], info: PdfInfo, *, max_bytes: int = MAX_PDF_BYTES
) -> Fingerprint:
    """Write a PDF/A-2b durably under a name that must be free.

    Args:
        target: The name.
        pages: In order; taken one by one.
        info: What the document is.
        max_bytes: Refuse to write more.

    Raises:
        FileExistsError: The name is taken.
        RuleError: ``PDF-TOO-LARGE``; nothing carries the name.
        IntegrityError: A source is shorter than its record; nothing carries the name.
        ValueError: There are no pages.
        OSError: The disk refused.
    """
    temporary = temporary_beside(target)
    try:
        with temporary.open("xb", buffering=_WRITE_BUFFER_BYTES) as stream:
            fingerprint = _Document(PdfFile(stream, max_bytes), info).write(pages)
            stream.flush()
            os.fsync(stream.fileno())
        publish(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return fingerprint


class _Document:
    """The objects of one document, in the order they are written."""

    def __init__(self, file: PdfFile, info: PdfInfo) -> None:
        self._file = file
        self._info = info
        self._root = file.reserve()
        self._tree = file.reserve()
        self._nodes: list[tuple[int, int]] = []
        self._labels: list[str] = []

    def write(self, pages: Iterable[PdfPage]) -> Fingerprint:
        metadata = self._file.add_stream("/Type /Metadata /Subtype /XML", xmp_packet(self._info))
        intent = self._output_intent()
        self._font = self._write_font()
        self._cmyk = self._file.add_stream("/N 4", cmyk_profile())
        kids: list[int] = []
        node = 0
        for page in pages:
            node = node or self._file.reserve()
            kids.append(self._page(page, node))
            if len(kids) == PAGES_PER_NODE:
                self._node(node, kids)
                kids, node = [], 0
        if kids:
            self._node(node, kids)
        self._write_tree()
        self._write_root(metadata, intent)
        information = self._file.add(information_dictionary(self._info))
        return self._file.finish(self._root, information)

    def _output_intent(self) -> int:
        profile = self._file.add_stream("/N 3", srgb_profile())
        return self._file.add(
            "<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) "
            f"/Info (sRGB IEC61966-2.1) /DestOutputProfile {profile} 0 R >>"
        )

    def _write_font(self) -> int:
        numbers = FontNumbers(
            font=self._file.reserve(),
            descendant=self._file.reserve(),
            descriptor=self._file.reserve(),
            program=self._file.add_stream(f"/Length1 {len(font_program())}", font_program()),
            unicode_map=self._file.add_stream("/Filter /FlateDecode", unicode_map()),
            glyph_map=self._file.add_stream("/Filter /FlateDecode", glyph_map()),
        )
        for number, body in font_dictionaries(numbers).items():
            self._file.write(number, body)
        return numbers.font

    def _page(self, page: PdfPage, node: int) -> int:
        images = self._images(page)
        words = read_words(page.words_path) if page.words_path else ()
        content = zlib.compress(page_content(page.derivative, words), _CONTENT_LEVEL)
        contents = self._file.add_stream("/Filter /FlateDecode", content)
        width, height = page_points(page.derivative)
        named = " ".join(f"/Im{index} {number} 0 R" for index, number in enumerate(images))
        self._labels.append(page.label)
        return self._file.add(
            f"<< /Type /Page /Parent {node} 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] "
            f"/Contents {contents} 0 R /Resources << /XObject << {named} >> "
            f"/Font << /F0 {self._font} 0 R >> "
            f"/ColorSpace << /DefaultCMYK [/ICCBased {self._cmyk} 0 R] >> >> >>"
        )

    def _images(self, page: PdfPage) -> list[int]:
        numbers = []
        with page.master_path.open("rb") as master:
            for part in page.derivative.parts:
                if part.source != DERIVATIVE:
                    numbers.append(self._image(part, master))
                    continue
                if page.image_path is None:
                    raise ValueError(f"page {page.label} lacks its derivative image")
                with page.image_path.open("rb") as derivative:
                    numbers.append(self._image(part, derivative))
        return numbers

    def _image(self, part: ImagePart, source: BinaryIO) -> int:
        pieces = stream_bytes(source, part.spans, reverses_bits=part.reverses_bits)
        return self._file.add_pieces(_image_entries(part), pieces, part.length_bytes)

    def _node(self, number: int, kids: list[int]) -> None:
        self._file.write(number, _tree_node(kids, len(kids), f"/Parent {self._tree} 0 R "))
        self._nodes.append((number, len(kids)))

    def _write_tree(self) -> None:
        if not self._nodes:
            raise ValueError("a PDF has at least one page")
        kids = [number for number, _ in self._nodes]
        self._file.write(self._tree, _tree_node(kids, len(self._labels), ""))

    def _write_root(self, metadata: int, intent: int) -> None:
        labels = " ".join(
            f"{index} << /P {pdf_text(label)} >>" for index, label in enumerate(self._labels)
        )
        self._file.write(
            self._root,
            f"<< /Type /Catalog /Pages {self._tree} 0 R /Metadata {metadata} 0 R "
            f"/OutputIntents [{intent} 0 R] /Lang ({self._info.language}) "
            f"/PageLabels << /Nums [{labels}] >> "
            "/ViewerPreferences << /DisplayDocTitle true >> >>",
        )


def _tree_node(kids: list[int], count: int, parent: str) -> str:
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    return f"<< /Type /Pages {parent}/Kids [{listed}] /Count {count} >>"


def _image_entries(part: ImagePart) -> str:
    entries = [
        f"/Type /XObject /Subtype /Image /Width {part.width_px} /Height {part.height_px}",
        f"/Filter /{part.filter_name}",
    ]
    if part.colours:
        entries.append(f"/BitsPerComponent {part.bits} /ColorSpace {_colour_space(part)}")
    if part.is_inverted:
        entries.append("/Decode [1 0 1 0 1 0 1 0]")
    entries += _decode_parameters(part)
    return " ".join(entries)


def _colour_space(part: ImagePart) -> str:
    if part.colours == "palette":
        return f"[/Indexed /DeviceRGB {len(part.palette) // 6 - 1} <{part.palette}>]"
    return _COLOUR_SPACES[part.colours]


def _decode_parameters(part: ImagePart) -> list[str]:
    if part.filter_name == "CCITTFaxDecode":
        black = "true" if part.is_black_one else "false"
        size = f"/Columns {part.width_px} /Rows {part.height_px}"
        return [f"/DecodeParms << /K -1 {size} /BlackIs1 {black} >>"]
    if part.has_predictor:
        channels = 3 if part.colours == "rgb" else 1
        row = f"/Colors {channels} /BitsPerComponent {part.bits} /Columns {part.width_px}"
        return [f"/DecodeParms << /Predictor 15 {row} >>"]
    return []
