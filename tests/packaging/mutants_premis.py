"""Packages whose PREMIS lies: about files, about what happened, about the chain of events."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.packaging.bags import linked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.packaging.bags import Bag

ROOT = "metadata/preservation/PREMIS.xml"
REP1 = "representations/rep1/metadata/preservation/PREMIS_rep1.xml"
REP2 = "representations/rep2/metadata/preservation/PREMIS_rep2.xml"
ZEROS = "0" * 64
FORMAT = "<format><formatDesignation><formatName/></formatDesignation></format>"

EDITS = (
    # objects
    ("object-twice", "PREMIS-ID-TWICE", REP2, r'(<object xsi:type="file".*?</object>)', r"\1\1"),
    ("xml-id-twice", "PREMIS-ID-TWICE", REP2, r'xmlID="object-ID[^"]*"', 'xmlID="object-rep2"'),
    ("object-type-gone", "XML-SCHEMA", REP2, ' xsi:type="file"', ""),
    ("object-id-gone", "XML-SCHEMA", REP2, r"<objectIdentifier>.*?</objectIdentifier>", ""),
    ("object-of-nothing", "PREMIS-UNKNOWN", REP2, r">ID-[^<]*</objectIdent", ">ID-0</objectIdent"),
    ("object-forgotten", "PREMIS-NO-OBJECT", REP2, r'<object xsi:type="file".*?</object>', ""),
    ("digest-wrong", "PREMIS-DIGEST", REP2, r"<messageDigest>[0-9a-f]*", f"<messageDigest>{ZEROS}"),
    ("digest-empty", "PREMIS-DIGEST", REP2, r"<messageDigest>[0-9a-f]*<", "<messageDigest><"),
    ("digest-kind", "PREMIS-DIGEST", REP2, "SHA-256", "MD5"),
    ("fixity-gone", "PREMIS-DIGEST", REP2, r"<fixity>.*?</fixity>", ""),
    ("size-wrong", "PREMIS-SIZE", REP2, r"<size>\d+<", "<size>7<"),
    ("size-gone", "PREMIS-SIZE", REP2, r"<size>\d+</size>", ""),
    ("size-no-number", "PREMIS-SIZE", REP2, r"<size>\d+<", "<size>big<"),
    ("format-empty", "PREMIS-FORMAT", REP2, r"<format>.*?</format>", FORMAT),
    ("location-wrong", "PREMIS-LINK", REP2, r"(<contentLocationValue>)[^<]*", r"\1data/no.tif"),
    ("part-of-nothing", "PREMIS-LINK", REP2, r"(<relatedObjectIdentifierValue>)[^<]*", r"\1ID-0"),
    ("level-gone", "XML-SCHEMA", REP2, r"<compositionLevel>0</compositionLevel>", "<level/>"),
    # events
    ("event-id-gone", "XML-SCHEMA", REP2, r"<eventIdentifier>.*?</eventIdentifier>", ""),
    ("event-type-empty", "PREMIS-EVENT", ROOT, r"<eventType>[^<]*<", "<eventType><"),
    ("event-no-outcome", "PREMIS-EVENT", ROOT, r"<eventOutcomeInfo.*?</eventOutcomeInfo\w*>", ""),
    ("event-no-agent", "PREMIS-EVENT", ROOT, r"<linkingAgentId.*?</linkingAgentIdentifier>", ""),
    ("event-no-object", "PREMIS-EVENT", ROOT, r"<linkingObjectId.*?</linkingObjectIdentifier>", ""),
    ("event-date-words", "PREMIS-DATE", ROOT, r"<eventDateTime>[^<]*", "<eventDateTime>hôm qua"),
    ("event-date-month", "PREMIS-DATE", ROOT, r"<eventDateTime>[^<]*", "<eventDateTime>2026-13-01"),
    ("event-date-gone", "XML-SCHEMA", ROOT, r"<eventDateTime>[^<]*</eventDateTime>", ""),
    ("event-of-nothing", "PREMIS-LINK", REP2, r"(<linkingObjectIdentifierValue>)[^<]*", r"\1ID-0"),
    ("event-by-nobody", "PREMIS-LINK", REP2, r"(<linkingAgentIdentifierValue>)[^<]*", r"\1nobody"),
    ("event-first", "XML-SCHEMA", REP2, r"(<object .*</object>)\s*(<event>.*</event>)", r"\2\1"),
    ("no-seal-event", "PREMIS-NO-EVENT", ROOT, "information package creation", "capture"),
    # agents
    ("agent-twice", "PREMIS-ID-TWICE", ROOT, r"(<agent>.*?</agent>)", r"\1\1"),
    ("agent-no-name", "PREMIS-EVENT", ROOT, r"<agentName>[^<]*</agentName>", ""),
    ("agent-no-type", "PREMIS-EVENT", ROOT, r"<agentType>[^<]*</agentType>", ""),
    ("agent-no-id", "XML-SCHEMA", ROOT, r"<agentIdentifier>.*?</agentIdentifier>", ""),
    # the chain: what an event's own words say, and what the next one says of it
    ("chain-word", "PREMIS-CHAIN", REP2, r'"note":"thử"', '"note":"thật"'),
    ("chain-agent", "PREMIS-CHAIN", REP2, r'"agent":"scanner:scan01"', '"agent":"scanner:scan02"'),
    ("chain-object", "PREMIS-CHAIN", REP2, r'"object_id":"[0-9a-f]*"', f'"object_id":"{ZEROS}"'),
    ("chain-genesis", "PREMIS-CHAIN", REP2, r'"previous":"0', '"previous":"1'),
    ("chain-no-digest", "PREMIS-CHAIN", REP2, r'"previous":"[0-9a-f]*"', '"previous":"none"'),
    ("chain-counter", "PREMIS-CHAIN", REP2, r'"counter":2', '"counter":3'),
    ("chain-number", "PREMIS-CHAIN", REP2, r"(<eventIdentifierValue>[^<]*:)2<", r"\g<1>9<"),
    ("chain-type", "PREMIS-CHAIN", REP2, "<eventType>transfer<", "<eventType>capture<"),
    ("chain-outcome", "PREMIS-CHAIN", REP2, "<eventOutcome>success<", "<eventOutcome>failure<"),
    ("chain-hour", "PREMIS-CHAIN", REP2, r"(<eventDateTime>[^<]*T)\d\d", r"\g<1>23"),
    ("chain-zone", "PREMIS-CHAIN", REP2, r"\+07:00</eventDateTime>", "</eventDateTime>"),
    ("chain-event-gone", "PREMIS-NO-EVENT", REP2, r"<event>.*?</event>", ""),
    # the document
    (
        "doctype",
        "XML-DTD",
        REP2,
        "<premis ",
        '<!DOCTYPE premis SYSTEM "file:///etc/passwd"><premis ',
    ),
    ("cut", "XML-UNREADABLE", REP2, r"</agent>\s*</premis>", ""),
    ("wrong-root", "XML-SCHEMA", REP2, r"<premis\b.*</premis>", "<premise/>"),
    ("other-namespace", "XML-SCHEMA", REP2, "premis/v3", "premis/v2"),
    ("unknown-element", "XML-SCHEMA", REP2, "<originalName>", "<firstName/><originalName>"),
    ("control-character", "XML-UNREADABLE", REP2, "<originalName>", "<originalName>\x01"),
)
"""Name, code, document, what is replaced by what (first match)."""


def _mutants() -> Iterator[tuple[str, tuple[str, Callable[[Bag], object]]]]:
    for name, code, document, pattern, new in EDITS:
        yield f"premis-{name}", (code, partial(_edited, document, pattern, new))
    yield "premis-no-transfer", ("PREMIS-NO-EVENT", _no_transfer)
    yield "premis-bomb", ("XML-DTD", _bomb)
    yield "premis-rep2-gone", ("AIP-MISSING", linked(lambda bag: bag.path(REP2).unlink()))
    yield "masters-swapped", ("PREMIS-DIGEST", linked(_swap_masters))
    yield "masters-swapped-and-told", ("PREMIS-CHAIN", _swap_and_tell)
    yield "master-replaced-and-told", ("PREMIS-CHAIN", _replace_and_tell)
    yield "master-cut", ("BAG-DIGEST", _cut_master)
    yield "master-renamed", ("METS-MISSING", linked(_rename_master))
    yield "master-renamed-in-mets", ("PREMIS-LINK", linked(_rename_master_in_mets))
    yield "master-renamed-throughout", ("NAME-CODE", linked(_rename_master_throughout))
    yield "master-gone-from-mets", ("PREMIS-UNKNOWN", linked(_drop_master))


def _edited(document: str, pattern: str, new: str, bag: Bag) -> None:
    linked(lambda b: b.substitute(document, pattern, new))(bag)


def _no_transfer(bag: Bag) -> None:
    for path in (bag.folder / bag.aip).rglob("PREMIS*.xml"):
        path.write_text(path.read_text("utf-8").replace(">transfer<", ">capture<"), "utf-8")
    bag.relink()


def _bomb(bag: Bag) -> None:
    """Entities that would grow to gigabytes, and did bring a parser down."""
    lines = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 20}">' for n in range(10)]
    bag.replace(REP2, "<premis ", f"<!DOCTYPE premis [{''.join(lines)}]><premis ")
    bag.replace(REP2, "<originalName>", "<originalName>&e9;")
    bag.relink()


def _masters(bag: Bag) -> list[str]:
    root = bag.folder / bag.aip
    paths = sorted((root / "representations/rep2/data").iterdir())
    return [str(path.relative_to(root)) for path in paths]


def _swap_masters(bag: Bag) -> None:
    """The first two are TIFF: nothing but digests can tell that they changed places."""
    first, second = (bag.path(name) for name in _masters(bag)[:2])
    held = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(held)


def _swap_and_tell(bag: Bag) -> None:
    _swap_masters(bag)
    bag.repremis()


def _replace_and_tell(bag: Bag) -> None:
    first, *_, last = _masters(bag)
    bag.path(last).write_bytes(bag.path(first).read_bytes())
    bag.repremis()


def _cut_master(bag: Bag) -> None:
    path = bag.path(_masters(bag)[0])
    path.write_bytes(path.read_bytes()[:-7])


def _rename_master(bag: Bag) -> None:
    path = bag.path(_masters(bag)[0])
    path.rename(path.with_name("x.tif"))


def _rename_master_in_mets(bag: Bag) -> None:
    name = bag.path(_masters(bag)[0]).name
    _rename_master(bag)
    bag.replace("representations/rep2/METS.xml", f"data/{name}", "data/x.tif")


def _rename_master_throughout(bag: Bag) -> None:
    name = bag.path(_masters(bag)[0]).name
    _rename_master_in_mets(bag)
    for document in (ROOT, REP2):
        text = bag.path(document).read_text("utf-8").replace(f"data/{name}", "data/x.tif")
        bag.path(document).write_text(text, "utf-8")


def _drop_master(bag: Bag) -> None:
    bag.path(_masters(bag)[0]).unlink()
    bag.substitute("representations/rep2/METS.xml", r"<file\b.*?</file>", "")


PREMIS_MUTANTS = dict(_mutants())
