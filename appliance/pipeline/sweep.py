"""What a start does before anything else: clear away what a crash left unfinished.

Temporary files and the work folder are removed. A package that was published but never recorded
is not removed but set aside, out of the way of the seal that makes it anew: the catalogue may
be the older of the two, restored from a backup. Masters and claims are never touched.
"""

from __future__ import annotations

import logging
import os
import shutil
from typing import TYPE_CHECKING, Final

from sqlmodel import select

from appliance.catalogue.tables import PackageRow
from appliance.disk.durable import fsync_folder, make_folder
from appliance.disk.store import PACKAGES
from appliance.domain.identifiers import object_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store

SET_ASIDE: Final = "set-aside"
"""Folder of the store for what was published but is not recorded."""

_LOG: Final = logging.getLogger(__name__)


def sweep(catalogue: Catalogue, store: Store, work_folder: Path) -> int:
    """Clean up after a crash; how many things were cleared. Only while nothing else runs."""
    os.sync()  # a killed process may have made folders that it did not come to make durable
    if work_folder.is_dir():
        shutil.rmtree(work_folder)
    make_folder(work_folder)
    removed = store.sweep()
    for path in removed:
        _LOG.warning("removed what a crash left unfinished: %s", path)
    aside = tuple(_unrecorded(catalogue, store))
    for path in aside:
        _set_aside(path, store)
    return len(removed) + len(aside)


def _unrecorded(catalogue: Catalogue, store: Store) -> Iterator[Path]:
    with catalogue.read() as session:
        known = {object_folder(objid) for objid in session.exec(select(PackageRow.objid))}
    for path in sorted((store.root / PACKAGES).glob("*/*/*")):
        if path.is_file() and path.name.split(".", 1)[0] not in known:
            yield path


def _set_aside(path: Path, store: Store) -> None:
    """Move out of the way, without replacing what was set aside before."""
    folder = store.root / SET_ASIDE
    make_folder(folder)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.name}.{number}"
    path.rename(target)
    fsync_folder(folder)
    fsync_folder(path.parent)
    _LOG.warning("set aside a package that is not recorded: %s", target)
