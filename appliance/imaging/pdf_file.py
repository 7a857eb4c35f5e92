"""A PDF written from front to back: objects go out as they come, only their places are kept."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.imaging.pdf_output import PdfOutput, WrittenBytes

MAX_PDF_BYTES: Final = 9_000_000_000
"""A classic cross-reference table holds ten digits; many readers fail long before."""
_BINARY_COMMENT: Final = b"%\xe2\xe3\xcf\xd3\n"
"""ISO 19005-1 and -2, 6.1.2: four bytes above 127 follow the header."""


class PdfFile:
    """Writes numbered objects and, in the end, the table of their places.

    Memory: eight bytes an object.

    Args:
        output: Empty.
        version: Of PDF, for the header.
        max_bytes: Refuse to grow beyond.
    """

    def __init__(
        self, output: PdfOutput, version: str = "1.7", max_bytes: int = MAX_PDF_BYTES
    ) -> None:
        self._output = output
        self._max_bytes = max_bytes
        self._places = array("Q", [0])
        self._identity = xxhash.xxh3_128()
        output.write(f"%PDF-{version}\n".encode("ascii") + _BINARY_COMMENT)

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._places.append(0)
        return len(self._places) - 1

    def add(self, body: str) -> int:
        """Write a new object; gives its number."""
        number = self.reserve()
        self.write(number, body)
        return number

    def write(self, number: int, body: str) -> None:
        """Write a reserved object.

        Raises:
            RuleError: ``PDF-TOO-LARGE``.
        """
        self._begin(number, len(body))
        self._write(f"{number} 0 obj\n{body}\nendobj\n")

    def add_stream(self, entries: str, data: bytes) -> int:
        """Write a new stream from memory; gives its number."""
        identity = xxhash.xxh3_128_hexdigest(data)
        return self.add_copied(entries, len(data), lambda output: output.write(data), identity)

    def add_copied(
        self, entries: str, length_bytes: int, copy: Callable[[PdfOutput], None], identity: str
    ) -> int:
        """Write a new stream whose bytes come from elsewhere; gives its number.

        Args:
            entries: Of its dictionary, without ``/Length``.
            length_bytes: Known before.
            copy: Appends exactly so many bytes to what it is given.
            identity: Tells these bytes from all others, such as their digest.

        Raises:
            RuleError: ``PDF-TOO-LARGE``.
            ValueError: There were more bytes, or fewer.
        """
        number = self.reserve()
        self._begin(number, length_bytes)
        self._identity.update(identity.encode("ascii"))
        self._write(f"{number} 0 obj\n<< {entries} /Length {length_bytes} >>\nstream\n")
        start = self._output.position
        copy(self._output)
        copied_bytes = self._output.position - start
        if copied_bytes != length_bytes:
            raise ValueError(f"a stream has {copied_bytes} bytes, not {length_bytes}")
        self._write("\nendstream\nendobj\n")
        return number

    def finish(self, root: int, information: int) -> WrittenBytes:
        """Write the table and the trailer; gives size and digest of the whole.

        The file's identity is drawn from all objects and the identities of streams, so equal
        content has equal identity.
        """
        identity = self._identity.hexdigest().upper()
        table_place = self._output.position
        self._write(f"xref\n0 {len(self._places)}\n0000000000 65535 f \n")
        for place in self._places[1:]:
            self._write(f"{place:010d} 00000 n \n")
        trailer = (
            f"trailer\n<< /Size {len(self._places)} /Root {root} 0 R /Info {information} 0 R "
            f"/ID [<{identity}> <{identity}>] >>\nstartxref\n{table_place}\n%%EOF\n"
        )
        self._write(trailer)
        return self._output.finish()

    def _write(self, text: str) -> None:
        data = text.encode("ascii")
        self._identity.update(data)
        self._output.write(data)

    def _begin(self, number: int, coming_bytes: int) -> None:
        place = self._output.position
        if place + coming_bytes > self._max_bytes:
            finding = Finding("PDF-TOO-LARGE", "", {"limit": self._max_bytes})
            raise RuleError(
                f"a PDF may not exceed {self._max_bytes} bytes: split the file unit",
                (finding,),
                code=finding.code,
            )
        self._places[number] = place
