"""The AIP_hoso as a whole: its folder, its METS documents, and nothing besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.findings import Finding
from appliance.packaging.verify.mets import MetsDocument, check_mets, read_mets
from appliance.packaging.verify.xml import CSIP, METS, Element, check_schema, found, parse, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.contents import Contents

REQUIRED: Final = (
    "METS.xml",
    "metadata/descriptive/EAD.xml",
    "metadata/preservation/PREMIS.xml",
    "representations/rep1/METS.xml",
    "representations/rep1/metadata/preservation/PREMIS_rep1.xml",
    "schemas/METS.xsd",
    "schemas/EAD.xsd",
    "schemas/EAD_doc.xsd",
)
"""TT 05/2025 Phụ lục I, for file units whose documents are texts."""


@dataclass(slots=True)
class Aip:
    """One AIP and what was read of it.

    Args:
        folder: ``data/<OBJID folder>``.
        documents: Parsed XML by path in the bag.
        root_mets: METS of the package; None if unreadable.
        representations: METS by the representation's name.
    """

    folder: str
    documents: dict[str, Element]
    root_mets: MetsDocument | None
    representations: dict[str, MetsDocument]


def read_aip(contents: Contents, findings: list[Finding]) -> Aip | None:
    """Find the AIP in the bag and parse its metadata; None when there is none."""
    folders = {path.split("/")[1] for path in contents.members if path.count("/") > 1}
    roots = [name for name in sorted(folders) if f"data/{name}/METS.xml" in contents.members]
    if len(roots) != 1:
        findings.append(Finding("AIP-ROOT", "data", {"count": len(roots)}))
        return None
    folder = f"data/{roots[0]}"
    strays = (path for path in contents.members if path.startswith("data/"))
    findings += [Finding("AIP-STRAY", path) for path in strays if not path.startswith(f"{folder}/")]
    missing = (f"{folder}/{name}" for name in REQUIRED)
    findings += [Finding("AIP-MISSING", path) for path in missing if path not in contents.members]
    documents = dict(_parsed(contents, folder, findings))
    return _sorted_out(folder, documents)


def check_structure(aip: Aip, contents: Contents) -> Iterator[Finding]:
    """METS documents, their links to each other, and what none of them names."""
    mets = [*((aip.root_mets,) if aip.root_mets else ()), *aip.representations.values()]
    for document in mets:
        yield from check_schema(document.path, document.root, "METS.xsd")
        yield from check_mets(document, contents.members)
    if aip.root_mets is not None:
        yield from _check_root(aip, aip.root_mets)
    named = {one.path for document in mets for one in document.references}
    known = named | {f"{aip.folder}/METS.xml"}
    inside = (path for path in contents.members if path.startswith(f"{aip.folder}/"))
    yield from (Finding("METS-ORPHAN", path) for path in inside if path not in known)
    for name, document in aip.representations.items():
        yield from _check_representation(name, document)


def _parsed(
    contents: Contents, folder: str, findings: list[Finding]
) -> Iterator[tuple[str, Element]]:
    for path, data in contents.kept.items():
        if path.startswith(f"{folder}/"):
            root = parse(path, data)
            if isinstance(root, Finding):
                findings.append(root)
            else:
                yield path, root


def _sorted_out(folder: str, documents: dict[str, Element]) -> Aip:
    root = documents.get(f"{folder}/METS.xml")
    representations = {}
    for path, element in documents.items():
        parts = path[len(folder) + 1 :].split("/")
        if parts[0] == "representations" and len(parts) == 3 and parts[2] == "METS.xml":  # noqa: PLR2004 - representations/NAME/METS.xml
            representations[parts[1]] = read_mets(path, element)
    root_mets = None if root is None else read_mets(f"{folder}/METS.xml", root)
    return Aip(folder, documents, root_mets, representations)


def _check_root(aip: Aip, document: MetsDocument) -> Iterator[Finding]:
    root = document.root
    objid = root.get("OBJID", "")
    name = aip.folder.partition("/")[2]
    if objid and objid.replace(":", "_") != name:
        yield Finding("AIP-NAME", document.path, {"objid": objid, "name": name})
    status = next((one.get("RECORDSTATUS") for one in found(root, "m:metsHdr")), None)
    if status not in codes.RECORD_STATUS:
        about = {"rule": "TT05", "name": "metsHdr/@RECORDSTATUS"}
        yield Finding("METS-PROFILE", document.path, {**about})
    if not _has_software_agent(root):
        about = {"rule": "CSIP11", "name": "agent[@ROLE='CREATOR'][@OTHERTYPE='SOFTWARE']"}
        yield Finding("METS-PROFILE", document.path, {**about})
    kinds = {path.rpartition("/")[2] for path in (one.path for one in document.references)}
    for rule, part in (("CSIP17", "EAD.xml"), ("CSIP32", "PREMIS.xml")):
        if part not in kinds:
            yield Finding("METS-PROFILE", document.path, {"rule": rule, "name": part})
    pointed = {one.path for one in document.references if one.kind == "mptr"}
    listed = {one.path for one in document.references if one.kind == "file"}
    for one in aip.representations.values():
        if one.path not in pointed:
            facts = {"rule": "CSIP109", "name": f"mptr {one.path}"}
            yield Finding("METS-PROFILE", document.path, {**facts})
        if one.path not in listed:
            facts = {"rule": "CSIP114", "name": f"file {one.path}"}
            yield Finding("METS-PROFILE", document.path, {**facts})


def _has_software_agent(root: Element) -> bool:
    return any(
        agent.get("ROLE") == "CREATOR"
        and agent.get("OTHERTYPE") == "SOFTWARE"
        and text_of(agent, "m:name")
        and any(note.get(f"{{{CSIP}}}NOTETYPE") for note in found(agent, "m:note"))
        for agent in found(root, "m:metsHdr/m:agent")
    )


def _check_representation(name: str, document: MetsDocument) -> Iterator[Finding]:
    """Content and descriptions are linked to each other, each with at least one."""
    content = {
        one.id: one.path
        for one in document.references
        if one.kind == "file" and one.path.startswith(f"{document.folder}/data/")
    }
    if not content:
        yield Finding("AIP-EMPTY", document.path, {"name": name})
    described = {one.id: one.path for one in document.references if _is_description(one.path)}
    divisions = list(document.root.iter(f"{{{METS}}}div"))
    linked = {
        pointer.get("FILEID", "") for division in divisions for pointer in found(division, "m:fptr")
    }
    used = {
        identifier
        for division in divisions
        if found(division, "m:fptr")
        for identifier in division.get("DMDID", "").split()
    }
    loose = [path for one, path in content.items() if one not in linked]
    loose += [path for one, path in described.items() if one not in used]
    yield from (Finding("METS-UNLINKED", document.path, {"path": path}) for path in loose)
    if name == "rep1" and not described:
        yield Finding("AIP-MISSING", f"{document.folder}/metadata/descriptive/EAD_doc_*.xml")


def _is_description(path: str) -> bool:
    return "/metadata/descriptive/" in path
