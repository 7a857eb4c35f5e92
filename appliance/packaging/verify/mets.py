"""METS: every reference resolves, every digest and size is right, no file is left out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.mets_profile import CIRCULAR, TT05, check_profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.canonical import JsonValue
    from appliance.packaging.verify.contents import Member
    from appliance.packaging.verify.mets_reading import MetsDocument, Reference

_DIGEST_NAMES: Final = {"SHA-256": "sha256", "SHA-512": "sha512"}
_MIME_TYPES: Final = {
    "xml": {"text/xml", "application/xml"},
    "pdf": {"application/pdf"},
    "tif": {"image/tiff"},
    "tiff": {"image/tiff"},
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "png": {"image/png"},
    "jp2": {"image/jp2"},
}
"""What IANA registers for the suffixes of content and metadata; of others nothing is said."""


def check_mets(document: MetsDocument, members: dict[str, Member]) -> Iterator[Finding]:
    """Everything that any METS of a package must keep."""
    if not document.facts and document.header is None:
        yield Finding("METS-PROFILE", document.path, {"rule": "CSIP1000", "name": "mets"})
        return
    yield from _check_ids(document)
    yield from _check_links(document)
    yield from check_profile(document)
    for reference in document.references:
        yield from _check_reference(document, reference, members)
    named = Counter(one.path for one in document.references if one.kind != "mptr" and one.path)
    twice = (path for path, count in named.items() if count > 1)
    yield from (Finding("METS-TWICE", document.path, {"path": path}) for path in twice)


def _check_ids(document: MetsDocument) -> Iterator[Finding]:
    twice = (identifier for identifier, count in document.ids.items() if count > 1)
    yield from (Finding("METS-ID-TWICE", document.path, {"id": one}) for one in twice)


def _check_links(document: MetsDocument) -> Iterator[Finding]:
    for name, identifier in document.links:
        if identifier not in document.targets[name]:
            yield Finding("METS-LINK", document.path, {"id": identifier, "name": name})


def _check_reference(
    document: MetsDocument, reference: Reference, members: dict[str, Member]
) -> Iterator[Finding]:
    if not reference.path:
        yield Finding("METS-HREF", document.path, {"id": reference.id, "name": reference.kind})
        return
    member = members.get(reference.path)
    if member is None:
        yield Finding("METS-MISSING", document.path, {"path": reference.path})
    elif reference.kind != "mptr":
        yield from _check_facts(document, reference, member)


def _check_facts(document: MetsDocument, reference: Reference, member: Member) -> Iterator[Finding]:
    where: dict[str, JsonValue] = {"path": reference.path}
    facts = reference.facts
    size = facts.get("SIZE", "")
    if size and size.strip() != str(member.size_bytes):
        sizes: dict[str, JsonValue] = {"expected": size, "found": member.size_bytes}
        yield Finding("METS-SIZE", document.path, {**where, **sizes})
    mime = facts.get("MIMETYPE", "")
    if mime and mime not in _MIME_TYPES.get(reference.path.rpartition(".")[2].lower(), {mime}):
        yield Finding("METS-MIME", document.path, {**where, "found": mime})
    yield from _check_digest(document, where, facts, member)


def _check_digest(
    document: MetsDocument, where: dict[str, JsonValue], facts: dict[str, str], member: Member
) -> Iterator[Finding]:
    kind = _DIGEST_NAMES.get(facts.get("CHECKSUMTYPE", ""), "")
    if kind not in member.digests:
        about = {"rule": TT05, "name": "@CHECKSUMTYPE=SHA-256", "source": CIRCULAR}
        yield Finding("METS-PROFILE", document.path, {**where, **about})
    elif facts.get("CHECKSUM", "").strip().lower() != member.digests[kind]:
        yield Finding("METS-DIGEST", document.path, where)
