"""A consistent copy of the running catalogue, without what must not leave the box.

Each table is decided: kept, emptied, or unknown, which stops the backup: a table of passwords
that nobody thought of must not travel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pysqlite3.dbapi2

from appliance.domain.custody import GENESIS
from appliance.domain.errors import IntegrityError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue

BACKUP_KIND: Final = "backup"
"""``object_kind`` of custody events about backups: they alone call for no new one."""

KEPT_TABLES: Final = frozenset(
    {
        "agency", "answer", "approval", "audit_slice", "backup", "backup_copy", "batch",
        "correction", "counter", "courier_package", "courier_trip", "damage", "deposit",
        "destination", "document", "drill", "event", "file_unit", "fonds", "hot_folder",
        "inventory", "master", "master_walk", "meta", "notice", "package", "package_check",
        "page", "selection_item", "selection_list", "sending_pace", "signed_pdf", "source_damage",
        "sync_halt", "target_reading",
    }
)  # fmt: skip
"""Records: they come back in a recovery."""
EMPTIED_TABLES: Final[frozenset[str]] = frozenset()
"""Accounts, sessions and the like: they stay on the box."""
LEASE_COLUMNS: Final = ("owner", "lease_until")
"""Who works on a record now; nobody does where the copy is opened."""
_OF_THE_MOMENT: Final = ("heartbeat", "service_stopped")
"""Rows of ``meta`` that mean nothing elsewhere."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a copy of the catalogue holds.

    Args:
        event_counter: Of the last event in it; 0 when there is none.
        event_head: That event's digest.
        covers_counter: Of the last event in it that is not about a backup.
    """

    event_counter: int
    event_head: str
    covers_counter: int


def covers_counter(connection: Any) -> int:  # noqa: ANN401 - a DBAPI connection
    """The last event that is not about a backup; 0 when there is none."""
    query = "SELECT max(counter) FROM event WHERE object_kind <> ?"
    return int(connection.execute(query, (BACKUP_KIND,)).fetchone()[0] or 0)


def take_snapshot(catalogue: Catalogue, target: Path) -> Snapshot:
    """Copy the catalogue as it is at one moment; writers go on meanwhile.

    Args:
        catalogue: Open.
        target: A free path.

    Raises:
        IntegrityError: ``CATALOGUE-DAMAGED``, or ``TABLE-UNDECIDED``; the copy is of no use.
        StorageError: The disk refused.
    """
    copy = pysqlite3.dbapi2.connect(str(target), isolation_level=None)
    try:
        return _taken(catalogue, copy)
    except pysqlite3.dbapi2.OperationalError as problem:
        raise StorageError(f"cannot copy the catalogue to {target}: {problem}") from problem
    except pysqlite3.dbapi2.DatabaseError as problem:
        raise _damaged(str(problem)) from problem
    finally:
        copy.close()


def _taken(catalogue: Catalogue, copy: Any) -> Snapshot:  # noqa: ANN401 - a DBAPI connection
    with catalogue.engine.connect() as pooled:
        source: Any = pooled.connection.driver_connection
        source.backup(copy)  # in one step: another process's write would begin it anew
    copy.execute("PRAGMA journal_mode=DELETE").fetchall()
    _refuse_damaged(copy)
    _strip(copy)
    return _facts(copy)


def _refuse_damaged(copy: Any) -> None:  # noqa: ANN401 - a DBAPI connection
    told = [row[0] for row in copy.execute("PRAGMA quick_check(5)").fetchall()]
    if told != ["ok"]:
        raise _damaged("; ".join(told))


def _damaged(problem: str) -> IntegrityError:
    return IntegrityError(
        f"the catalogue is damaged ({problem}): it was not backed up; keep the last good backup "
        "and call the technician",
        code="CATALOGUE-DAMAGED",
    )


def _strip(copy: Any) -> None:  # noqa: ANN401 - a DBAPI connection
    copy.execute("PRAGMA secure_delete=ON").fetchall()  # what is deleted is overwritten
    copy.execute("BEGIN IMMEDIATE")
    for table, columns in _tables(copy):
        if table in EMPTIED_TABLES:
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of our own schema
        elif table not in KEPT_TABLES:
            raise IntegrityError(
                f"the table {table} is neither kept nor emptied in backups: this release is not "
                "whole, install it again",
                code="TABLE-UNDECIDED",
            )
        elif set(LEASE_COLUMNS) <= columns:
            free = ", ".join(f"{name} = NULL" for name in LEASE_COLUMNS)
            copy.execute(f'UPDATE "{table}" SET {free} WHERE owner IS NOT NULL')  # noqa: S608 - as above
    for name in _OF_THE_MOMENT:
        copy.execute("DELETE FROM meta WHERE name = ?", (name,))
    copy.execute("COMMIT")


def _tables(copy: Any) -> Iterator[tuple[str, set[str]]]:  # noqa: ANN401 - a DBAPI connection
    query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    for (table,) in copy.execute(query).fetchall():
        if not table.startswith("sqlite_"):
            columns = copy.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
            yield table, {name for (name,) in columns}


def _facts(copy: Any) -> Snapshot:  # noqa: ANN401 - a DBAPI connection
    query = "SELECT counter, digest FROM event ORDER BY counter DESC LIMIT 1"
    counter, digest = copy.execute(query).fetchone() or (0, GENESIS)
    return Snapshot(int(counter), str(digest), covers_counter(copy))
