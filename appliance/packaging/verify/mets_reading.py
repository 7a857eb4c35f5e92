"""What a METS document says, collected while it streams past."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from appliance.packaging.verify.mets_forms import mets_forms
from appliance.packaging.verify.names import is_unsafe
from appliance.packaging.verify.xml import (
    CSIP,
    METS,
    XLINK,
    Drop,
    Element,
    TooLong,
    read_document,
)

if TYPE_CHECKING:
    from typing import BinaryIO

    from appliance.domain.findings import Finding

HREF: Final = f"{{{XLINK}}}href"
NOTE_TYPE: Final = f"{{{CSIP}}}NOTETYPE"
MAX_ELEMENTS: Final = 500_000
"""Our own: METS of some 100,000 pages; every element costs memory here."""
LOCATION: Final = ("LOCTYPE", HREF, f"{{{XLINK}}}type")
"""Attributes of a ``file`` that stand on its ``FLocat``."""
_LEAD: Final = f"{{{METS}}}"
_LINKS: Final = ("FILEID", "DMDID", "ADMID")
_SECTIONS: Final = ("dmdSec", "amdSec", "techMD", "rightsMD", "sourceMD", "digiprovMD")


@dataclass(frozen=True, slots=True)
class Reference:
    """One file that a METS document names.

    Args:
        kind: ``mdRef``, ``file`` or ``mptr``.
        section: Where it stands: ``dmdSec``, ``digiprovMD``, …; the group's ``USE`` for a file.
        path: Where it points, in the bag; empty when the address is not usable.
        id: Of the ``file``; of the section for an ``mdRef``; of the division for an ``mptr``.
        facts: Its attributes, for a ``file`` those of its one ``FLocat`` too.
        locations: How many ``FLocat`` a ``file`` has; 1 for others.
    """

    kind: str
    section: str
    path: str
    id: str
    facts: dict[str, str]
    locations: int = 1


@dataclass(slots=True)
class Agent:
    """One agent of the header.

    Args:
        facts: Its attributes.
        names: Texts of its names.
        notes: Pairs of ``csip:NOTETYPE`` and text of its notes.
    """

    facts: dict[str, str]
    names: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Division:
    """One division of the structural map.

    Args:
        facts: Its attributes.
        depth: 0 for the first one of a map.
        file_ids: What its ``fptr`` name.
    """

    facts: dict[str, str]
    depth: int
    file_ids: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its ``LABEL``."""
        return self.facts.get("LABEL", "")


@dataclass(slots=True)
class MetsDocument:
    """One METS document.

    Args:
        path: Of the document in the bag.
        facts: Attributes of its root; empty when the root is no ``mets``.
        header: Attributes of ``metsHdr``; None if there is none.
        agents: Of the header.
        sections: Attributes of each ``dmdSec`` and of each part of an ``amdSec``, by kind.
        file_sections: Attributes of each ``fileSec``.
        groups: Attributes of each ``fileGrp``.
        maps: Attributes of each ``structMap``.
        divisions: Of all maps, each after the one it lies in.
        references: Every file it names, in its order.
        ids: How often each ``ID`` is used.
        links: Pairs of attribute and ID that point to another element.
        targets: IDs that each of those attributes may name.
    """

    path: str
    facts: dict[str, str] = field(default_factory=dict)
    header: dict[str, str] | None = None
    agents: list[Agent] = field(default_factory=list)
    sections: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    file_sections: list[dict[str, str]] = field(default_factory=list)
    groups: list[dict[str, str]] = field(default_factory=list)
    maps: list[dict[str, str]] = field(default_factory=list)
    divisions: list[Division] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    links: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in _LINKS})

    @property
    def folder(self) -> str:
        """The folder that its addresses are relative to."""
        return posixpath.dirname(self.path)

    @property
    def package_type(self) -> str:
        """``csip:OAISPACKAGETYPE`` of its header; empty if it has none."""
        return (self.header or {}).get(f"{{{CSIP}}}OAISPACKAGETYPE", "")

    def file_paths(self) -> dict[str, str]:
        """Paths of its ``file`` elements by their ids."""
        return {one.id: one.path for one in self.references if one.kind == "file"}


def read_mets(path: str, stream: BinaryIO) -> tuple[MetsDocument, tuple[Finding, ...]]:
    """Collect what a METS document names, and hold it against its schema.

    Args:
        path: Of the document in the bag.
        stream: Its bytes, seekable.

    Returns:
        What was read, and what is wrong with it as XML.
    """
    document = MetsDocument(path)
    reader = _MetsReader(document)
    forms = mets_forms(reader.take_file, reader.take_division)
    return document, read_document(path, stream, "METS.xsd", reader, forms=forms)


class _MetsReader:
    """Fills a ``MetsDocument``.

    Args:
        document: To be filled.
    """

    def __init__(self, document: MetsDocument) -> None:
        self._document = document
        self._folder = document.folder
        self._elements = 0
        self._section: tuple[str, str] = ("", "")
        self._use = ""
        self._file: tuple[dict[str, str], list[dict[str, str]]] = ({}, [])
        self._open: list[Division] = []

    def start(self, element: Element) -> None:
        """Take the attributes of one element."""
        if not self._has_room(1):
            raise TooLong
        facts = {str(name): str(text) for name, text in element.attrib.items()}
        if identifier := facts.get("ID"):
            self._identify(identifier)
        for name in _LINKS:
            if name in facts:
                self._document.links += [(name, one) for one in facts[name].split()]
        name = element.tag.removeprefix(_LEAD)
        if name == "div":
            self._division(facts)
        elif name in {"file", "FLocat", "fileGrp", "fileSec"}:
            self._content(name, facts)
        elif name in _SECTIONS:
            self._metadata(name, facts)
        else:
            self._other(name, facts)

    def end(self, element: Element) -> Drop:
        """Take the text of names and notes; everything that ended may be forgotten."""
        name = element.tag.removeprefix(_LEAD)
        text = (element.text or "").strip()
        if name == "div" and self._open:
            self._open.pop()
        elif name == "file":
            self._file_ended()
        elif name == "name" and self._document.agents:
            self._document.agents[-1].names.append(text)
        elif name == "note" and self._document.agents:
            self._document.agents[-1].notes.append((element.get(NOTE_TYPE, ""), text))
        return Drop.EVERYTHING

    def take_file(self, facts: dict[str, str]) -> bool:
        """Take a whole file with its one ``FLocat``, unless there is no room for it."""
        if not self._has_room(2):
            return False
        self._identify(facts["ID"])
        self._document.targets["FILEID"].add(facts["ID"])
        self._refer("file", (self._use, facts["ID"]), facts)
        return True

    def take_division(self, facts: dict[str, str]) -> bool:
        """Take a whole division with its one ``fptr``, unless there is no room for it."""
        if not self._has_room(2):
            return False
        self._identify(facts["ID"])
        self._document.links += [(name, facts[name]) for name in _LINKS if name in facts]
        file_ids = [facts.pop("FILEID")]
        self._document.divisions.append(Division(facts, len(self._open), file_ids))
        return True

    def _has_room(self, count: int) -> bool:
        """Whether so many elements more may be read; they are counted if so."""
        has_room = self._elements + count <= MAX_ELEMENTS
        self._elements += count if has_room else 0
        return has_room

    def _identify(self, identifier: str) -> None:
        ids = self._document.ids
        ids[identifier] = ids.get(identifier, 0) + 1

    def _other(self, name: str, facts: dict[str, str]) -> None:
        document = self._document
        match name:
            case "mets":
                document.facts = facts
            case "metsHdr":
                document.header = facts
            case "agent":
                document.agents.append(Agent(facts))
            case "structMap":
                document.maps.append(facts)
            case "fptr" if self._open:
                self._open[-1].file_ids.append(facts.get("FILEID", ""))
            case "mdRef":
                self._refer("mdRef", self._section, facts)
            case "mptr" if self._open:
                division = self._open[-1]
                self._refer("mptr", (division.label, division.facts.get("ID", "")), facts)

    def _division(self, facts: dict[str, str]) -> None:
        division = Division(facts, len(self._open))
        self._open.append(division)
        self._document.divisions.append(division)

    def _metadata(self, name: str, facts: dict[str, str]) -> None:
        identifier = facts.get("ID", "")
        self._section = (name, identifier)
        self._document.targets["DMDID" if name == "dmdSec" else "ADMID"].add(identifier)
        self._document.sections.append((name, facts))

    def _content(self, name: str, facts: dict[str, str]) -> None:
        if name in {"FLocat", "fileSec"}:
            held = self._file[1] if name == "FLocat" else self._document.file_sections
            held.append(facts)
            return
        self._document.targets["FILEID"].add(facts.get("ID", ""))
        if name == "file":
            self._file = (facts, [])
        else:
            self._use = facts.get("USE", "")
            self._document.groups.append(facts)

    def _file_ended(self) -> None:
        facts, locations = self._file
        if len(locations) == 1:
            facts |= {name: text for name, text in locations[0].items() if name in LOCATION}
        self._refer("file", (self._use, facts.get("ID", "")), facts, len(locations))

    def _refer(
        self, kind: str, place: tuple[str, str], facts: dict[str, str], locations: int = 1
    ) -> None:
        path = _resolved(self._folder, facts.get(HREF))
        reference = Reference(kind, place[0], path, place[1], facts, locations)
        self._document.references.append(reference)


def _resolved(folder: str, href: str | None) -> str:
    """The path in the bag that an address names; empty unless it is a plain relative path."""
    path = unquote(href or "")
    if is_unsafe(path) or ":" in path.split("/", 1)[0]:
        return ""
    return posixpath.normpath(posixpath.join(folder, path))
