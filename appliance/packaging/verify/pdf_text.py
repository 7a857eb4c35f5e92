"""Whether a page shows text in a font that the PDF does not carry (ISO 19005-2 clause 6.2.11)."""

from __future__ import annotations

from typing import Final

import pikepdf

MAX_FORM_DEPTH: Final = 8
"""Our own: forms inside forms beyond this depth count as showing text."""
INVISIBLE: Final = 3
"""Text rendering mode 3 (ISO 32000-1 table 106): neither filled nor stroked."""

_SHOWING: Final = {"Tj", "TJ", "'", '"'}
_FILES: Final = ("/FontFile", "/FontFile2", "/FontFile3")


def shows_unembedded_text(page: pikepdf.Page, image_count: int) -> bool:
    """Whether visible text on a page, or in a form it draws, uses a font that is not embedded.

    Args:
        page: The page.
        image_count: How many images its resources name.
    """
    resources = page.resources
    objects = resources.get("/XObject")
    if "/Font" not in resources and image_count == (0 if objects is None else len(objects)):
        return False
    return _shows(page, resources, 0, set())


def _shows(
    content: pikepdf.Page | pikepdf.Object,
    resources: pikepdf.Object,
    depth: int,
    seen: set[tuple[tuple[int, int], bytes]],
) -> bool:
    """The same of one content stream; forms are looked at once for each of their resources."""
    if depth > MAX_FORM_DEPTH:
        return True
    fonts = resources.get("/Font", pikepdf.Dictionary())
    missing = {name for name in fonts.keys() if not _is_embedded(fonts[name])}  # noqa: SIM118 - keys of a PDF dictionary
    if missing and _draws_with(content, missing):
        return True
    objects = resources.get("/XObject", pikepdf.Dictionary())
    for name in objects.keys():  # noqa: SIM118 - keys of a PDF dictionary
        form = objects[name]
        if form.get("/Subtype") != "/Form":
            continue
        inner = form.get("/Resources", resources)
        key = (form.objgen, inner.unparse())
        if key in seen:
            continue
        seen.add(key)
        if _shows(form, inner, depth + 1, seen):
            return True
    return False


def _is_embedded(font: pikepdf.Object) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True
    inner = font.get("/DescendantFonts")
    descriptor = (inner[0] if inner else font).get("/FontDescriptor", pikepdf.Dictionary())
    return any(name in descriptor for name in _FILES)


def _draws_with(content: pikepdf.Page | pikepdf.Object, fonts: set[str]) -> bool:
    """Follow font and rendering mode through a content stream; ``q`` and ``Q`` keep both."""
    font, mode = "", 0
    saved: list[tuple[str, int]] = []
    for instruction in pikepdf.parse_content_stream(content):
        operands, operator = instruction.operands, str(instruction.operator)
        match operator:
            case "q":
                saved.append((font, mode))
            case "Q" if saved:
                font, mode = saved.pop()
            case "Tf":
                font = str(operands[0])
            case "Tr":
                mode = int(operands[0])
            case _ if operator in _SHOWING and font in fonts and mode != INVISIBLE:
                return True
    return False
