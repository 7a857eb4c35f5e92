"""The AIP_hoso tree: which parts a package has, in which order they are made."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from appliance.domain.custody import EventType
from appliance.packaging.write import premis, premis_events, profile
from appliance.packaging.write.descriptive import document_part, file_unit_part
from appliance.packaging.write.mets import MetsWriter, Representation
from appliance.packaging.write.names import Ids, master_name
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.premis import FileObject
from appliance.packaging.write.readme import readme_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from appliance.domain.custody import CustodyEvent
    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.parts import Spool
    from appliance.packaging.write.premis_events import PreservationEvent

READABLE: Final = "rep1"
"""The PDF/A that the circular asks for."""
ORIGINAL: Final = "rep2"
"""The masters, bit for bit: our own addition, which CSIP allows."""


def payload_parts(
    facts: PackageFacts, schema_of: Callable[[str], bytes], spool: Spool
) -> tuple[Part, ...]:
    """Every part of the AIP, sorted by path.

    Args:
        facts: The package's facts.
        schema_of: Gives the bytes of a schema by its name.
        spool: Keeps the documents that are made.
    """
    ids = Ids(facts.objid)
    form = profile.PROFILES[facts.profile]
    files_of = {READABLE: _pdf_objects(facts, ids)}
    if facts.masters:
        files_of[ORIGINAL] = _master_objects(facts, ids)
    events = _Events(facts, files_of)
    premis_of = {  # events of masters first, so that they need not be read once more for others
        name: _premis(facts, name, files, events, spool)
        for name, files in reversed(files_of.items())
    }
    representations = tuple(
        _representation(facts, name, files, premis_of[name], ids)
        for name, files in files_of.items()
    )
    writer = MetsWriter(facts, ids, spool)
    inner = tuple(writer.representation(one) for one in representations)
    description = file_unit_part(facts)
    preservation = (
        premis.package_part(facts, files_of, events.of_package(), spool)
        if form.has_preservation
        else None
    )
    schemas = form.schemas({document.kind for document in facts.documents})
    groups = {
        "Documentation": (readme_part(facts),),
        "Schemas": tuple(made(f"schemas/{name}", schema_of(own)) for name, own in schemas.items()),
    }
    root = writer.root(description, preservation, groups, inner)
    parts = [root, description, *_present(preservation), *inner]
    parts += [part for several in groups.values() for part in several]
    for one in representations:
        parts += [*one.descriptions, *_present(one.preservation), *one.data]
    return tuple(sorted(parts, key=lambda part: part.path))


def _present(part: Part | None) -> tuple[Part, ...]:
    return () if part is None else (part,)


def _premis(
    facts: PackageFacts,
    name: str,
    files: tuple[FileObject, ...],
    events: _Events,
    spool: Spool,
) -> Part | None:
    if not profile.PROFILES[facts.profile].has_preservation:
        return None
    return premis.representation_part(name, files, events.of(name), spool)


def _pdf_objects(facts: PackageFacts, ids: Ids) -> tuple[FileObject, ...]:
    made_by = f"{facts.software_name}/{facts.software_version}"
    objects = []
    for pdf in facts.pdfs:
        path = f"representations/{READABLE}/data/{pdf.name}"
        part = Part(path, pdf.size_bytes, pdf.sha256, profile.PDF_TYPE, pdf.path)
        form = profile.PDF_FORMATS[pdf.archival_form]
        objects.append(FileObject(part, ids.part(path), *form, pdf.name, made_by))
    return tuple(objects)


def _master_objects(facts: PackageFacts, ids: Ids) -> tuple[FileObject, ...]:
    objects = []
    for master in facts.masters:
        name = master_name(facts.file_unit.file_code, master)
        path = f"representations/{ORIGINAL}/data/{name}"
        part = Part(path, master.size_bytes, master.sha256, master.mime_type, master.path)
        objects.append(
            FileObject(
                part,
                ids.part(path),
                master.format_name,
                master.pronom_key,
                master.original_name,
                master.scanner,
            )
        )
    return tuple(objects)


def _representation(
    facts: PackageFacts,
    name: str,
    files: tuple[FileObject, ...],
    preservation: Part | None,
    ids: Ids,
) -> Representation:
    parts = tuple(one.part for one in files)
    data = tuple(sorted(parts, key=lambda part: part.path))
    if name == ORIGINAL:
        links = tuple((None, part) for part in data)
        label = f"Ảnh quét gốc của hồ sơ {facts.file_unit.file_code}"
        return Representation(name, label, "ORIGINAL", (), preservation, data, links)
    folder = f"representations/{name}"
    descriptions = tuple(
        document_part(folder, facts, document, ids) for document in facts.documents
    )
    label = f"Bản PDF/A của hồ sơ {facts.file_unit.file_code}"
    return Representation(
        name,
        label,
        profile.PROFILES[facts.profile].root_form,
        descriptions,
        preservation,
        data,
        tuple(sorted(_links(facts, descriptions, parts), key=lambda link: link[1].path)),
    )


def _links(
    facts: PackageFacts, descriptions: tuple[Part, ...], data: tuple[Part, ...]
) -> Iterator[tuple[Part, Part]]:
    """Each document with each PDF that holds a page of it: volumes, or many documents in one.

    Args:
        facts: The package's facts.
        descriptions: Of its documents, in their order.
        data: Its PDFs, in the order of their pages.
    """
    starts = [pdf.first_page for pdf in facts.pdfs]
    for document, description in zip(facts.documents, descriptions, strict=True):
        place = bisect_right(starts, document.first_page) - 1
        while place < len(starts) and starts[place] <= document.last_page:
            yield description, data[place]
            place += 1


class _Events:
    """Sorts custody events to the PREMIS document that tells of their objects.

    Events of one master go to ``rep2``, the making of derivatives to ``rep1``, all others to the
    package; with no ``rep2`` everything that would go there is told by the package. Those of
    masters are by far the most: the few others are kept when they pass.
    """

    def __init__(self, facts: PackageFacts, files_of: dict[str, tuple[FileObject, ...]]) -> None:
        self._facts = facts
        self._files_of = files_of
        self._others: list[CustodyEvent] | None = None
        self._masters: dict[str, list[tuple[str, str]]] = {}
        for one in files_of.get(ORIGINAL, ()):
            identifier = (profile.FILE_IDENTIFIER, one.identifier)
            self._masters.setdefault(one.part.sha256, []).append(identifier)

    def of(self, name: str) -> Iterator[PreservationEvent]:
        """The events that a representation tells, one at a time."""
        return (
            premis_events.from_custody(event, self._facts.box_id, (), self._objects_of(event))
            for event in (self._of_masters() if name == ORIGINAL else self._not_of_masters())
            if self._place_of(event) == name
        )

    def _of_masters(self) -> Iterator[CustodyEvent]:
        others = []
        for event in self._facts.events:
            if event.object_id in self._masters:
                yield event
            else:
                others.append(event)
        self._others = others

    def _not_of_masters(self) -> Iterable[CustodyEvent]:
        return self._facts.events if self._others is None else self._others

    def of_package(self) -> Iterator[PreservationEvent]:
        """The events that the package tells: the approval, its own history, the seal."""
        subject = ((profile.PACKAGE_IDENTIFIER, self._facts.objid),)
        own = (
            premis_events.from_custody(event, self._facts.box_id, (), subject)
            for event in self._not_of_masters()
            if not self._place_of(event)
        )
        files = tuple(one for several in self._files_of.values() for one in several)
        yield premis_events.of_approval(self._facts)
        yield from own
        yield premis_events.of_seal(self._facts, files)

    def _place_of(self, event: CustodyEvent) -> str:
        if event.object_id in self._masters:
            return ORIGINAL
        return READABLE if event.type is EventType.NORMALIZATION else ""

    def _objects_of(self, event: CustodyEvent) -> tuple[tuple[str, str], ...]:
        if event.object_id in self._masters:
            return tuple(self._masters[event.object_id])
        return tuple((profile.FILE_IDENTIFIER, one.identifier) for one in self._files_of[READABLE])
