"""Opening the catalogue: which SQLite, which pragmas, which transactions."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pysqlite3.dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from appliance.catalogue import migrations
from appliance.disk.durable import make_folder
from appliance.domain.clock import to_text
from appliance.domain.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from appliance.domain.clock import Clock

OLDEST_SQLITE: Final = (3, 51, 3)
"""Older ones have the WAL-reset bug, which can lose committed pages (sqlite.org/wal.html)."""

_SQLITE_FULL: Final = 13
"""``SQLITE_FULL``, sqlite.org/rescode.html: the write-ahead log cannot grow."""

_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "recursive_triggers=ON",  # else INSERT OR REPLACE deletes past the triggers that forbid it
)


@dataclass(frozen=True, slots=True)
class Writing:
    """One write transaction and the moment it stands for.

    Args:
        session: Commits when the ``with`` block ends well, else rolls back whole.
        now: The moment, as ``clock.to_text``; every record of the transaction carries it.
        clock_trusted: Whether the clock was synchronised.
    """

    session: Session
    now: str
    clock_trusted: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An open catalogue; make it with ``open_catalogue``."""

    engine: Engine
    clock: Clock

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """A short write transaction (``BEGIN IMMEDIATE``): it waits, it never fails half-way.

        Raises:
            StorageError: ``STORAGE-FULL``: the catalogue's disk has no room; nothing changed.
        """
        engine = self.engine.execution_options(write=True)
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield Writing(session, to_text(self.clock.now()), self.clock.is_trusted())
        except OperationalError as problem:
            if getattr(problem.orig, "sqlite_errorcode", None) != _SQLITE_FULL:
                raise
            raise StorageError(
                "the disk of the catalogue is full: nothing was recorded", code="STORAGE-FULL"
            ) from problem

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read transaction: one consistent view."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def data_version(self, connection: Connection) -> int:
        """A number that changes when another connection commits (``PRAGMA data_version``)."""
        return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_catalogue(path: Path, clock: Clock) -> Catalogue:
    """Open a catalogue, making it or bringing its schema up to date as needed.

    Raises:
        ConfigError: This SQLite has the WAL-reset bug, or the schema is of a newer release.
    """
    _refuse_old_sqlite(pysqlite3.dbapi2.sqlite_version_info)
    make_folder(path.parent)
    engine = create_engine(
        f"sqlite:///{path}",
        module=pysqlite3.dbapi2,
        pool_size=16,
        max_overflow=16,
        connect_args={"timeout": 30, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    _migrate(engine)
    return Catalogue(engine, clock)


def _refuse_old_sqlite(version: tuple[int, ...]) -> None:
    if tuple(version) < OLDEST_SQLITE:
        found, need = (".".join(map(str, v)) for v in (version, OLDEST_SQLITE))
        raise ConfigError(
            f"SQLite {found} can lose committed data (WAL-reset bug): install the pysqlite3 "
            f"wheel of this release, which carries SQLite {need} or newer",
            code="SQLITE-TOO-OLD",
        )


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    connection.isolation_level = None  # transactions are begun below, never by the driver
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _migrate(engine: Engine) -> None:
    with engine.execution_options(write=True).begin() as connection:
        for migration in migrations.pending(connection):
            migrations.apply(connection, migration)
