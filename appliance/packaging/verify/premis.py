"""PREMIS: what it says of each file is what the file is, and its links lead somewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.premis_chain import Chain, EventWords
from appliance.packaging.verify.premis_forms import premis_forms
from appliance.packaging.verify.premis_known import Known
from appliance.packaging.verify.premis_units import Units
from appliance.packaging.verify.xml import (
    PREMIS,
    XSI,
    Drop,
    Element,
    TooLong,
    read_document,
)
from appliance.packaging.verify.xml_texts import Texts, first_text, parents_of, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appliance.domain.canonical import JsonValue
    from appliance.packaging.verify.aip import Aip
    from appliance.packaging.verify.contents import Contents, Member

MAX_FINDINGS: Final = 1000
"""Our own: no more of one document are told; it has failed long before."""

_LEAD: Final = f"{{{PREMIS}}}"
_UNITS: Final = ("premis", "object", "event", "agent")
_PARTS: Final = (
    "relatedObjectIdentifier",
    "linkingObjectIdentifier",
    "linkingAgentIdentifier",
)
"""Parts that a unit may hold by the thousand: taken one by one, and dropped at once."""
TAGS: Final = tuple(_LEAD + name for name in (*_UNITS, *_PARTS))
"""What a reader of PREMIS asks the parser for; the many small elements inside pass unseen."""
_TYPE: Final = f"{{{XSI}}}type"
_VALUES: Final = {f"{_LEAD}{name}": f"{_LEAD}{name}Value" for name in _PARTS}
"""Where a link holds the identifier that it names."""
_RELATED, _OBJECT_LINK, _AGENT_LINK = _VALUES
_RELATIONSHIP: Final = f"{_LEAD}relationshipType"

_OBJECT_ID: Final = spelt_out("p:objectIdentifier/p:objectIdentifierValue")
_SIZE: Final = spelt_out("p:objectCharacteristics/p:size")
_ALGORITHM: Final = spelt_out("p:objectCharacteristics/p:fixity/p:messageDigestAlgorithm")
_DIGEST: Final = spelt_out("p:objectCharacteristics/p:fixity/p:messageDigest")
_LOCATION: Final = spelt_out("p:storage/p:contentLocation/p:contentLocationValue")
_FORMATS: Final = (
    spelt_out("p:objectCharacteristics/p:format/p:formatDesignation/p:formatName"),
    spelt_out("p:objectCharacteristics/p:format/p:formatRegistry/p:formatRegistryKey"),
)
_AGENT_ID: Final = spelt_out("p:agentIdentifier/p:agentIdentifierValue")
_PARENTS: Final = parents_of(_OBJECT_ID, _SIZE, _ALGORITHM, _LOCATION, *_FORMATS, _AGENT_ID)
_MOMENT: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?"
)
"""ISO 8601 in the extended form, as the circular and PREMIS's own guidelines have it."""
_NEEDED_EVENTS: Final = ("transfer", "information package creation")
"""The circular's two own terms: digitising, and the making of this package."""


@dataclass(slots=True)
class _Links:
    """Identifiers that links of one unit name, by the kind of the link."""

    objects: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    is_structural: bool = False

    def take(self, tag: str, part: Element) -> None:
        """Take one link."""
        identifier = first_text(part, _VALUES[tag])
        if tag == _OBJECT_LINK:
            self.objects.append(identifier)
        elif tag == _AGENT_LINK:
            self.agents.append(identifier)
        else:
            self.is_structural = _is_structural(part.getparent())
            self.take_related(identifier)

    def take_related(self, identifier: str) -> None:
        """Take one relation; those that are not structural may name what other packages hold."""
        if self.is_structural:
            self.related.append(identifier)


def check_premis(aip: Aip, contents: Contents) -> Iterator[Finding]:
    """Every PREMIS document of a package against its files, each read once as it streams."""
    files: dict[str, str] = {}
    for document in aip.representations.values():
        files |= document.file_paths()
    known: dict[str, Known] = {}
    chain = Chain()
    for path in aip.preservation_paths(contents):
        reader = PremisReader(path, files, contents.members, chain)
        with contents.open_member(path) as stream:
            broken = read_document(path, stream, "PREMIS.xsd", reader, TAGS, forms=reader.forms)
        yield from broken
        reader.finish()
        yield from reader.findings
        known[path] = reader.known
    aip.images = chain.images()
    yield from chain.check()
    yield from _check_masters(aip, contents, chain)
    yield from _check_complete(aip, contents, known)


def _check_masters(aip: Aip, contents: Contents, chain: Chain) -> Iterator[Finding]:
    """How each master came in is told, in packages whose events are custody events."""
    lead = f"{aip.folder}/representations/rep2/data/"
    masters = {path: one for path, one in contents.members.items() if path.startswith(lead)}
    for path in chain.untold({path: one.digests["sha256"] for path, one in masters.items()}):
        yield Finding("PREMIS-NO-EVENT", path, {"name": "transfer"})


def _check_complete(aip: Aip, contents: Contents, known: dict[str, Known]) -> Iterator[Finding]:
    """Each representation has its PREMIS, each content file its object, each package its events."""
    for name, mets in aip.representations.items():
        path = f"{mets.folder}/metadata/preservation/PREMIS_{name}.xml"
        if path not in contents.members:
            if not aip.is_sip:
                yield Finding("AIP-MISSING", path)
            continue
        told = known[path].files
        for identifier, content in mets.file_paths().items():
            if content.startswith(f"{mets.folder}/data/") and identifier not in told:
                yield Finding("PREMIS-NO-OBJECT", path, {"path": content})
    if not known:
        return
    happened = {name for one in known.values() for name in one.types}
    for name in _NEEDED_EVENTS:
        if name not in happened:
            yield Finding("PREMIS-NO-EVENT", aip.folder, {"name": name})


class PremisReader:
    """Checks one PREMIS document as it passes; what is kept are identifiers.

    Args:
        path: Of the document in the bag.
        files: Paths of content files by their ids in METS.
        members: What lies in the package.
        chain: Collects custody events of all documents.
    """

    def __init__(
        self, path: str, files: dict[str, str], members: dict[str, Member], chain: Chain
    ) -> None:
        self._path = path
        self._files = files
        self._members = members
        self._chain = chain
        self._links = _Links()
        self._checks = {
            f"{_LEAD}object": self._object,
            f"{_LEAD}event": self._event,
            f"{_LEAD}agent": self._agent,
        }
        self.known = Known()
        self.findings: list[Finding] = []
        units = Units(path, files, members, chain, self.known)
        self.forms = premis_forms(
            units.take_object, units.take_event, self._take_related, self._take_linked
        )

    def start(self, element: Element) -> None:
        """Nothing is known of an element before its end."""

    def end(self, element: Element) -> Drop:
        """Judge one unit; what a unit lists by the thousand is taken and dropped on the way."""
        tag = element.tag
        if tag in _VALUES:
            self._links.take(tag, element)
            return Drop.TWIN
        if tag in self._checks and len(self.findings) < MAX_FINDINGS:
            self.findings += self._checks[tag](element)
        self._links = _Links()
        if self.known.room() < 0:
            raise TooLong
        return Drop.EVERYTHING

    def _take_related(self, unit: re.Match[str]) -> bool:
        self._links.take_related(intern(unit["id"]))
        return True

    def _take_linked(self, unit: re.Match[str]) -> bool:
        self._links.objects.append(intern(unit["id"]))
        return True

    def finish(self) -> None:
        """Judge what needs the whole document."""
        known = self.known
        for told in (known.objects, known.xml_ids, known.events, known.agents):
            self._say("PREMIS-ID-TWICE", told.twice)
        missing = sorted(known.wanted_agents - known.agents)
        self._say("PREMIS-LINK", missing, "linkingAgentIdentifierValue")
        missing = sorted(known.wanted_objects - known.objects)
        self._say("PREMIS-LINK", missing, "relatedObjectIdentifierValue")

    def _say(self, code: str, identifiers: Iterable[str], name: str = "") -> None:
        about = {"name": name} if name else {}
        self.findings += [Finding(code, self._path, {"id": one, **about}) for one in identifiers]

    def _object(self, one: Element) -> Iterator[Finding]:
        told = Texts(one, _PARENTS)
        identifiers = told.every(_OBJECT_ID)
        for identifier in identifiers:
            self.known.objects.take(identifier)
        if "xmlID" in one.attrib:
            self.known.xml_ids.take(one.get("xmlID", ""))
        self.known.wanted_objects.update(self._links.related)
        if (one.get(_TYPE) or "").rpartition(":")[2] != "file":
            return
        identifier = identifiers[0] if identifiers else ""
        self.known.files.add(identifier)
        member = self._members.get(self._files.get(identifier, ""))
        if member is None:
            yield Finding("PREMIS-UNKNOWN", self._path, {"id": identifier})
        else:
            yield from self._file(told, member)

    def _file(self, told: Texts, member: Member) -> Iterator[Finding]:
        about: dict[str, JsonValue] = {"path": member.path}
        size = told.first(_SIZE)
        if size != str(member.size_bytes):
            sizes: dict[str, JsonValue] = {"expected": size, "found": member.size_bytes}
            yield Finding("PREMIS-SIZE", self._path, {**about, **sizes})
        # The schema asks for one of each in a fixity, so they stand in pairs.
        digests = dict(zip(told.every(_ALGORITHM), told.every(_DIGEST), strict=False))
        if digests.get("SHA-256", "").lower() != member.digests["sha256"]:
            yield Finding("PREMIS-DIGEST", self._path, about)
        location = told.first(_LOCATION)
        if location and not member.path.endswith(f"/{location}"):
            facts = {"id": location, "name": "contentLocationValue"}
            yield Finding("PREMIS-LINK", self._path, {**facts})
        if not any(told.first(name) for name in _FORMATS):
            yield Finding("PREMIS-FORMAT", self._path, about)

    def _event(self, one: Element) -> Iterator[Finding]:
        links, known, told = self._links, self.known, EventWords(one)
        identifier = told.identifier
        known.events.take(identifier)
        known.types.add(told.kind)
        known.wanted_agents.update(links.agents)
        for name in dict.fromkeys(links.objects):
            if name not in known.objects:
                facts = {"id": name, "name": "linkingObjectIdentifierValue"}
                yield Finding("PREMIS-LINK", self._path, {**facts})
        if _MOMENT.fullmatch(told.at) is None:
            yield Finding("PREMIS-DATE", self._path, {"id": identifier, "value": told.at})
        needed = {
            "eventType": told.kind,
            "eventOutcome": told.outcome,
            "linkingAgentIdentifier": links.agents,
            "linkingObjectIdentifier": links.objects,
        }
        for name, is_there in needed.items():
            if not is_there:
                yield Finding("PREMIS-EVENT", self._path, {"id": identifier, "name": name})
        digests = [self._digest_of(name) for name in links.objects]
        self._chain.take(self._path, told, links.agents, digests)

    def _digest_of(self, identifier: str) -> str:
        """SHA-256 of the content file with this id; empty for what is no content file."""
        member = self._members.get(self._files.get(identifier, ""))
        return "" if member is None else member.digests["sha256"]

    def _agent(self, one: Element) -> Iterator[Finding]:
        told = Texts(one, _PARENTS)
        identifiers = told.every(_AGENT_ID)
        for identifier in identifiers:
            self.known.agents.take(identifier)
        for name in ("agentName", "agentType"):
            if not told.first(_LEAD + name):
                about = {"id": identifiers[0] if identifiers else "", "name": name}
                yield Finding("PREMIS-EVENT", self._path, {**about})


def _is_structural(relation: Element | None) -> bool:
    return relation is None or first_text(relation, _RELATIONSHIP) == "structural"
