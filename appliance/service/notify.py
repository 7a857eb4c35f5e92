"""Telling systemd how the service is (``sd_notify``), when systemd asked to be told."""

from __future__ import annotations

import os
import socket


def is_heard() -> bool:
    """Whether systemd asked to be told."""
    return os.environ.get("NOTIFY_SOCKET", "").startswith(("/", "@"))


def notify(state: str) -> bool:
    """Send ``READY=1``, ``STOPPING=1``, ``WATCHDOG=1`` or ``STATUS=…``; False when nobody listens.

    Source: sd_notify(3).
    """
    if not is_heard():
        return False
    address = os.environ["NOTIFY_SOCKET"]
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(name)
        channel.sendall(state.encode("utf-8"))
    return True
