"""Units of METS in the one form that packages of this format have (``docs/format.md``)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Final

from appliance.packaging.verify.xml import METS, XLINK
from appliance.packaging.verify.xml_runs import (
    MOMENT,
    NAME,
    NUMBER,
    PATH,
    Form,
    elements,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_LEAD: Final = f"{{{METS}}}"
_FILE: Final = elements(
    f'ID="({NAME})" MIMETYPE="([a-z0-9.+/-]+)" SIZE="({NUMBER})" CREATED="({MOMENT})"'
    ' CHECKSUM="([0-9a-f]{64})" CHECKSUMTYPE="SHA-256">',
    f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="({PATH})"/>',
    "</file>",
)
_TYPE: Final = f"{{{XLINK}}}type"
_HREF: Final = f"{{{XLINK}}}href"
_DIVISION: Final = elements(
    f'ID="({NAME})" LABEL="([A-Za-z0-9/]+)"(?: ADMID="({NAME})")?(?: DMDID="({NAME})")?>',
    f'<fptr FILEID="({NAME})"/>',
    "</div>",
)
_OF_DIVISION: Final = ("LABEL", "ADMID", "DMDID", "FILEID")
"""What its pattern finds, after the ID."""


def mets_forms(
    take_file: Callable[[dict[str, str]], bool], take_division: Callable[[dict[str, str]], bool]
) -> tuple[Form, ...]:
    """Forms of what METS documents hold by the thousand.

    Texts that come again, in other units or where a file is pointed to, are kept once (``intern``):
    that is a quarter of what a page costs.

    Args:
        take_file: Takes the attributes of a file and of its one ``FLocat``.
        take_division: Takes the attributes of a division with one ``fptr``, and its ``FILEID``.
    """

    def is_file(unit: re.Match[str]) -> bool:
        identifier, kind, size, created, digest, href = unit.groups()
        facts = {
            "ID": intern(identifier),
            "MIMETYPE": intern(kind),
            "SIZE": size,
            "CREATED": intern(created),
            "CHECKSUM": digest,
            "CHECKSUMTYPE": "SHA-256",
            "LOCTYPE": "URL",
            _TYPE: "simple",
            _HREF: href,
        }
        return _is_moment(created) and take_file(facts)

    def is_division(unit: re.Match[str]) -> bool:
        identifier, *others = unit.groups()
        told = zip(_OF_DIVISION, others, strict=True)
        facts = {"ID": identifier} | {name: intern(text) for name, text in told if text}
        return take_division(facts)

    return (
        Form(f"{_LEAD}file", f"{_LEAD}fileGrp", "<file ", _FILE, is_file, {"xlink": XLINK}),
        Form(f"{_LEAD}div", f"{_LEAD}div", "<div ", _DIVISION, is_division),
    )


@lru_cache(maxsize=64)
def _is_moment(text: str) -> bool:
    """Whether there was such a moment; the files of a package mostly share one."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
