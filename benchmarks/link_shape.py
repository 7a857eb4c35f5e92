"""A line of a given rate, delay and loss, packet by packet: the model alone, no network.

One way of the line is a queue of limited length before a sender of fixed rate, then a fixed
delay; each packet is lost with the same probability. Times are given, never read.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class LinkShape:
    """A line, the same both ways.

    Args:
        bits_per_second: Of whole IP packets.
        delay_seconds: One way; the round trip takes twice as long.
        loss: Probability that a packet is lost, 0 to 1.
        queue_seconds: What the queue before the line holds at its rate; what comes on top is
            lost, as in a router.
        seed: Of the losses.
    """

    bits_per_second: float
    delay_seconds: float
    loss: float = 0.0
    queue_seconds: float = 0.2
    seed: int = 1


class OneWay:
    """One way of a line.

    Args:
        shape: Of the line.
        seed: Of this way's losses.

    Attributes:
        carried_bytes: Bytes of packets that left the queue or will.
        lost_packets: Lost on the way.
        dropped_packets: Refused by the full queue.
    """

    def __init__(self, shape: LinkShape, seed: int) -> None:
        self._shape = shape
        self._random = random.Random(seed)  # noqa: S311 - repeatable losses, no secret
        self._free_at = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()
        self.carried_bytes = 0
        self.lost_packets = 0
        self.dropped_packets = 0

    def offer(self, packet: bytes, now: float) -> None:
        """Take a packet at a time in seconds; times never go back."""
        shape = self._shape
        start = max(now, self._free_at)
        if start - now > shape.queue_seconds:
            self.dropped_packets += 1
            return
        self._free_at = start + len(packet) * 8 / shape.bits_per_second
        self.carried_bytes += len(packet)
        if self._random.random() < shape.loss:
            self.lost_packets += 1
            return
        self._under_way.append((self._free_at + shape.delay_seconds, packet))

    def arrived(self, now: float) -> Iterator[bytes]:
        """Every packet that has reached the other end by now, in order."""
        while self._under_way and self._under_way[0][0] <= now:
            yield self._under_way.popleft()[1]

    def next_arrival(self) -> float | None:
        """When the next packet reaches the other end; None when none is under way."""
        return self._under_way[0][0] if self._under_way else None
