"""What a worker process finds in a PDF that came back signed: strangers' bytes, read there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.clock import from_text
from appliance.domain.findings import Finding
from appliance.domain.rules import is_blocking
from appliance.domain.signatures import judge_signatures
from appliance.packaging.verify.pdf import check_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.errors import ApplianceError
    from appliance.domain.signatures import SignatureFacts

_MAX_DEPTH: Final = 8
"""Our own: an appearance with more forms inside one another is no signature of ours."""
_FONT_PROGRAMS: Final = ("/FontFile", "/FontFile2", "/FontFile3")
_MALFORMED: Final = (pikepdf.PdfError, AttributeError, LookupError, TypeError, ValueError)
"""What a hostile PDF raises when an object is not of the kind that its place calls for."""


@dataclass(frozen=True, slots=True)
class SignedLook:
    """What was found.

    Args:
        signatures: Every signature; none when they cannot be read.
        findings: Everything wrong or remarkable.
    """

    signatures: tuple[SignatureFacts, ...]
    findings: tuple[Finding, ...]


def look_at_signed(
    path: Path, name: str, base_bytes: int, roots: tuple[bytes, ...], moment: str
) -> SignedLook:
    """Read and judge a signed PDF.

    Args:
        path: The PDF; its first bytes are known to be ours.
        name: How findings call it.
        base_bytes: How many of them.
        roots: PEM or DER of each trusted certificate.
        moment: When it is judged (``clock.to_text``).

    Raises:
        ConfigError: A root is no certificate.
    """
    from appliance.signing.pades import (  # noqa: PLC0415 - a second to load, in workers only
        SignaturesUnreadable,
        SigningTrust,
        read_signatures,
    )

    try:
        facts = read_signatures(path, base_bytes, SigningTrust(roots, from_text(moment)))
    except SignaturesUnreadable as problem:
        return SignedLook((), (_unreadable(name, problem),))
    findings = (*judge_signatures(facts, name), *_archival_findings(path, name))
    return SignedLook(facts.signatures, findings)


def _archival_findings(path: Path, name: str) -> tuple[Finding, ...]:
    """Whether it still is PDF/A, as far as the reader of packages can tell."""
    with path.open("rb") as stream:
        found, _page_count = check_pdf(name, stream, deep=False)
    codes = {finding.code for finding in found if is_blocking(finding)}
    try:
        codes |= {"PDF-FONT"} if not codes and _shows_foreign_font(path) else set()
    except _MALFORMED:
        codes = {"PDF-UNREADABLE"}
    named = {"codes": ", ".join(sorted(codes))}
    return (Finding("SIGNED-NOT-ARCHIVAL", name, {**named}),) if codes else ()


def _shows_foreign_font(path: Path) -> bool:
    """Whether a visible signature is written in a font that the PDF does not hold."""
    with pikepdf.open(path) as pdf:
        marks = (mark for page in pdf.pages for mark in page.obj.get("/Annots", ()))
        looks = (mark.get("/AP", pikepdf.Dictionary()).get("/N") for mark in marks)
        return any(_needs_font(form, 0) for look in looks for form in _forms(look))


def _forms(look: pikepdf.Object | None) -> list[pikepdf.Object]:
    """The appearance of a mark, or of each of its states."""
    if isinstance(look, pikepdf.Stream):
        return [look]
    return [] if look is None else list(_values(look))


def _needs_font(form: pikepdf.Object, depth: int) -> bool:
    """Whether a form, or one inside it, names a font without its program."""
    if depth > _MAX_DEPTH:
        return True
    resources = form.get("/Resources", pikepdf.Dictionary())
    fonts = _values(resources.get("/Font", pikepdf.Dictionary()))
    inner = _values(resources.get("/XObject", pikepdf.Dictionary()))
    return any(map(_is_foreign, fonts)) or any(
        _needs_font(one, depth + 1) for one in inner if one.get("/Subtype") == "/Form"
    )


def _is_foreign(font: pikepdf.Object) -> bool:
    parts = font.get("/DescendantFonts", (font,))
    described = (part.get("/FontDescriptor", pikepdf.Dictionary()) for part in parts)
    is_held = all(any(name in one for name in _FONT_PROGRAMS) for one in described)
    return font.get("/Subtype") != "/Type3" and not is_held


def _values(dictionary: pikepdf.Object) -> Iterator[pikepdf.Object]:
    return (dictionary[name] for name in dictionary.keys())  # noqa: SIM118 - keys of a PDF dictionary


def _unreadable(name: str, problem: ApplianceError) -> Finding:
    return Finding("SIGNED-UNREADABLE", name, {"problem": str(problem)})
