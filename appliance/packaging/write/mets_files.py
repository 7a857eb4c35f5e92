"""What stands in METS once for each file, by the thousand: its entry, and the link to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.packaging.write import profile
from appliance.packaging.write.xml import METS_PREFIXES, Namespace, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.packaging.write.xml import Element

_METS: Final = Namespace(METS_PREFIXES)
_XLINK: Final = f"{{{profile.XLINK}}}"


def url(href: str) -> dict[str, str]:
    """Attributes of an element that leads to a file."""
    return {"LOCTYPE": "URL", f"{_XLINK}type": "simple", f"{_XLINK}href": href}


def reference_facts(told: Mapping[str, str]) -> dict[str, str]:
    """Attributes that say what a file is.

    Args:
        told: ``mime_type``, ``size``, ``created`` and ``sha256``.
    """
    return {
        "MIMETYPE": told["mime_type"],
        "SIZE": told["size"],
        "CREATED": told["created"],
        "CHECKSUM": told["sha256"],
        "CHECKSUMTYPE": profile.DIGEST_TYPE,
    }


def _file(told: Mapping[str, str]) -> Element:
    location = _METS("FLocat", attributes=url(told["href"]))
    return _METS("file", location, attributes={"ID": told["id"], **reference_facts(told)})


def _file_link(told: Mapping[str, str]) -> Element:
    named = {"ADMID": told["administered"], "DMDID": told["described"]}
    attributes = {"ID": told["id"], "LABEL": "MetadataLink/File"}
    attributes |= {name: text for name, text in named.items() if text}
    return _METS("div", _METS("fptr", attributes={"FILEID": told["file"]}), attributes=attributes)


FILE: Final = Template(_file)
"""An entry of the file section: ``id``, ``href`` and what ``reference_facts`` takes."""
FILE_LINK: Final = Template(_file_link)
"""A division that ties a ``file`` to how it is ``administered`` and ``described``, or not."""
