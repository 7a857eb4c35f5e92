"""XML read with suspicion, in constant memory, and held against our own copies of the schemas."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from importlib.resources import as_file, files
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from lxml import etree

from appliance.domain.findings import Finding
from appliance.packaging.verify.xml_runs import Form, Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no public name

METS: Final = "http://www.loc.gov/METS/"
PREMIS: Final = "http://www.loc.gov/premis/v3"
CSIP: Final = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK: Final = "http://www.w3.org/1999/xlink"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

MAX_SCHEMA_FINDINGS: Final = 20
"""Our own: a document of the wrong kind would else give thousands."""
MAX_HELD_BYTES: Final = 4 * 1024 * 1024
"""Our own: so much text may pass before a part of the document is done with and forgotten."""
MAX_HELD_ERRORS: Final = 10_000
"""Our own: a document that breaks its schema more often is not read to its end."""
_WALLS: Final[dict[str, Any]] = {
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""What every parser here is kept to: nothing is fetched, defined or grown by a document."""
_CHUNK_BYTES: Final = 64 * 1024
_DOCUMENT_TYPE: Final = b"<!DOCTYPE"
_RAW_MESSAGE: Final = re.compile(r"(line \d+): b['\"](.*)['\"] \(line \d+\)")

_COMBINED: Final = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="{METS}" schemaLocation="METS.xsd"/>
<xs:import namespace="{CSIP}" schemaLocation="DILCISExtensionMETS.xsd"/>
</xs:schema>"""
"""METS leaves foreign attributes unchecked unless their schema is there too."""


class Drop(Enum):
    """What of a document may be forgotten at the end of an element."""

    NOTHING = "nothing"
    TWIN = "twin"
    """The element of the same name just before it."""
    EVERYTHING = "everything"
    """What is in it, and all that came before it."""


class TooLong(Exception):  # noqa: N818 - what it says of a document, not an error of ours
    """There is more to a document than any package needs: it is not read on."""


class Reader(Protocol):
    """Takes a document element by element, and says what of it may be forgotten."""

    def start(self, element: Element) -> None:
        """An element began: its attributes are there, nothing inside it is."""

    def end(self, element: Element) -> Drop:
        """An element is whole; both may raise ``TooLong``."""


def parse(path: str, data: bytes) -> Element | Finding:
    """Parse one small document: no network, no entities, no document type, no giant trees.

    Args:
        path: For the finding.
        data: The bytes.

    Returns:
        The root, or why there is none.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        **_WALLS,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        return Finding("XML-UNREADABLE", path, {"problem": str(problem)})
    except ValueError as problem:
        return Finding("XML-UNREADABLE", path, {"problem": str(problem)})
    if _has_document_type(root):
        return Finding("XML-DTD", path)
    # An instance may name schemas of its own choosing, even on this machine: never follow it.
    for element in root.iter(etree.Element):
        for name in ("schemaLocation", "noNamespaceSchemaLocation"):
            element.attrib.pop(f"{{{XSI}}}{name}", "")
    return root


def check_schema(path: str, root: Element, schema_name: str) -> Iterator[Finding]:
    """Hold a parsed document against one of our schemas."""
    schema = _schema(schema_name)
    if schema.validate(root.getroottree()):
        return
    for entry in islice(cast("Iterable[Any]", schema.error_log), MAX_SCHEMA_FINDINGS):
        yield _broken(path, entry.line, entry.message, schema_name)


def read_document(
    path: str,
    stream: BinaryIO,
    schema_name: str,
    reader: Reader,
    tags: tuple[str, ...] | None = None,
    *,
    forms: tuple[Form, ...] = (),
) -> tuple[Finding, ...]:
    """Read a document of any length, and hold it against one of our schemas while it passes.

    The same walls as ``parse`` has. The schemas that the document names are not looked at: a
    parser that was given a schema follows no ``schemaLocation``.

    Args:
        path: For the findings.
        stream: Its bytes, seekable.
        schema_name: One of ours.
        reader: Gets its elements.
        tags: Which elements the reader wants; all when None.
        forms: In which the reader takes units without a parser.

    Returns:
        What is wrong with it as XML; the reader saw what came before that.
    """
    parser = _pull_parser(schema_name, tags)
    try:
        try:
            problem = _feed(path, _Feed(parser, reader), stream, forms)
        except TooLong:
            problem = Finding("XML-TOO-LARGE", path, {"size_bytes": stream.tell()})
        if problem is not None:
            return (problem,)
        return (Finding("XML-DTD", path),) if _has_document_type(parser.close()) else ()
    except etree.XMLSyntaxError as error:
        stream.seek(0)
        told = tuple(_broken_places(path, stream, schema_name))
        # Read only in part, it is never good, whatever the second look makes of it.
        return told or (Finding("XML-UNREADABLE", path, {"problem": _said(error)}),)


def _pull_parser(schema_name: str, tags: tuple[str, ...] | None) -> etree.XMLPullParser:
    parser: Any = etree.XMLPullParser  # the stubs know neither all options nor a list of tags
    return cast(
        "etree.XMLPullParser",
        parser(
            events=("start", "end"),
            tag=tags,
            schema=_schema(schema_name),
            encoding="UTF-8",  # whatever it declares: ``_feed`` looks at bytes
            resolve_entities="internal",  # there are none; with False, lxml passes cut documents
            **_WALLS,
        ),
    )


def _feed(path: str, feed: _Feed, stream: BinaryIO, forms: tuple[Form, ...]) -> Finding | None:
    """Feed a parser to its end; a finding when the document may not be read on."""
    passage, lead = Passage(feed.take, forms), b""
    while chunk := stream.read(_CHUNK_BYTES):
        # Before any parser sees it: entities have brought down more than one.
        if feed.is_prolog and _DOCUMENT_TYPE in lead + chunk:
            return Finding("XML-DTD", path)
        lead = chunk[-len(_DOCUMENT_TYPE) :]
        passage.take(chunk)
        if feed.has_failed():
            return None
    passage.finish()
    return None


class _Feed:
    """A parser that tells its reader what it reads.

    Args:
        parser: To be fed.
        reader: To be told.
    """

    def __init__(self, parser: etree.XMLPullParser, reader: Reader) -> None:
        self._parser = parser
        self._reader = reader
        self._held_bytes = 0
        self.is_prolog = True

    def take(self, piece: bytes) -> Element | None:
        """Feed a piece; returns the element that ended last in it.

        Raises:
            TooLong: None of it may be forgotten.
        """
        self._parser.feed(piece)
        self._held_bytes += len(piece)
        ended = None
        for event, element in cast("Iterable[tuple[str, Element]]", self._parser.read_events()):
            self.is_prolog = False
            if event == "start":
                self._reader.start(element)
                continue
            ended = element
            if _dropped(element, self._reader.end(element)):
                self._held_bytes = 0
        if self._held_bytes > MAX_HELD_BYTES:
            raise TooLong
        return ended

    def has_failed(self) -> bool:
        """Whether enough is wrong: how much more of it would only fill the memory."""
        return len(cast("Any", self._parser.feed_error_log)) > MAX_HELD_ERRORS


def _dropped(element: Element, drop: Drop) -> bool:
    """Forget what may be forgotten; the element itself stays for the parser's sake."""
    parent = element.getparent()
    if drop is Drop.EVERYTHING:
        element.clear()
        while parent is not None and parent[0] is not element:
            del parent[0]
        return True
    before = element.getprevious() if drop is Drop.TWIN else None
    if before is None or parent is None or before.tag != element.tag:
        return False
    parent.remove(before)
    return True


def _broken_places(path: str, stream: BinaryIO, schema_name: str) -> Iterator[Finding]:
    """Every break of the schema with its line, or why it is no XML; the whole is read anew.

    A parser that streams does not tell the lines, nor did it see what the forms took.
    """
    parser = _pull_parser(schema_name, ("none",))
    log = cast("Any", parser.feed_error_log)
    told, count, line = 0, 0, 0
    try:
        while told < MAX_SCHEMA_FINDINGS and (text := stream.readline(_CHUNK_BYTES)):
            line += 1
            parser.feed(text)
            log = cast("Any", parser.feed_error_log)
            for entry in islice(log, told, MAX_SCHEMA_FINDINGS):
                if "SCHEMA" in entry.domain_name:
                    count += 1
                    yield _broken(path, line, entry.message, schema_name)
            told = len(log)
        parser.close()
    except etree.XMLSyntaxError as error:
        if not count:
            yield Finding("XML-UNREADABLE", path, {"problem": _said(error)})


def _said(error: etree.XMLSyntaxError) -> str:
    """What a parser that streams says, without the form of its bytes."""
    said = _RAW_MESSAGE.fullmatch(str(error))
    return str(error) if said is None else f"{said[2]} ({said[1]})"


def _broken(path: str, line: int, problem: str, schema_name: str) -> Finding:
    return Finding("XML-SCHEMA", path, {"line": line, "problem": problem, "rule": schema_name})


def _has_document_type(element: Element) -> bool:
    information = cast("Any", element.getroottree().docinfo)  # the stubs know little of it
    return bool(information.doctype)


@cache
def _schema(name: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    with as_file(files("appliance.packaging") / "schemas") as folder:
        if name == "METS.xsd":
            base = f"{folder.as_uri()}/combined.xsd"
            return etree.XMLSchema(etree.fromstring(_COMBINED, parser, base_url=base))
        return etree.XMLSchema(etree.parse(str(folder / name), parser))
