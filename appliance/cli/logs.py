"""What a command tells beside its answer: lines on standard error, told by weight to a journal."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

_CHATTY: Final = {
    **dict.fromkeys(("paramiko", "watchdog", "pikepdf", "PIL", "pyvips"), logging.ERROR),
    "uvicorn": logging.WARNING,
}
"""Libraries that tell more than a technician wants to read, and what is heard of each."""
_WEIGHTS: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
"""The syslog severity (RFC 5424, section 6.2.1) of each of Python's levels."""
_IN_JOURNAL: Final = "JOURNAL_STREAM"
"""Set by systemd where standard error goes to the journal (systemd.exec(5))."""


class JournalFormatter(logging.Formatter):
    """Puts before each line how weighty it is, so that ``journalctl -p warning`` finds it."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record, each with its weight (sd-daemon(3))."""
        weight = f"<{_WEIGHTS.get(record.levelno, _WEIGHTS[logging.INFO])}>"
        return weight + super().format(record).replace("\n", f"\n{weight}")


def log_to_stderr(level: int) -> None:
    """Let everything of this process be told on standard error.

    Args:
        level: Of ``logging``; what weighs less is not told.
    """
    kind = JournalFormatter if _IN_JOURNAL in os.environ else logging.Formatter
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(kind("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(least)
