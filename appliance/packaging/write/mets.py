"""METS of the package and of each representation (E-ARK CSIP, TT 05/2025 Phụ lục I)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.packaging.write import profile
from appliance.packaging.write.mets_files import FILE, FILE_LINK, reference_facts, url
from appliance.packaging.write.mets_header import package_header, representation_header
from appliance.packaging.write.xml import METS_PREFIXES, Namespace, local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.write.names import Ids
    from appliance.packaging.write.parts import Part, Spool
    from appliance.packaging.write.xml import Element, Filled, Node

_METS: Final = Namespace(METS_PREFIXES)
_XLINK: Final = f"{{{profile.XLINK}}}"
_CSIP: Final = f"{{{profile.CSIP}}}"


@dataclass(frozen=True, slots=True)
class Representation:
    """One representation, as its METS shows it.

    Args:
        name: ``rep1`` or ``rep2``.
        label: What it is, in Vietnamese.
        form: ``NORMALIZED`` or ``ORIGINAL``, the type of its first division.
        descriptions: Its ``EAD_doc`` and ``EAD_pic`` parts.
        preservation: Its PREMIS part; None in a form without.
        data: Its content.
        links: Each pair of a description and a content that it describes, wholly or in part;
            every description and every content is in at least one.
    """

    name: str
    label: str
    form: str
    descriptions: tuple[Part, ...]
    preservation: Part | None
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
        spool: Keeps the documents.
    """

    def __init__(self, facts: PackageFacts, ids: Ids, spool: Spool) -> None:
        self._facts = facts
        self._form = profile.PROFILES[facts.profile]
        self._ids = ids
        self._spool = spool
        self._time = local_time(facts.sealed_at)

    def root(
        self,
        description: Part,
        preservation: Part | None,
        groups: Mapping[str, tuple[Part, ...]],
        representations: tuple[Part, ...],
    ) -> Part:
        """``METS.xml`` of the package.

        Args:
            description: ``EAD.xml``.
            preservation: ``PREMIS.xml``; None in a form without.
            groups: ``Schemas`` and ``Documentation`` with their parts.
            representations: The METS part of each representation.
        """
        folders = {_group_of(part): (part,) for part in representations}
        file_section = [self._group(use, parts) for use, parts in {**groups, **folders}.items()]
        root = self._mets(
            self._facts.objid,
            self._facts.file_unit.fields["title"],
            self._form.root_profile,
            "schemas/",
            package_header(self._facts),
            self._description(description, "metadata/descriptive/EAD.xml"),
            self._preservation("root", preservation),
            self._element("fileSec", "fileSec", *file_section),
            self._root_structure(description, preservation, groups, representations),
        )
        return self._spool.document("METS.xml", root)

    def representation(self, content: Representation) -> Part:
        """``METS.xml`` of one representation."""
        lead = len(content.folder) + 1
        sections = (self._description(part, part.path[lead:]) for part in content.descriptions)
        root = self._mets(
            self._ids.section(content.folder),
            content.label,
            self._form.representation_profile,
            "../../schemas/",
            representation_header(self._facts),
            sections,
            self._preservation(content.name, content.preservation, lead),
            self._element(
                f"{content.name}/fileSec", "fileSec", self._group("Data", content.data, content)
            ),
            self._representation_structure(content),
        )
        return self._spool.document(f"{content.folder}/METS.xml", root)

    def _mets(
        self,
        objid: str,
        label: str,
        profile_uri: str,
        schemas: str,
        *sections: Node | Iterable[Node],
    ) -> Element:
        pairs = (
            (profile.METS, "METS.xsd"),
            (profile.XLINK, "xlink.xsd"),
            (profile.CSIP, "DILCISExtensionMETS.xsd"),
        )
        attributes = {
            "OBJID": objid,
            "LABEL": label,
            "TYPE": self._form.package_type,
            f"{_CSIP}CONTENTINFORMATIONTYPE": self._form.content_information_type,
            "PROFILE": profile_uri,
            f"{{{profile.XSI}}}schemaLocation": " ".join(
                f"{uri} {schemas}{name}" for uri, name in pairs
            ),
        }
        return _METS("mets", *sections, attributes=attributes)

    def _description(self, part: Part, href: str) -> Element:
        reference = self._reference(part, href, {"MDTYPE": "OTHER", "OTHERMDTYPE": "EAD"})
        attributes = {"ID": self._ids.section(part.path), "CREATED": self._time}
        return _METS("dmdSec", reference, attributes={**attributes, "STATUS": "CURRENT"})

    def _preservation(self, name: str, part: Part | None, lead: int = 0) -> Element:
        """The section of a PREMIS document, or the empty one of a form without."""
        if part is None:
            return self._element(f"{name}/amdSec", "amdSec")
        kind = {"MDTYPE": "PREMIS", "MDTYPEVERSION": profile.PREMIS_VERSION}
        attributes = {"ID": self._ids.section(part.path), "STATUS": "CURRENT"}
        reference = self._reference(part, part.path[lead:], kind)
        provenance = _METS("digiprovMD", reference, attributes=attributes)
        return self._element(f"amdSec/{part.path}", "amdSec", provenance)

    def _reference(self, part: Part, href: str, kind: Mapping[str, str]) -> Element:
        facts = reference_facts(self._told(part, href))
        return _METS("mdRef", attributes={**url(href), **kind, **facts})

    def _told(self, part: Part, href: str) -> dict[str, str]:
        """What METS says of a part."""
        return {
            "href": href,
            "mime_type": part.mime_type,
            "size": str(part.size_bytes),
            "created": self._time,
            "sha256": part.sha256,
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
            f"{_CSIP}OTHERCONTENTINFORMATIONTYPE": self._form.group_type,
        }
        files = (
            FILE({"id": self._ids.part(part.path), **self._told(part, part.path[lead:])})
            for part in parts
        )
        return _METS("fileGrp", files, attributes=attributes)

    def _root_structure(
        self,
        description: Part,
        preservation: Part | None,
        groups: Mapping[str, tuple[Part, ...]],
        representations: tuple[Part, ...],
    ) -> Element:
        metadata = self._division(
            "root/Metadata",
            "Metadata",
            DMDID=self._ids.section(description.path),
            **self._administered(preservation),
        )
        others = [
            self._division(f"root/div/{use}", use, self._pointer(f"root/{use}")) for use in groups
        ]
        pointers = [self._pointer(f"root/{_group_of(part)}") for part in representations]
        linked = [self._linked(part) for part in representations]
        wrapper = self._division("root/Representations", "Representations", *pointers, *linked)
        form = self._form.root_form
        return self._structure("root", self._facts.objid, form, metadata, *others, wrapper)

    def _linked(self, part: Part) -> Element:
        use = _group_of(part)
        title = {f"{_XLINK}title": self._ids.section(f"root/{use}")}
        pointer = _METS("mptr", attributes={**url(part.path), **title})
        return self._division(f"root/div/{use}", use, pointer)

    def _representation_structure(self, content: Representation) -> Element:
        name, administered = content.name, self._administered(content.preservation)
        described = {
            "DMDID": " ".join(self._ids.section(part.path) for part in content.descriptions)
        }
        links = (
            self._file_link(f"{name}/link/{number}", administered, description, data)
            for number, (description, data) in enumerate(content.links, start=1)
        )
        return self._structure(
            name,
            name,
            content.form,
            self._division(
                f"{name}/Metadata",
                "Metadata",
                **administered,
                **(described if content.descriptions else {}),
            ),
            self._division(f"{name}/div/Data", "Data", self._pointer(f"{name}/Data")),
            self._division(f"{name}/MetadataLink", "MetadataLink", links),
        )

    def _administered(self, preservation: Part | None) -> dict[str, str]:
        return {} if preservation is None else {"ADMID": self._ids.section(preservation.path)}

    def _file_link(
        self, key: str, administered: Mapping[str, str], description: Part | None, data: Part
    ) -> Filled:
        return FILE_LINK(
            {
                "id": self._ids.section(key),
                "administered": administered.get("ADMID", ""),
                "described": self._ids.section(description.path) if description else "",
                "file": self._ids.part(data.path),
            }
        )

    def _structure(self, key: str, label: str, form: str, *divisions: Element) -> Element:
        top = self._division(f"{key}/top", label, *divisions, TYPE=form)
        attributes = {"TYPE": self._form.structure_type, "LABEL": "CSIP"}
        return self._element(f"{key}/structMap", "structMap", top, **attributes)

    def _division(
        self, key: str, label: str, *children: Node | Iterable[Node], **attributes: str
    ) -> Element:
        return self._element(key, "div", *children, LABEL=label, **attributes)

    def _pointer(self, group_key: str) -> Element:
        return _METS("fptr", attributes={"FILEID": self._ids.section(group_key)})

    def _element(
        self, key: str, name: str, *children: Node | Iterable[Node], **attributes: str
    ) -> Element:
        return _METS(name, *children, attributes={"ID": self._ids.section(key), **attributes})


def _group_of(representation_mets: Part) -> str:
    return "Representations/" + representation_mets.path.split("/")[1]
