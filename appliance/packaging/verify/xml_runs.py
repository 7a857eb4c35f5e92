"""Runs of units in a known form: each is taken at one look, without a parser.

PREMIS and METS are, but for their ends, long runs of units that differ in a few texts. The first
unit of a run goes through the parser, as everything else does. When it has ended, the parser
stands in the content of its parent; what follows there in the same form, byte for byte but for
texts that cannot hold markup, is as well-formed and as valid as the one before it. A unit that is
otherwise in anything goes through the parser: a form can only say that a unit is good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.packaging.verify.xml import Element

_AS_BYTES: Final = "latin-1"
"""One character for each byte."""
UNIT_BYTES: Final = 16 * 1024
"""Our own: a longer unit is left to the parser."""
SIGN: Final = r"[^<>&\x00-\x1f\xef]"
"""No markup, reference or line end. Patterns see one character for each byte: whether the bytes
are UTF-8 is looked at apart. What begins with EF holds the two characters that XML refuses, and no
letter of ours.
"""
TEXT: Final = f"{SIGN}*+"
"""Text between two tags. What was taken is not given back (``*+``): a document made to be read as
slowly as can be finds nothing to try again.
"""
_GAP: Final = r"[ \n]*+"
"""Between two elements; not given back either, since two of them meet where a part is left out."""
NAME: Final = r"[A-Za-z_][A-Za-z0-9._-]*"
"""An identifier that any schema takes for one (xs:NCName)."""
PATH: Final = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
MOMENT: Final = (
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
    r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)"
)
"""A moment with its zone; that there is such a day, whoever takes it looks at. Not ``24:00``: some
readers of dates take it, others do not.
"""
NUMBER: Final = r"(?:0|[1-9]\d{0,17})"
"""What xs:long and JSON take for a number, and Python for the same one."""


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of unit in the one form in which it is taken without a parser.

    Args:
        tag: Of its element.
        parent: Tag of the element that it lies in, which must take any number of them.
        lead: How it begins.
        rest: A pattern of what follows.
        take: Takes a unit if it is good, and says whether it did; if not, nothing has changed.
        prefixes: Names of namespaces that it uses, and which those must be.
    """

    tag: str
    parent: str
    lead: str
    rest: str
    take: Callable[[re.Match[str]], bool]
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def is_form_of(self, element: Element | None) -> bool:
        """Whether this is the form of an element that has just ended."""
        if element is None or element.tag != self.tag:
            return False
        parent = element.getparent()
        if parent is None or parent.tag != self.parent:
            return False
        known = element.nsmap
        return all(known.get(prefix) == uri for prefix, uri in self.prefixes.items())


def element(name: str, *parts: str) -> str:
    """A pattern of an element without attributes: of one text, or of elements."""
    if len(parts) == 1 and not parts[0].startswith(("<", "(?:<")):
        return f"<{name}>{parts[0]}</{name}>"
    return elements(f"<{name}>", *parts, f"</{name}>")


def elements(*parts: str) -> str:
    """A pattern of tags and elements with their indentation between them."""
    return _GAP.join(parts)


def as_bytes(text: str) -> bytes:
    """What stands in the document where a pattern found this."""
    return text.encode(_AS_BYTES)


class Passage:
    """Hands a document on piece by piece, but for what its forms take.

    Args:
        hand_on: Gives a piece to the parser; returns the element that ended last in it.
        forms: Of the units that may be taken.
    """

    def __init__(
        self, hand_on: Callable[[bytes], Element | None], forms: Iterable[Form] = ()
    ) -> None:
        self._hand_on = hand_on
        self._forms = {one.lead: one for one in forms}
        self._patterns = {
            lead: re.compile(_GAP + re.escape(lead) + one.rest) for lead, one in self._forms.items()
        }
        self._leads = re.compile("|".join(map(re.escape, self._forms)))
        self._running: Form | None = None
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        """Pass the next bytes."""
        if not self._forms:
            self._hand_on(chunk)
            return
        data = self._rest + chunk
        position = self._passed(data, len(data) - UNIT_BYTES)
        self._rest = data[position:]

    def finish(self) -> None:
        """Pass what was kept back."""
        data, self._rest = self._rest, b""
        self._passed(data, len(data))

    def _passed(self, data: bytes, end: int) -> int:
        """Pass units that begin before an end; where the first of the others begins."""
        text = data.decode(_AS_BYTES)
        position, is_plain = 0, data.isascii()
        while position < end:
            if self._running is not None:
                position = self._run(self._running, text, position, is_plain=is_plain)
            if position < end:
                position = self._next(data, text, position, end)
        return position

    def _run(self, form: Form, text: str, position: int, *, is_plain: bool) -> int:
        """Take units in one form from here on; where they end."""
        match, take = self._patterns[form.lead].match, form.take
        while unit := match(text, position):
            if not (is_plain or _is_text(unit[0])) or not take(unit):
                break
            position = unit.end()
        return position

    def _next(self, data: bytes, text: str, position: int, end: int) -> int:
        """Hand on what comes before the next unit in a known form, and that unit."""
        self._running = None
        found = self._leads.search(text, position)
        if found is None or found.start() >= end:
            self._hand_on(data[position:end])
            return end
        unit = self._patterns[found[0]].match(text, found.start())
        if unit is None:
            self._hand_on(data[position : found.end()])
            return found.end()
        if position < found.start():
            self._hand_on(data[position : found.start()])
        form = self._forms[found[0]]
        # Its tags end nothing but elements: an element that ended was read as one, here.
        if form.is_form_of(self._hand_on(data[found.start() : unit.end()])):
            self._running = form
        return unit.end()


def _is_text(text: str) -> bool:
    try:
        as_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
