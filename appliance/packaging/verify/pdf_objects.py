"""What no object of a PDF/A may hold, whether a page uses it or not (ISO 19005-1 and -2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTIONS: Final = frozenset(
    {
        "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState",
        "/Rendition", "/Trans", "/GoTo3DView", "/JavaScript", "/SetState", "/NoOp",
    }
)  # fmt: skip
"""ISO 19005-2 clause 6.5.1."""
_ACTIVE_KEYS: Final = ("/AA", "/JavaScript", "/JS", "/XFA")
"""Clauses 6.5.2 and 6.4.2."""
_FORBIDDEN_KEYS: Final = (
    "/Alternates",
    "/OPI",
    "/AlternatePresentations",
    "/PresSteps",
    "/Requirements",
)
"""Clauses 6.2.8, 6.2.9, 6.10 and 6.11."""
_FORBIDDEN_IN_PART_1: Final = ("/SMask", "/OCProperties")
"""ISO 19005-1 clauses 6.4 and 6.1.13."""
_FILTERS: Final = frozenset(
    {
        "/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode",
        "/CCITTFaxDecode", "/DCTDecode", "/JBIG2Decode", "/JPXDecode",
    }
)  # fmt: skip
"""ISO 32000-1 table 6 without LZWDecode and Crypt (ISO 19005-2 clause 6.1.7.2)."""
_FILTERS_OF_PART_1: Final = _FILTERS - {"/JPXDecode"}
"""PDF 1.4 knows no JPEG 2000."""


_SUSPECT: Final = re.compile(
    b"|".join(
        re.escape(name.encode("ascii"))
        for name in (
            *_ACTIONS,
            *_ACTIVE_KEYS,
            *_FORBIDDEN_KEYS,
            *_FORBIDDEN_IN_PART_1,
            *("/Need", "/EF", "/EmbeddedFiles", "/Interpolate", "/PS", "/Ref", "/Transparency"),
        )
    )
)
"""Any name that ``_forbidden_entries`` looks for."""


_FILTERED: Final = re.compile(rb"/F(?:ilter(?: /([A-Za-z0-9]+))?)?(?=[\s()<>\[\]{}/%])")
"""Where the dictionary of a stream may name filters or a file; with the name, if it is but one."""


def forbidden_things(pdf: pikepdf.Pdf, part: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a rule and what breaks it, each once, in the order of the file.

    Args:
        pdf: Opened.
        part: Of ISO 19005 that it declares: ``1`` or ``2``.
    """
    return tuple(dict.fromkeys(pair for one in _loaded(pdf) for pair in _forbidden(one, part)))


def _loaded(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream of the file."""
    for one in (pdf.trailer, *pdf.objects):
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one


def _forbidden(one: pikepdf.Object, part: str) -> Iterator[tuple[str, str]]:
    is_stream = isinstance(one, pikepdf.Stream)
    # Written out, names have one form whatever the file did; most objects hold none to look at.
    written = (one.stream_dict if is_stream else one).unparse(resolved=True)
    if _SUSPECT.search(written):
        for inner in _dictionaries(one):
            yield from _forbidden_entries(inner, part)
    if is_stream:
        allowed = _FILTERS_OF_PART_1 if part == "1" else _FILTERS
        usual = _FILTERED.findall(written)
        if usual and not (len(usual) == 1 and f"/{usual[0].decode()}" in allowed):
            yield from _stream_kind(one, allowed)


def _stream_kind(one: pikepdf.Object, allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    filters = one.get("/Filter", pikepdf.Array())
    names = [str(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    if "/F" in one or not allowed.issuperset(names):
        yield "PDF-STREAM-KIND", ", ".join(names) or "/F"


def _forbidden_entries(inner: pikepdf.Object, part: str) -> Iterator[tuple[str, str]]:
    keys = set(inner.keys())
    action = str(inner.get("/S", "")) if "/S" in keys else ""
    if action in _ACTIONS and inner.get("/Type", "/Action") == "/Action":
        yield "PDF-ACTIVE", action
    yield from (("PDF-ACTIVE", key) for key in _ACTIVE_KEYS if key in keys)
    if keys & {"/NeedAppearances", "/NeedsRendering"}:
        for key in ("/NeedAppearances", "/NeedsRendering"):
            if inner.get(key, False) is True:
                yield "PDF-ACTIVE", key
    if keys & {"/EF", "/EmbeddedFiles"}:
        yield "PDF-ATTACHMENT", "/EmbeddedFiles"
    if "/Interpolate" in keys and bool(inner.Interpolate):
        yield "PDF-INTERPOLATE", "/Interpolate"
    yield from (("PDF-FORBIDDEN", key) for key in _FORBIDDEN_KEYS if key in keys)
    if "/Subtype" in keys and inner.get("/Type", "/XObject") == "/XObject":
        yield from _forbidden_kinds(inner)
    if part == "1":
        yield from _forbidden_in_part_1(inner)


def _forbidden_kinds(inner: pikepdf.Object) -> Iterator[tuple[str, str]]:
    """PostScript and reference XObjects (clause 6.2.9)."""
    if inner.get("/Subtype") == "/PS" or inner.get("/Subtype2") == "/PS":
        yield "PDF-FORBIDDEN", "/PS"
    if inner.get("/Subtype") == "/Form" and "/Ref" in inner:
        yield "PDF-FORBIDDEN", "/Ref"


def _forbidden_in_part_1(inner: pikepdf.Object) -> Iterator[tuple[str, str]]:
    for key in _FORBIDDEN_IN_PART_1:
        if key in inner and inner.get(key) != "/None":
            yield "PDF-FORBIDDEN", key
    if inner.get("/S") == "/Transparency":
        yield "PDF-FORBIDDEN", "/Transparency"


def _dictionaries(one: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """A dictionary and those written inside it; others are objects of their own."""
    pending = [one]
    while pending:
        current = pending.pop()
        if isinstance(current, pikepdf.Array):
            values = list(current)
        else:
            yield current
            values = [current[key] for key in current.keys()]  # noqa: SIM118 - iterating a stream is not over keys
        pending += [
            value
            for value in values
            if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect
        ]
