"""The mark of this box's own store: an empty mount point must not look like lost packages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import browse, halts
from appliance.disk.durable import make_folder, remove_leftover, write_once

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store

MARKER: Final = ".appliance-store"
_MARKER_BYTES: Final = 1000
"""Our own: an id is far shorter; a foreign file under this name may be any size."""

_PACKAGES_LOOKED_AT: Final = 16
"""Our own: a store that holds one of the newest packages is the one; single ones may be lost."""

_LOG: Final = logging.getLogger(__name__)


def is_own_store(catalogue: Catalogue, store: Store) -> bool:
    """Whether what lies at the store's place is the store that the catalogue knows.

    A store is marked when it is met for the first time and holds what the catalogue knows of
    it. After that it is never marked again: without its marker it is not there.

    Raises:
        OSError: The disk refused.
    """
    with catalogue.read() as session:
        known = halts.store_marker(session)
    if known is None:
        return _is_marked_now(catalogue, store)
    return _marker_at(store) == known


def _marker_at(store: Store) -> str | None:
    try:
        with (store.root / MARKER).open("rb") as stream:
            return stream.read(_MARKER_BYTES).decode("utf-8", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_marked_now(catalogue: Catalogue, store: Store) -> bool:
    """Mark a store that has no marker on record, unless what should be in it is missing."""
    newest = _newest_paths(catalogue, store)
    if newest and not any(path.exists() for path in newest):
        return False
    marker_id = _marker_at(store)
    if marker_id is None:
        marker_id = uuid4().hex
        make_folder(store.root)
        try:
            write_once(store.root / MARKER, f"{marker_id}\n".encode())
        except FileExistsError:  # another sender was quicker
            return is_own_store(catalogue, store)
    remove_leftover(store.root / MARKER)
    with catalogue.write() as writing:
        halts.set_store_marker(writing, marker_id)
        is_own = halts.store_marker(writing.session) == marker_id
    _LOG.info("the store %s is marked as this box's own", store.root)
    return is_own


def _newest_paths(catalogue: Catalogue, store: Store) -> list[Path]:
    """Where the newest packages must lie; none before the first."""
    with catalogue.read() as session:
        rows = halts.newest_packages(session, _PACKAGES_LOOKED_AT)
        units = browse.file_units_by_id(session, {row.file_unit_id for row in rows})
    return [
        store.package_path(
            units[row.file_unit_id].fonds_code, units[row.file_unit_id].file_code, row.objid
        )
        for row in rows
    ]
