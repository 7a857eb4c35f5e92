"""Units in a known form are taken without a parser: the outcome is the parser's, to the letter."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.packaging.verify import mets_reading, premis_known, xml, xml_runs
from appliance.packaging.verify.aip import read_aip
from appliance.packaging.verify.mets_reading import read_mets
from appliance.packaging.verify.options import unheeded
from appliance.packaging.verify.premis import TAGS, PremisReader
from appliance.packaging.verify.premis_chain import Chain
from appliance.packaging.verify.xml import read_document
from appliance.packaging.verify.zip_contents import zip_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from appliance.domain.findings import Finding
    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.xml import Element
    from tests.packaging.conftest import Sealed

PIECES: Final = (
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<event>", b"</event>", b"<event/>", b"</object>",
    b"<object>", b"<?a ", b"?>", b"&amp;", b"&#65;", b"&a;", b"\xff", b"\xc2\xa0", b"\xef\xbf\xbf",
    b"\r\n", b"\t", b" ", b"0", b"00", b"-", b"x", b"\xc3\xa9", b'"', b"'", b"\\u0041", b"{}", b",",
    b"<file ", b"</file>", b"<div ", b"</div>", b"<fptr/>", b' xmlns="urn:a"',
    b' xmlns:xsi="urn:a"', b' xmlns:xlink="urn:a"',
    b"24:00", b"2026-02-30", b"</premis>", b"</mets>", b"<", b">", b"\0",
    b"<linkingObjectIdentifier>", b"</linkingObjectIdentifier>", b"<relatedObjectIdentifier>",
)  # fmt: skip
"""What somebody may write between or over the bytes of a document."""
_CHANGES: Final = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(PIECES), st.integers(0, 12)),
    max_size=4,
)
_MOVES: Final = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=3
)
"""Lines of a document that are moved, or written twice."""


class Good:
    """The good package as read.

    Args:
        contents: All of it.
    """

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        names = (one for one in contents.kept if one.endswith(".xml"))
        self.documents = {
            name: contents.kept[name] for name in names if "METS" in name or "PREMIS" in name
        }

    def __repr__(self) -> str:
        return "Good()"  # all of it would fill a screen at every failure

    def ending(self, end: str) -> tuple[str, bytes]:
        """Path and bytes of the document whose path ends so."""
        return next((path, data) for path, data in self.documents.items() if path.endswith(end))


@pytest.fixture(scope="module")
def good(sealed: Sealed) -> Good:
    """The good package, read."""
    reading = zip_members(sealed.path, 1, unheeded)
    with reading:
        reading.finish()
    return Good(reading.contents)


def _without_forms(patch: pytest.MonkeyPatch) -> None:
    """Let the parser read everything."""

    def passage(hand_on: Callable[[bytes], Element | None], forms: object) -> xml_runs.Passage:
        del forms
        return xml_runs.Passage(hand_on)

    patch.setattr(xml, "Passage", passage)


def _told(findings: Iterable[Finding]) -> list[str]:
    return sorted(repr((one.code, one.where, sorted(one.values.items()))) for one in findings)


def _read_premis(path: str, data: bytes, contents: Contents) -> object:
    """Everything that a PREMIS document says, and everything that is said of it."""
    aip = read_aip(contents, [])
    assert aip is not None
    files = {k: v for one in aip.representations.values() for k, v in one.file_paths().items()}
    chain = Chain()
    reader = PremisReader(path, files, contents.members, chain)
    broken = read_document(path, io.BytesIO(data), "PREMIS.xsd", reader, TAGS, forms=reader.forms)
    if broken:
        return _told(broken)  # how much was read before is the parser's own affair
    reader.finish()
    return (
        _told([*broken, *reader.findings, *chain.check()]),
        reader.known,
        chain.images(),
        chain.untold({"a": "0" * 64}),
    )


def _read_mets(path: str, data: bytes, _: Contents) -> object:
    document, findings = read_mets(path, io.BytesIO(data))
    document.links.sort()
    return _told(findings) if findings else document


def _changed(
    data: bytes, changes: list[tuple[float, bytes, int]], moves: list[tuple[int, int, bool]]
) -> bytes:
    units = data.split(b"\n  <")
    for source, target, stays in moves:
        one = units[source % len(units)] if stays else units.pop(source % len(units))
        units.insert(target % (len(units) + 1), one)
    changed = bytearray(b"\n  <".join(units))
    for place, piece, replaced in changes:
        at = int(place * len(changed))
        changed[at : at + replaced] = piece
    return bytes(changed)


@settings(max_examples=120, deadline=None)
@given(changes=_CHANGES, moves=_MOVES, number=st.integers(0, 5))
def test_the_outcome_is_the_parser_s(
    good: Good,
    changes: list[tuple[float, bytes, int]],
    moves: list[tuple[int, int, bool]],
    number: int,
) -> None:
    """Whatever is changed in a document, both ways read and say the same."""
    path = sorted(good.documents)[number % len(good.documents)]
    data = _changed(good.documents[path], changes, moves)
    quick, slow = _both_ways(path, data, good)
    assert quick == slow


def _both_ways(path: str, data: bytes, good: Good) -> tuple[object, object]:
    """What comes of a document with known forms, and with a parser alone."""
    read = _read_premis if "PREMIS" in path else _read_mets
    quick = read(path, data, good.contents)
    with pytest.MonkeyPatch.context() as patch:
        _without_forms(patch)
        return quick, read(path, data, good.contents)


def test_most_units_never_reach_the_parser(good: Good, monkeypatch: pytest.MonkeyPatch) -> None:
    """What our own writer writes is in the known forms: one unit of each run goes to the parser."""
    handed: list[bytes] = []

    def passage(hand_on: Callable[[bytes], Element | None], forms: object) -> xml_runs.Passage:
        def heard(piece: bytes) -> Element | None:
            handed.append(piece)
            return hand_on(piece)

        return xml_runs.Passage(heard, forms)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(xml, "Passage", passage)
    path, data = good.ending("PREMIS_rep2.xml")
    _read_premis(path, data, good.contents)
    seen = b"".join(handed)
    for unit in (b"<event>", b'xsi:type="file"'):
        assert data.count(unit) > 2
        assert seen.count(unit) == 1
    handed.clear()
    path, data = good.ending("rep2/METS.xml")
    read_mets(path, io.BytesIO(data))
    assert data.count(b"<file ") > 2
    assert b"".join(handed).count(b"<file ") == 1


@pytest.mark.parametrize(
    ("lead", "end"), [(b"<!--", b"-->"), (b"<?x ", b"?>")], ids=["comment", "instruction"]
)
def test_units_that_no_parser_would_see_are_not_taken(good: Good, lead: bytes, end: bytes) -> None:
    """Events inside a comment or an instruction never happened."""
    path, data = good.ending("PREMIS_rep2.xml")
    head, start, rest = data.partition(b"<event>")
    inner, stop, tail = rest.partition(b"</event>")
    event = start + inner + stop
    for hidden in (lead + event + end + event, event + lead + event + end):
        quick, slow = _both_ways(path, head + hidden + tail, good)
        assert quick == slow


def test_what_was_announced_for_one_takes_no_two(good: Good) -> None:
    """A map has one division at its top: a second one in a known form is no twin of it."""
    path, data = good.ending("rep2/METS.xml")
    place = data.rindex(b"<div ")
    division = data[place : data.index(b"</div>", place) + 6]
    start, end = data.index(b"<structMap"), data.index(b"</structMap>")
    opening = data[start : data.index(b">", start) + 1]
    _, findings = read_mets(
        path, io.BytesIO(data[:start] + opening + division + division + data[end:])
    )
    assert "XML-SCHEMA" in {one.code for one in findings}


def test_limits_hold_for_what_is_taken_too(good: Good, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of known forms alone is not read on either when there are too many."""
    monkeypatch.setattr(premis_known, "MAX_IDENTIFIERS", 6)
    monkeypatch.setattr(mets_reading, "MAX_ELEMENTS", 20)
    for end, read in (("PREMIS_rep2.xml", _read_premis), ("rep2/METS.xml", _read_mets)):
        assert "XML-TOO-LARGE" in str(read(*good.ending(end), good.contents))


@pytest.mark.parametrize("end", ["PREMIS_rep2.xml", "rep2/METS.xml"])
def test_no_document_makes_a_pattern_try_again_and_again(good: Good, end: str) -> None:
    """Long gaps where parts are left out, and an end that fits nothing: as fast as a parser."""
    path, data = good.ending(end)
    wide = re.sub(rb"<(formatRegistry|creatingApplication)>.*?</\1>", b"", data, flags=re.DOTALL)
    wide = re.sub(rb"(?=</(?:format|objectCharacteristics|event|fptr)>|<FLocat)", b" " * 2000, wide)
    wide = re.sub(rb"(?=</(?:object|event|file|div)>)", b"<x/>", wide)
    read = _read_premis if "PREMIS" in path else _read_mets
    spent = []
    with pytest.MonkeyPatch.context() as patch:
        for _ in range(2):  # with forms, then with a parser alone
            start = time.process_time()
            assert "XML-SCHEMA" in str(read(path, wide, good.contents))
            spent.append(time.process_time() - start)
            _without_forms(patch)
    assert spent[0] < 10 * spent[1] + 0.5


def test_midnight_has_one_name(good: Good) -> None:
    """What readers of dates do not agree about, no form takes: the parser's reader says it."""
    path, data = good.ending("PREMIS_rep2.xml")
    events = data.split(b"<event>")
    at = events[2].index(b"<eventDateTime>") + len(b"<eventDateTime>") + 11
    events[2] = events[2][:at] + b"24:00:00" + events[2][at + 8 :]
    quick, slow = _both_ways(path, b"<event>".join(events), good)
    assert quick == slow
    assert "PREMIS-DATE" in str(quick)


def test_what_was_read_in_part_is_never_good(good: Good, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that breaks off is told so, even where a second look finds nothing wrong."""
    monkeypatch.setattr(xml, "_broken_places", lambda *_: iter(()))
    path, data = good.ending("PREMIS_rep2.xml")
    told = _read_premis(path, data[: len(data) // 2], good.contents)
    assert "XML-UNREADABLE" in str(told)


def test_identifiers_kept_short_are_told_apart() -> None:
    """What is kept by its number or its end alone is never taken for another one."""
    events = premis_known.EventIdentifiers()
    for one in ("a:1", ":1", "1", "b:1", "a:01", "a:b:1", "b:1", "a:1", f"a:{'9' * 5000}"):
        events.take(one)
    events.take_counted("b", 2)
    assert list(events.twice) == ["b:1", "a:1"]
    assert len(events) == 8
    names = premis_known.ElementNames()
    for one in ("object-a", "a", "object-object-a", "object-", "object-a"):
        names.take(one)
    assert list(names.twice) == ["object-a"]
    assert len(names) == 4
