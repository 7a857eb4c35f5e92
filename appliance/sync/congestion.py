"""The congestion control of one connection: chosen by what the line does to it.

Measured over shaped lines: on a clean one ``cubic`` fills 0.998 of it and ``bbr`` 0.965, since
``bbr`` all but stops for 0.2 s in every 10; on one that loses 1 % of its packets ``cubic`` gets
a fifth and ``bbr`` 0.96. So a connection starts with the first and goes over to the second when
packets are lost although no queue has built up: then the line loses them, not we.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CLEAN_LINE: Final = "cubic"
LOSSY_LINE: Final = "bbr"

LOOK_SECONDS: Final = 1.0
LOST_SHARE: Final = 0.002
"""Our own: a fifth of the loss at which ``cubic`` was seen to crawl."""
QUEUE_FACTOR: Final = 1.25
"""Our own: a round trip this much longer than the shortest means that a queue has built up."""
_LEAST_PACKETS: Final = 100
"""Our own: of fewer nothing is concluded."""

_TCP_INFO: Final = struct.Struct("8x15I I 7I I 32x I 8x I")
"""linux/tcp.h: of ``struct tcp_info`` the round trip, packets sent again, packets sent, and the
shortest round trip; times in microseconds."""
_ROUND_TRIP, _SENT_AGAIN, _SENT, _SHORTEST = 15, 23, 24, 25
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LineState:
    """What the kernel knows of a connection.

    Args:
        round_trip_microseconds: Now, smoothed; with whatever waits in queues.
        shortest_microseconds: Of late, without queues.
        sent_packets: Since it was made.
        sent_again_packets: Of them, because the first was lost.
    """

    round_trip_microseconds: int
    shortest_microseconds: int
    sent_packets: int
    sent_again_packets: int


def line_state(connection: socket.socket) -> LineState:
    """Ask the kernel.

    Raises:
        OSError: No TCP connection, or a kernel that does not say.
    """
    data = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if len(data) < _TCP_INFO.size:
        raise OSError("this kernel says too little of a connection")
    values = _TCP_INFO.unpack_from(data)
    return LineState(values[_ROUND_TRIP], values[_SHORTEST], values[_SENT], values[_SENT_AGAIN])


def is_lossy(before: LineState, now: LineState) -> bool:
    """Whether packets were lost between two looks although no queue has built up."""
    sent = now.sent_packets - before.sent_packets
    lost = now.sent_again_packets - before.sent_again_packets
    is_queue_short = now.round_trip_microseconds <= QUEUE_FACTOR * now.shortest_microseconds
    return lost >= LOST_SHARE * sent and is_queue_short


class Congestion:
    """Watches one connection and goes over to the other control when it must.

    Args:
        connection: Connected.
        seconds: A clock that never goes back.
    """

    def __init__(
        self, connection: socket.socket, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = connection
        self._seconds = seconds
        self._looked_at = seconds()
        self._before: LineState | None = None
        self._is_settled = not _choose(connection, CLEAN_LINE)

    def look(self) -> None:
        """Look whether it is time; call it as often as you like while sending."""
        if self._is_settled or self._seconds() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = self._seconds()
        try:
            now = line_state(self._connection)
        except OSError as problem:
            _LOG.info("cannot see what the line loses: %s", problem)
            self._is_settled = True
            return
        if self._before is None:
            self._before = now
        elif now.sent_packets - self._before.sent_packets >= _LEAST_PACKETS:
            self._is_settled = is_lossy(self._before, now) and _choose(self._connection, LOSSY_LINE)
            self._before = now


def _choose(connection: socket.socket, control: str) -> bool:
    """Set the control; whether the kernel has it."""
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, control.encode("ascii"))
    except OSError as problem:
        _LOG.info(
            "this kernel has no %s, or does not allow it (%s): a lossy line will be slow",
            control,
            problem,
        )
        return False
    return True
