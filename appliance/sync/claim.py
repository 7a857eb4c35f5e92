"""The right of one session to one package at the far side.

A session whose box has gone may linger until its connection times out. A newer session asks for
the claim; the older one, when nothing has come in for a while, lets go by itself. Nobody kills
anybody, and a claim ends with its process.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.disk.locks import is_named, try_lock
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path

_POLL_SECONDS: Final = 0.1
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Claim:
    """A held claim.

    Args:
        path: The lock's file; its text is the token of who holds or wants the claim.
        descriptor: Open and locked.
        token: This session's.
    """

    path: Path
    descriptor: int
    token: bytes

    @classmethod
    def take(cls, path: Path, wait_seconds: float) -> Claim:
        """Take the claim, or ask its holder for it and wait.

        Args:
            path: In a folder that exists.
            wait_seconds: How long a holder may take to let go.

        Raises:
            RemoteError: ``FAR-BUSY``: the holder is at work.
            OSError: The disk refused.
        """
        token = uuid4().hex.encode()
        deadline = time.monotonic() + wait_seconds
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            is_ours = _is_free(path, descriptor)
            os.pwrite(descriptor, token, 0)
            if is_ours:
                return cls(path, descriptor, token)
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise refusal("FAR-BUSY", "another session is depositing this package")
            time.sleep(_POLL_SECONDS)

    @classmethod
    def take_free(cls, path: Path) -> Claim | None:
        """Take the claim if nobody holds it, without asking anybody for it.

        Raises:
            OSError: The disk refused.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _is_free(path, descriptor):
            os.close(descriptor)
            return None
        token = uuid4().hex.encode()
        os.pwrite(descriptor, token, 0)
        return cls(path, descriptor, token)

    def is_wanted(self) -> bool:
        """Whether another session has asked for the claim."""
        return os.pread(self.descriptor, _TOKEN_BYTES, 0) != self.token

    def release(self, *, is_done: bool) -> None:
        """Let go.

        Args:
            is_done: Whether the package is in, so that the lock's file has served its time.
        """
        if is_done:
            self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def _is_free(path: Path, descriptor: int) -> bool:
    """Lock it, if nobody has it and no earlier holder has removed it; a refused one is closed."""
    try:
        return try_lock(descriptor) and is_named(path, descriptor)
    except OSError:
        os.close(descriptor)
        raise
