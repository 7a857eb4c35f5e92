"""Whether somebody still writes: a read lease as a veto, never as a proof.

The kernel grants ``fcntl(F_SETLEASE, F_RDLCK)`` only while nobody has the file open for writing.
It asks for the file's owner or ``CAP_LEASE``, and not every file system has leases: then nothing
is known. A closed file may still be unfinished, so a granted lease proves nothing.
"""

from __future__ import annotations

import errno
import fcntl
import signal
from contextlib import suppress
from typing import Final

_F_SETSIG: Final = 10
"""Linux, asm-generic/fcntl.h; CPython 3.11 does not name it."""


def is_held_open(descriptor: int) -> bool:
    """Whether another process surely has the file open for writing.

    Args:
        descriptor: Open for reading only, or the kernel counts us as the writer.
    """
    try:
        # whoever opens the file for writing during the lease makes the kernel send a signal to
        # us: SIGIO by default, which ends the process; SIGURG is ignored unless asked for
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as problem:
        return problem.errno == errno.EAGAIN
    with suppress(OSError):  # broken meanwhile: it is given back all the same
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
