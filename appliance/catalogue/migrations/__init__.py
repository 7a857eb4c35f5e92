"""Schema changes as an ordered list of SQL scripts; each and its record commit together."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NAME = re.compile(r"(?P<version>\d{4})_\w+\.sql")


class Migration(NamedTuple):
    """One script; ``version`` is what ``PRAGMA user_version`` says after it."""

    version: int
    name: str
    script: str


def all_migrations() -> tuple[Migration, ...]:
    """Every migration that this release knows, oldest first."""
    found = []
    for item in resources.files(__name__).iterdir():
        match = _NAME.fullmatch(item.name)
        if match is not None:
            script = item.read_text(encoding="utf-8")
            found.append(Migration(int(match["version"]), item.name, script))
    return tuple(sorted(found))


def schema_version(connection: Connection) -> int:
    """The version of the schema that this database has; 0 for an empty one."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def pending(connection: Connection) -> tuple[Migration, ...]:
    """The migrations that this database lacks.

    Raises:
        ConfigError: The database was made by a newer release.
    """
    known, have = all_migrations(), schema_version(connection)
    if have > known[-1].version:
        raise ConfigError(
            f"the catalogue has schema version {have}, this release knows {known[-1].version}: "
            "install the newer release again, or restore the catalogue from before it",
            code="CATALOGUE-NEWER",
        )
    return tuple(migration for migration in known if migration.version > have)


def apply(connection: Connection, migration: Migration) -> None:
    """Run one migration inside the open transaction, with the record that it ran."""
    for statement in statements(migration.script):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"PRAGMA user_version = {migration.version}")


def statements(script: str) -> tuple[str, ...]:
    """Split a script at the semicolons that end lines outside triggers.

    Raises:
        ValueError: The last statement has no end.
    """
    found, current, in_trigger = [], [], False
    for line in script.splitlines():
        if line.startswith("--"):
            continue
        current.append(line)
        text = line.rstrip()
        in_trigger = in_trigger or text.startswith("CREATE TRIGGER")
        ends = text.endswith("END;") if in_trigger else text.endswith(";")
        if ends:
            found.append("\n".join(current))
            current, in_trigger = [], False
    if any(line.strip() for line in current):
        raise ValueError(f"a statement without its end: {' '.join(current).strip()}")
    return tuple(found)
