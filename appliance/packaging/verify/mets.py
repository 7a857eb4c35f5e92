"""METS: every reference resolves, every digest and size is right, no file is left out."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from appliance.domain.findings import Finding
from appliance.packaging.verify.names import is_unsafe
from appliance.packaging.verify.xml import CSIP, METS, XLINK, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.canonical import JsonValue
    from appliance.packaging.verify.contents import Member
    from appliance.packaging.verify.xml import Element

_HREF: Final = f"{{{XLINK}}}href"
_DIGEST_NAMES: Final = {"SHA-256": "sha256", "SHA-512": "sha512"}
_NEEDED: Final = {
    "mdRef": (
        ("CSIP20", "LOCTYPE"), ("CSIP22", "href"), ("CSIP23", "MDTYPE"), ("CSIP24", "MIMETYPE"),
        ("CSIP25", "SIZE"), ("CSIP26", "CREATED"), ("CSIP27", "CHECKSUM"),
        ("CSIP28", "CHECKSUMTYPE"),
    ),
    "file": (
        ("CSIP67", "ID"), ("CSIP68", "MIMETYPE"), ("CSIP69", "SIZE"), ("CSIP70", "CREATED"),
        ("CSIP71", "CHECKSUM"), ("CSIP72", "CHECKSUMTYPE"),
    ),
}  # fmt: skip
"""Attributes that E-ARK CSIP 2.1.0 demands, by the number of its rule."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One file that a METS document names.

    Args:
        kind: ``mdRef``, ``file`` or ``mptr``.
        path: Where it points, in the bag; empty when the address is not usable.
        id: Of the ``file``; of the section for an ``mdRef``.
        element: Carries size and digest.
    """

    kind: str
    path: str
    id: str
    element: Element


@dataclass(frozen=True, slots=True)
class MetsDocument:
    """One METS document.

    Args:
        path: Of the document in the bag.
        root: Its root element.
        references: Every file it names.
    """

    path: str
    root: Element
    references: tuple[Reference, ...]

    @property
    def folder(self) -> str:
        """The folder that its addresses are relative to."""
        return posixpath.dirname(self.path)

    def file_paths(self) -> dict[str, str]:
        """Paths of its ``file`` elements by their ids."""
        return {one.id: one.path for one in self.references if one.kind == "file"}


def read_mets(path: str, root: Element) -> MetsDocument:
    """Collect what a METS document names."""
    folder = posixpath.dirname(path)
    return MetsDocument(path, root, tuple(_references(root, folder)))


def check_mets(document: MetsDocument, members: dict[str, Member]) -> Iterator[Finding]:
    """Everything that any METS of a package must keep."""
    if document.root.tag != f"{{{METS}}}mets":
        yield Finding("METS-PROFILE", document.path, {"rule": "CSIP", "name": "mets"})
        return
    yield from _check_ids(document)
    yield from _check_links(document)
    yield from _check_header(document)
    for reference in document.references:
        yield from _check_reference(document, reference, members)
    named = Counter(one.path for one in document.references if one.kind != "mptr" and one.path)
    twice = (path for path, count in named.items() if count > 1)
    yield from (Finding("METS-TWICE", document.path, {"path": path}) for path in twice)


def _references(root: Element, folder: str) -> Iterator[Reference]:
    for section in (*found(root, ".//m:dmdSec"), *found(root, ".//m:amdSec/*")):
        for element in found(section, "m:mdRef"):
            path = _resolved(folder, element.get(_HREF))
            yield Reference("mdRef", path, section.get("ID", ""), element)
    for element in found(root, ".//m:fileSec//m:file"):
        locations = found(element, "m:FLocat")
        href = locations[0].get(_HREF) if len(locations) == 1 else None
        yield Reference("file", _resolved(folder, href), element.get("ID", ""), element)
    for element in found(root, ".//m:structMap//m:mptr"):
        yield Reference("mptr", _resolved(folder, element.get(_HREF)), "", element)


def _resolved(folder: str, href: str | None) -> str:
    """The path in the bag that an address names; empty unless it is a plain relative path."""
    path = unquote(href or "")
    if is_unsafe(path) or ":" in path.split("/", 1)[0]:
        return ""
    return posixpath.normpath(posixpath.join(folder, path))


def _check_ids(document: MetsDocument) -> Iterator[Finding]:
    ids = Counter(element.get("ID", "") for element in document.root.iter() if element.get("ID"))
    twice = (identifier for identifier, count in ids.items() if count > 1)
    yield from (Finding("METS-ID-TWICE", document.path, {"id": one}) for one in twice)


def _check_links(document: MetsDocument) -> Iterator[Finding]:
    root = document.root
    targets = {
        "FILEID": {one.get("ID") for path in ("file", "fileGrp") for one in _all(root, path)},
        "DMDID": {one.get("ID") for one in _all(root, "dmdSec")},
        "ADMID": {one.get("ID") for one in (*_all(root, "amdSec"), *found(root, ".//m:amdSec/*"))},
    }
    for element in root.iter():
        for name, ids in targets.items():
            for identifier in element.get(name, "").split():
                if identifier not in ids:
                    yield Finding("METS-LINK", document.path, {"id": identifier, "name": name})


def _all(root: Element, name: str) -> list[Element]:
    return found(root, f".//m:{name}")


def _check_header(document: MetsDocument) -> Iterator[Finding]:
    """What CSIP and the circular want of every METS document, by the number of the rule."""
    root, header = document.root, document.root.find(f"{{{METS}}}metsHdr")
    structures = [one for one in _all(root, "structMap") if one.get("LABEL") == "CSIP"]
    facts = {
        ("CSIP1", "mets/@OBJID"): root.get("OBJID"),
        ("CSIP2", "mets/@TYPE"): root.get("TYPE"),
        ("CSIP6", "mets/@PROFILE"): root.get("PROFILE"),
        ("CSIP117", "metsHdr"): header is not None,
        ("CSIP7", "metsHdr/@CREATEDATE"): header is not None and header.get("CREATEDATE"),
        ("CSIP9", "metsHdr/@csip:OAISPACKAGETYPE=AIP"): header is not None
        and header.get(f"{{{CSIP}}}OAISPACKAGETYPE") == "AIP",
        ("CSIP10", "metsHdr/agent"): bool(_all(root, "agent")),
        ("CSIP82", "structMap[@LABEL='CSIP']"): len(structures) == 1,
        ("CSIP58", "fileSec"): len(_all(root, "fileSec")) == 1,
    }
    for (rule, name), is_there in facts.items():
        if not is_there:
            yield Finding("METS-PROFILE", document.path, {"rule": rule, "name": name})


def _check_reference(
    document: MetsDocument, reference: Reference, members: dict[str, Member]
) -> Iterator[Finding]:
    for rule, name in _NEEDED.get(reference.kind, ()):
        if not reference.element.get(_HREF if name == "href" else name):
            about = f"{reference.kind}/@{name}"
            yield Finding("METS-PROFILE", document.path, {"rule": rule, "name": about})
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
    size = reference.element.get("SIZE", "")
    if size and size.strip() != str(member.size_bytes):
        sizes: dict[str, JsonValue] = {"expected": size, "found": member.size_bytes}
        yield Finding("METS-SIZE", document.path, {**where, **sizes})
    kind = _DIGEST_NAMES.get(reference.element.get("CHECKSUMTYPE", ""), "")
    digest = reference.element.get("CHECKSUM", "").strip().lower()
    if kind not in member.digests:
        about = {"rule": "CSIP28", "name": "@CHECKSUMTYPE=SHA-256"}
        yield Finding("METS-PROFILE", document.path, {**where, **about})
    elif digest != member.digests[kind]:
        yield Finding("METS-DIGEST", document.path, where)
