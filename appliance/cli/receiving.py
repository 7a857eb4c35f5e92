"""The storage side: ``receive``, started by sshd as a forced command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from appliance.clock import SystemClock
from appliance.sync.receiver import serve

if TYPE_CHECKING:
    import argparse


def receive_session(arguments: argparse.Namespace) -> int:
    """Answer one sender over standard input and output; however it ends, the store is whole."""
    serve(sys.stdin.buffer, sys.stdout.buffer, arguments.store, SystemClock())
    return 0
