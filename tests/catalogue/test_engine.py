"""Opening the catalogue: which SQLite, which pragmas, which transactions."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pysqlite3.dbapi2
import pytest
from sqlalchemy import exc
from sqlmodel import col, func, insert, select, update

from appliance.catalogue import box, engine, events, migrations
from appliance.catalogue.engine import OLDEST_SQLITE, Catalogue, open_catalogue
from appliance.catalogue.tables import CounterRow, EventRow, FileUnitRow, MasterRow
from appliance.domain.clock import to_text
from appliance.domain.errors import ConfigError
from tests.catalogue.making import DRAFT, add_master, add_unit
from tests.fakes.clock import START, FakeClock

if TYPE_CHECKING:
    from pathlib import Path


class _UndoneError(Exception):
    """Raised inside a transaction to undo it."""


class TestSqlite:
    """Which SQLite is good enough."""

    @pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2), (3, 51), (2, 99, 99)])
    def test_one_that_can_lose_pages_is_refused(self, version: tuple[int, ...]) -> None:
        """The message names both versions and what to install."""
        with pytest.raises(ConfigError, match=r"3\.51\.3") as refused:
            engine._refuse_old_sqlite(version)
        assert refused.value.code == "SQLITE-TOO-OLD"
        assert ".".join(map(str, version)) in str(refused.value)

    @pytest.mark.parametrize("version", [OLDEST_SQLITE, (3, 51, 4), (3, 52, 0), (4, 0, 0)])
    def test_newer_ones_are_taken(self, version: tuple[int, ...]) -> None:
        """The first sound release and all after it."""
        engine._refuse_old_sqlite(version)

    def test_the_check_is_made_on_opening(
        self, path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is made on a SQLite that is refused."""
        monkeypatch.setattr(pysqlite3.dbapi2, "sqlite_version_info", (3, 40, 1))
        with pytest.raises(ConfigError):
            open_catalogue(path, clock)
        assert not path.parent.exists()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0)],
)
def test_every_connection_is_prepared(catalogue: Catalogue, pragma: str, value: object) -> None:
    """Durability and foreign keys hold on each pooled connection, not on the first alone."""
    connections = [catalogue.engine.connect() for _ in range(3)]
    try:
        found = [one.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for one in connections]
    finally:
        for one in connections:
            one.close()
    assert found == [value] * 3


class TestWriting:
    """Write transactions."""

    def test_a_transaction_stands_for_one_moment(self, catalogue: Catalogue) -> None:
        """Its moment and trust are the clock's, as text."""
        with catalogue.write() as writing:
            assert (writing.now, writing.clock_trusted) == (to_text(START), True)

    def test_an_untrusted_clock_is_told(self, path: Path) -> None:
        """Times carry whether the clock was trusted (invariant I10)."""
        opened = open_catalogue(path, FakeClock(is_trusted=False))
        with opened.write() as writing:
            assert writing.clock_trusted is False
            assert events.record(writing, DRAFT).clock_trusted is False
        opened.close()

    def test_what_raises_inside_undoes_everything(self, catalogue: Catalogue) -> None:
        """State and event commit together or not at all."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id

        def fail_half_way() -> None:
            with catalogue.write() as writing:
                add_master(writing, 1, unit_id)
                events.record(writing, DRAFT)
                raise _UndoneError

        with pytest.raises(_UndoneError):
            fail_half_way()
        with catalogue.read() as session:
            assert session.exec(select(func.count()).select_from(MasterRow)).one() == 0
            assert events.head(session) == (0, "0" * 64)
            assert "came_in" not in box.counters(session)

    def test_a_reader_keeps_its_view(self, catalogue: Catalogue) -> None:
        """What is committed meanwhile is seen by the next reader only."""
        with catalogue.read() as session:
            before = events.head(session)
            with catalogue.write() as writing:
                events.record(writing, DRAFT)
            assert events.head(session) == before
        with catalogue.read() as session:
            assert events.head(session)[0] == 1

    def test_a_commit_elsewhere_is_noticed(self, path: Path, clock: FakeClock) -> None:
        """``data_version`` changes when another connection commits, and only then."""
        ours, theirs = open_catalogue(path, clock), open_catalogue(path, clock)
        with ours.engine.connect() as connection:
            first = ours.data_version(connection)
            assert ours.data_version(connection) == first
            connection.rollback()
            with theirs.write() as writing:
                events.record(writing, DRAFT)
            assert ours.data_version(connection) != first
        ours.close()
        theirs.close()

    def test_sixteen_threads_write_at_once(self, catalogue: Catalogue) -> None:
        """They wait for each other; none fails, nothing is lost, the chain is whole.

        Story: paperless-ngx#1774.
        """
        start = threading.Barrier(16)
        problems: list[Exception] = []

        def write(thread: int) -> None:
            start.wait()
            try:
                for number in range(5):
                    with catalogue.write() as writing:
                        add_master(writing, number, claim_id=f"{thread}-{number}")
                        events.record(writing, DRAFT)
            except Exception as problem:  # noqa: BLE001 - shown by the main thread
                problems.append(problem)

        threads = [threading.Thread(target=write, args=(index,)) for index in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        with catalogue.read() as session:
            assert box.counters(session)["came_in"] == 80
            assert session.exec(select(func.max(EventRow.counter))).one() == 80

    def test_rows_survive_closing(self, catalogue: Catalogue, path: Path, clock: FakeClock) -> None:
        """A second opening finds what the first one left, and migrates nothing."""
        with catalogue.write() as writing:
            box.set_box_id(writing, "box-01")
        catalogue.close()
        again = open_catalogue(path, clock)
        with again.read() as session:
            assert box.box_id(session) == "box-01"
        again.close()


class TestCounters:
    """What triggers forbid."""

    def test_masters_are_never_forgotten(self, catalogue: Catalogue) -> None:
        """No statement deletes a master's row (invariant I2)."""
        with catalogue.write() as writing:
            add_master(writing)
        with (
            pytest.raises(exc.IntegrityError, match="never forgotten"),
            catalogue.write() as writing,
        ):
            writing.session.delete(writing.session.exec(select(MasterRow)).one())
        with catalogue.read() as session:
            assert session.exec(select(func.count()).select_from(MasterRow)).one() == 1

    def test_a_master_is_not_replaced_by_the_way(self, catalogue: Catalogue) -> None:
        """``INSERT OR REPLACE`` deletes without saying so: it is refused like a deletion."""
        with catalogue.write() as writing:
            add_master(writing)
        with catalogue.read() as session:
            columns = session.exec(select(MasterRow)).one().model_dump()
        columns["state"] = "sealed"
        statement = insert(MasterRow).prefix_with("OR REPLACE").values(columns)
        with (
            pytest.raises(exc.IntegrityError, match="never forgotten"),
            catalogue.write() as writing,
        ):
            writing.session.execute(statement)
        with catalogue.read() as session:
            came_in = select(CounterRow.value).where(col(CounterRow.name) == "came_in")
            assert session.exec(came_in).one() == 1

    def test_secret_file_units_have_no_row(self, catalogue: Catalogue) -> None:
        """Even a bug above cannot store one (invariant I7)."""
        with catalogue.write() as writing:
            unit = add_unit(writing)
        secret = update(FileUnitRow).where(col(FileUnitRow.id) == unit.id).values(mode="03")
        with pytest.raises(exc.IntegrityError, match="CHECK"), catalogue.write() as writing:
            writing.session.execute(secret)


def test_a_newer_schema_is_refused(catalogue: Catalogue, path: Path, clock: FakeClock) -> None:
    """An older release does not touch what it does not understand."""
    newest = migrations.all_migrations()[-1].version
    with catalogue.engine.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA user_version = {newest + 1}")
    catalogue.close()
    with pytest.raises(ConfigError, match="newer release") as refused:
        open_catalogue(path, clock)
    assert refused.value.code == "CATALOGUE-NEWER"
