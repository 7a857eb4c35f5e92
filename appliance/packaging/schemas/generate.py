"""Write the schemas of descriptions from the field tables of the domain, for AIP and SIP.

A released schema never changes by itself: the files are committed, and a test holds them equal
to what this module makes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.field_sets import AIP_FIELDS, DESCRIPTION_NAMES, SIP_FIELDS
from appliance.domain.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS_OF: Final = {
    f"{folder}{name}.xsd": fields
    for folder, sets in (("", AIP_FIELDS), ("sip/", SIP_FIELDS))
    for name, fields in (
        ("EAD", sets.file_unit),
        *((DESCRIPTION_NAMES[kind], described) for kind, described in sets.documents.items()),
    )
}
"""Which fields each schema holds, by its name."""

_DATE_PATTERN: Final = "(([0-9]{2}/)?[0-9]{2}/)?[0-9]{4}"


def schema_text(fields: tuple[Field, ...]) -> str:
    """The XML schema of a ``simpledc`` document with these fields, in any order."""
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"',
            '           elementFormDefault="qualified">',
            '  <xs:element name="simpledc">',
            "    <xs:complexType>",
            "      <xs:all>",
            *(line for field in fields for line in _element(field)),
            "      </xs:all>",
            "    </xs:complexType>",
            "  </xs:element>",
            "</xs:schema>",
            "",
        )
    )


def _element(field: Field) -> Iterator[str]:
    occurs = "" if field.required else ' minOccurs="0"'
    yield f'        <xs:element name="{field.name}"{occurs}>'
    yield f"          <!-- {field.label} -->"
    yield "          <xs:simpleType>"
    yield '            <xs:restriction base="xs:string">'
    yield from (f"              <xs:{facet}/>" for facet in _facets(field))
    yield "            </xs:restriction>"
    yield "          </xs:simpleType>"
    yield "        </xs:element>"


def _facets(field: Field) -> Iterator[str]:
    """The facets of one field; an optional field may be there and empty."""
    pattern = _pattern(field)
    if pattern is not None:
        yield f'pattern value="{pattern if field.required else f"({pattern})?"}"'
    elif field.required:
        yield 'minLength value="1"'
    if field.max_length is not None:
        yield f'maxLength value="{field.max_length}"'


def _pattern(field: Field) -> str | None:
    codes = "|".join(field.code_list or ())
    match field.kind:
        case Kind.TEXT:
            return None
        case Kind.NUMBER:
            return "[0-9]+"
        case Kind.DATE:
            return _DATE_PATTERN
        case Kind.CODE:
            return f"({codes})"
        case Kind.CODES:
            return f" *({codes}) *([,;] *({codes}) *)*"


def main() -> None:
    """Write all schemas beside this module."""
    for name, fields in FIELDS_OF.items():
        (Path(__file__).parent / name).write_text(schema_text(fields), encoding="utf-8")


if __name__ == "__main__":
    main()
