"""Real network lines of chosen shapes: a network namespace joined by two TUN devices for each.

Every IP packet goes through this program, so that TCP itself meets the rate, the delay and the
losses; a proxy that ends TCP would hide them. Needs root, ``ip``, ``nsenter`` and ``unshare``.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.link_shape import OneWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from benchmarks.link_shape import LinkShape

FAR_ADDRESS: Final = "10.213.7.1"
"""The end in this network of the first line, where servers listen; RFC 1918."""

_TUN_DEVICE: Final = Path("/dev/net/tun")
_TUNSETIFF: Final = 0x400454CA
"""linux/if_tun.h"""
_IFF_TUN_NO_PI: Final = 0x1001
"""linux/if_tun.h: IFF_TUN | IFF_NO_PI: bare IP packets."""
_MTU_BYTES: Final = 1500
_DEBIANS_CONTROL: Final = "cubic"
"""What stock tools use as installed, whatever this machine was set to."""
_LONGEST_WAIT_SECONDS: Final = 0.5


def why_not() -> str | None:
    """Why no line can be shaped here; None when it can."""
    if os.getuid() != 0:
        return "only root may make network namespaces"
    missing = [name for name in ("ip", "nsenter", "unshare") if shutil.which(name) is None]
    if missing:
        return f"missing: {', '.join(missing)}"
    return None if _TUN_DEVICE.exists() else f"{_TUN_DEVICE} is missing"


class ShapedLink:
    """A line between this network and a namespace, from ``__enter__`` to ``__exit__``.

    Args:
        shape: Of the line.
        beside: The lines that end in the same namespace and stand already; none = a new one.

    Attributes:
        far_address: The end in this network, where servers listen.
        up: From the namespace to here.
        down: From here to the namespace.
    """

    def __init__(self, shape: LinkShape, beside: Sequence[ShapedLink] = ()) -> None:
        self._number = len(beside)
        self._enter = beside[0].inside(()) if beside else ("unshare", "--net", "--")
        self.far_address = _far_address(self._number)
        self.up = OneWay(shape, shape.seed)
        self.down = OneWay(shape, shape.seed + 1)
        self.is_silent = threading.Event()
        """While set, every packet is dropped in silence, as by a cable pulled out."""
        self._stack = ExitStack()
        self._namespace_pid = 0

    def __enter__(self) -> Self:
        """Make the namespace and start to carry packets.

        Raises:
            OSError: The kernel refused.
        """
        with ExitStack() as building:
            name, near_address = f"far-shaped{self._number}", _near_address(self._number)
            far = building.enter_context(_Device(name, self.far_address, near_address))
            near = building.enter_context(_Namespace(self._enter, self._number))
            self._namespace_pid = near.pid
            carrier = _Carrier(self, near.tun, far.tun)
            building.callback(carrier.stop)
            carrier.start()
            self._stack = building.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and leave nothing behind."""
        self._stack.close()

    def inside(self, command: Sequence[str | Path]) -> tuple[str, ...]:
        """The command line that runs a command at the near end of the line."""
        namespace = f"--net=/proc/{self._namespace_pid}/ns/net"
        return ("nsenter", namespace, "--", *map(str, command))


def _far_address(number: int) -> str:
    return f"10.213.{7 + number}.1"


def _near_address(number: int) -> str:
    return f"10.213.{7 + number}.2"


class _Device:
    """A TUN device of this process's network."""

    def __init__(self, name: str, address: str, peer: str) -> None:
        self._name = name
        self._address = address
        self._peer = peer
        self.tun = -1

    def __enter__(self) -> Self:
        self.tun = os.open(_TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
        try:
            request = struct.pack("16sH", self._name.encode(), _IFF_TUN_NO_PI)
            fcntl.ioctl(self.tun, _TUNSETIFF, request)
            _ip("addr", "add", self._address, "peer", self._peer, "dev", self._name)
            _ip("link", "set", self._name, "mtu", str(_MTU_BYTES), "up")
        except BaseException:
            os.close(self.tun)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.tun)


class _Namespace:
    """A network, held by a child that hands the TUN device of one line over."""

    def __init__(self, enter: Sequence[str], number: int) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            numbers = (str(theirs.fileno()), str(number))
            self._child = subprocess.Popen(
                [*enter, sys.executable, "-m", "benchmarks.shaped_link", *numbers],
                pass_fds=(theirs.fileno(),),
                cwd=Path(__file__).parent.parent,
            )
        self.pid = self._child.pid
        self.tun = -1

    def __enter__(self) -> Self:
        _, received, _, _ = socket.recv_fds(self._ours, 1, 1)
        if not received:
            self._ours.close()
            self._child.wait()
            raise OSError("the namespace could not be made")
        self.tun = received[0]
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()  # the child waits for this, and the namespace ends with it
        self._child.wait()
        os.close(self.tun)


def _hold_namespace(descriptor: int, number: int) -> None:
    """The child: make the device, hand it over, keep the namespace until the parent is gone."""
    name, far_address = f"near{number}", _far_address(number)
    end = _Device(name, _near_address(number), far_address)
    with socket.socket(fileno=descriptor) as parent, end:
        _ip("link", "set", "lo", "up")
        _ip("route", "replace", far_address, "dev", name, "congctl", _DEBIANS_CONTROL)
        socket.send_fds(parent, [b"."], [end.tun])
        parent.recv(1)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class _Carrier(threading.Thread):
    """Reads packets at both ends and writes them at the other when their time has come."""

    def __init__(self, link: ShapedLink, near: int, far: int) -> None:
        super().__init__(name="shaped-link", daemon=True)
        self._link = link
        self._ways = {near: (link.up, far), far: (link.down, near)}
        self._stop_reader, self._stop_writer = os.pipe()
        for end in self._ways:
            os.set_blocking(end, False)

    def run(self) -> None:
        ready = select.poll()
        for end in (*self._ways, self._stop_reader):
            ready.register(end, select.POLLIN)
        while True:
            found = {end for end, _ in ready.poll(self._wait_milliseconds())}
            if self._stop_reader in found:
                return
            for end in found:
                self._take(end)
            self._hand_over()

    def stop(self) -> None:
        os.write(self._stop_writer, b".")
        self.join()
        os.close(self._stop_reader)
        os.close(self._stop_writer)

    def _take(self, end: int) -> None:
        way, _ = self._ways[end]
        with suppress(BlockingIOError):  # all taken
            while packet := os.read(end, _MTU_BYTES):
                if not self._link.is_silent.is_set():
                    way.offer(packet, time.monotonic())

    def _hand_over(self) -> None:
        now = time.monotonic()
        for way, other_end in self._ways.values():
            for packet in way.arrived(now):
                with suppress(BlockingIOError, OSError):  # a full queue or an end taken down: lost
                    os.write(other_end, packet)

    def _wait_milliseconds(self) -> float:
        times = [way.next_arrival() for way, _ in self._ways.values()]
        first = min((at for at in times if at is not None), default=None)
        if first is None:
            return _LONGEST_WAIT_SECONDS * 1000
        return max(first - time.monotonic(), 0.0) * 1000


if __name__ == "__main__":
    _hold_namespace(int(sys.argv[1]), int(sys.argv[2]))
