"""Telling systemd how the service is (``sd_notify``), when systemd asked to be told."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> bool:
    """Send ``READY=1``, ``STOPPING=1`` or ``WATCHDOG=1``; False when nobody listens.

    Source: sd_notify(3).
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.connect(name)
        channel.sendall(state.encode("ascii"))
    return True
