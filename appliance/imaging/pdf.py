"""Write a two-layer PDF/A of any length in the memory of one page's words.

Image streams are copied from masters and derivatives in pieces. The same pages and facts give
the same bytes.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from appliance.imaging.page_derivative import read_words
from appliance.imaging.pdf_file import MAX_PDF_BYTES, PdfFile
from appliance.imaging.pdf_font import (
    FontNumbers,
    font_dictionaries,
    font_program,
    glyph_map,
    unicode_map,
)
from appliance.imaging.pdf_form import DEFAULT_FORM, PdfaProfile, PdfForm
from appliance.imaging.pdf_images import ImageObjects
from appliance.imaging.pdf_metadata import PdfInfo, information_dictionary, xmp_packet
from appliance.imaging.pdf_navigation import Bookmarks, write_page_labels
from appliance.imaging.pdf_output import PdfOutput
from appliance.imaging.pdf_page import PdfPage, page_content, page_points
from appliance.imaging.pdf_profiles import srgb_profile
from appliance.imaging.pdf_signature import SignatureField

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.imaging.pdf_output import WrittenBytes

__all__ = ["PdfForm", "PdfInfo", "PdfPage", "PdfaProfile", "write_pdf"]

PAGES_PER_NODE: Final = 64
"""Our own: pages under one node of the page tree."""
_CONTENT_LEVEL: Final = 6


def write_pdf(
    target: Path,
    pages: Iterable[PdfPage],
    info: PdfInfo,
    *,
    form: PdfForm = DEFAULT_FORM,
    max_bytes: int = MAX_PDF_BYTES,
) -> WrittenBytes:
    """Write a PDF/A under a name that must be free.

    It is on its way into a package and not made durable: a crash leaves it to be made again.

    Args:
        target: The name.
        pages: In order; taken one by one.
        info: What the document is.
        form: What every PDF of the box has in common.
        max_bytes: Refuse to write more.

    Returns:
        Size and digest of the bytes as they were written; who reads them back compares.

    Raises:
        FileExistsError: The name is taken.
        RuleError: ``PDF-TOO-LARGE`` or ``PDF-FORM-UNFIT``; nothing carries the name.
        IntegrityError: A source is shorter than its record; nothing carries the name.
        ValueError: There are no pages.
        OSError: The disk refused.
    """
    with PdfOutput(target) as output:
        try:
            file = PdfFile(output, form.profile.pdf_version, max_bytes)
            return _Document(file, info, form).write(pages)
        except BaseException:
            target.unlink()
            raise


class _Document:
    """The objects of one document, in the order they are written."""

    def __init__(self, file: PdfFile, info: PdfInfo, form: PdfForm) -> None:
        self._file = file
        self._info = info
        self._form = form
        self._root = file.reserve()
        self._tree = file.reserve()
        self._signature = SignatureField(file) if form.has_signature_field else None
        self._images = ImageObjects(file, form.profile)
        self._bookmarks = Bookmarks()
        self._font = 0
        self._nodes: list[tuple[int, int]] = []
        self._labels: list[str] = []

    def write(self, pages: Iterable[PdfPage]) -> WrittenBytes:
        packet = xmp_packet(self._info, self._form.profile)
        metadata = self._file.add_stream("/Type /Metadata /Subtype /XML", packet)
        intent = self._output_intent()
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

    def _page(self, page: PdfPage, node: int) -> int:
        images = self._images.add(page)
        words = read_words(page.words_path) if page.words_path else ()
        content = zlib.compress(page_content(page.derivative, words), _CONTENT_LEVEL)
        contents = self._file.add_stream("/Filter /FlateDecode", content)
        named = " ".join(f"/Im{index} {number} 0 R" for index, number in enumerate(images))
        font = f" /Font << /F0 {self._font_number()} 0 R >>" if words else ""
        width, height = page_points(page.derivative)
        number = self._file.reserve()
        field = ""
        if self._signature is not None and not self._labels:
            field = self._signature.on_page(number, width, height)
        self._file.write(
            number,
            f"<< /Type /Page /Parent {node} 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] "
            f"/Contents {contents} 0 R {field}/Resources << /XObject << {named} >>{font} >> >>",
        )
        self._labels.append(page.label)
        self._bookmarks.add(page.bookmarks, number)
        return number

    def _font_number(self) -> int:
        """The font of the invisible words, written when the first page has some."""
        self._font = self._font or _write_font(self._file)
        return self._font

    def _node(self, number: int, kids: list[int]) -> None:
        self._file.write(number, _tree_node(kids, len(kids), f"/Parent {self._tree} 0 R "))
        self._nodes.append((number, len(kids)))

    def _write_tree(self) -> None:
        if not self._nodes:
            raise ValueError("a PDF has at least one page")
        kids = [number for number, _ in self._nodes]
        self._file.write(self._tree, _tree_node(kids, len(self._labels), ""))

    def _write_root(self, metadata: int, intent: int) -> None:
        labels = write_page_labels(self._file, self._labels)
        outlines = self._bookmarks.write(self._file)
        shown = f"/Outlines {outlines} 0 R /PageMode /UseOutlines " if outlines else ""
        signature = self._signature.form() if self._signature else ""
        self._file.write(
            self._root,
            f"<< /Type /Catalog /Pages {self._tree} 0 R /Metadata {metadata} 0 R "
            f"/OutputIntents [{intent} 0 R] /Lang ({self._info.language}) "
            f"/PageLabels {labels} 0 R {shown}{signature}"
            "/ViewerPreferences << /DisplayDocTitle true >> >>",
        )


def _write_font(file: PdfFile) -> int:
    numbers = FontNumbers(
        font=file.reserve(),
        descendant=file.reserve(),
        descriptor=file.reserve(),
        program=file.add_stream(f"/Length1 {len(font_program())}", font_program()),
        unicode_map=file.add_stream("/Filter /FlateDecode", unicode_map()),
        glyph_map=file.add_stream("/Filter /FlateDecode", glyph_map()),
    )
    for number, body in font_dictionaries(numbers).items():
        file.write(number, body)
    return numbers.font


def _tree_node(kids: list[int], count: int, parent: str) -> str:
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    return f"<< /Type /Pages {parent}/Kids [{listed}] /Count {count} >>"
