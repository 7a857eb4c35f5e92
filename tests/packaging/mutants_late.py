"""Packages spoiled in the last of many alike, where a reader in a hurry would no longer look.

Objects, events, files and divisions stand in long runs. These mutants leave the first of a run as
it was, and are consistent again below the spoiled part.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.packaging.bags import linked
from tests.packaging.mutants_premis import EDITS, REP2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.packaging.bags import Bag

METS: Final = "representations/rep2/METS.xml"
ZEROS: Final = "0" * 64
_INSIDE: Final = (
    "object-forgotten",
    "event-first",
    "object-id-gone",
    "event-id-gone",
    "fixity-gone",
)
"""Edits whose patterns would find more than one unit when they are sought from behind."""
_EVENT: Final = r"<event>(?:(?!<event>).)*?</event>"
_OBJECT: Final = r'<object xsi:type="file"(?:(?!<object ).)*?</object>'
_FILE: Final = r"<file (?:(?!<file ).)*</file>"
_LINK: Final = r'<div ID="[^"]*" LABEL="MetadataLink/File"(?:(?!<div ).)*?</div>'

LATE: Final = (
    # objects
    ("object-in-comment", "PREMIS-NO-OBJECT", REP2, f"({_OBJECT})", r"<!-- \1 -->"),
    ("object-again", "PREMIS-ID-TWICE", REP2, f"({_OBJECT})", r"\1\1"),
    (
        "object-other-namespace",
        "XML-SCHEMA",
        REP2,
        '<object xsi:type="file"',
        r'\g<0> xmlns="urn:a"',
    ),
    (
        "object-other-prefix",
        "XML-SCHEMA",
        REP2,
        '<object xsi:type="file"',
        r'\g<0> xmlns:xsi="urn:a"',
    ),
    ("object-id-digit", "PREMIS-UNKNOWN", REP2, r"(>ID-)[0-9A-F](?=[^<]*</objectIdent)", r"\1G"),
    ("object-id-blank", "XML-SCHEMA", REP2, r'xmlID="object-ID', 'xmlID="object ID'),
    ("object-digest-cut", "PREMIS-DIGEST", REP2, r"[0-9a-f]</messageDigest>", "</messageDigest>"),
    ("object-digest-long", "PREMIS-DIGEST", REP2, r"</messageDigest>", "0</messageDigest>"),
    ("object-size-sign", "PREMIS-SIZE", REP2, r"<size>", "<size>-"),
    ("object-size-zeros", "PREMIS-SIZE", REP2, r"<size>", "<size>00"),
    ("object-size-huge", "PREMIS-SIZE", REP2, r"<size>\d*", f"<size>{'9' * 30}"),
    ("object-place-up", "PREMIS-LINK", REP2, r"(<contentLocationValue>)", r"\1../"),
    ("object-place-entity", "XML-UNREADABLE", REP2, r"(<contentLocationValue>)", r"\1&place;"),
    # events
    ("event-in-comment", "PREMIS-NO-EVENT", REP2, f"({_EVENT})", r"<!-- \1 -->"),
    ("event-again", "PREMIS-ID-TWICE", REP2, f"({_EVENT})", r"\1\1"),
    ("event-before-objects", "XML-SCHEMA", REP2, f"({_OBJECT})(.*)({_EVENT})", r"\3\1\2"),
    ("event-with-name", "XML-SCHEMA", REP2, "<event>", '<event name="a">'),
    ("event-other-namespace", "XML-SCHEMA", REP2, "<event>", '<event xmlns="urn:a">'),
    ("event-key-twice", "PREMIS-CHAIN", REP2, r'("object_kind":)', r'"object_id":"b",\1'),
    ("event-agent-blank", "PREMIS-CHAIN", REP2, r'"agent":"', '"agent":" '),
    ("event-kind-blank", "PREMIS-CHAIN", REP2, r'"type":"', '"type":" '),
    ("event-counter-float", "PREMIS-CHAIN", REP2, r'("counter":\d+)', r"\1.0"),
    ("event-counter-more", "PREMIS-CHAIN", REP2, r'"counter":', '"counter":1'),
    (
        "event-day-that-never-was",
        "PREMIS-CHAIN",
        REP2,
        r"<eventDateTime>\d{4}-\d\d-\d\d",
        "<eventDateTime>2026-02-30",
    ),
    ("event-second", "PREMIS-CHAIN", REP2, r'"at":"[^"]*"', '"at":"2026-11-22T01:13:59.000000Z"'),
    ("event-without-zone", "PREMIS-CHAIN", REP2, r"\+07:00</eventDateTime>", "</eventDateTime>"),
    (
        "event-previous-capital",
        "PREMIS-CHAIN",
        REP2,
        r'"previous":"[0-9a-f]*',
        f'"previous":"{"A" * 64}',
    ),
    (
        "event-previous-zeros",
        "PREMIS-CHAIN",
        REP2,
        r'"previous":"[0-9a-f]*',
        f'"previous":"{ZEROS}',
    ),
    (
        "event-subject-zeros",
        "PREMIS-CHAIN",
        REP2,
        r'"object_id":"[0-9a-f]*',
        f'"object_id":"{ZEROS}',
    ),
    ("event-of-none", "PREMIS-LINK", REP2, r"(<linkingObjectIdentifierValue>)[^<]*", r"\1ID-0"),
    ("event-by-none", "PREMIS-LINK", REP2, r"(<linkingAgentIdentifierValue>)[^<]*", r"\1nobody"),
    ("event-failed", "PREMIS-CHAIN", REP2, r"<eventOutcome>success", "<eventOutcome>failure"),
    ("event-detail-open", "XML-UNREADABLE", REP2, r"</eventDetail>", ""),
    ("event-no-utf8", "XML-UNREADABLE", REP2, r"(<linkingObjectRole>)", "\\1\udcff"),
    ("event-forbidden-character", "XML-UNREADABLE", REP2, r"(<linkingObjectRole>)", "\\1\uffff"),
    # files and divisions of METS
    ("file-mime", "METS-MIME", METS, r'MIMETYPE="image/', 'MIMETYPE="text/'),
    (
        "file-created",
        "XML-SCHEMA",
        METS,
        r'CREATED="\d{4}-\d\d-\d\d(?=[^<]*<FLocat)',
        'CREATED="2026-02-30',
    ),
    (
        "file-kind-of-digest",
        "METS-PROFILE",
        METS,
        r'CHECKSUMTYPE="SHA-256"(?=>)',
        'CHECKSUMTYPE="MD5"',
    ),
    ("file-again", "METS-TWICE", METS, f"({_FILE})", r"\1\1"),
    ("file-in-comment", "METS-ORPHAN", METS, f"({_FILE})", r"<!-- \1 -->"),
    ("file-elsewhere", "METS-MISSING", METS, r'(xlink:href="data/)', r"\1x"),
    ("file-up", "METS-HREF", METS, r'xlink:href="data/', 'xlink:href="../../../../data/'),
    ("file-other-prefix", "XML-SCHEMA", METS, r"<FLocat ", '<FLocat xmlns:xlink="urn:a" '),
    ("file-without-place", "METS-PROFILE", METS, r"<FLocat [^>]*/>", ""),
    ("file-id-small", "METS-ID-FORM", METS, r'(<file ID="ID)-', r"\1_"),
    ("division-again", "METS-ID-TWICE", METS, f"({_LINK})", r"\1\1"),
    ("division-of-nothing", "METS-LINK", METS, r'(<fptr FILEID=")[^"]*', r"\1ID-0"),
    ("division-gone", "METS-UNLINKED", METS, _LINK, ""),
    ("division-without-proof", "METS-PROFILE", METS, r' ADMID="[^"]*"(?=>\s*<fptr)', ""),
    ("division-of-other-proof", "METS-LINK", METS, r'ADMID="[^"]*(?=">\s*<fptr)', 'ADMID="ID-0'),
)


def substitute_last(bag: Bag, name: str, pattern: str, new: str) -> None:
    """Replace the last match of a pattern, which must be there, and not the first too."""
    path = bag.path(name)
    text = path.read_text("utf-8")
    starts = (match.start() for match in re.finditer(pattern, text, re.DOTALL))
    last = max(starts)
    changed, count = re.subn(pattern, new, text[last:], count=1, flags=re.DOTALL)
    assert count == 1
    path.write_bytes((text[:last] + changed).encode("utf-8", "surrogateescape"))


def _mutants() -> Iterator[tuple[str, tuple[str, Callable[[Bag], object]]]]:
    known = (
        (f"known-{name}", code, path, pattern, new)
        for name, code, path, pattern, new in EDITS
        if path == REP2 and name.startswith(("object", "event", "chain")) and name not in _INSIDE
    )
    for name, code, path, pattern, new in (*LATE, *known):
        change = partial(substitute_last, name=path, pattern=pattern, new=new)
        yield f"late-{name}", (code, linked(change))


LATE_MUTANTS: dict[str, tuple[str, Callable[[Bag], object]]] = dict(_mutants())
