"""A small way to write XML: elements as calls, one byte form, memory for one branch at a time.

Children may come one by one from an iterator, so that a document of any length is written
without ever being held. What stands in a document by the thousand is a template: its tags are put
together once, by the same calls. The byte form is fixed here and depends on no library's version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from appliance.domain.clock import from_text
from appliance.packaging.write.profile import CSIP, LOCAL_ZONE, METS, PREMIS, XLINK, XSI

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

METS_PREFIXES: Final = {None: METS, "csip": CSIP, "xlink": XLINK, "xsi": XSI}
PREMIS_PREFIXES: Final = {None: PREMIS, "xsi": XSI}

_DECLARATION: Final = "<?xml version='1.0' encoding='UTF-8'?>"
_INDENT: Final = "  "
_GATHERED: Final = 1000
"""Our own: so many tags and texts are gathered before they are encoded and handed on."""

_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SLOT: Final = re.compile("\ue000([^\ue001]+)\ue001")
"""Where a template takes a text: private characters, which nothing written here has of its own."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What is escaped in one kind of place.

    Args:
        not_plain: Finds what is escaped there, or cannot be written at all.
        escapes: By character.
    """

    not_plain: re.Pattern[str]
    escapes: Mapping[int, str]

    def escaped(self, text: str) -> str:
        """A text as it stands there.

        Raises:
            ValueError: XML cannot carry a character.
        """
        if self.not_plain.search(text) is None:
            return text
        if not is_writable(text):
            raise ValueError(f"XML cannot carry every character of {text[:80]!r}")
        return text.translate(self.escapes)


_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_TEXT: Final = _Place(
    re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"), _ESCAPES
)
_IN_ATTRIBUTE: Final = _Place(
    re.compile("[^\x20!\x23-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"),
    _ESCAPES | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}),
)


@dataclass(slots=True)
class Element:
    """One element, to be written once.

    Args:
        namespace: Its namespace.
        name: Its local name.
        attributes: As they stand in its start tag, each with a space before it.
        content: Its text, or its child elements; iterators among them are read when it is written.
    """

    namespace: Namespace
    name: str
    attributes: str
    content: str | tuple[Node | Iterable[Node], ...]


@dataclass(slots=True)
class Filled:
    """One element of a template, to be written once.

    Args:
        template: Its shape.
        texts: What stands in its slots, by name.
    """

    template: Template
    texts: Mapping[str, str]


Node: TypeAlias = "Element | Filled"


class Template:
    """Elements of one shape, whose texts alone differ.

    Args:
        shape: Makes such an element; of a text it may ask no more than whether it is empty.
    """

    def __init__(self, shape: Callable[[Mapping[str, str]], Element]) -> None:
        self._shape = shape
        self._forms: dict[tuple[str, ...], tuple[str, tuple[tuple[str, _Place], ...]]] = {}

    def __call__(self, texts: Mapping[str, str]) -> Filled:
        """One element.

        Args:
            texts: By name; the same names each time.
        """
        return Filled(self, texts)

    def written(self, texts: Mapping[str, str], lead: str) -> str:
        """An element with these texts.

        Args:
            texts: By name.
            lead: A newline and the element's indentation.

        Raises:
            ValueError: XML cannot carry a character of a text.
        """
        key = (lead, *[name for name, text in texts.items() if not text])
        if key not in self._forms:
            self._forms[key] = self._form(texts, lead)
        form, slots = self._forms[key]
        return form % tuple([place.escaped(texts[name]) for name, place in slots])

    def _form(
        self, texts: Mapping[str, str], lead: str
    ) -> tuple[str, tuple[tuple[str, _Place], ...]]:
        """The element with a place for each text, and which text it takes there."""
        slots = {name: f"\ue000{name}\ue001" if text else "" for name, text in texts.items()}
        written = bytearray()
        document = _Document(written.extend, "")
        document.add(self._shape(slots), lead)
        document.hand_on()
        form = written.decode("utf-8")
        places = tuple((found[1], _place_at(form, found.start())) for found in _SLOT.finditer(form))
        return _SLOT.sub("%s", form.replace("%", "%%")), places


def _place_at(form: str, index: int) -> _Place:
    """Whether a slot stands inside a tag; no other angle bracket is left unescaped."""
    is_inside = form.rfind("<", 0, index) > form.rfind(">", 0, index)
    return _IN_ATTRIBUTE if is_inside else _IN_TEXT


class Namespace:
    """Makes elements of one namespace, which stands without a prefix.

    Args:
        prefixes: Declared on a document's root: None for the namespace itself, the others for
            attributes. Nothing for elements in no namespace.
    """

    def __init__(self, prefixes: Mapping[str | None, str] | None = None) -> None:
        declared: dict[str | None, str] = dict(prefixes or {})
        self._prefix_of = {f"{{{one}}}": f"{prefix}:" for prefix, one in declared.items() if prefix}
        self.declarations = "".join(
            f' xmlns:{prefix}="{one}"' if prefix else f' xmlns="{one}"'
            for prefix, one in declared.items()
        )

    def __call__(
        self,
        name: str,
        *children: Node | str | Iterable[Node],
        attributes: Mapping[str, str] | None = None,
    ) -> Element:
        """One element.

        Args:
            name: Its local name.
            children: One text, or elements and iterables of elements.
            attributes: By name; ``{uri}name`` for one in a namespace.

        Raises:
            ValueError: XML cannot carry a character, or text and elements are mixed.
        """
        told = self._attributes(attributes) if attributes else ""
        if len(children) == 1 and isinstance(children[0], str):
            return Element(self, name, told, children[0])
        if str in map(type, children):
            raise ValueError(f"{name} mixes text and elements")
        return Element(self, name, told, cast("tuple[Node | Iterable[Node], ...]", children))

    def _attributes(self, attributes: Mapping[str, str]) -> str:
        return "".join(
            f' {self._attribute(key)}="{_IN_ATTRIBUTE.escaped(text)}"'
            for key, text in attributes.items()
        )

    def _attribute(self, key: str) -> str:
        uri, brace, name = key.rpartition("}")
        return self._prefix_of[uri + brace] + name if brace else key


def write_document(root: Element, take: Callable[[bytes], object]) -> None:
    """Write a document as UTF-8, indented by two spaces, with declaration and a last newline.

    Args:
        root: Its root.
        take: Gets its bytes piece by piece.

    Raises:
        ValueError: XML cannot carry a character of its text.
    """
    document = _Document(take)
    document.add(root, "\n", root.namespace.declarations)
    document.finish()


def to_bytes(root: Element) -> bytes:
    """A whole document that is known to be short, as ``write_document`` writes it."""
    document = bytearray()
    write_document(root, document.extend)
    return bytes(document)


def is_writable(text: str) -> bool:
    """Whether XML 1.0 can carry every character of a text."""
    return _UNWRITABLE.search(text) is None


@lru_cache(maxsize=256)
def local_time(moment_text: str) -> str:
    """A ``clock.to_text`` moment as the circular writes it: ``YYYY-MM-DDThh:mm:ss.sss+07:00``."""
    moment = from_text(moment_text).astimezone(LOCAL_ZONE)
    return moment.isoformat(timespec="milliseconds")


def local_date(moment_text: str) -> dt.date:
    """The day of a ``clock.to_text`` moment in Việt Nam."""
    return from_text(moment_text).astimezone(LOCAL_ZONE).date()


class _Document:
    """Text on its way out.

    Args:
        take: Gets bytes now and then.
        opening: What it begins with.
    """

    def __init__(self, take: Callable[[bytes], object], opening: str = _DECLARATION) -> None:
        self._take = take
        self._gathered = [opening]

    def add(self, element: Element, lead: str, declarations: str = "") -> None:
        """Add an element and all below it; the lead is a newline and its indentation."""
        name, content, is_open = element.name, element.content, False
        start = f"{lead}<{name}{declarations}{element.attributes}"
        if isinstance(content, str):
            self._gathered.append(f"{start}>{_IN_TEXT.escaped(content)}</{name}>")
            return
        for branch in content:
            for child in (branch,) if isinstance(branch, Element | Filled) else branch:
                if not is_open:
                    self._gathered.append(f"{start}>")
                    is_open = True
                self._add_child(child, lead + _INDENT)
        self._gathered.append(f"{lead}</{name}>" if is_open else f"{start}/>")

    def _add_child(self, child: Node, lead: str) -> None:
        if isinstance(child, Filled):
            self._gathered.append(child.template.written(child.texts, lead))
        else:
            self.add(child, lead)
        if len(self._gathered) >= _GATHERED:
            self.hand_on()

    def finish(self) -> None:
        """End the last line and hand on what is left."""
        self._gathered.append("\n")
        self.hand_on()

    def hand_on(self) -> None:
        """Hand on what was gathered."""
        self._take("".join(self._gathered).encode("utf-8"))
        self._gathered.clear()
