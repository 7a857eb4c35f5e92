"""The storage side: ``receive``, started by sshd as a forced command."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from appliance.clock import SystemClock
from appliance.sync.receiver import serve

if TYPE_CHECKING:
    import argparse


def receive_session(arguments: argparse.Namespace) -> int:
    """Answer one sender over standard input and output, or take in a carried disk.

    However a session ends, the store is whole.
    """
    if arguments.from_disk is not None:
        # what a session over the line does not need is not loaded for it
        taking = import_module("appliance.cli.taking")
        status: int = taking.receive_disk(arguments.store, arguments.from_disk)
        return status
    serve(
        sys.stdin.buffer,
        sys.stdout.buffer,
        arguments.store,
        SystemClock(),
        is_read_only=arguments.read_only,
    )
    return 0
