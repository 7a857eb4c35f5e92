"""How stock tools send one file to the same server with the same cipher; each as a command."""

from __future__ import annotations

import os
import resource
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.far_side import FarSide


@dataclass(frozen=True, slots=True)
class Spent:
    """What a job took on this side.

    Args:
        seconds: By the clock.
        processor_seconds: Of the processes started.
    """

    seconds: float
    processor_seconds: float


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _rsync(far: FarSide, path: Path) -> None:
    _run("rsync", "-a", "-e", " ".join(far.ssh()), path, f"{far.login}:{far.received}/")


def _rsync_proved(far: FarSide, path: Path) -> None:
    """Sent, and digested at both ends: what a careful script does."""
    _run("sha256sum", path)
    _rsync(far, path)
    far_command = shlex.join(("sha256sum", str(far.received / path.name)))
    _run(*far.ssh(), far.login, far_command)


def _scp(far: FarSide, path: Path) -> None:
    target = f"{far.login}:{far.received}/"
    _run("scp", "-q", *far.ssh_options(), "-P", str(far.sshd.port), path, target)


def _sftp(far: FarSide, path: Path) -> None:
    command = ("sftp", "-q", *far.ssh_options(), "-P", str(far.sshd.port), "-b", "-", far.login)
    order = f'put "{path}" "{far.received}/"\n'.encode()
    subprocess.run(command, input=order, check=True, stdout=subprocess.DEVNULL)


def _tar(far: FarSide, path: Path) -> None:
    far_command = shlex.join(("tar", "-xf", "-", "-C", str(far.received)))
    packing = subprocess.Popen(
        ("tar", "-cf", "-", "-C", path.parent, path.name), stdout=subprocess.PIPE
    )
    subprocess.run((*far.ssh(), far.login, far_command), stdin=packing.stdout, check=True)
    if packing.wait() != 0:
        raise RuntimeError("tar failed")


PEERS: Final[dict[str, Callable[[FarSide, Path], None]]] = {
    "rsync": _rsync,
    "scp": _scp,
    "sftp": _sftp,
    "tar|ssh": _tar,
    "rsync+sha256": _rsync_proved,
}


def spent_by(name: str, far: FarSide, path: Path) -> Spent:
    """Send a file with one of ``PEERS`` until it is durable at the far side as well.

    Stock tools leave that to the kernel; a deposit's sending ends with it, so theirs does too.
    """
    before, start = _children_seconds(), time.perf_counter()
    PEERS[name](far, path)
    _make_durable(far.received / path.name)
    return Spent(time.perf_counter() - start, _children_seconds() - before)


def is_there(name: str) -> bool:
    """Whether the tool is installed here."""
    return shutil.which(name.partition("+")[0].partition("|")[0]) is not None


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
