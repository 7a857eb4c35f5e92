"""A line on standard error that says how far a long read is; only where a person watches."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TextIO

_SECONDS_BETWEEN: Final = 0.5
"""Our own: often enough to see that it moves."""
_CLEAR: Final = "\r\x1b[K"
"""Back to the start of the line, and empty it (ECMA-48, EL)."""


class ReadProgress:
    """Counts bytes that were read, and shows them; a context that wipes its line.

    Args:
        stream: A terminal, or something where nothing is shown.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_watched = self._stream.isatty()
        self._lock = threading.Lock()
        self._size_bytes = 0
        self._begun = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_watched:
            self._say("")

    def add(self, size_bytes: int) -> None:
        """Count bytes; may be called from several threads."""
        if not self._is_watched:
            return
        with self._lock:
            self._size_bytes += size_bytes
            now = time.monotonic()
            if now - self._shown < _SECONDS_BETWEEN:
                return
            self._shown = now
            megabytes = self._size_bytes / 1e6
            pace = megabytes / (now - self._begun)
            self._say(f"đã đọc / read {megabytes:,.0f} MB, {pace:,.0f} MB/s")

    def _say(self, text: str) -> None:
        self._stream.write(f"{_CLEAR}{text}")
        self._stream.flush()
