"""The migrated schema and the tables in code are the same; migrations are all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysqlite3.dbapi2
import pytest
from sqlalchemy import Connection, Integer, LargeBinary, Text, exc, inspect
from sqlmodel import SQLModel

from appliance.catalogue import (
    audit_tables,  # noqa: F401 - its tables belong to the schema
    backup_tables,  # noqa: F401 - the same
    corrections,  # noqa: F401 - its tables belong to the schema
    courier_tables,  # noqa: F401 - the same
    migrations,
    sending_tables,  # noqa: F401 - the same
)
from appliance.catalogue.migrations import Migration
from appliance.domain import states
from appliance.domain.courier import TripState
from appliance.domain.receipts import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

    from sqlalchemy import Inspector, Table

    from appliance.catalogue.engine import Catalogue

TABLES = {name: table for name, table in SQLModel.metadata.tables.items() if table.columns}
SQL_TYPES = {Text: "TEXT", Integer: "INTEGER", LargeBinary: "BLOB"}


@pytest.fixture
def connection(catalogue: Catalogue) -> Iterator[Connection]:
    """A connection to a migrated catalogue; what it writes is undone."""
    with catalogue.engine.connect() as opened:
        yield opened


@pytest.fixture
def inspector(connection: Connection) -> Inspector:
    """The schema as the database tells it."""
    return inspect(connection)


def test_the_tables_are_the_same(inspector: Inspector) -> None:
    """No table is in one place alone."""
    assert set(inspector.get_table_names()) == set(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
class TestEachTable:
    """Each table in code against its table in the database."""

    def test_columns(self, inspector: Inspector, table: Table) -> None:
        """Names, order of types, and whether they may be empty."""
        real = {
            found["name"]: (str(found["type"]), found["nullable"])
            for found in inspector.get_columns(table.name)
        }
        coded = {
            column.name: (SQL_TYPES[type(column.type)], column.nullable) for column in table.columns
        }
        assert coded == real

    def test_primary_keys(self, inspector: Inspector, table: Table) -> None:
        """The same columns in the same order."""
        real = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert [column.name for column in table.primary_key.columns] == real

    def test_foreign_keys(self, inspector: Inspector, table: Table) -> None:
        """The same references."""
        real = {
            (found["constrained_columns"][0], found["referred_table"], found["referred_columns"][0])
            for found in inspector.get_foreign_keys(table.name)
        }
        coded = {
            (key.parent.name, key.column.table.name, key.column.name) for key in table.foreign_keys
        }
        assert coded == real

    def test_types_are_strict(self, connection: Connection, table: Table) -> None:
        """A text never hides in a number's column."""
        rows = connection.exec_driver_sql(
            "SELECT strict FROM pragma_table_list WHERE name = ?", (table.name,)
        )
        assert rows.scalar_one() == 1


@pytest.mark.parametrize(
    ("table", "column", "kind", "without"),
    [
        ("master", "state", states.MasterState, {"received"}),
        ("batch", "state", states.BatchState, set()),
        ("file_unit", "state", states.FileUnitState, set()),
        ("deposit", "state", states.DepositState, set()),
        ("deposit", "proof", Proof, set()),
        ("selection_list", "state", states.ListState, set()),
        ("courier_trip", "state", TripState, set()),
    ],
)
def test_the_database_knows_the_states(
    connection: Connection,
    table: str,
    column: str,
    kind: type[StrEnum],
    without: set[str],
) -> None:
    """Each list of words in a CHECK is the enum's, but for a state that no row holds."""
    script = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)
    ).scalar_one()
    listed = script.split(f"({column} IN (", 1)[1].split(")", 1)[0]
    assert {word.strip().strip("'") for word in listed.split(",")} == {
        str(one) for one in kind
    } - without


class TestMigrations:
    """Schema changes and their record."""

    def test_versions_count_from_one(self) -> None:
        """Without a gap, in the order of their names."""
        known = migrations.all_migrations()
        assert [migration.version for migration in known] == list(range(1, len(known) + 1))

    def test_nothing_is_pending_in_a_fresh_catalogue(self, connection: Connection) -> None:
        """Opening brought it up to date."""
        assert migrations.pending(connection) == ()
        newest = migrations.all_migrations()[-1].version
        assert migrations.schema_version(connection) == newest

    def test_every_statement_is_whole(self) -> None:
        """The splitter cuts no trigger, drops no statement, and SQLite calls each complete."""
        for migration in migrations.all_migrations():
            found = migrations.statements(migration.script)
            assert all(map(pysqlite3.dbapi2.complete_statement, found))
            lines = [line for line in migration.script.splitlines() if not line.startswith("--")]
            assert "\n".join(found).split() == "\n".join(lines).split()

    def test_a_script_without_its_last_semicolon_is_refused(self) -> None:
        """A statement that was not ended is not passed over in silence."""
        with pytest.raises(ValueError, match="CREATE TABLE b"):
            migrations.statements("CREATE TABLE a (x);\nCREATE TABLE b (x)\n")

    def test_a_failing_migration_changes_nothing(self, catalogue: Catalogue) -> None:
        """Its statements and its record commit together."""
        with catalogue.engine.connect() as connection:
            have = migrations.schema_version(connection)
        script = "CREATE TABLE new (x TEXT);\nCREATE TABLE master (x TEXT);\n"
        with pytest.raises(exc.OperationalError, match="master"), catalogue.engine.begin() as open_:
            migrations.apply(open_, Migration(have + 1, "9999_bad.sql", script))
        with catalogue.engine.connect() as connection:
            assert migrations.schema_version(connection) == have
            assert "new" not in inspect(connection).get_table_names()

    def test_a_good_migration_is_recorded(self, catalogue: Catalogue) -> None:
        """After it the version is its own."""
        with catalogue.engine.begin() as connection:
            have = migrations.schema_version(connection)
            migrations.apply(
                connection, Migration(have + 1, "9999_good.sql", "CREATE TABLE new (x TEXT);\n")
            )
        with catalogue.engine.connect() as connection:
            assert migrations.schema_version(connection) == have + 1
            assert "new" in inspect(connection).get_table_names()
