"""What taking a file asks of a folder, tried out before the first scan comes.

A share may give its files an owner and a mode of its own: then every upload succeeds, and none
can be taken.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING
from uuid import uuid4

from appliance.watchers.descriptors import opened_folder, opened_root
from appliance.watchers.names import CANARY_PREFIX

if TYPE_CHECKING:
    from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def try_folder(root: Path, scanner: str) -> None:
    """Write, rename and remove a file in a scanner's folder, and ask for rights in those below.

    The file carries a canary's name: no scan takes it, and the next start removes what a crash
    left of it.

    Args:
        root: The hot folder.
        scanner: Name of a folder in it.

    Raises:
        OSError: What is refused; ``filename`` is the folder that refuses it, below ``root``.
    """
    with opened_root(root) as top, opened_folder(top, scanner) as folder:
        try:
            _write_rename_remove(folder)
        except OSError as problem:
            raise OSError(problem.errno, problem.strerror, scanner) from problem
        for name in _folders_in(folder):
            if not os.access(name, os.R_OK | os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES), f"{scanner}/{name}")


def _write_rename_remove(folder: int) -> None:
    first, second = (f"{CANARY_PREFIX}{uuid4().hex}" for _ in range(2))
    os.close(os.open(first, _NEW, 0o600, dir_fd=folder))
    try:
        os.rename(first, second, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(first, dir_fd=folder)
        raise
    os.unlink(second, dir_fd=folder)


def _folders_in(folder: int) -> list[str]:
    """The names of real folders in an open folder; a link is none."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
