"""Nothing in a dropped PDF may act: every object is looked at before any page is.

Source of names: ISO 32000-1, 12.6 (actions), 7.11 (embedded files), 12.7 (forms), 13
(multimedia); what PDF/A forbids (ISO 19005-2 6.5.1) is the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.imaging.pdf_drop_problems import active, damaged, encrypted

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_OBJECTS: Final = 500_000
"""Our own: a scan has some four objects a page, with text about ten."""
MAX_VALUES: Final = 5_000_000
"""Our own: values looked at in all objects together."""

_ACTIVE_KEYS: Final = frozenset(
    {"/JS", "/JavaScript", "/AA", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/AF"}
)
_ACTIONS: Final = frozenset(
    {
        "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE",
        "/Rendition", "/Movie", "/Sound", "/RichMediaExecute", "/GoTo3DView",
    }
)  # fmt: skip
_SUBTYPES: Final = frozenset(
    {"/RichMedia", "/FileAttachment", "/Movie", "/Screen", "/Sound", "/3D", "/PS"}
)
_HARMLESS_OPENINGS: Final = frozenset({"/GoTo", "/Named"})


def refuse_active(pdf: pikepdf.Pdf) -> None:
    """Look at every object of an opened PDF.

    Raises:
        BadStructure: It is encrypted, active, or has absurdly many objects.
    """
    if pdf.is_encrypted:
        raise encrypted("có mã hóa", "it is encrypted")
    if len(pdf.objects) > MAX_OBJECTS:
        raise damaged("có quá nhiều đối tượng", "it has too many objects")
    _refuse_opening(pdf.Root.get("/OpenAction"))
    for count, holder in enumerate(_dictionaries(pdf)):
        if count > MAX_VALUES:
            raise damaged("có quá nhiều đối tượng", "it has too many objects")
        _refuse_keys(holder)


def _refuse_opening(opening: object) -> None:
    """Where to open the document is harmless; anything done on opening is not."""
    if isinstance(opening, pikepdf.Dictionary):
        kind = str(opening.get("/S", ""))
        if kind not in _HARMLESS_OPENINGS:
            raise active(f"/OpenAction {kind}".strip())


def _refuse_keys(holder: pikepdf.Object) -> None:
    for key in _ACTIVE_KEYS.intersection(holder.keys()):
        raise active(key)
    for key, names in (("/S", _ACTIONS), ("/Subtype", _SUBTYPES)):
        name = holder.get(key)
        if isinstance(name, pikepdf.Name) and str(name) in names:
            raise active(str(name))
    if isinstance(holder, pikepdf.Stream) and "/F" in holder:
        raise active("/F")  # its data would be another file's


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream of the file, those inside others too, each once."""
    pending: list[object] = [pdf.trailer]
    for indirect in pdf.objects:
        pending.append(indirect)
        while pending:
            value = pending.pop()
            if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                yield value
                pending += (one for one in value.values() if _is_inside(one))
            elif isinstance(value, pikepdf.Array):
                pending += (one for one in value if _is_inside(one))


def _is_inside(value: object) -> bool:
    is_container = isinstance(value, pikepdf.Dictionary | pikepdf.Array)
    return is_container and not value.is_indirect  # type: ignore[attr-defined]  # such values are objects
