"""A self-check of PDF/A-2b on what a page-image PDF can get wrong; no full validator.

It refuses what ISO 19005-2 forbids and what our sealed PDFs never have. What it does not look
at (colour spaces, font metrics, widths) a PDF/A validator judges in tests.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.findings import Finding
from appliance.packaging.verify.pdf_text import shows_unembedded_text
from appliance.packaging.verify.xml import Element, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HEAD_BYTES: Final = 1024
MAX_DECODED_BYTES: Final = 16 * 1024 * 1024
"""Our own: no XMP packet or colour profile is larger; a compressed one is cut there."""
_HEADER: Final = re.compile(rb"%PDF-1\.[4-7](?:\r\n|\r|\n)%([^\r\n]{4,})")
_TAIL: Final = re.compile(rb"%%EOF(?:\r\n|\r|\n)?\Z")
_PDFAID: Final = "{http://www.aiim.org/pdfa/ns/id/}"
_LEVELS: Final = {"A", "B", "U"}
_FORBIDDEN_ACTIONS: Final = frozenset(
    {
        "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState",
        "/Rendition", "/Trans", "/GoTo3DView", "/JavaScript", "/SetState", "/NoOp",
    }
)  # fmt: skip
"""ISO 19005-2 clause 6.5.1."""
_ICC_COMPONENTS: Final = (1, 3, 4)
_MALFORMED: Final = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a hostile PDF raises when an object is not of the kind that its place calls for."""


def check_pdf(path: str, stream: BinaryIO, *, deep: bool) -> tuple[tuple[Finding, ...], int]:
    """Check one PDF/A.

    Args:
        path: Of the PDF in the bag.
        stream: Its bytes, seekable.
        deep: Whether to decode every stream too.

    Returns:
        What is wrong, and how many pages it has (0 when it cannot be opened).
    """
    findings = list(_check_ends(path, stream))
    stream.seek(0)
    try:
        with pikepdf.open(stream) as pdf:
            findings += _check_open(path, pdf)
            if deep:
                problems = pdf.check_pdf_syntax()
                findings += [Finding("PDF-STREAM", path, {"problem": one}) for one in problems]
            return tuple(findings), len(pdf.pages)
    except pikepdf.PasswordError:
        return (*findings, Finding("PDF-ENCRYPTED", path)), 0
    except _MALFORMED as problem:
        return (*findings, Finding("PDF-UNREADABLE", path, {"problem": str(problem)})), 0


def _check_ends(path: str, stream: BinaryIO) -> Iterator[Finding]:
    match = _HEADER.match(stream.read(HEAD_BYTES))
    if match is None or not all(byte > 127 for byte in match[1][:4]):  # noqa: PLR2004 - ISO 19005-2 clause 6.1.2
        yield Finding("PDF-HEADER", path)
    size = stream.seek(0, 2)
    stream.seek(max(0, size - HEAD_BYTES))
    if _TAIL.search(stream.read()) is None:
        yield Finding("PDF-UNREADABLE", path, {"problem": "no end of file marker at its end"})


def _check_open(path: str, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    if pdf.is_encrypted or "/Encrypt" in pdf.trailer:
        yield Finding("PDF-ENCRYPTED", path)
    if "/ID" not in pdf.trailer:
        yield Finding("PDF-HEADER", path)
    if not pdf.pages:
        yield Finding("PDF-NO-PAGE", path)
    yield from _check_identity(path, pdf)
    yield from _check_output_intent(path, pdf)
    forbidden = dict.fromkeys(pair for one in _loaded(pdf) for pair in _forbidden(one))
    yield from (Finding(code, path, {"name": name}) for code, name in forbidden)
    for number, page in enumerate(pdf.pages, start=1):
        if not page.get_images():
            yield Finding("PDF-NO-IMAGE", path, {"page": number})
        if shows_unembedded_text(page):
            yield Finding("PDF-FONT", path, {"page": number})
    for problem in pdf.get_warnings()[:1]:  # complete only now that every object was loaded
        yield Finding("PDF-UNREADABLE", path, {"problem": problem})


def _check_identity(path: str, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    root = parse(path, _decoded(pdf.Root.get("/Metadata")))
    if isinstance(root, Finding):
        yield Finding("PDF-NOT-PDFA", path, {"problem": "no XMP metadata that can be read"})
        return
    facts = {
        name: (next(root.iter(f"{_PDFAID}{name}"), None), _attribute(root, name))
        for name in ("part", "conformance")
    }
    part, level = ((one.text if one is not None else other) for one, other in facts.values())
    if part != "2" or level not in _LEVELS:
        yield Finding("PDF-NOT-PDFA", path, {"problem": f"pdfaid part {part}, level {level}"})


def _attribute(root: Element, name: str) -> str | None:
    key = f"{_PDFAID}{name}"
    return next((one.get(key) for one in root.iter() if one.get(key) is not None), None)


def _check_output_intent(path: str, pdf: pikepdf.Pdf) -> Iterator[Finding]:
    intents = [one for one in pdf.Root.get("/OutputIntents", ()) if one.get("/S") == "/GTS_PDFA1"]
    profiles = [one.get("/DestOutputProfile") for one in intents]
    good = [
        one
        for one in profiles
        if one is not None and one.get("/N") in _ICC_COMPONENTS and _decoded(one)[36:40] == b"acsp"
    ]
    if not good:
        yield Finding("PDF-OUTPUT-INTENT", path)


def _loaded(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary and stream of the file, whether a page uses it or not."""
    for one in (pdf.trailer, *pdf.objects):
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one


def _forbidden(one: pikepdf.Object) -> Iterator[tuple[str, str]]:
    """Pairs of a rule and what breaks it, in one object."""
    for inner in _dictionaries(one):
        action = str(inner.get("/S", ""))
        if action in _FORBIDDEN_ACTIONS and inner.get("/Type", "/Action") == "/Action":
            yield "PDF-ACTIVE", action
        for key in ("/AA", "/JavaScript", "/JS", "/XFA"):
            if key in inner:
                yield "PDF-ACTIVE", key
        if "/EF" in inner or "/EmbeddedFiles" in inner:
            yield "PDF-ATTACHMENT", "/EmbeddedFiles"
        if bool(inner.get("/Interpolate", False)):
            yield "PDF-INTERPOLATE", "/Interpolate"
    if isinstance(one, pikepdf.Stream):
        filters = one.get("/Filter", pikepdf.Array())
        names = [str(f) for f in (filters if isinstance(filters, pikepdf.Array) else [filters])]
        if "/LZWDecode" in names or "/Crypt" in names or "/F" in one:
            yield "PDF-STREAM-KIND", ", ".join(names)


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


def _decoded(stream: pikepdf.Object | None) -> bytes:
    """A stream's bytes up to ``MAX_DECODED_BYTES``; empty for filters metadata never needs."""
    if not isinstance(stream, pikepdf.Stream):
        return b""
    kind = str(stream.get("/Filter", ""))
    if kind == "/FlateDecode" and "/DecodeParms" not in stream:
        return _inflated(stream.read_raw_bytes())
    return b"" if kind else stream.read_raw_bytes()


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_DECODED_BYTES)
    except zlib.error:
        return b""
