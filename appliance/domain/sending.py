"""What decides the sending: which package goes first, when one is tried again, when all stops.

**The order.** A package's rank is the moment of its seal, in seconds, plus one second for each
``RANK_BYTES_PER_SECOND`` of its size, at most ``RANK_LONGEST_SECONDS``; the lowest goes first. So
small and old ones go first and the number of proved hồ sơ grows fast, and a large one is never
overtaken by what is sealed more than that time after it: nothing starves, however much is sealed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

RANK_BYTES_PER_SECOND: Final = 2048
"""Our own: 40 MiB let go first what is sealed within 6 hours after, 1 GiB within 6 days."""

RANK_LONGEST_SECONDS: Final = 30 * 86_400
"""Our own: however large it is, nothing that is sealed a month later goes before it."""

FIRST_PAUSE_SECONDS: Final = 4.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
_JITTER: Final = 0.25
"""Our own: packages that failed together are not all tried again at one moment."""

PACE_MEMORY_SECONDS: Final = 2 * 3600.0
"""Our own: sending of two hours counts for half as much after two hours more of sending."""

DAMAGED_PACKAGES_TO_STOP: Final = 3
"""Our own: so many packages damaged on this box stop all sending until a person has looked ..."""

DAMAGED_PERMILLE_TO_STOP: Final = 10
"""Our own: ... as do several, though fewer, when they are 1 % of all packages."""

LEASE_SECONDS: Final = 900
"""Our own: a sender that has not been heard of for longer, and ... """

LEASE_BYTES_PER_SECOND: Final = 500_000
"""Our own: ... for the time in which the slowest disk there reads the package, is dead."""

MAX_CLOCK_DIFFERENCE_SECONDS: Final = 86_400
"""Our own: receipts whose time differs more from this box's are dated wrongly by somebody."""


def send_rank(sealed_at_seconds: int, size_bytes: int) -> int:
    """The rank in the queue of a destination; the lowest goes first.

    Args:
        sealed_at_seconds: Of the package, since 1970 in UTC.
        size_bytes: Of the package.
    """
    return sealed_at_seconds + min(size_bytes // RANK_BYTES_PER_SECOND, RANK_LONGEST_SECONDS)


def pause_seconds(tries: int, key: str) -> float:
    """How long to wait before a deposit is tried again: doubled each time, up to an hour.

    Args:
        tries: How often it was tried, the last time included.
        key: Names the deposit: it shifts the pause by up to a quarter, always by the same.
    """
    longest = min(FIRST_PAUSE_SECONDS * 2.0 ** min(max(tries - 1, 0), 20), LONGEST_PAUSE_SECONDS)
    share = zlib.crc32(f"{key}:{tries}".encode()) / 2**32
    return longest * (1 + _JITTER * (2 * share - 1))


def lease_seconds(size_bytes: int) -> int:
    """How long a sender may be silent about one package before it counts as dead."""
    return LEASE_SECONDS + size_bytes // LEASE_BYTES_PER_SECOND


def stops_everything(damaged: int, packages: int) -> bool:
    """Whether so many damaged packages, of all there are, mean that the store itself is ill.

    One never does: it stops alone.
    """
    is_share = damaged > 1 and damaged * 1000 >= packages * DAMAGED_PERMILLE_TO_STOP
    return damaged >= DAMAGED_PACKAGES_TO_STOP or is_share


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a destination took packages lately; a moving figure that forgets slowly.

    Sums of bytes and of time, not speeds: a stall counts for as long as it lasted, and one quick
    or slow package among many hardly moves it.

    Args:
        sent_bytes: Bytes that the place confirmed, the older ones fading.
        seconds: The time that it took, read-back there included, fading as well.
    """

    sent_bytes: float = 0.0
    seconds: float = 0.0

    @property
    def bytes_per_second(self) -> float:
        """The usual speed; 0 = not known."""
        return self.sent_bytes / self.seconds if self.seconds > 0 else 0.0

    def after(self, sent_bytes: int, seconds: float) -> Pace:
        """The figure with one more stretch of sending in it."""
        fading = 0.5 ** (seconds / PACE_MEMORY_SECONDS)
        return Pace(self.sent_bytes * fading + sent_bytes, self.seconds * fading + seconds)
