"""Memory and processor time of a running service and its decoders, as the kernel counts them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Memory:
    """The greatest memory of a service and of its decoders, looked at now and then, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.service_bytes = 0
        self.decoder_bytes = 0

    def look(self) -> None:
        """Look now."""
        self.service_bytes = max(self.service_bytes, _peak_bytes(self._pid))
        decoders = (_peak_bytes(child) for child in _descendants(self._pid))
        self.decoder_bytes = max(self.decoder_bytes, *decoders, 0)

    def __str__(self) -> str:
        """As printed."""
        mib = 1024 * 1024
        return (
            f"peak {self.service_bytes / mib:.0f} MiB, "
            f"largest decoder {self.decoder_bytes / mib:.0f} MiB"
        )


def _peak_bytes(pid: int) -> int:
    """The kernel's own high-water mark; 0 when the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _descendants(pid: int) -> list[int]:
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            children += [int(child) for child in path.read_text().split()]
    return [*children, *(below for child in children for below in _descendants(child))]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of everything below it."""
    total = 0.0
    for one in (pid, *_descendants(pid)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total
