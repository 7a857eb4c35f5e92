"""Opening the central register, in a file or on a PostgreSQL server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pysqlite3.dbapi2
from sqlalchemy import Engine, create_engine, event, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from appliance.central.tables import CentralMetaRow, CentralRow
from appliance.disk.durable import make_folder, storage_errors
from appliance.domain.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

SCHEMA_VERSION: Final = "1"
_VERSION: Final = "schema_version"
_FILE: Final = "sqlite:"
_SERVER: Final = "postgresql://"


@dataclass(frozen=True, slots=True)
class Register:
    """An open register; a context that closes it."""

    engine: Engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction, committed when the block ends well.

        Raises:
            StorageError: The database does not answer, or refuses.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except DBAPIError as problem:
            raise StorageError(f"the register does not take it: {problem.orig}") from problem

    def put(
        self,
        session: Session,
        table: type[CentralRow],
        rows: Iterable[dict[str, Any]],
        changing: Iterable[str],
        *,
        only_if_newer: str | None = None,
        keeping: Iterable[str] = (),
    ) -> None:
        """Write rows, in place of those with the same key.

        Args:
            session: A transaction of this register.
            table: Whose rows.
            rows: One for each key at most.
            changing: Columns that take the new value where the key is known.
            only_if_newer: A column that must grow, else the known row stays as it is.
            keeping: Columns that keep the known value where the new one is empty.
        """
        listed = list(rows)
        if not listed:
            return
        target = table.__table__
        insert: Any = (postgresql if self._is_server else sqlite).insert
        statement = insert(target)
        new = statement.excluded
        values = {name: new[name] for name in changing}
        values |= {name: _coalesced(new[name], target.c[name]) for name in keeping}
        where = new[only_if_newer] > target.c[only_if_newer] if only_if_newer else None
        key = [column.name for column in target.primary_key.columns]
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=key, set_=values, where=where), listed
        )

    @property
    def _is_server(self) -> bool:
        return self.engine.dialect.name == "postgresql"


def open_register(url: str, *, make: bool = True) -> Register:
    """Open a register.

    Args:
        url: ``sqlite:FILE`` or ``postgresql://USER@HOST/NAME``.
        make: Make its tables where there are none.

    Raises:
        ConfigError: ``CENTRAL-URL``: neither of the two, or no driver for it is installed;
            ``CENTRAL-NONE``: there is no register; ``CENTRAL-NEWER``: a newer release made it.
        StorageError: The file or the server cannot be reached.
    """
    if url.startswith(_FILE) and url.removeprefix(_FILE):
        engine = _file_engine(Path(url.removeprefix(_FILE)), make=make)
    elif url.startswith(_SERVER):
        engine = _server_engine(url)
    else:
        raise ConfigError(
            f"{url!r} is no register: use sqlite:FILE or postgresql://USER@HOST/NAME",
            code="CENTRAL-URL",
        )
    register = Register(engine)
    try:
        _prepare(register, url, make=make)
    except BaseException:
        engine.dispose()
        raise
    return register


def _file_engine(path: Path, *, make: bool) -> Engine:
    if not make and not path.exists():
        raise ConfigError(f"there is no register {path}: build one first", code="CENTRAL-NONE")
    with storage_errors(f"cannot make {path.parent}"):
        make_folder(path.absolute().parent)
    engine = create_engine(f"sqlite:///{path}", module=pysqlite3.dbapi2)
    event.listen(engine, "connect", _prepare_file)
    return engine


def _prepare_file(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _server_engine(url: str) -> Engine:
    if find_spec("psycopg") is None:
        raise ConfigError(
            "no driver for PostgreSQL is installed: pip install 'archive-appliance[central]'",
            code="CENTRAL-URL",
        )
    try:
        return create_engine(url.replace(_SERVER, "postgresql+psycopg://", 1))
    except ArgumentError as problem:
        raise ConfigError(f"{url!r} is no register: {problem}", code="CENTRAL-URL") from problem


def _prepare(register: Register, url: str, *, make: bool) -> None:
    """Make the tables, or see that they are there and of this release."""
    with register.session() as session:
        connection = session.connection()
        if make:
            CentralRow.metadata.create_all(connection)
        elif not connection.dialect.has_table(connection, CentralMetaRow.__tablename__):
            raise ConfigError(f"there is no register at {url}", code="CENTRAL-NONE")
        known = session.get(CentralMetaRow, _VERSION)
        if known is None:
            session.add(CentralMetaRow(name=_VERSION, value=SCHEMA_VERSION))
        elif known.value != SCHEMA_VERSION:
            raise ConfigError(
                f"the register has schema version {known.value}, this release knows "
                f"{SCHEMA_VERSION}: build it anew, it is made of packages and receipts alone",
                code="CENTRAL-NEWER",
            )


def _coalesced(new: Any, known: Any) -> Any:  # noqa: ANN401 - column expressions

    return func.coalesce(new, known)
