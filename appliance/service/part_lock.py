"""One process per part: the lock proves that an earlier instance is dead."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from appliance.disk.durable import make_folder, storage_errors
from appliance.disk.locks import try_lock
from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


class PartLock:
    """An exclusive lock that the kernel drops when its holder dies, however it dies.

    Args:
        folder: Where lock files lie.
        part: The part's name.
    """

    def __init__(self, folder: Path, part: str) -> None:
        self._path = folder / f"{part}.lock"
        self._part = part
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            ConfigError: Another process runs this part.
            StorageError: ``STORAGE-NO-LOCKS``: the file system of the folder gives none.
        """
        make_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        with ExitStack() as closing, storage_errors(f"cannot lock {self._path}"):
            closing.callback(os.close, descriptor)
            if not try_lock(descriptor):
                raise ConfigError(
                    f"the part {self._part!r} already runs on this box ({self._path} is locked): "
                    "stop the other process first",
                    code="ALREADY-RUNNING",
                )
            closing.pop_all()
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
