"""METS and PREMIS of any length are read in little memory, and hostile ones do no harm."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.packaging.verify import mets_reading, premis, premis_known, verify_path, xml
from appliance.packaging.verify.mets_reading import read_mets
from appliance.packaging.verify.xml import Drop, read_document

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

    from appliance.domain.findings import Finding
    from appliance.packaging.verify.xml import Element
    from tests.packaging.conftest import Sealed

METS_LEAD = (
    '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
MAX_PEAK_BYTES = 200 * 1024 * 1024


class Counting:
    """Counts what ended, and lets all of it be forgotten."""

    def __init__(self) -> None:
        self.ended = 0

    def start(self, element: Element) -> None:
        """Nothing to do."""

    def end(self, element: Element) -> Drop:
        """One more."""
        self.ended += element.tag != ""
        return Drop.EVERYTHING


class Dropping(Counting):
    """Lets links go one by one, and everything else at its end."""

    def end(self, element: Element) -> Drop:
        """As the reader of PREMIS does."""
        super().end(element)
        return Drop.TWIN if "linking" in element.tag else Drop.EVERYTHING


class Keeping(Counting):
    """Never says that anything may be forgotten."""

    def end(self, element: Element) -> Drop:
        """One more to keep."""
        super().end(element)
        return Drop.NOTHING


def _read(text: str | bytes, reader: Counting) -> list[str]:
    data = text.encode("utf-8") if isinstance(text, str) else text
    findings = read_document("x.xml", io.BytesIO(data), "METS.xsd", reader)
    return [finding.code for finding in findings]


def _document(sealed: Sealed, end: str) -> bytes:
    with zipfile.ZipFile(sealed.path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(end))
        return archive.read(name)


def test_a_good_document_has_nothing_to_say(sealed: Sealed) -> None:
    """Every element of a good METS passes the reader, and no finding comes of it."""
    reader = Counting()
    data = _document(sealed, "rep2/METS.xml")
    assert _read(data, reader) == []
    assert reader.ended == data.count(b"</") + data.count(b"/>")


def test_what_is_never_forgotten_is_refused() -> None:
    """Text that would fill the memory before any of it can be dropped ends the reading."""
    filler = "<!-- -->" + " " * (xml.MAX_HELD_BYTES + 200_000)
    reader = Keeping()
    assert _read(f"{METS_LEAD}>{filler}<structMap><div/></structMap></mets>", reader) == [
        "XML-TOO-LARGE"
    ]
    assert reader.ended == 0


def test_more_elements_than_any_package_needs_are_refused(
    monkeypatch: pytest.MonkeyPatch, sealed: Sealed
) -> None:
    """METS and PREMIS whose elements alone would fill the memory are not read on."""
    monkeypatch.setattr(mets_reading, "MAX_ELEMENTS", 40)
    monkeypatch.setattr(premis_known, "MAX_IDENTIFIERS", 4)
    with zipfile.ZipFile(sealed.path) as archive:
        archive.extractall(sealed.path.with_name("extracted"))
    (report,) = verify_path(sealed.path.with_name("extracted") / sealed.path.stem)
    told = {one.where.rpartition("/")[2] for one in report.findings if one.code == "XML-TOO-LARGE"}
    assert told == {"METS.xml", "PREMIS.xml", "PREMIS_rep2.xml"}


def test_parts_in_great_number_are_dropped_one_by_one() -> None:
    """An event may name more objects than there is room for: each is forgotten at once."""
    link = (
        "<linkingObjectIdentifier><linkingObjectIdentifierType>File</linkingObjectIdentifierType>"
    )
    link += "<linkingObjectIdentifierValue>ID-1</linkingObjectIdentifierValue>"
    link += "</linkingObjectIdentifier>"
    event = "<event><eventIdentifier><eventIdentifierType>a</eventIdentifierType>"
    event += "<eventIdentifierValue>1</eventIdentifierValue></eventIdentifier><eventType>x"
    event += "</eventType><eventDateTime>2026-11-22</eventDateTime>"
    lead = '<premis xmlns="http://www.loc.gov/premis/v3" version="3.0"'
    head = f'{lead} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    made = _Many(head, 1)
    many = link * (xml.MAX_HELD_BYTES // len(link) + 1000)
    data = made.read().split(b"<event>")[0] + f"{event}{many}</event></premis>".encode()
    assert read_document("x", io.BytesIO(data), "PREMIS.xsd", Dropping(), premis.TAGS) == ()


def test_a_flood_of_errors_is_told_in_part(sealed: Sealed) -> None:
    """A document that breaks its schema a hundred thousand times gives a handful of findings."""
    codes = _read(f"{METS_LEAD}>{'<nom/>' * 100_000}</mets>", Counting())
    assert 0 < len(codes) <= xml.MAX_SCHEMA_FINDINGS
    assert set(codes) == {"XML-SCHEMA"}
    assert _read(_document(sealed, "rep2/METS.xml"), Counting()) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "XML-UNREADABLE"),
        (b"\0" * 100, "XML-UNREADABLE"),
        (f"{METS_LEAD}>".encode(), "XML-UNREADABLE"),
        (f"{METS_LEAD}><a></b></mets>".encode(), "XML-UNREADABLE"),
        (f"{METS_LEAD} LABEL='&name;'/>".encode(), "XML-UNREADABLE"),
        (f"{METS_LEAD}/>".encode("utf-16"), "XML-UNREADABLE"),
        (b"<?xml version='1.0' encoding='UTF-7'?>+ADw-mets/+AD4-", "XML-UNREADABLE"),
        (b"<!DOCTYPE mets><mets/>", "XML-DTD"),
        (b"<!-- " + b"x" * 70_000 + b" --><!DOCTYPE mets><mets/>", "XML-DTD"),
        (b" " * (64 * 1024 - 4) + b"<!DOCTYPE mets><mets/>", "XML-DTD"),
        (("<div>" * 300 + "</div>" * 300).encode(), "XML-UNREADABLE"),
    ],
)
def test_what_is_no_plain_xml_is_refused(text: bytes, code: str) -> None:
    """Cut, foreign, nested and entity-laden documents are refused by the rule that fits."""
    assert code in _read(text, Counting())


def test_schemas_that_a_document_names_are_not_looked_at(tmp_path: Path) -> None:
    """A schema on this very machine that would allow more is not followed."""
    own = tmp_path / "own.xsd"
    own.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">'
        '<xs:element name="more" type="xs:integer"/></xs:schema>',
        "utf-8",
    )
    wrap = '<amdSec ID="a"><techMD ID="b"><mdWrap MDTYPE="OTHER"><xmlData>'
    unwrap = "</xmlData></mdWrap></techMD></amdSec><structMap><div/></structMap></mets>"
    inside = '<more xmlns="urn:a">no number</more>'
    text = f'{METS_LEAD} xsi:schemaLocation="urn:a {own}">{wrap}{inside}{unwrap}'
    assert _read(text, Counting()) == []  # followed, “no number” would be an error


def test_each_break_of_a_schema_has_its_line(sealed: Sealed) -> None:
    """Documents are streamed; the line of a break is told all the same."""
    lines = _document(sealed, "rep2/METS.xml").split(b"\n")
    number = next(index for index, line in enumerate(lines, start=1) if b"<fileSec" in line)
    lines.insert(number - 1, b"<nom/>")
    findings = read_document("x", io.BytesIO(b"\n".join(lines)), "METS.xsd", Counting())
    assert [(one.code, one.values["line"]) for one in findings[:1]] == [("XML-SCHEMA", number)]


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.floats(0, 1, exclude_max=True),
            st.sampled_from([b"<", b"</mets>", b"&", b"]]>", b"\0", b'"', b"<file/>", b"\xff"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_damaged_document_never_stops_the_verifier(
    sealed: Sealed, changes: list[tuple[float, bytes]]
) -> None:
    """Whatever is put into a METS, the reading ends with findings or none, never with an error."""
    data = bytearray(_document(sealed, "rep2/METS.xml"))
    for position, piece in changes:
        at = int(position * len(data))
        data[at : at + 1] = piece
    _, findings = read_mets("x/METS.xml", io.BytesIO(data))
    assert all(finding.code.startswith("XML-") for finding in findings)


def _findings_of_many(pages: int) -> list[Finding]:
    """Read PREMIS of so many pages in this process; a child process calls it."""
    lead = '<premis xmlns="http://www.loc.gov/premis/v3" version="3.0"'
    head = f'{lead} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    return [
        *read_document(
            "x", io.BufferedReader(_Many(head, pages)), "PREMIS.xsd", Counting(), premis.TAGS
        )
    ]


class _Many(io.RawIOBase):
    """PREMIS with one object and four events a page, made while it is read."""

    def __init__(self, head: str, pages: int) -> None:
        super().__init__()
        made = "<object xsi:type='file'><objectIdentifier><objectIdentifierType>File"
        made += "</objectIdentifierType><objectIdentifierValue>ID-1</objectIdentifierValue>"
        made += "</objectIdentifier><objectCharacteristics><format><formatDesignation>"
        made += "<formatName>TIFF</formatName></formatDesignation></format>"
        made += f"</objectCharacteristics><originalName>{'n' * 900}</originalName></object>"
        event = "<event><eventIdentifier><eventIdentifierType>local</eventIdentifierType>"
        event += "<eventIdentifierValue>1</eventIdentifierValue></eventIdentifier><eventType>x"
        event += "</eventType><eventDateTime>2026-11-22</eventDateTime><eventDetailInformation>"
        event += f"<eventDetail>{'d' * 1200}</eventDetail></eventDetailInformation></event>"
        self._pieces = iter([head, *[made] * pages, *[event] * (4 * pages), "</premis>"])
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """The next bytes."""
        view = memoryview(buffer)
        piece = self._rest or next(self._pieces, "").encode("utf-8")
        count = min(len(piece), len(view))
        view[:count], self._rest = piece[:count], piece[count:]
        return count


def test_a_large_document_needs_little_memory() -> None:
    """PREMIS of 5,000 pages (34 MB) is read by a process that never holds 200 MiB."""
    code = textwrap.dedent(
        """
        import re
        from tests.packaging.test_metadata_reading import _findings_of_many
        assert _findings_of_many(5000) == []
        status = open("/proc/self/status", encoding="ascii").read()
        print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert 0 < int(done.stdout) < MAX_PEAK_BYTES
