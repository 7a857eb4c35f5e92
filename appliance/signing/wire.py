"""The SSH binary encoding (RFC 4251 §5): lengths and strings, read with suspicion."""

from __future__ import annotations

import struct
from typing import Final

_LENGTH: Final = struct.Struct(">I")


def number(value: int) -> bytes:
    """Encode a ``uint32``."""
    return _LENGTH.pack(value)


def string(data: bytes) -> bytes:
    """Encode a ``string``: its length, then its bytes."""
    return _LENGTH.pack(len(data)) + data


class Reader:
    """Takes values off the front of some bytes.

    Raises:
        ValueError: From every method, when the bytes do not hold what is asked for.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def fixed(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        end = self._position + length
        if end > len(self._data):
            raise ValueError("the SSH value ends too early")
        piece = self._data[self._position : end]
        self._position = end
        return piece

    def number(self) -> int:
        """The next ``uint32``."""
        (value,) = _LENGTH.unpack(self.fixed(_LENGTH.size))
        return int(value)

    def string(self) -> bytes:
        """The next ``string``."""
        return self.fixed(self.number())

    def end(self) -> None:
        """Check that nothing is left."""
        if self._position != len(self._data):
            raise ValueError("the SSH value has bytes after its end")
