"""PREMIS: what it says of each file is what the file is, and its links lead somewhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.xml import XSI, Element, check_schema, found, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.canonical import JsonValue
    from appliance.packaging.verify.aip import Aip
    from appliance.packaging.verify.contents import Contents, Member

_TYPE: Final = f"{{{XSI}}}type"
_ID: Final = "p:objectIdentifier/p:objectIdentifierValue"
_FIXITY: Final = "p:objectCharacteristics/p:fixity"


def check_premis(aip: Aip, contents: Contents) -> Iterator[Finding]:
    """Every PREMIS document of a package against its files."""
    everywhere: dict[str, str] = {}
    for document in aip.representations.values():
        everywhere |= document.file_paths()
    for path, root in aip.documents.items():
        if "/metadata/preservation/" in path:
            yield from check_schema(path, root, "PREMIS.xsd")
            yield from _check_document(path, root, everywhere, contents.members)
    for name, mets in aip.representations.items():
        path = f"{mets.folder}/metadata/preservation/PREMIS_{name}.xml"
        if path not in aip.documents:
            yield Finding("AIP-MISSING", path)
            continue
        described = {text_of(one, _ID) for one in _files(aip.documents[path])}
        for identifier, content in mets.file_paths().items():
            if content.startswith(f"{mets.folder}/data/") and identifier not in described:
                yield Finding("PREMIS-NO-OBJECT", path, {"path": content})


def _files(root: Element) -> list[Element]:
    kinds = ((one, (one.get(_TYPE) or "").rpartition(":")[2]) for one in found(root, "p:object"))
    return [one for one, kind in kinds if kind == "file"]


def _check_document(
    path: str, root: Element, everywhere: dict[str, str], members: dict[str, Member]
) -> Iterator[Finding]:
    for one in _files(root):
        identifier = text_of(one, _ID)
        member = members.get(everywhere.get(identifier, ""))
        if member is None:
            yield Finding("PREMIS-UNKNOWN", path, {"id": identifier})
        else:
            yield from _check_object(path, one, member)
    yield from _check_links(path, root)


def _check_object(path: str, one: Element, member: Member) -> Iterator[Finding]:
    size = text_of(one, "p:objectCharacteristics/p:size")
    if size != str(member.size_bytes):
        sizes: dict[str, JsonValue] = {"expected": size, "found": member.size_bytes}
        yield Finding("PREMIS-SIZE", path, {"path": member.path, **sizes})
    digests = {
        text_of(fixity, "p:messageDigestAlgorithm"): text_of(fixity, "p:messageDigest").lower()
        for fixity in found(one, _FIXITY)
    }
    if digests.get("SHA-256") != member.digests["sha256"]:
        yield Finding("PREMIS-DIGEST", path, {"path": member.path})
    location = text_of(one, "p:storage/p:contentLocation/p:contentLocationValue")
    if location and not member.path.endswith(f"/{location}"):
        yield Finding("PREMIS-LINK", path, {"id": location, "name": "contentLocation"})


def _check_links(path: str, root: Element) -> Iterator[Finding]:
    objects = [one.text or "" for one in found(root, f"p:object/{_ID}")]
    agents = [
        one.text or "" for one in found(root, "p:agent/p:agentIdentifier/p:agentIdentifierValue")
    ]
    events = [
        one.text or "" for one in found(root, "p:event/p:eventIdentifier/p:eventIdentifierValue")
    ]
    for identifiers in (objects, agents, events):
        twice = (one for one, count in Counter(identifiers).items() if count > 1)
        yield from (Finding("PREMIS-ID-TWICE", path, {"id": one}) for one in twice)
    links = (
        ("linkingObjectIdentifierValue", set(objects)),
        ("linkingAgentIdentifierValue", set(agents)),
    )
    for name, known in links:
        for one in found(root, f"p:event//p:{name}"):
            if (one.text or "") not in known:
                yield Finding("PREMIS-LINK", path, {"id": one.text or "", "name": name})
