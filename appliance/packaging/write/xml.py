"""A small way to write XML: elements as calls, one byte form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from appliance.domain.clock import from_text
from appliance.packaging.write.profile import CSIP, LOCAL_ZONE, METS, PREMIS, XLINK, XSI

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

Element = etree._Element  # noqa: SLF001 - lxml gives its element type no public name
METS_PREFIXES: Final = {None: METS, "csip": CSIP, "xlink": XLINK, "xsi": XSI}
PREMIS_PREFIXES: Final = {None: PREMIS, "xsi": XSI}

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Namespace:
    """Makes elements of one namespace.

    Args:
        uri: The namespace; empty for none.
        prefixes: Declared on elements that are roots; the same ones on children are not repeated.
    """

    def __init__(self, uri: str, prefixes: Mapping[str | None, str] | None = None) -> None:
        self._lead = f"{{{uri}}}" if uri else ""
        # The stubs forbid the None that names the default namespace; lxml itself asks for it.
        self._prefixes = cast("Mapping[str, str]", dict(prefixes or {}))

    def __call__(
        self, name: str, *children: Element | str, attributes: Mapping[str, str] | None = None
    ) -> Element:
        """One element: a string child is its text, other children are elements."""
        element = etree.Element(self._lead + name, dict(attributes or {}), nsmap=self._prefixes)
        for child in children:
            if isinstance(child, str):
                element.text = child
            else:
                element.append(child)
        return element


def to_bytes(root: Element) -> bytes:
    """The document as UTF-8, indented by two spaces, with declaration and a last newline."""
    etree.indent(root, space="  ")
    etree.cleanup_namespaces(root, keep_ns_prefixes=["csip", "xlink", "xsi"])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


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
