"""The descriptions: 18 fields of the hồ sơ, 19 of each document, and what they promise."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, Field, check_fields
from appliance.domain.findings import Finding
from appliance.packaging.verify.xml import Element, check_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.aip import Aip

_DOCUMENT_LEAD: Final = "EAD_doc_"
_OTHER_LEADS: Final = ("EAD_pic_", "EAD_media_")


def file_unit_values(aip: Aip) -> dict[str, str]:
    """The fields of the hồ sơ by name; empty when ``EAD.xml`` cannot be read."""
    root = aip.documents.get(f"{aip.folder}/metadata/descriptive/EAD.xml")
    return {} if root is None else _values(root)


def document_values(aip: Aip) -> dict[str, dict[str, str]]:
    """The fields of each document, by the path of its description."""
    return {
        path: _values(root)
        for path, root in aip.documents.items()
        if posixpath.basename(path).startswith(_DOCUMENT_LEAD)
    }


def unchecked(aip: Aip) -> tuple[str, ...]:
    """Descriptions of pictures and recordings, whose fields this verifier does not know."""
    names = (posixpath.basename(path) for path in aip.documents)
    return tuple(sorted(name for name in names if name.startswith(_OTHER_LEADS)))


def check_descriptions(aip: Aip) -> Iterator[Finding]:
    """Fields, counts and codes of every description."""
    unit_path = f"{aip.folder}/metadata/descriptive/EAD.xml"
    if unit_path in aip.documents:
        yield from _check_one(unit_path, aip.documents[unit_path], "EAD.xsd", FILE_UNIT_FIELDS)
    described = document_values(aip)
    for path in described:
        yield from _check_one(path, aip.documents[path], "EAD_doc.xsd", DOCUMENT_FIELDS)
    yield from _check_together(unit_path, file_unit_values(aip), described, len(unchecked(aip)))


def _check_one(
    path: str, root: Element, schema_name: str, fields: tuple[Field, ...]
) -> Iterator[Finding]:
    yield from check_schema(path, root, schema_name)
    values = _values(root)
    yield from check_fields(fields, values, path)
    if values.get("mode") == codes.SECRET_MODE:
        yield Finding("PACKAGE-SECRET", path)


def _check_together(
    unit_path: str, unit: dict[str, str], described: dict[str, dict[str, str]], others: int
) -> Iterator[Finding]:
    if not unit:
        return
    total = str(len(described) + others)
    if unit.get("totalDoc", "").lstrip("0") != total:
        facts = {"expected": unit.get("totalDoc", ""), "found": total}
        yield Finding("DOCUMENT-COUNT", unit_path, {**facts})
    seen: set[str] = set()
    for path, values in described.items():
        if values.get("arcFileCode") != unit.get("arcFileCode"):
            yield Finding("DOCUMENT-CODE", path, {"field": "arcFileCode"})
        for name in ("docCode", "docOrdinal"):
            value = f"{name} {values.get(name, '')}"
            if value in seen:
                yield Finding("DOCUMENT-CODE", path, {"field": name})
            seen.add(value)


def _values(root: Element) -> dict[str, str]:
    return {str(child.tag): (child.text or "").strip() for child in root}
