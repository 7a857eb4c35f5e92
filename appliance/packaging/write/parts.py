"""Parts of a package: made here, or copied from a path under a recorded digest."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

from appliance.packaging.write.profile import XML_TYPE
from appliance.packaging.write.xml import write_document

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from appliance.packaging.write.xml import Element

_HELD_BYTES: Final = 1024 * 1024
"""Our own: a longer document waits on the disk until its turn in the package comes."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the package.

    Args:
        path: Relative to the folder of the AIP, with ``/``.
        size_bytes: How long it is.
        sha256: Hexadecimal.
        mime_type: Its IANA media type.
        content: Its bytes or its spooled document when it is made here, else the path it is
            copied from.
    """

    path: str
    size_bytes: int
    sha256: str
    mime_type: str
    content: bytes | SpooledTemporaryFile[bytes] | Path


def made(path: str, data: bytes, mime_type: str = XML_TYPE) -> Part:
    """A part whose bytes are made here."""
    return Part(path, len(data), hashlib.sha256(data).hexdigest(), mime_type, data)


class Spool:
    """Keeps XML documents from their making to their place in the package.

    Args:
        folder: Takes the long ones, in files without names that vanish with the process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Use it as a context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of every document; their parts can no longer be copied."""
        self._open.close()

    def document(self, path: str, root: Element) -> Part:
        """A part made of an XML document, written element by element.

        Args:
            path: Of the part.
            root: The document's root; read once.

        Raises:
            OSError: The disk refused.
            ValueError: XML cannot carry a character of its text.
        """
        spooled = SpooledTemporaryFile(_HELD_BYTES, dir=str(self._folder))  # noqa: SIM115 - closed by the stack
        stream = self._open.enter_context(spooled)
        digest, size_bytes = hashlib.sha256(), 0

        def take(data: bytes) -> None:
            nonlocal size_bytes
            digest.update(data)
            size_bytes += stream.write(data)

        write_document(root, take)
        return Part(path, size_bytes, digest.hexdigest(), XML_TYPE, stream)
