"""Parts of a package: made here as bytes, or copied from a path under a recorded digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.packaging.write.profile import XML_TYPE

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the package.

    Args:
        path: Relative to the folder of the AIP, with ``/``.
        size_bytes: How long it is.
        sha256: Hexadecimal.
        mime_type: Its IANA media type.
        content: Its bytes when they are made here, else the path they are copied from.
    """

    path: str
    size_bytes: int
    sha256: str
    mime_type: str
    content: bytes | Path


def made(path: str, data: bytes, mime_type: str = XML_TYPE) -> Part:
    """A part whose bytes are made here."""
    return Part(path, len(data), hashlib.sha256(data).hexdigest(), mime_type, data)
