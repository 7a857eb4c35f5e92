"""The congestion control of a connection, over lines whose packets are really lost."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import appliance
from appliance.sync.congestion import CLEAN_LINE, LOSSY_LINE, Congestion, LineState, is_lossy
from benchmarks.link_shape import LinkShape, OneWay
from benchmarks.shaped_link import FAR_ADDRESS, ShapedLink, why_not

_SHAPING = pytest.mark.skipif(why_not() is not None, reason=f"no shaped lines here: {why_not()}")
_CONTROLS = Path("/proc/sys/net/ipv4/tcp_available_congestion_control")
_BEFORE = LineState(60_000, 60_000, 1000, 3)

SENDER = """
import socket, sys, time
from appliance.sync.congestion import Congestion, LOSSY_LINE
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
watch, deadline = Congestion(connection), time.monotonic() + 90
control = b""
while not control.startswith(LOSSY_LINE.encode()) and time.monotonic() < deadline:
    connection.sendall(bytes(16384))
    watch.look()
    control = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
print(control.rstrip(bytes(1)).decode())
"""
"""Sends through the watch until the other control is chosen, at most so long."""


def test_a_packet_takes_its_time() -> None:
    """A way sends at its rate and delivers after its delay, in order."""
    way = OneWay(LinkShape(8000.0, 0.5, queue_seconds=10), seed=1)
    for number in range(3):
        way.offer(bytes([number]) * 1000, now=0.0)
    assert way.next_arrival() == pytest.approx(1.5)
    assert list(way.arrived(1.49)) == []
    assert [packet[0] for packet in way.arrived(2.51)] == [0, 1]
    assert [packet[0] for packet in way.arrived(3.51)] == [2]
    assert way.next_arrival() is None


def test_a_full_queue_drops_what_comes() -> None:
    """What does not fit into the queue is gone, and counted."""
    way = OneWay(LinkShape(8000.0, 0.0, queue_seconds=1.5), seed=1)
    for _ in range(4):
        way.offer(bytes(1000), now=0.0)
    assert (way.dropped_packets, way.carried_bytes) == (2, 2000)


def test_losses_are_as_frequent_as_asked() -> None:
    """One packet in a hundred is lost, the same ones for the same seed."""
    counts = []
    for _ in range(2):
        way = OneWay(LinkShape(1e9, 0.0, loss=0.01, queue_seconds=60), seed=7)
        for _ in range(20_000):
            way.offer(bytes(100), now=0.0)
        counts.append(way.lost_packets)
    assert counts[0] == counts[1]
    assert 140 < counts[0] < 260


@pytest.mark.parametrize(
    ("lost", "round_trip", "expected"),
    [(0, 60_000, False), (1, 60_000, False), (10, 60_000, True), (10, 200_000, False)],
)
def test_losses_without_a_queue_mean_a_lossy_line(
    lost: int, round_trip: int, *, expected: bool
) -> None:
    """Losses while a queue stands before the line are our own doing, and few are none."""
    now = replace(
        _BEFORE,
        round_trip_microseconds=round_trip,
        sent_packets=_BEFORE.sent_packets + 1000,
        sent_again_packets=_BEFORE.sent_again_packets + lost,
    )
    assert is_lossy(_BEFORE, now) is expected


def test_a_connection_begins_with_the_control_for_clean_lines() -> None:
    """Whatever the system's own choice is."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as connection,
    ):
        Congestion(connection).look()
        chosen = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    assert chosen.rstrip(b"\0").decode() == CLEAN_LINE


def test_a_kernel_that_has_no_choice_is_left_alone() -> None:
    """Something that is no TCP connection is sent on as it is."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Congestion(ours, lambda: 0.0).look()
        ours.sendall(b"still here")
        assert theirs.recv(100) == b"still here"


@_SHAPING
@pytest.mark.skipif(LOSSY_LINE not in _CONTROLS.read_text(), reason="this kernel has no bbr")
def test_a_lossy_line_is_noticed() -> None:
    """Real packets are lost, one in a hundred: the connection goes over to the other control."""
    package = Path(appliance.__file__).parent.parent
    with (
        ShapedLink(LinkShape(5e6, 0.075, loss=0.01)) as link,
        socket.create_server((FAR_ADDRESS, 0)) as server,
    ):
        port = str(server.getsockname()[1])
        command = link.inside([sys.executable, "-c", SENDER, FAR_ADDRESS, port])
        sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=package)
        connection, _ = server.accept()
        with connection:
            while connection.recv(65536):
                pass
        told, _ = sender.communicate()
        assert link.up.lost_packets > 0
    assert told.strip() == LOSSY_LINE


@_SHAPING
def test_a_shaped_line_is_never_faster_than_its_shape() -> None:
    """So many bytes cannot arrive sooner than the line's rate lets them, nor without its delay."""
    shape = LinkShape(20e6, 0.05)
    with ShapedLink(shape) as link, socket.create_server((FAR_ADDRESS, 0)) as server:
        code = (
            "import socket, sys, time; start = time.monotonic(); "
            "c = socket.create_connection((sys.argv[1], int(sys.argv[2]))); "
            "c.sendall(bytes(2_000_000)); c.shutdown(socket.SHUT_WR); c.recv(1); "
            "print(time.monotonic() - start)"
        )
        port = str(server.getsockname()[1])
        command = link.inside([sys.executable, "-c", code, FAR_ADDRESS, port])
        sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        connection, _ = server.accept()
        with connection:
            count = 0
            while data := connection.recv(65536):
                count += len(data)
            connection.sendall(b".")
        told, _ = sender.communicate()
    assert count == 2_000_000
    round_trips = 2  # the handshake, and the last byte with its answer
    least = count * 8 / shape.bits_per_second + 2 * shape.delay_seconds * round_trips
    assert float(told) >= least
