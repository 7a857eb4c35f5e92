"""A PDF written from front to back: objects go out as they come, only their places are kept."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import Fingerprint, Fingerprinter
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

MAX_PDF_BYTES: Final = 9_000_000_000
"""A classic cross-reference table holds ten digits; many readers fail long before."""
_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""ISO 19005-2 6.1.2: a comment of four bytes above 127 follows."""


class PdfFile:
    """Writes numbered objects and, in the end, the table of their places.

    Memory: eight bytes an object.

    Args:
        stream: Open for writing, at its start.
        max_bytes: Refuse to grow beyond.
    """

    def __init__(self, stream: BinaryIO, max_bytes: int = MAX_PDF_BYTES) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._places = array("Q", [0])
        self._position = 0
        self._printer = Fingerprinter()
        self._write(_HEADER)

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
        self._write(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))

    def add_stream(self, entries: str, data: bytes) -> int:
        """Write a new stream from memory; gives its number."""
        return self.add_pieces(entries, (data,), len(data))

    def add_pieces(self, entries: str, pieces: Iterable[bytes], length_bytes: int) -> int:
        """Write a new stream piece by piece; gives its number.

        Args:
            entries: Of its dictionary, without ``/Length``.
            pieces: Its bytes.
            length_bytes: Their sum, known before.

        Raises:
            RuleError: ``PDF-TOO-LARGE``.
            ValueError: The pieces do not add up to the length.
        """
        number = self.reserve()
        self._begin(number, length_bytes)
        head = f"{number} 0 obj\n<< {entries} /Length {length_bytes} >>\nstream\n"
        self._write(head.encode("ascii"))
        start = self._position
        for piece in pieces:
            self._write(piece)
        if self._position - start != length_bytes:
            raise ValueError(f"a stream has {self._position - start} bytes, not {length_bytes}")
        self._write(b"\nendstream\nendobj\n")
        return number

    def finish(self, root: int, information: int) -> Fingerprint:
        """Write the table and the trailer; gives the fingerprint of the whole.

        The file's identity is drawn from its bytes, so equal content has equal identity.
        """
        identity = self._printer.result().xxh3.upper()
        table_place = self._position
        self._write(f"xref\n0 {len(self._places)}\n0000000000 65535 f \n".encode("ascii"))
        for place in self._places[1:]:
            self._write(f"{place:010d} 00000 n \n".encode("ascii"))
        trailer = (
            f"trailer\n<< /Size {len(self._places)} /Root {root} 0 R /Info {information} 0 R "
            f"/ID [<{identity}> <{identity}>] >>\nstartxref\n{table_place}\n%%EOF\n"
        )
        self._write(trailer.encode("ascii"))
        return self._printer.result()

    def _begin(self, number: int, coming_bytes: int) -> None:
        if self._position + coming_bytes > self._max_bytes:
            finding = Finding("PDF-TOO-LARGE", "", {"limit": self._max_bytes})
            raise RuleError(
                f"a PDF may not exceed {self._max_bytes} bytes: split the file unit",
                (finding,),
                code=finding.code,
            )
        self._places[number] = self._position

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self._printer.update(data)
        self._position += len(data)
