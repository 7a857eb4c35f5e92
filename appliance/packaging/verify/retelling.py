"""What a sealed package tells again, for a catalogue that is rebuilt from packages alone.

The package is known to be sound: it was verified before. What is read here are the facts that
descriptions, METS and PREMIS hold, as plain values; who takes them decides what they mean.
"""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pikepdf

from appliance.domain.custody import CustodyEvent, EventType, Outcome
from appliance.domain.errors import IntegrityError
from appliance.domain.records import DocumentKind
from appliance.packaging.verify.aip import read_aip
from appliance.packaging.verify.bag import bag_information
from appliance.packaging.verify.options import unheeded
from appliance.packaging.verify.pdf import check_pdf
from appliance.packaging.verify.premis_chain import EventWords
from appliance.packaging.verify.ranges import opened, opened_for_jumping
from appliance.packaging.verify.xml import PREMIS, Drop, read_document
from appliance.packaging.verify.zip_contents import zip_members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from appliance.domain.findings import Finding
    from appliance.packaging.verify.aip import Aip
    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.mets_reading import MetsDocument
    from appliance.packaging.verify.ranges import Extent
    from appliance.packaging.verify.xml import Element

_EVENT: Final = f"{{{PREMIS}}}event"
_CODE: Final = "IDENTIFICATIONCODE"
_MASTER: Final = re.compile(r"\.(?P<number>[0-9]{4,9})\.[A-Za-z0-9]+")
_APPROVAL: Final = re.compile(
    r"Quyết định số (?P<number>.*) ngày (?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4}), "
    r"danh mục (?P<list>.*), người ký: (?P<signer>.*)",
    re.DOTALL,
)
"""``eventDetail`` of the approval, as every released format words it."""


@dataclass(frozen=True, slots=True)
class ToldFile:
    """One content file of a package.

    Args:
        name: Without folders.
        extent: Where its bytes lie.
        number: Of a master: the number in its name, 1-based; 0 otherwise.
        page_count: Of a PDF: its pages; 0 otherwise.
        archival_form: Of a PDF: part and level of ISO 19005, as it says of itself.
    """

    name: str
    extent: Extent
    number: int = 0
    page_count: int = 0
    archival_form: str = ""

    def open(self) -> BinaryIO:
        """Its bytes, from their place in the package.

        Raises:
            OSError: They cannot be read.
        """
        return opened(self.extent)


@dataclass(frozen=True, slots=True)
class ToldDocument:
    """One described document.

    Args:
        kind: Text or picture.
        fields: Its texts by their TT 05 names; empty ones are left out.
    """

    kind: DocumentKind
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class ToldApproval:
    """The decision that allowed the seal.

    Args:
        list_code: The list.
        decision_number: Số quyết định.
        decision_date: ISO 8601.
        signer: Người ký.
    """

    list_code: str
    decision_number: str
    decision_date: str
    signer: str


@dataclass(frozen=True, slots=True)
class Retold:
    """Everything one package tells.

    Args:
        fields: The 18 fields and ``arcFileCode`` of the hồ sơ; empty ones are left out.
        fonds: Code and name of its fonds.
        archive: Code and name of the archive.
        documents: By their ordinals.
        approval: The decision; None when no event tells of it.
        events: Custody events of the hồ sơ and its masters, by counter.
        masters: By their numbers.
        pdfs: By their names.
    """

    fields: dict[str, str]
    fonds: tuple[str, str]
    archive: tuple[str, str]
    documents: tuple[ToldDocument, ...]
    approval: ToldApproval | None
    events: tuple[CustodyEvent, ...]
    masters: tuple[ToldFile, ...]
    pdfs: tuple[ToldFile, ...]


def retell(package: Path) -> Retold:
    """Read what a sound package tells.

    Raises:
        IntegrityError: ``RETELL``: it does not have the form of a sealed hồ sơ.
        OSError: It cannot be read.
    """
    contents = zip_members(package, 1, unheeded).contents
    problems: list[Finding] = []
    aip = read_aip(contents, problems) if contents.complete else None
    if aip is None or aip.root_mets is None or "rep1" not in aip.representations:
        raise IntegrityError(f"{package.name} is not the package of a hồ sơ", code="RETELL")
    reader = _EventReader()
    for path in aip.preservation_paths(contents):
        with contents.open_member(path) as stream:
            read_document(path, stream, "PREMIS.xsd", reader, (_EVENT,))
    unit = aip.descriptions[f"{aip.folder}/metadata/descriptive/EAD.xml"]
    fonds_code = bag_information(contents).get("Bag-Group-Identifier", "")
    _, fonds_name = _agent(aip.representations["rep1"], "CREATOR")
    return Retold(
        fields=_filled(unit.values),
        fonds=(fonds_code, fonds_name),
        archive=_agent(aip.root_mets, "ARCHIVIST"),
        documents=tuple(_documents(aip)),
        approval=reader.approval,
        events=tuple(reader.events[counter] for counter in sorted(reader.events)),
        masters=tuple(sorted(_masters(aip, contents), key=lambda one: one.number)),
        pdfs=tuple(_pdfs(aip, contents)),
    )


def content_files(package: Path) -> tuple[tuple[ToldFile, ...], tuple[ToldFile, ...]]:
    """Masters and PDFs of a sound package, without reading its metadata; pages are not counted.

    Raises:
        OSError: It cannot be read.
    """
    contents = zip_members(package, 1, unheeded).contents
    masters, pdfs = [], []
    for path, extent in contents.extents.items():
        if "/representations/rep2/data/" in path:
            masters.append(_told_master(path, extent))
        elif "/representations/rep1/data/" in path:
            pdfs.append(ToldFile(posixpath.basename(path), extent))
    return tuple(masters), tuple(pdfs)


def _agent(document: MetsDocument, role: str) -> tuple[str, str]:
    """Code and name of the organisation with a role in the header."""
    for agent in document.agents:
        if agent.facts.get("ROLE") == role and agent.facts.get("TYPE") == "ORGANIZATION":
            code = next((text for kind, text in agent.notes if kind == _CODE), "")
            return code, next(iter(agent.names), "")
    return "", ""


def _documents(aip: Aip) -> Iterator[ToldDocument]:
    described = [
        one for one in aip.descriptions.values() if one.name.startswith(("EAD_doc_", "EAD_pic_"))
    ]
    for one in sorted(described, key=lambda one: _ordinal(one.name)):
        is_text = one.name.startswith("EAD_doc_")
        kind = DocumentKind.TEXT if is_text else DocumentKind.PICTURE
        yield ToldDocument(kind, _filled(one.values))


def _ordinal(name: str) -> int:
    """The document's ordinal, as the name of its description ends."""
    return int(name.removesuffix(".xml").rpartition(".")[2])


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if text}


def _masters(aip: Aip, contents: Contents) -> Iterator[ToldFile]:
    lead = f"{aip.folder}/representations/rep2/data/"
    for path, extent in contents.extents.items():
        if path.startswith(lead):
            yield _told_master(path, extent)


def _told_master(path: str, extent: Extent) -> ToldFile:
    match = _MASTER.search(posixpath.basename(path)[-20:])
    number = int(match["number"]) if match is not None else 0
    return ToldFile(posixpath.basename(path), extent, number=number)


def _pdfs(aip: Aip, contents: Contents) -> Iterator[ToldFile]:
    lead = f"{aip.folder}/representations/rep1/data/"
    for path, extent in sorted(contents.extents.items()):
        if path.startswith(lead):
            with opened_for_jumping(extent) as stream:
                _, pages = check_pdf(path, stream, deep=False)
                stream.seek(0)
                form = _archival_form(stream)
            name = posixpath.basename(path)
            yield ToldFile(name, extent, page_count=pages, archival_form=form)


def _archival_form(stream: BinaryIO) -> str:
    with pikepdf.open(stream) as pdf, pdf.open_metadata() as told:
        return f"{told.get('pdfaid:part', '')}{str(told.get('pdfaid:conformance', '')).lower()}"


class _EventReader:
    """Collects custody events and the approval from PREMIS documents."""

    def __init__(self) -> None:
        self.events: dict[int, CustodyEvent] = {}
        self.approval: ToldApproval | None = None

    def start(self, element: Element) -> None:
        """Nothing is known of an element before its end."""

    def end(self, element: Element) -> Drop:
        """Take one event."""
        told = EventWords(element)
        if told.identifier.endswith(":approval"):
            self.approval = _approval(told.detail)
        elif told.detail.startswith("{"):
            event = _custody_event(told.detail)
            self.events[event.counter] = event
        return Drop.EVERYTHING


def _approval(text: str) -> ToldApproval | None:
    match = _APPROVAL.fullmatch(text)
    if match is None:
        return None
    day = f"{match['year']}-{match['month']}-{match['day']}"
    return ToldApproval(match["list"], match["number"], day, match["signer"])


def _custody_event(text: str) -> CustodyEvent:
    body = json.loads(text)
    return CustodyEvent(
        **{
            **body,
            "type": EventType(body["type"]),
            "outcome": Outcome(body["outcome"]),
        }
    )
