"""A small way to write XML: elements as calls, one byte form, memory for one branch at a time.

Children may come one by one from an iterator, so that a document of any length is written
without ever being held. The byte form is fixed here and depends on no library's version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

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
_NOT_PLAIN: Final = re.compile(
    "[^\x20!\x23-\x25'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
)
"""What is escaped somewhere, or cannot be written at all."""
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


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
    content: str | tuple[Element | Iterable[Element], ...]


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
        *children: Element | str | Iterable[Element],
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
        return Element(self, name, told, cast("tuple[Element | Iterable[Element], ...]", children))

    def _attributes(self, attributes: Mapping[str, str]) -> str:
        return "".join(
            f' {self._attribute(key)}="{_escaped(text, _IN_ATTRIBUTE)}"'
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
    """

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self._gathered = [_DECLARATION]

    def add(self, element: Element, lead: str, declarations: str = "") -> None:
        """Add an element and all below it; the lead is a newline and its indentation."""
        name, content, is_open = element.name, element.content, False
        start = f"{lead}<{name}{declarations}{element.attributes}"
        if isinstance(content, str):
            self._gathered.append(f"{start}>{_escaped(content, _IN_TEXT)}</{name}>")
            return
        for branch in content:
            for child in (branch,) if isinstance(branch, Element) else branch:
                if not is_open:
                    self._gathered.append(f"{start}>")
                    is_open = True
                self.add(child, lead + _INDENT)
                if len(self._gathered) >= _GATHERED:
                    self._hand_on()
        self._gathered.append(f"{lead}</{name}>" if is_open else f"{start}/>")

    def finish(self) -> None:
        """End the last line and hand on what is left."""
        self._gathered.append("\n")
        self._hand_on()

    def _hand_on(self) -> None:
        self._take("".join(self._gathered).encode("utf-8"))
        self._gathered.clear()


def _escaped(text: str, escapes: Mapping[int, str]) -> str:
    if _NOT_PLAIN.search(text) is None:
        return text
    if not is_writable(text):
        raise ValueError(f"XML cannot carry every character of {text[:80]!r}")
    return text.translate(escapes)
