"""The descriptions: fields of the hồ sơ and of each document, and what they promise."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.field_sets import AIP_FIELDS, SIP_FIELDS, FieldSets
from appliance.domain.fields import Field, check_fields
from appliance.domain.findings import Finding
from appliance.domain.records import DocumentKind
from appliance.packaging.verify.xml import Element, check_schema, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from appliance.packaging.verify.aip import Aip

MAX_DESCRIPTION_BYTES: Final = 1024 * 1024
"""Our own: all fields at their longest are a twentieth of this."""

_DOCUMENT_LEAD: Final = "EAD_doc_"
_PICTURE_LEAD: Final = "EAD_pic_"
_OTHER_LEAD: Final = "EAD_media_"


def _kinds(sets: FieldSets, folder: str) -> dict[str, tuple[str, tuple[Field, ...]]]:
    """Schema and fields of a description, by how its name begins."""
    return {
        "EAD.xml": (f"{folder}EAD.xsd", sets.file_unit),
        _DOCUMENT_LEAD: (f"{folder}EAD_doc.xsd", sets.documents[DocumentKind.TEXT]),
        _PICTURE_LEAD: (f"{folder}EAD_pic.xsd", sets.documents[DocumentKind.PICTURE]),
    }


_AIP_KINDS: Final = _kinds(AIP_FIELDS, "")
_SIP_KINDS: Final = _kinds(SIP_FIELDS, "sip/")


@dataclass(frozen=True, slots=True)
class Description:
    """One description as read.

    Args:
        path: In the bag.
        values: Texts by field name.
        schema_findings: Where it breaks its schema.
    """

    path: str
    values: dict[str, str]
    schema_findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """Its name without folders."""
        return posixpath.basename(self.path)


def read_description(
    path: str, stream: BinaryIO, *, is_sip: bool = False
) -> tuple[Description | None, tuple[Finding, ...]]:
    """Read one ``EAD*.xml``.

    Args:
        path: In the bag.
        stream: Its bytes.
        is_sip: Whether the package is a SIP, which describes by other fields.

    Returns:
        The description, or None and why there is none.
    """
    data = stream.read(MAX_DESCRIPTION_BYTES + 1)
    if len(data) > MAX_DESCRIPTION_BYTES:
        return None, (Finding("XML-TOO-LARGE", path, {"size_bytes": len(data)}),)
    root = parse(path, data)
    if isinstance(root, Finding):
        return None, (root,)
    schema, _ = _kind_of(posixpath.basename(path), is_sip=is_sip)
    broken = tuple(check_schema(path, root, schema)) if schema else ()
    return Description(path, _values(root), broken), ()


def file_unit_values(aip: Aip) -> dict[str, str]:
    """The fields of the hồ sơ by name; empty when ``EAD.xml`` cannot be read."""
    description = aip.descriptions.get(f"{aip.folder}/metadata/descriptive/EAD.xml")
    return {} if description is None else description.values


def document_values(aip: Aip) -> dict[str, dict[str, str]]:
    """The fields of each document and picture, by the path of its description."""
    return {
        path: one.values
        for path, one in aip.descriptions.items()
        if one.name.startswith((_DOCUMENT_LEAD, _PICTURE_LEAD))
    }


def unchecked(aip: Aip) -> tuple[str, ...]:
    """Descriptions of recordings, whose fields this verifier does not know."""
    names = (one.name for one in aip.descriptions.values())
    return tuple(sorted(name for name in names if name.startswith(_OTHER_LEAD)))


def check_descriptions(aip: Aip) -> Iterator[Finding]:
    """Fields, counts and codes of every description."""
    for description in aip.descriptions.values():
        _, fields = _kind_of(description.name, is_sip=aip.is_sip)
        if fields:
            yield from _check_one(description, fields)
    unit_path = f"{aip.folder}/metadata/descriptive/EAD.xml"
    described = document_values(aip)
    unit = file_unit_values(aip)
    if unit:
        yield from _check_count(unit_path, unit, described, len(unchecked(aip)))
        yield from _check_together(unit, described, is_sip=aip.is_sip)


def _kind_of(name: str, *, is_sip: bool) -> tuple[str, tuple[Field, ...]]:
    """Schema and fields for a description's name; empty for what this verifier does not know."""
    kinds = _SIP_KINDS if is_sip else _AIP_KINDS
    return next((kind for lead, kind in kinds.items() if name.startswith(lead)), ("", ()))


def _check_one(description: Description, fields: tuple[Field, ...]) -> Iterator[Finding]:
    yield from description.schema_findings
    values = description.values
    yield from check_fields(fields, values, description.path)
    if values.get("mode") == codes.SECRET_MODE:
        yield Finding("PACKAGE-SECRET", description.path)


def _check_count(
    unit_path: str, unit: dict[str, str], described: dict[str, dict[str, str]], others: int
) -> Iterator[Finding]:
    """As many documents as promised, or one description that stands for the whole hồ sơ."""
    texts = tuple(described.values())
    if len(texts) == 1 and not others and _pages(texts[0]) == _pages(unit):
        return
    loose = sum(one.get("subject", "").startswith(codes.UNCLAIMED_SUBJECT) for one in texts)
    total = str(len(texts) - loose + others)
    if unit.get("totalDoc", "").lstrip("0") != total:
        facts = {"expected": unit.get("totalDoc", ""), "found": total}
        yield Finding("DOCUMENT-COUNT", unit_path, {**facts})


def _pages(values: dict[str, str]) -> str:
    return values.get("numberOfPage", "").lstrip("0")


def _check_together(
    unit: dict[str, str], described: dict[str, dict[str, str]], *, is_sip: bool
) -> Iterator[Finding]:
    """Each document belongs to this hồ sơ, by codes of its own."""
    seen: set[str] = set()
    for path, values in described.items():
        if not is_sip and values.get("arcFileCode") != unit.get("arcFileCode"):
            yield Finding("DOCUMENT-CODE", path, {"field": "arcFileCode"})
        for name in ("docCode",) if is_sip else ("docCode", "docOrdinal"):
            value = f"{name} {values.get(name, '')}"
            if value in seen:
                yield Finding("DOCUMENT-CODE", path, {"field": name})
            seen.add(value)


def _values(root: Element) -> dict[str, str]:
    return {str(child.tag): (child.text or "").strip() for child in root}
