"""PREMIS 3 objects: the package, its representations, its files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from appliance.packaging.write import profile
from appliance.packaging.write.profile import (
    FILE_IDENTIFIER,
    PACKAGE_IDENTIFIER,
    REPRESENTATION_IDENTIFIER,
)
from appliance.packaging.write.xml import PREMIS_PREFIXES, Namespace, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.parts import Part, Spool
    from appliance.packaging.write.premis_events import PreservationAgent, PreservationEvent
    from appliance.packaging.write.xml import Element, Filled, Node

_PREMIS: Final = Namespace(PREMIS_PREFIXES)
_TYPE: Final = f"{{{profile.XSI}}}type"


@dataclass(frozen=True, slots=True)
class FileObject:
    """One content file, as PREMIS shows it.

    Args:
        part: The file.
        identifier: Its id in the representation's METS.
        format_name: Such as ``TIFF``.
        pronom_key: Such as ``fmt/353``.
        original_name: Its name before it came here.
        created_by: Device or program that made it; empty if unknown.
    """

    part: Part
    identifier: str
    format_name: str
    pronom_key: str
    original_name: str
    created_by: str


def representation_part(
    name: str,
    files: tuple[FileObject, ...],
    events: Iterable[PreservationEvent],
    spool: Spool,
) -> Part:
    """``PREMIS_repN.xml``: one representation, its files and what happened to them."""
    objects: Iterable[Node] = chain((_representation(name, files),), map(_file, files))
    path = f"representations/{name}/metadata/preservation/PREMIS_{name}.xml"
    return spool.document(path, _document(objects, events))


def package_part(
    facts: PackageFacts,
    files_of: dict[str, tuple[FileObject, ...]],
    events: Iterable[PreservationEvent],
    spool: Spool,
) -> Part:
    """``PREMIS.xml``: the hồ sơ, its representations, every file, what happened to the whole."""
    objects: Iterable[Node] = chain(
        (_entity(facts, tuple(files_of)),),
        (_representation(name, files) for name, files in files_of.items()),
        map(_file, chain.from_iterable(files_of.values())),
    )
    return spool.document("metadata/preservation/PREMIS.xml", _document(objects, events))


def _document(objects: Iterable[Node], events: Iterable[PreservationEvent]) -> Element:
    attributes = {"version": profile.PREMIS_VERSION}
    return _PREMIS("premis", objects, _events_and_agents(events), attributes=attributes)


def _events_and_agents(events: Iterable[PreservationEvent]) -> Iterator[Node]:
    """The events, then every agent that one of them named."""
    agents: dict[str, PreservationAgent] = {}
    for event in events:
        agents[event.agent.name] = event.agent
        yield event.element()
    for name in sorted(agents):
        yield agents[name].element()


def _entity(facts: PackageFacts, representations: tuple[str, ...]) -> Element:
    parts = ((REPRESENTATION_IDENTIFIER, name) for name in representations)
    corrected = (
        [_relationship("derivation", "is version of", [(PACKAGE_IDENTIFIER, old)])]
        if (old := facts.predecessor_objid)
        else []
    )
    return _PREMIS(
        "object",
        _identifier(PACKAGE_IDENTIFIER, facts.objid),
        _identifier("FileCode", facts.file_unit.file_code),
        _PREMIS("originalName", facts.file_unit.file_code),
        _relationship("structural", "is represented by", parts),
        *corrected,
        attributes={_TYPE: "intellectualEntity", "xmlID": "object-package"},
    )


def _representation(name: str, files: tuple[FileObject, ...]) -> Element:
    parts = ((FILE_IDENTIFIER, one.identifier) for one in files)
    return _PREMIS(
        "object",
        _identifier(REPRESENTATION_IDENTIFIER, name),
        _relationship("structural", "has part", parts),
        attributes={_TYPE: "representation", "xmlID": f"object-{name}"},
    )


def _file(one: FileObject) -> Filled:
    return _FILE(
        {
            "identifier": one.identifier,
            "sha256": one.part.sha256,
            "size": str(one.part.size_bytes),
            "path": one.part.path,
            "format_name": one.format_name,
            "pronom_key": one.pronom_key,
            "original_name": one.original_name,
            "created_by": one.created_by,
        }
    )


def _file_object(told: Mapping[str, str]) -> Element:
    return _PREMIS(
        "object",
        _identifier(FILE_IDENTIFIER, told["identifier"]),
        _characteristics(told),
        _PREMIS("originalName", told["original_name"]),
        _PREMIS("storage", _location(told["path"])),
        attributes={_TYPE: "file", "xmlID": f"object-{told['identifier']}"},
    )


def _characteristics(told: Mapping[str, str]) -> Element:
    made_by = (
        [_PREMIS("creatingApplication", _PREMIS("creatingApplicationName", told["created_by"]))]
        if told["created_by"]
        else []
    )
    return _PREMIS(
        "objectCharacteristics",
        _PREMIS("compositionLevel", "0"),
        _PREMIS(
            "fixity",
            _PREMIS("messageDigestAlgorithm", profile.DIGEST_TYPE),
            _PREMIS("messageDigest", told["sha256"]),
        ),
        _PREMIS("size", told["size"]),
        _format(told),
        *made_by,
    )


def _format(told: Mapping[str, str]) -> Element:
    registry = _PREMIS(
        "formatRegistry",
        _PREMIS("formatRegistryName", "PRONOM"),
        _PREMIS("formatRegistryKey", told["pronom_key"]),
    )
    name = _PREMIS("formatDesignation", _PREMIS("formatName", told["format_name"]))
    return _PREMIS("format", name, *([registry] if told["pronom_key"] else []))


def _location(path: str) -> Element:
    return _PREMIS(
        "contentLocation",
        _PREMIS("contentLocationType", "path in the package"),
        _PREMIS("contentLocationValue", path),
    )


def _identifier(kind: str, value: str) -> Element:
    return _PREMIS(
        "objectIdentifier",
        _PREMIS("objectIdentifierType", kind),
        _PREMIS("objectIdentifierValue", value),
    )


def _relationship(kind: str, sub_kind: str, others: Iterable[tuple[str, str]]) -> Element:
    related = (_RELATED({"type": other_kind, "value": value}) for other_kind, value in others)
    return _PREMIS(
        "relationship",
        _PREMIS("relationshipType", kind),
        _PREMIS("relationshipSubType", sub_kind),
        related,
    )


def _related(told: Mapping[str, str]) -> Element:
    return _PREMIS(
        "relatedObjectIdentifier",
        _PREMIS("relatedObjectIdentifierType", told["type"]),
        _PREMIS("relatedObjectIdentifierValue", told["value"]),
    )


_FILE: Final = Template(_file_object)
_RELATED: Final = Template(_related)
