"""METS of the package and of each representation (E-ARK CSIP, TT 05/2025 Phụ lục I)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.packaging.write import profile
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.xml import METS_PREFIXES, Namespace, local_time, to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.names import Ids
    from appliance.packaging.write.xml import Element

_METS: Final = Namespace(profile.METS, METS_PREFIXES)
_XLINK: Final = f"{{{profile.XLINK}}}"
_CSIP: Final = f"{{{profile.CSIP}}}"


@dataclass(frozen=True, slots=True)
class Representation:
    """One representation, as its METS shows it.

    Args:
        name: ``rep1`` or ``rep2``.
        label: What it is, in Vietnamese.
        form: ``NORMALIZED`` or ``ORIGINAL``, the type of its first division.
        descriptions: Its ``EAD_doc`` parts.
        preservation: Its PREMIS part.
        data: Its content.
        links: Pairs of a description and the content it describes.
    """

    name: str
    label: str
    form: str
    descriptions: tuple[Part, ...]
    preservation: Part
    data: tuple[Part, ...]
    links: tuple[tuple[Part | None, Part], ...]

    @property
    def folder(self) -> str:
        """Its folder in the AIP."""
        return f"representations/{self.name}"


class MetsWriter:
    """Writes the METS documents of one package.

    Args:
        facts: The package's facts.
        ids: Mints its ids.
    """

    def __init__(self, facts: PackageFacts, ids: Ids) -> None:
        self._facts = facts
        self._ids = ids
        self._time = local_time(facts.sealed_at)

    def root(
        self,
        description: Part,
        preservation: Part,
        groups: Mapping[str, tuple[Part, ...]],
        representations: tuple[Part, ...],
    ) -> Part:
        """``METS.xml`` of the package.

        Args:
            description: ``EAD.xml``.
            preservation: ``PREMIS.xml``.
            groups: ``Schemas`` and ``Documentation`` with their parts.
            representations: The METS part of each representation.
        """
        folders = {_group_of(part): (part,) for part in representations}
        file_section = [self._group(use, parts) for use, parts in {**groups, **folders}.items()]
        root = self._mets(
            self._facts.objid,
            self._facts.file_unit.fields["title"],
            profile.ROOT_PROFILE,
            "schemas/",
            self._header(self._software(), self._archive()),
            self._description(description, "metadata/descriptive/EAD.xml"),
            self._preservation(preservation, "metadata/preservation/PREMIS.xml"),
            self._element("fileSec", "fileSec", *file_section),
            self._root_structure(description, preservation, groups, representations),
        )
        return made("METS.xml", to_bytes(root))

    def representation(self, content: Representation) -> Part:
        """``METS.xml`` of one representation."""
        lead = len(content.folder) + 1
        sections = [self._description(part, part.path[lead:]) for part in content.descriptions]
        root = self._mets(
            self._ids.section(content.folder),
            content.label,
            profile.REPRESENTATION_PROFILE,
            "../../schemas/",
            self._header(self._creator()),
            *sections,
            self._preservation(content.preservation, content.preservation.path[lead:]),
            self._element(
                f"{content.name}/fileSec", "fileSec", self._group("Data", content.data, content)
            ),
            self._representation_structure(content),
        )
        return made(f"{content.folder}/METS.xml", to_bytes(root))

    def _mets(
        self, objid: str, label: str, profile_uri: str, schemas: str, *sections: Element
    ) -> Element:
        pairs = (
            (profile.METS, "METS.xsd"),
            (profile.XLINK, "xlink.xsd"),
            (profile.CSIP, "DILCISExtensionMETS.xsd"),
        )
        attributes = {
            "OBJID": objid,
            "LABEL": label,
            "TYPE": profile.PACKAGE_TYPE,
            f"{_CSIP}CONTENTINFORMATIONTYPE": profile.CONTENT_INFORMATION_TYPE,
            "PROFILE": profile_uri,
            f"{{{profile.XSI}}}schemaLocation": " ".join(
                f"{uri} {schemas}{name}" for uri, name in pairs
            ),
        }
        return _METS("mets", *sections, attributes=attributes)

    def _header(self, *agents: Element) -> Element:
        attributes = {
            "CREATEDATE": self._time,
            "LASTMODDATE": self._time,
            "RECORDSTATUS": self._facts.record_status,
            f"{_CSIP}OAISPACKAGETYPE": profile.OAIS_PACKAGE_TYPE,
        }
        return _METS("metsHdr", *agents, attributes=attributes)

    def _software(self) -> Element:
        attributes = {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
        version = _note("SOFTWARE VERSION", self._facts.software_version)
        name = _METS("name", self._facts.software_name)
        return _METS("agent", name, version, attributes=attributes)

    def _archive(self) -> Element:
        attributes = {"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"}
        code = _note("IDENTIFICATIONCODE", self._facts.fonds.archive_code)
        return _METS("agent", _METS("name", self._facts.archive_name), code, attributes=attributes)

    def _creator(self) -> Element:
        attributes = {"ROLE": "CREATOR", "TYPE": "ORGANIZATION"}
        code = _note("IDENTIFICATIONCODE", self._facts.fonds.fonds_code)
        return _METS("agent", _METS("name", self._facts.fonds.name), code, attributes=attributes)

    def _description(self, part: Part, href: str) -> Element:
        reference = self._reference(part, href, {"MDTYPE": "OTHER", "OTHERMDTYPE": "EAD"})
        attributes = {"ID": self._ids.section(part.path), "CREATED": self._time}
        return _METS("dmdSec", reference, attributes={**attributes, "STATUS": "CURRENT"})

    def _preservation(self, part: Part, href: str) -> Element:
        kind = {"MDTYPE": "PREMIS", "MDTYPEVERSION": profile.PREMIS_VERSION}
        attributes = {"ID": self._ids.section(part.path), "STATUS": "CURRENT"}
        provenance = _METS("digiprovMD", self._reference(part, href, kind), attributes=attributes)
        return self._element(f"amdSec/{part.path}", "amdSec", provenance)

    def _reference(self, part: Part, href: str, kind: Mapping[str, str]) -> Element:
        return _METS("mdRef", attributes={**_link(href), **kind, **self._facts_of(part)})

    def _facts_of(self, part: Part) -> dict[str, str]:
        return {
            "MIMETYPE": part.mime_type,
            "SIZE": str(part.size_bytes),
            "CREATED": self._time,
            "CHECKSUM": part.sha256,
            "CHECKSUMTYPE": profile.DIGEST_TYPE,
        }

    def _group(
        self, use: str, parts: tuple[Part, ...], inside: Representation | None = None
    ) -> Element:
        lead = len(inside.folder) + 1 if inside else 0
        key = f"{inside.name if inside else 'root'}/{use}"
        attributes = {
            "USE": use,
            "ID": self._ids.section(key),
            f"{_CSIP}CONTENTINFORMATIONTYPE": "OTHER",
            f"{_CSIP}OTHERCONTENTINFORMATIONTYPE": profile.GROUP_INFORMATION_TYPE,
        }
        files = [
            _METS(
                "file",
                _METS("FLocat", attributes=_link(part.path[lead:])),
                attributes={"ID": self._ids.part(part.path), **self._facts_of(part)},
            )
            for part in parts
        ]
        return _METS("fileGrp", *files, attributes=attributes)

    def _root_structure(
        self,
        description: Part,
        preservation: Part,
        groups: Mapping[str, tuple[Part, ...]],
        representations: tuple[Part, ...],
    ) -> Element:
        metadata = self._division(
            "root/Metadata",
            "Metadata",
            DMDID=self._ids.section(description.path),
            ADMID=self._ids.section(preservation.path),
        )
        others = [
            self._division(f"root/div/{use}", use, self._pointer(f"root/{use}")) for use in groups
        ]
        pointers = [self._pointer(f"root/{_group_of(part)}") for part in representations]
        linked = [self._linked(part) for part in representations]
        wrapper = self._division("root/Representations", "Representations", *pointers, *linked)
        return self._structure("root", self._facts.objid, "NORMALIZED", metadata, *others, wrapper)

    def _linked(self, part: Part) -> Element:
        use = _group_of(part)
        title = {f"{_XLINK}title": self._ids.section(f"root/{use}")}
        pointer = _METS("mptr", attributes={**_link(part.path), **title})
        return self._division(f"root/div/{use}", use, pointer)

    def _representation_structure(self, content: Representation) -> Element:
        name, administration = content.name, self._ids.section(content.preservation.path)
        described = {
            "DMDID": " ".join(self._ids.section(part.path) for part in content.descriptions)
        }
        links = [
            self._file_link(f"{name}/link/{number}", administration, description, data)
            for number, (description, data) in enumerate(content.links, start=1)
        ]
        return self._structure(
            name,
            name,
            content.form,
            self._division(
                f"{name}/Metadata",
                "Metadata",
                ADMID=administration,
                **(described if content.descriptions else {}),
            ),
            self._division(f"{name}/div/Data", "Data", self._pointer(f"{name}/Data")),
            self._division(f"{name}/MetadataLink", "MetadataLink", *links),
        )

    def _file_link(
        self, key: str, administration: str, description: Part | None, data: Part
    ) -> Element:
        described = {"DMDID": self._ids.section(description.path)} if description else {}
        pointer = _METS("fptr", attributes={"FILEID": self._ids.part(data.path)})
        return self._division(key, "MetadataLink/File", pointer, ADMID=administration, **described)

    def _structure(self, key: str, label: str, form: str, *divisions: Element) -> Element:
        top = self._division(f"{key}/top", label, *divisions, TYPE=form)
        attributes = {"TYPE": profile.STRUCTURE_TYPE, "LABEL": "CSIP"}
        return self._element(f"{key}/structMap", "structMap", top, **attributes)

    def _division(self, key: str, label: str, *children: Element, **attributes: str) -> Element:
        return self._element(key, "div", *children, LABEL=label, **attributes)

    def _pointer(self, group_key: str) -> Element:
        return _METS("fptr", attributes={"FILEID": self._ids.section(group_key)})

    def _element(self, key: str, name: str, *children: Element, **attributes: str) -> Element:
        return _METS(name, *children, attributes={"ID": self._ids.section(key), **attributes})


def _group_of(representation_mets: Part) -> str:
    return "Representations/" + representation_mets.path.split("/")[1]


def _link(href: str) -> dict[str, str]:
    return {"LOCTYPE": "URL", f"{_XLINK}type": "simple", f"{_XLINK}href": href}


def _note(kind: str, text: str) -> Element:
    return _METS("note", text, attributes={f"{_CSIP}NOTETYPE": kind})
