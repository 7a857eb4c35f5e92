"""The receiver's end of the line: what sshd gives it, made roomy where that can be."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

from appliance.sync.streams import PIPE_BYTES, DescriptorStream

if TYPE_CHECKING:
    import pytest


def received(stream: DescriptorStream) -> bytes:
    """What comes next."""
    buffer = bytearray(100)
    return bytes(buffer[: stream.receive_into(memoryview(buffer))])


def test_a_pipe_is_made_roomy() -> None:
    """As sshd makes it, it holds 64 KiB: both ends would wake each other all the time."""
    read_end, write_end = os.pipe()
    try:
        stream = DescriptorStream(read_end, write_end)
        assert fcntl.fcntl(read_end, fcntl.F_GETPIPE_SZ) == PIPE_BYTES
        stream.send(b"there and back")
        assert received(stream) == b"there and back"
    finally:
        os.close(read_end)
        os.close(write_end)


def test_what_is_no_pipe_serves_as_well() -> None:
    """Some builds of sshd give a socket."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        stream = DescriptorStream(ours.fileno(), ours.fileno())
        theirs.sendall(b"from the sender")
        assert received(stream) == b"from the sender"
        stream.send(b"from the receiver")
        assert theirs.recv(100) == b"from the receiver"


def test_a_pipe_that_may_not_grow_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with many sessions has no more memory for pipes: slower, and nothing else."""

    def refuse(*_: object) -> None:
        raise PermissionError

    read_end, write_end = os.pipe()
    try:
        with monkeypatch.context() as patched:
            patched.setattr(fcntl, "fcntl", refuse)
            stream = DescriptorStream(read_end, write_end)
        stream.send(b"all the same")
        assert received(stream) == b"all the same"
    finally:
        os.close(read_end)
        os.close(write_end)
