"""What E-ARK CSIP 2.1.0 and the circular ask of a METS document, by the number of the rule.

Left out is what CSIP only recommends, and what TT 05 packages in circulation do otherwise: the
vocabularies of ``TYPE`` and ``CONTENTINFORMATIONTYPE``, a division that wraps those of the
representations, and the presence of documentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.findings import Finding
from appliance.packaging.verify.mets_reading import HREF, LOCATION
from appliance.packaging.verify.xml import XLINK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appliance.packaging.verify.mets_reading import Agent, MetsDocument, Reference

TT05: Final = "TT05"
"""Stands for rules of the circular, which have no numbers."""
CIRCULAR: Final = "TT 05/2025/TT-BNV, Phụ lục I"

_TYPE: Final = f"{{{XLINK}}}type"
_FIXED: Final = {"LOCTYPE": "URL", _TYPE: "simple"}
"""Attributes of which only one value will do."""
_NAMES: Final = {_TYPE: "xlink:type", HREF: "xlink:href", f"{{{XLINK}}}title": "xlink:title"}
_OBJID: Final = re.compile(
    "(?:urn:(?:[^:\\s]+:)?uuid[-:]|uuid-)"
    "[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}",
    re.IGNORECASE,
)
"""The forms of both readings, and that of the SIP."""

_DESCRIPTION: Final = (
    ("CSIP22", "LOCTYPE"), ("CSIP23", _TYPE), ("CSIP24", HREF), ("CSIP25", "MDTYPE"),
    ("CSIP26", "MIMETYPE"), ("CSIP27", "SIZE"), ("CSIP28", "CREATED"), ("CSIP29", "CHECKSUM"),
    ("CSIP30", "CHECKSUMTYPE"),
)  # fmt: skip
_PROVENANCE: Final = (
    ("CSIP36", "LOCTYPE"), ("CSIP37", _TYPE), ("CSIP38", HREF), ("CSIP39", "MDTYPE"),
    ("CSIP40", "MIMETYPE"), ("CSIP41", "SIZE"), ("CSIP42", "CREATED"), ("CSIP43", "CHECKSUM"),
    ("CSIP44", "CHECKSUMTYPE"),
)  # fmt: skip
_RIGHTS: Final = tuple((f"CSIP{int(rule[4:]) + 13}", name) for rule, name in _PROVENANCE)
"""CSIP49 to CSIP57 ask of rights what CSIP36 to CSIP44 ask of provenance."""
_FILE: Final = (
    ("CSIP67", "ID"), ("CSIP68", "MIMETYPE"), ("CSIP69", "SIZE"), ("CSIP70", "CREATED"),
    ("CSIP71", "CHECKSUM"), ("CSIP72", "CHECKSUMTYPE"), ("CSIP77", "LOCTYPE"), ("CSIP78", _TYPE),
    ("CSIP79", HREF),
)  # fmt: skip
_POINTER: Final = (("CSIP110", HREF), ("CSIP111", _TYPE), ("CSIP112", "LOCTYPE"))
_NEEDED: Final[dict[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    ("mdRef", "dmdSec"): _DESCRIPTION,
    ("mdRef", "digiprovMD"): _PROVENANCE,
    ("mdRef", "rightsMD"): _RIGHTS,
    ("file", ""): _FILE,
    ("mptr", ""): _POINTER,
}
"""Attributes that a reference needs, by its kind and the section of a ``mdRef``."""
_SECTIONS: Final = {
    "dmdSec": (("CSIP18", "ID"), ("CSIP19", "CREATED")),
    "digiprovMD": (("CSIP33", "ID"),),
    "rightsMD": (("CSIP46", "ID"),),
}


def check_profile(document: MetsDocument) -> Iterator[Finding]:
    """Rules that hold for the METS of a package and for that of a representation."""
    missing = [
        *_root_rules(document),
        *_section_rules(document),
        *(pair for one in document.references for pair in _reference_rules(one)),
        *_structure_rules(document),
    ]
    yield from _told(document, missing)


def check_root_profile(document: MetsDocument) -> Iterator[Finding]:
    """Rules that hold only for the METS of a package."""
    uses = [group.get("USE", "") for group in document.groups]
    labels = {division.label for division in document.divisions}
    has_representation = any(use.startswith("Representations") for use in uses)
    kinds = {one.path.rpartition("/")[2] for one in document.references if one.kind == "mdRef"}
    facts = {
        ("CSIP17", "EAD.xml"): "EAD.xml" in kinds,
        ("CSIP32", "PREMIS.xml"): "PREMIS.xml" in kinds or document.package_type == "SIP",
        ("CSIP113", "fileGrp[@USE='Schemas']"): "Schemas" in uses,
        ("CSIP114", "fileGrp[@USE='Representations/…']"): has_representation,
        ("CSIP99", "div[@LABEL='Schemas']"): "Schemas" in labels or "Schemas" not in uses,
        ("CSIP95", "div[@LABEL='Documentation']"): "Documentation" in labels
        or "Documentation" not in uses,
        (TT05, "mets/@OBJID=urn:uuid:{UUID}"): not document.facts.get("OBJID")
        or _OBJID.fullmatch(document.facts["OBJID"]),
        (TT05, "metsHdr/@RECORDSTATUS"): (document.header or {}).get("RECORDSTATUS")
        in codes.RECORD_STATUS,
    }
    yield from _told(document, [rule for rule, is_kept in facts.items() if not is_kept])
    yield from _told(document, _software_rules(document.agents))


def check_representation_profile(document: MetsDocument) -> Iterator[Finding]:
    """Rules that hold only for the METS of a representation."""
    is_told = any(
        agent.facts.get("TYPE") == "ORGANIZATION"
        and any(kind == "IDENTIFICATIONCODE" and text for kind, text in agent.notes)
        for agent in document.agents
    )
    uses = {group.get("USE", "") for group in document.groups}
    labels = {division.label for division in document.divisions}
    facts = {
        (TT05, "agent[@TYPE='ORGANIZATION']/note[@csip:NOTETYPE='IDENTIFICATIONCODE']"): is_told,
        (TT05, "fileGrp[@USE='Data']"): "Data" in uses,
        (TT05, "div[@LABEL='Data']"): "Data" in labels,
    }
    yield from _told(document, [rule for rule, is_kept in facts.items() if not is_kept])


def _told(document: MetsDocument, missing: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    for rule, name in dict.fromkeys(missing):
        clause = {"source": CIRCULAR} if rule == TT05 else {}
        yield Finding("METS-PROFILE", document.path, {"rule": rule, "name": name, **clause})


def _root_rules(document: MetsDocument) -> Iterator[tuple[str, str]]:
    root, header = document.facts, document.header or {}
    facts = {
        ("CSIP1", "mets/@OBJID"): root.get("OBJID"),
        ("CSIP2", "mets/@TYPE"): root.get("TYPE"),
        ("CSIP6", "mets/@PROFILE"): root.get("PROFILE"),
        ("CSIP117", "metsHdr"): document.header is not None,
        ("CSIP7", "metsHdr/@CREATEDATE"): header.get("CREATEDATE"),
        ("CSIP9", "metsHdr/@csip:OAISPACKAGETYPE"): document.package_type in {"AIP", "SIP"},
        ("CSIP10", "metsHdr/agent"): document.agents,
        ("CSIP58", "fileSec"): len(document.file_sections) == 1,
    }
    yield from (rule for rule, is_kept in facts.items() if not is_kept)


def _software_rules(agents: list[Agent]) -> Iterator[tuple[str, str]]:
    creators = [agent for agent in agents if agent.facts.get("ROLE") == "CREATOR"]
    software = [agent for agent in creators if agent.facts.get("OTHERTYPE") == "SOFTWARE"]
    if not creators:
        yield "CSIP11", "agent[@ROLE='CREATOR']"
    elif not software:
        yield "CSIP13", "agent[@OTHERTYPE='SOFTWARE']"
    elif software[0].facts.get("TYPE") != "OTHER":
        yield "CSIP12", "agent[@TYPE='OTHER']"
    elif not any(software[0].names):
        yield "CSIP14", "agent/name"
    elif not any(kind and text for kind, text in software[0].notes):
        yield "CSIP16", "agent/note/@csip:NOTETYPE"


def _section_rules(document: MetsDocument) -> Iterator[tuple[str, str]]:
    for kind, facts in document.sections:
        for rule, name in _SECTIONS.get(kind, ()):
            if not facts.get(name):
                yield rule, f"{kind}/@{name}"
    if any(not facts.get("ID") for facts in document.file_sections):
        yield "CSIP59", "fileSec/@ID"
    filled = {one.section for one in document.references if one.kind == "file"}
    for group in document.groups:
        for rule, name in (("CSIP64", "USE"), ("CSIP65", "ID")):
            if not group.get(name):
                yield rule, f"fileGrp/@{name}"
        if group.get("USE", "") not in filled:
            yield "CSIP66", "fileGrp/file"


def _reference_rules(reference: Reference) -> Iterator[tuple[str, str]]:
    kind = reference.kind
    needed = _NEEDED.get((kind, reference.section if kind == "mdRef" else ""), ())
    if kind == "file" and reference.locations != 1:
        yield "CSIP76", "file/FLocat"
        needed = tuple(pair for pair in needed if pair[1] not in LOCATION)
    yield from _lacking(kind, reference.facts, needed)


def _lacking(
    kind: str, facts: Mapping[str, str], needed: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, str]]:
    for rule, name in needed:
        text = facts.get(name, "")
        if not text or text != _FIXED.get(name, text):
            yield rule, f"{kind}/@{_NAMES.get(name, name)}"


def _structure_rules(document: MetsDocument) -> Iterator[tuple[str, str]]:
    ours = [one for one in document.maps if one.get("LABEL") == "CSIP"]
    if not document.maps:
        yield "CSIP80", "structMap"
    if len(ours) != 1:
        yield "CSIP82", "structMap[@LABEL='CSIP']"
        return
    labels = {division.label for division in document.divisions}
    facts = {
        ("CSIP81", "structMap/@TYPE"): ours[0].get("TYPE", "").lower() in {"physical", "logical"},
        ("CSIP83", "structMap/@ID"): ours[0].get("ID"),
        ("CSIP84", "structMap/div"): document.divisions,
        ("CSIP85", "div/@ID"): all(one.facts.get("ID") for one in document.divisions),
        ("CSIP88", "div[@LABEL='Metadata']"): "Metadata" in labels,
    }
    yield from (rule for rule, is_kept in facts.items() if not is_kept)
