"""What a start does before anything else: name and remove what a crash left unfinished.

Nothing here touches a master, a recorded package or a claim: only temporary files, the work
folder, and packages that were published but never recorded and are minted for nothing.
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from appliance.catalogue.tables import FileUnitRow, PackageRow
from appliance.disk.durable import make_folder
from appliance.disk.store import PACKAGES
from appliance.domain.identifiers import object_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store

_LOG: Final = logging.getLogger(__name__)


def sweep(catalogue: Catalogue, store: Store, work_folder: Path) -> int:
    """Clean up after a crash; how many things were removed. Only while nothing else runs."""
    if work_folder.is_dir():
        shutil.rmtree(work_folder)
    make_folder(work_folder)
    removed = list(store.sweep())
    for path in _unrecorded(catalogue, store):
        path.unlink()
        removed.append(path)
    for path in removed:
        _LOG.warning("removed what a crash left unfinished: %s", path)
    return len(removed)


def _unrecorded(catalogue: Catalogue, store: Store) -> Iterator[Path]:
    with catalogue.read() as session:
        recorded = session.exec(select(PackageRow.objid))
        minted = session.exec(select(FileUnitRow.objid).where(col(FileUnitRow.objid).is_not(None)))
        known = {object_folder(objid) for objid in (*recorded, *minted) if objid}
    for path in sorted((store.root / PACKAGES).glob("*/*/*")):
        if path.is_file() and path.name.split(".", 1)[0] not in known:
            yield path
