"""The schemas that travel in packages."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from lxml import etree

from appliance.packaging.schemas.generate import FIELDS_OF, schema_text

PUBLISHED = {
    "xlink.xsd": "b08dcb2ab7e76ea527e2fe582bcafbdc26194157d9f7c3e39cb95633a9b10316",
    "DILCISExtensionMETS.xsd": "b4a13747dde7644122dc14dc7f7333fc51b12de43039a73ba111a6e0e8204fcc",
    "PREMIS.xsd": "03b8a77a20b32b882ad799e12262671d07ad18210c60233f4e613a1289491cba",
    "METS.xsd": "b44d3e06342b56e72b753b387d21802f1c1f083ac86008ce41fc4ee83fea2a42",
}
_WEB = b'schemaLocation="http://www.loc.gov/standards/xlink/xlink.xsd"'


def _schema(name: str) -> bytes:
    return (files("appliance.packaging") / "schemas" / name).read_bytes()


@pytest.mark.parametrize("name", FIELDS_OF)
def test_our_schemas_say_what_the_field_tables_say(name: str) -> None:
    """The committed schema is what the tables of fields make; a released one never drifts."""
    assert _schema(name).decode() == schema_text(FIELDS_OF[name])


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_publishers_schemas_are_theirs(name: str) -> None:
    """Byte for byte as published; METS but for the address of XLink, which must work offline."""
    data = _schema(name).replace(b'schemaLocation="xlink.xsd"', _WEB)
    assert hashlib.sha256(data).hexdigest() == PUBLISHED[name]
    if name == "METS.xsd":
        assert _WEB not in _schema(name)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("startDate", ["1978", "12/1978", "31/12/1978"], ["", "1978-12-31", "78"]),
        ("maintenance", ["01", "07"], ["", "08", "1"]),
        ("language", ["01", "01,03", "01; 03"], ["", "12", "01,,03"]),
        ("totalDoc", ["0", "12"], ["", "-1", "12345678901"]),
        ("keyword", ["", "đất đai"], ["a" * 101]),
        ("inforSign", ["", "a"], ["a" * 31]),
        ("riskRecovery", ["0", "1"], ["", "2"]),
    ],
)
def test_fields_are_held_to_their_form(field: str, good: list[str], bad: list[str]) -> None:
    """Dates, codes, numbers and lengths are really validated, with elements in any order."""
    values = {
        "numberOfPage": "1", "numberOfPaper": "1", "totalDoc": "1", "endDate": "1978",
        "startDate": "1978", "language": "01", "mode": "01", "maintenance": "01", "title": "t",
        "arcFileCode": "c", "riskRecovery": "0",
    }  # fmt: skip
    schema = etree.XMLSchema(etree.fromstring(_schema("EAD.xsd")))

    def is_valid(text: str) -> bool:
        root = etree.Element("simpledc")
        for name, value in {**values, field: text}.items():
            etree.SubElement(root, name).text = value
        return bool(schema.validate(root.getroottree()))

    assert [text for text in good if not is_valid(text)] == []
    assert [text for text in bad if is_valid(text)] == []
