"""The AIP_hoso as a whole: its folder, its METS documents, and nothing besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.bag import bag_information
from appliance.packaging.verify.descriptive import Description, read_description
from appliance.packaging.verify.mets import check_mets
from appliance.packaging.verify.mets_profile import (
    check_representation_profile,
    check_root_profile,
)
from appliance.packaging.verify.mets_reading import MetsDocument, read_mets
from appliance.packaging.verify.own_form import check_own_form
from appliance.packaging.verify.representation import check_representation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.contents import Contents

REQUIRED: Final = (
    "METS.xml",
    "metadata/descriptive/EAD.xml",
    "representations/rep1/METS.xml",
    "schemas/METS.xsd",
    "schemas/EAD.xsd",
    "schemas/EAD_doc.xsd",
)
"""TT 05/2025 Phụ lục I and III, for file units whose documents are texts."""
REQUIRED_OF_AIP: Final = (
    "metadata/preservation/PREMIS.xml",
    "representations/rep1/metadata/preservation/PREMIS_rep1.xml",
)
"""Phụ lục I; a SIP (Phụ lục III) has no PREMIS."""
DESCRIPTIVE: Final = "/metadata/descriptive/"
PRESERVATION: Final = "/metadata/preservation/"


@dataclass(slots=True)
class Aip:
    """One AIP and what was read of it.

    Args:
        folder: ``data/<OBJID folder>``.
        root_mets: METS of the package; None if unreadable.
        representations: METS by the representation's name.
        descriptions: ``EAD*.xml`` by path in the bag.
        images: Pages by what PREMIS says was done with their image.
    """

    folder: str
    root_mets: MetsDocument | None = None
    representations: dict[str, MetsDocument] = field(default_factory=dict)
    descriptions: dict[str, Description] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)

    @property
    def is_sip(self) -> bool:
        """Whether its METS says that it was made for another system (Phụ lục III)."""
        return self.root_mets is not None and self.root_mets.package_type == "SIP"

    def preservation_paths(self, contents: Contents) -> list[str]:
        """Paths of the PREMIS documents that may be read, in the order of the package."""
        return [path for path in _documents(contents, self.folder) if PRESERVATION in path]


def read_aip(contents: Contents, findings: list[Finding]) -> Aip | None:
    """Find the AIP in the bag and read its METS and descriptions; None when there is none."""
    folders = {path.split("/")[1] for path in contents.members if path.count("/") > 1}
    roots = [name for name in sorted(folders) if f"data/{name}/METS.xml" in contents.members]
    if len(roots) != 1:
        findings.append(Finding("AIP-ROOT", "data", {"count": len(roots)}))
        return None
    folder = f"data/{roots[0]}"
    strays = (path for path in contents.members if path.startswith("data/"))
    findings += [Finding("AIP-STRAY", path) for path in strays if not path.startswith(f"{folder}/")]
    aip = Aip(folder)
    root = f"{folder}/METS.xml"  # first, since it tells by which fields the others describe
    for path in sorted(_documents(contents, folder), key=lambda path: path != root):
        findings += _read(aip, path, contents)
    missing = (f"{folder}/{name}" for name in _required(aip))
    findings += [Finding("AIP-MISSING", path) for path in missing if path not in contents.members]
    return aip


def _required(aip: Aip) -> tuple[str, ...]:
    has_pictures = any(one.name.startswith("EAD_pic_") for one in aip.descriptions.values())
    pictures = ("schemas/EAD_pic.xsd",) if has_pictures else ()
    return (*REQUIRED, *(() if aip.is_sip else REQUIRED_OF_AIP), *pictures)


def check_structure(aip: Aip, contents: Contents) -> Iterator[Finding]:
    """METS documents, their links to each other, and what none of them names."""
    mets = [*((aip.root_mets,) if aip.root_mets else ()), *aip.representations.values()]
    for document in mets:
        yield from check_mets(document, contents.members)
    if aip.root_mets is not None:
        yield from _check_root(aip, aip.root_mets)
    named = {one.path for document in mets for one in document.references}
    known = named | {f"{aip.folder}/METS.xml"}
    inside = (path for path in contents.members if path.startswith(f"{aip.folder}/"))
    yield from (Finding("METS-ORPHAN", path) for path in inside if path not in known)
    for name, document in aip.representations.items():
        if document.facts:
            yield from check_representation_profile(document)
        yield from check_representation(name, document)
    information = bag_information(contents)
    yield from check_own_form(information, aip.root_mets, mets, contents.restyled)


def _documents(contents: Contents, folder: str) -> list[str]:
    """Paths of metadata documents, METS of the package first; those too large are left out."""
    lead = f"{folder}/"
    return sorted(one for one in contents.kept if one.startswith(lead) and one.endswith(".xml"))


def _read(aip: Aip, path: str, contents: Contents) -> tuple[Finding, ...]:
    """Read one document into the AIP if it is METS or a description."""
    match path.removeprefix(f"{aip.folder}/").split("/"):
        case ["METS.xml"]:
            aip.root_mets, findings = _mets(path, contents)
        case ["representations", name, "METS.xml"]:
            document, findings = _mets(path, contents)
            if document is not None:
                aip.representations[name] = document
        case _ if DESCRIPTIVE in path:
            with contents.open_member(path) as stream:
                description, findings = read_description(path, stream, is_sip=aip.is_sip)
            if description is not None:
                aip.descriptions[path] = description
        case _:
            findings = ()
    return findings


def _mets(path: str, contents: Contents) -> tuple[MetsDocument | None, tuple[Finding, ...]]:
    """A METS document; None when it is no XML that may be read."""
    with contents.open_member(path) as stream:
        document, findings = read_mets(path, stream)
    is_readable = all(one.code == "XML-SCHEMA" for one in findings)
    return (document if is_readable else None), findings


def _check_root(aip: Aip, document: MetsDocument) -> Iterator[Finding]:
    objid = document.facts.get("OBJID", "")
    name = aip.folder.partition("/")[2]
    if objid and objid.replace(":", "_") != name:
        yield Finding("AIP-NAME", document.path, {"objid": objid, "name": name})
    yield from check_root_profile(document)
    for one in aip.representations.values():
        if one.package_type != document.package_type:
            facts = {"rule": "CSIP9", "name": "metsHdr/@csip:OAISPACKAGETYPE"}
            yield Finding("METS-PROFILE", one.path, {**facts})
    pointed = {one.path for one in document.references if one.kind == "mptr"}
    listed = {
        one.path
        for one in document.references
        if one.kind == "file" and one.section.startswith("Representations")
    }
    there = {one.path for one in aip.representations.values()}
    for path in sorted(there - pointed):
        yield Finding("METS-PROFILE", document.path, {"rule": "CSIP109", "name": f"mptr {path}"})
    for path in sorted(there - listed):
        yield Finding("METS-PROFILE", document.path, {"rule": "CSIP114", "name": f"file {path}"})
    for path in sorted(pointed - there - {""}):
        yield Finding("METS-LINK", document.path, {"id": path, "name": "mptr"})
