"""A self-check of PDF/A-2 and PDF/A-1b on what a page-image PDF can get wrong; no full validator.

It refuses what ISO 19005 forbids and what our sealed PDFs never have. What it does not look at
(font metrics, widths, colour spaces inside forms) a PDF/A validator judges in tests.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.findings import Finding
from appliance.packaging.verify.pdf_objects import forbidden_things
from appliance.packaging.verify.pdf_pages import check_page
from appliance.packaging.verify.xml import Element, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HEAD_BYTES: Final = 1024
MAX_DECODED_BYTES: Final = 16 * 1024 * 1024
"""Our own: no XMP packet or colour profile is larger; a compressed one is cut there."""
_HEADER: Final = re.compile(rb"%PDF-1\.([0-7])(?:\r\n|\r|\n)%([^\r\n]{4,})")
_TAIL: Final = re.compile(rb"%%EOF(?:\r\n|\r|\n)?\Z")
_PDFAID: Final = "{http://www.aiim.org/pdfa/ns/id/}"
_LEVELS: Final = {"1": {"A", "B"}, "2": {"A", "B", "U"}}
"""Conformance levels by part; part 3 lives from attachments, which are refused here."""
_LAST_VERSION: Final = {"1": 4, "2": 7}
"""The newest PDF 1.x that each part builds on; newer headers are tolerated by none we know."""
_ICC_COMPONENTS: Final = (1, 3, 4)
_MALFORMED: Final = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    ArithmeticError,
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
    version, ends = _check_ends(path, stream)
    findings = list(ends)
    stream.seek(0)
    try:
        with pikepdf.open(stream, access_mode=pikepdf.AccessMode.mmap) as pdf:
            findings += _check_open(path, pdf, version)
            if deep:
                problems = pdf.check_pdf_syntax()
                findings += [Finding("PDF-STREAM", path, {"problem": one}) for one in problems]
            return tuple(findings), len(pdf.pages)
    except pikepdf.PasswordError:
        return (*findings, Finding("PDF-ENCRYPTED", path)), 0
    except _MALFORMED as problem:
        return (*findings, Finding("PDF-UNREADABLE", path, {"problem": str(problem)})), 0


def _check_ends(path: str, stream: BinaryIO) -> tuple[int, tuple[Finding, ...]]:
    """The minor version of the header, and what is wrong with the first and the last bytes."""
    findings = []
    match = _HEADER.match(stream.read(HEAD_BYTES))
    if match is None or not all(byte > 127 for byte in match[2][:4]):  # noqa: PLR2004 - ISO 19005-2 clause 6.1.2
        findings.append(Finding("PDF-HEADER", path))
    size = stream.seek(0, 2)
    stream.seek(max(0, size - HEAD_BYTES))
    if _TAIL.search(stream.read()) is None:
        problem = {"problem": "no end of file marker at its end"}
        findings.append(Finding("PDF-UNREADABLE", path, {**problem}))
    return int(match[1]) if match else 0, tuple(findings)


def _check_open(path: str, pdf: pikepdf.Pdf, version: int) -> Iterator[Finding]:
    if pdf.is_encrypted or "/Encrypt" in pdf.trailer:
        yield Finding("PDF-ENCRYPTED", path)
    if not all(bytes(one) for one in pdf.trailer.get("/ID", [b""])):
        yield Finding("PDF-HEADER", path)
    if not pdf.pages:
        yield Finding("PDF-NO-PAGE", path)
    part, level = _identity(pdf)
    if level not in _LEVELS.get(part, ()):
        yield Finding("PDF-NOT-PDFA", path, {"problem": f"pdfaid part {part}, level {level}"})
    elif version > _LAST_VERSION[part]:
        yield Finding("PDF-HEADER", path)
    channels = _intent_channels(pdf)
    if not channels:
        yield Finding("PDF-OUTPUT-INTENT", path)
    for code, name in forbidden_things(pdf, part):
        yield Finding(code, path, {"name": name})
    for number, page in enumerate(pdf.pages, start=1):
        yield from check_page(path, number, page, channels)
    for problem in pdf.get_warnings()[:1]:  # complete only now that every object was loaded
        yield Finding("PDF-UNREADABLE", path, {"problem": problem})


def _identity(pdf: pikepdf.Pdf) -> tuple[str, str]:
    """Part and level that the XMP declares; ``none`` for what it does not."""
    root = parse("XMP", _decoded(pdf.Root.get("/Metadata")))
    if isinstance(root, Finding):
        return "none", "none"
    part, level = (_declared(root, name) for name in ("part", "conformance"))
    return part, level


def _declared(root: Element, name: str) -> str:
    """A property of XMP, written as an element or as an attribute."""
    key = f"{_PDFAID}{name}"
    element = next(root.iter(key), None)
    if element is not None:
        return (element.text or "").strip()
    return next((one.get(key, "") for one in root.iter() if one.get(key) is not None), "none")


def _intent_channels(pdf: pikepdf.Pdf) -> int:
    """Channels of the output intent's colour profile; 0 when none can be used."""
    for intent in pdf.Root.get("/OutputIntents", ()):
        profile = intent.get("/DestOutputProfile")
        if intent.get("/S") != "/GTS_PDFA1" or profile is None:
            continue
        if profile.get("/N") in _ICC_COMPONENTS and _decoded(profile)[36:40] == b"acsp":
            return int(profile.N)
    return 0


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
