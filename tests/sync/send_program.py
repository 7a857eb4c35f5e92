"""A box that is killed while it sends: ``send_program.py BLOCKS``, then a pickled plan on stdin.

The plan is an ``SshRemote``'s parts and a sealed package; after so many blocks the process kills
itself as a power cut would, without a word to anybody.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys

from appliance.sync.ssh import SshRemote
from tests.sync.making import BLOCK_BYTES, QUICK


def main(blocks: int) -> None:
    """Send until the kill."""
    address, pinned, sealed = pickle.load(sys.stdin.buffer)  # noqa: S301 - the test's own bytes

    def die(done_bytes: int, _: int) -> None:
        if done_bytes >= blocks * BLOCK_BYTES:
            os.kill(os.getpid(), signal.SIGKILL)

    remote = SshRemote(address, pinned, QUICK)
    remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=die)


if __name__ == "__main__":
    main(int(sys.argv[1]))
