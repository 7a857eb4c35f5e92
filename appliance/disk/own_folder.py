"""A folder that one process at a time works in, and that goes with its work."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from appliance.disk.durable import make_folder
from appliance.disk.locks import open_locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Have a folder to oneself, empty; whoever wants the same one waits, a thread as well.

    The lock is the kernel's and goes with the process. So what lies there was left by a killed
    one, and whatever else is only written under this lock was too.

    Args:
        folder: On a disk of this machine; made, and removed in the end.

    Raises:
        OSError: The disk refused, or gives no locks.
    """
    descriptor = open_locked(folder, partial(_opened, folder))
    try:
        _clear(folder)
        yield
    finally:
        shutil.rmtree(folder)
        os.close(descriptor)


def _opened(folder: Path) -> int | None:
    """A descriptor of the folder, made when missing; None when it is just being removed."""
    make_folder(folder)
    with suppress(FileNotFoundError):
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return None


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
