"""XML as the writer writes it: any reader gets back what was meant, in bounded memory."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from appliance.packaging.write.parts import Spool
from appliance.packaging.write.profile import CSIP, METS, XLINK, XSI
from appliance.packaging.write.xml import (
    METS_PREFIXES,
    Namespace,
    Template,
    is_writable,
    to_bytes,
    write_document,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.packaging.write.xml import Element

PLAIN = Namespace()
IN_METS = Namespace(METS_PREFIXES)
TEXTS = st.text(st.characters(codec="utf-8"))


@given(text=TEXTS.filter(is_writable), value=TEXTS.filter(is_writable))
def test_any_text_comes_back(text: str, value: str) -> None:
    """Another maker's parser reads the very characters, in text and in attributes."""
    data = to_bytes(PLAIN("a", PLAIN("b", text, attributes={"c": value})))
    found = etree.fromstring(data)
    assert (found[0].text or "", found[0].get("c")) == (text, value)


@given(text=TEXTS.filter(lambda text: not is_writable(text)))
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    """Nothing is dropped or replaced in silence."""
    with pytest.raises(ValueError, match="cannot carry"):
        to_bytes(PLAIN("a", text))
    with pytest.raises(ValueError, match="cannot carry"):
        PLAIN("a", attributes={"b": text})


def shaped(told: Mapping[str, str]) -> Element:
    """What stands in a document by the thousand: texts, attributes, parts that may be absent."""
    optional = [PLAIN("c", PLAIN("d", told["more"]))] if told["more"] else []
    attributes = {"of": told["value"], "also": f"100 % {told['value']}"}
    return PLAIN("b", PLAIN("e", told["text"]), *optional, PLAIN("f", "%s"), attributes=attributes)


@given(
    text=TEXTS.filter(is_writable),
    value=TEXTS.filter(is_writable),
    more=st.sampled_from("\ue0000\ue001x ") | st.just(""),
)
def test_a_template_writes_what_its_element_would(text: str, value: str, more: str) -> None:
    """Filled once or twice, deep or not: the bytes are those of an element built each time."""
    told = {"text": text, "value": value, "more": more}
    template = Template(shaped)
    filled = PLAIN("a", template(told), PLAIN("g", iter([template(told), template(told)])))
    built = PLAIN("a", shaped(told), PLAIN("g", iter([shaped(told), shaped(told)])))
    assert to_bytes(filled) == to_bytes(built)


def test_a_template_refuses_what_xml_cannot_carry() -> None:
    """A text that cannot stand in the document stops it, wherever its place is."""
    template = Template(shaped)
    for name in ("text", "value", "more"):
        told = {"text": "a", "value": "b", "more": "c"} | {name: "\x00"}
        with pytest.raises(ValueError, match="cannot carry"):
            to_bytes(PLAIN("a", template(told)))


def test_the_byte_form() -> None:
    """Declarations on the root alone, two spaces a level, empty elements in both their forms."""
    link = IN_METS("b", attributes={f"{{{XLINK}}}href": 'x"<&>\n\t'})
    root = IN_METS("a", link, iter([IN_METS("c", ""), IN_METS("d", iter(()))]), IN_METS("e", "'\n"))
    assert to_bytes(root).decode().splitlines() == [
        "<?xml version='1.0' encoding='UTF-8'?>",
        f'<a xmlns="{METS}" xmlns:csip="{CSIP}" xmlns:xlink="{XLINK}" xmlns:xsi="{XSI}">',
        '  <b xlink:href="x&quot;&lt;&amp;&gt;&#10;&#9;"/>',
        "  <c></c>",
        "  <d/>",
        "  <e>'",
        "</e>",
        "</a>",
    ]


def test_text_beside_elements_is_refused() -> None:
    """Indentation would change it."""
    with pytest.raises(ValueError, match="mixes"):
        PLAIN("a", "text", PLAIN("b"))


def test_children_are_taken_one_at_a_time() -> None:
    """The first bytes leave before the last child is made."""
    made: list[int] = []
    seen: list[int] = []

    def children() -> Iterator[Element]:
        for number in range(10_000):
            made.append(number)
            yield PLAIN("b", "x" * 100)

    write_document(PLAIN("a", children()), lambda _piece: seen.append(len(made)))
    assert len(made) == 10_000
    assert seen[0] < 1_000
    assert len(seen) > 10


@pytest.mark.parametrize("count", [1, 20_000])
def test_a_spooled_document_is_what_its_part_says(count: int, tmp_path: Path) -> None:
    """Short ones stay in memory, long ones wait on the disk; nothing is left in the folder."""
    with Spool(tmp_path) as spool:
        part = spool.document("x.xml", PLAIN("a", (PLAIN("b", "đ" * 40) for _ in range(count))))
        assert isinstance(part.content, SpooledTemporaryFile)
        part.content.seek(0)
        data = part.content.read()
        assert list(tmp_path.iterdir()) == []
    assert data == to_bytes(PLAIN("a", (PLAIN("b", "đ" * 40) for _ in range(count))))
    assert (part.size_bytes, len(etree.fromstring(data))) == (len(data), count)
