"""A box and a store in a network of their own, whose cable is pulled in the middle of something.

Usage: ``unshare --net python drop_program.py FOLDER PHASE``, as root. Prints one line, the code
with which the box ends and the seconds from the pull to it. Taking ``lo`` down drops every packet
and closes nothing: neither side is told.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.domain.errors import RemoteError
from appliance.sync.connecting import LineTimeouts
from appliance.sync.ssh import SshRemote
from tests.sync.making import BLOCK_BYTES, Box, Sealed, SshFar

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUTS = LineTimeouts(silence_seconds=8.0)
_BLOCKS_BEFORE = 4


class Cable:
    """The one cable of this network.

    Attributes:
        pulled_at: When, by the monotonic clock; None = it is in.
    """

    def __init__(self) -> None:
        self.pulled_at: float | None = None
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

    def pull(self) -> None:
        """Drop every packet from now on."""
        if self.pulled_at is None:
            subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
            self.pulled_at = time.monotonic()

    def pull_after(self, done_bytes: int, _: int) -> None:
        """As progress: pull once some blocks are through."""
        if done_bytes >= _BLOCKS_BEFORE * BLOCK_BYTES:
            self.pull()


def sending(remote: SshRemote, sealed: Sealed, cable: Cable, _: SshFar) -> None:
    """Pulled while blocks go out."""
    remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=cable.pull_after)


def committing(remote: SshRemote, sealed: Sealed, cable: Cable, far: SshFar) -> None:
    """Pulled when everything is sent, while the far side works on the commit."""
    far.fault("pause 300")

    def pull_at_the_end(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == total_bytes:
            cable.pull()

    remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=pull_at_the_end)


def fetching(remote: SshRemote, sealed: Sealed, cable: Cable, far: SshFar) -> None:
    """Pulled while blocks come back."""
    remote.deposit(sealed.path, sealed.sidecar, sealed.signature)
    remote.fetch(sealed.name, far.root.parent / "back.zip", cable.pull_after)


def idle(remote: SshRemote, sealed: Sealed, cable: Cable, _: SshFar) -> None:
    """Pulled between two requests; the next one finds out."""
    remote.deposit(sealed.path, sealed.sidecar, sealed.signature)
    cable.pull()
    remote.audit(sealed.sidecar)


PHASES: dict[str, Callable[[SshRemote, Sealed, Cable, SshFar], None]] = {
    one.__name__: one for one in (sending, committing, fetching, idle)
}


def main(folder: Path, phase: str) -> None:
    """Play one phase."""
    cable = Cable()
    (folder / "box").mkdir(parents=True)
    box = Box(folder / "box")
    far = SshFar(folder / "far", box)
    sealed = box.seal(60 * BLOCK_BYTES)
    with far.sshd:
        try:
            with SshRemote(far.address(), far.pinned, TIMEOUTS) as remote:
                PHASES[phase](remote, sealed, cable, far)
            code = "not noticed"
        except RemoteError as problem:
            code = problem.code
        passed_seconds = time.monotonic() - (cable.pulled_at or time.monotonic())
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    sys.stdout.write(f"{code} {passed_seconds:.1f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
