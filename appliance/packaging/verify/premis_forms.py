"""Units of PREMIS in the one form that packages of this format have (``docs/format.md``).

What such a unit says is held against itself by its pattern: an event's own elements repeat what
its custody event says, word for word. Everything else is up to whoever takes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.packaging.verify.xml import PREMIS, XSI
from appliance.packaging.verify.xml_runs import (
    MOMENT,
    NAME,
    NUMBER,
    PATH,
    SIGN,
    TEXT,
    Form,
    element,
    elements,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Take = Callable[[re.Match[str]], bool]

_LEAD: Final = f"{{{PREMIS}}}"
_PREFIXES: Final = {"xsi": XSI}
_WORD: Final = f"[A-Za-z0-9]{TEXT}"
"""Text that has something in it."""
_SIGNS: Final = r'[^"\\<>&\x00-\x1f\xef]'
"""What stands in a JSON text for itself."""
_JSON_TEXT: Final = f'"{_SIGNS}*"'
_JSON_LEAF: Final = f"(?:{_JSON_TEXT}|-?{NUMBER}|true|false|null)"
_JSON_VALUE: Final = rf"(?:{_JSON_LEAF}|\[(?:{_JSON_LEAF}(?:,{_JSON_LEAF})*)?\])"
_JSON_PAIR: Final = f"{_JSON_TEXT}:{_JSON_VALUE}"
_JSON_OBJECT: Final = rf"\{{(?:{_JSON_PAIR}(?:,{_JSON_PAIR})*)?\}}"
"""An object of plain values and lists of them, in canonical form: nothing between its signs."""

_CUSTODY: Final = ",".join(
    (
        rf'\{{"agent":"(?P<agent>{_SIGNS}+)"',
        f'"at":"(?P<at>{MOMENT})"',
        '"clock_trusted":(?:true|false)',
        '"counter":(?P=counter)',
        f'"detail":{_JSON_OBJECT}',
        '"object_id":"(?P<object>[0-9a-f]{64})"',
        f'"object_kind":{_JSON_TEXT}',
        f'"outcome":"(?P<outcome>{_SIGNS}+)"',
        '"previous":"(?P<previous>[0-9a-f]{64})"',
        r'"type":"(?P=kind)"\}',
    )
)
"""Canonical JSON of a custody event, which knows no other way to write it."""


def _identifier(name: str, value: str, *more: str) -> str:
    return element(name, element(f"{name}Type", TEXT), element(f"{name}Value", value), *more)


_EVENT: Final = elements(
    "",
    _identifier("eventIdentifier", f"(?P<box>{SIGN}*):(?P<counter>{NUMBER})"),
    element("eventType", f"(?P<kind>{_SIGNS}+)"),
    element("eventDateTime", f"(?P<local>{MOMENT})"),
    element("eventDetailInformation", element("eventDetail", f"(?P<body>{_CUSTODY})")),
    element("eventOutcomeInformation", element("eventOutcome", "(?P=outcome)")),
    _identifier("linkingAgentIdentifier", "(?P=agent)", element("linkingAgentRole", TEXT)),
    _identifier("linkingObjectIdentifier", f"(?P<link>{NAME})", element("linkingObjectRole", TEXT)),
    "</event>",
)
EVENT_GROUPS: Final = tuple(re.compile(_EVENT, re.ASCII).groupindex)
"""What stands in an event: ``box`` and ``counter`` of its identifier, and so on, in this order."""
_REGISTRY: Final = element(
    "formatRegistry", element("formatRegistryName", TEXT), element("formatRegistryKey", TEXT)
)
_PROGRAM: Final = element("creatingApplication", element("creatingApplicationName", TEXT))
_OBJECT: Final = elements(
    f'xmlID="(?P<xml>{NAME})">',
    _identifier("objectIdentifier", f"(?P<id>{NAME})"),
    element(
        "objectCharacteristics",
        element("compositionLevel", "0"),
        element(
            "fixity",
            element("messageDigestAlgorithm", "SHA-256"),
            element("messageDigest", "(?P<digest>[0-9a-f]{64})"),
        ),
        element("size", f"(?P<size>{NUMBER})"),
        element(
            "format",
            element("formatDesignation", element("formatName", _WORD)),
            f"(?:{_REGISTRY})?",
        ),
        f"(?:{_PROGRAM})?",
    ),
    element("originalName", TEXT),
    element(
        "storage",
        element(
            "contentLocation",
            element("contentLocationType", TEXT),
            element("contentLocationValue", f"(?P<location>{PATH})"),
        ),
    ),
    "</object>",
)


def _link_form(name: str, parent: str, role: str, take: Take) -> Form:
    lead = f"<{name}>"
    whole = _identifier(name, f"(?P<id>{NAME})", *((role,) if role else ()))
    return Form(_LEAD + name, _LEAD + parent, lead, whole.removeprefix(lead), take)


def premis_forms(
    take_object: Take, take_event: Take, take_related: Take, take_link: Take
) -> tuple[Form, ...]:
    """Forms of what PREMIS documents hold by the thousand.

    Args:
        take_object: Takes an object that is a file: ``xml``, ``id``, ``digest``, ``size`` and
            ``location`` are its groups.
        take_event: Takes a custody event of a master, whose groups are ``EVENT_GROUPS``.
        take_related: Takes one identifier of a relationship: ``id``.
        take_link: Takes one object that an event names: ``id``.
    """
    premis = f"{_LEAD}premis"
    role = element("linkingObjectRole", TEXT)
    return (
        Form(f"{_LEAD}object", premis, '<object xsi:type="file" ', _OBJECT, take_object, _PREFIXES),
        Form(f"{_LEAD}event", premis, "<event>", _EVENT, take_event),
        _link_form("relatedObjectIdentifier", "relationship", "", take_related),
        _link_form("linkingObjectIdentifier", "event", role, take_link),
    )
