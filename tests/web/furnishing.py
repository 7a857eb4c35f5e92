"""Boxes that many tests begin with: each is furnished once, and copied for every later test."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pysqlite3.dbapi2 as sqlite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from tests.web.conftest import Archive


class Furnisher:
    """What was furnished in this session.

    Args:
        folder: Where copies are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def furnish(self, archive: Archive, kind: str, make: Callable[[Archive], None]) -> Archive:
        """Furnish an empty box: by its functions the first time, by a copy of that afterwards.

        Args:
            archive: The box; its service is alive and its places answer.
            kind: Names what is made.
            make: Makes it; the same every time.
        """
        kept = self._folder / kind
        if kept.exists():
            _copy_rows(kept / "catalogue.db", archive.catalogue)
            shutil.copytree(kept / "store", archive.store.root, dirs_exist_ok=True)
            archive.beat()
            return archive
        make(archive)
        shutil.copytree(archive.store.root, kept / "store")
        _keep_rows(archive.catalogue, kept / "catalogue.db")
        return archive


def _keep_rows(catalogue: Catalogue, path: Path) -> None:
    connection = catalogue.engine.raw_connection()
    with closing(connection), closing(sqlite.connect(path)) as copy:
        assert connection.driver_connection is not None
        connection.driver_connection.backup(copy)


def _copy_rows(path: Path, catalogue: Catalogue) -> None:
    connection = catalogue.engine.raw_connection()
    with closing(connection), closing(sqlite.connect(path)) as kept:
        kept.backup(connection.driver_connection)
