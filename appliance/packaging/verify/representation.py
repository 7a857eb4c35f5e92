"""One representation: its content and its descriptions name each other, none is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.mets_profile import CIRCULAR, TT05

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.mets_reading import Division, MetsDocument

_LINK_TO_PREMIS: Final = "div[@LABEL='MetadataLink/File']/@ADMID"


def check_representation(name: str, document: MetsDocument) -> Iterator[Finding]:
    """Content and descriptions are linked to each other, both ways.

    Args:
        name: ``rep1``, the PDF/A; others may be without descriptions.
        document: Its METS.
    """
    content = {
        one.id: one.path
        for one in document.references
        if one.kind == "file" and one.path.startswith(f"{document.folder}/data/")
    }
    described = {
        one.id: one.path
        for one in document.references
        if one.kind == "mdRef" and "/metadata/descriptive/" in one.path
    }
    if not content:
        yield Finding("AIP-EMPTY", document.path, {"name": name})
    links = [one for one in document.divisions if set(one.file_ids) & content.keys()]
    loose = [*_loose_content(content, links, needs_description=bool(described))]
    used = {one for division in links for one in division.facts.get("DMDID", "").split()}
    loose += [path for one, path in described.items() if one not in used]
    yield from (Finding("METS-UNLINKED", document.path, {"path": path}) for path in loose)
    if name == "rep1" and not described:
        yield Finding("AIP-MISSING", f"{document.folder}/metadata/descriptive/EAD_doc_*.xml")
    yield from _check_provenance(document, links)


def _loose_content(
    content: dict[str, str], links: list[Division], *, needs_description: bool
) -> Iterator[str]:
    """Paths of content that no division names, or none together with a description."""
    linked = {
        one
        for division in links
        if division.facts.get("DMDID") or not needs_description
        for one in division.file_ids
    }
    yield from (path for one, path in content.items() if one not in linked)


def _check_provenance(document: MetsDocument, links: list[Division]) -> Iterator[Finding]:
    """Where there is PREMIS, each link names it, as the circular has it."""
    has_provenance = any(kind == "digiprovMD" for kind, _ in document.sections)
    if has_provenance and any(not division.facts.get("ADMID") for division in links):
        facts = {"rule": TT05, "name": _LINK_TO_PREMIS, "source": CIRCULAR}
        yield Finding("METS-PROFILE", document.path, {**facts})
