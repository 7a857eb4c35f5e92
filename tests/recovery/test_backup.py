"""Backups: consistent while others write, stripped, encrypted, sealed, and proved elsewhere."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import zipfile
from typing import TYPE_CHECKING

import pysqlite3.dbapi2
import pytest

from appliance.catalogue import backups, snapshot
from appliance.catalogue.box import beat, notices, stop_beating
from appliance.catalogue.overview import box_facts
from appliance.catalogue.snapshot import EMPTIED_TABLES, KEPT_TABLES, take_snapshot
from appliance.domain.errors import ConfigError, IntegrityError
from appliance.domain.verdict import judge_box
from appliance.packaging.verify import verify_path
from appliance.pipeline.catalogue_blocks import apply_changes, unpack_whole
from appliance.signing.encryption import decrypt_file, encrypt_file
from appliance.signing.keys import new_key
from tests.pipeline.making import BOX_ID, Bench
from tests.recovery.making import LostBox

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.backup_tables import BackupRow
    from appliance.pipeline.backup import BackupStage
    from appliance.signing.keys import MachineKey

DAY_SECONDS = 24 * 3600


@pytest.fixture
def fresh(bench: Bench) -> LostBox:
    """A box with a destination and nothing else."""
    bench.with_places()
    return LostBox(bench)


def part_of(package: Path, ending: str, target: Path) -> Path:
    """One part of a package, by the end of its name, as a file."""
    with zipfile.ZipFile(package) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(ending)]
        target.write_bytes(archive.read(name))
    return target


def opened(stage: BackupStage, row: BackupRow, key: MachineKey, folder: Path) -> Path:
    """The packed content of a backup, decrypted."""
    encrypted = part_of(stage.package_path(row.objid), ".age", folder / f"{row.id}.age")
    target = folder / f"{row.id}.gz"
    decrypt_file(encrypted, target, key)
    return target


class TestTheCopy:
    """What leaves the box."""

    def test_every_table_is_decided(self, fresh: LostBox) -> None:
        """A new table must be kept or emptied on purpose, or nothing is backed up."""
        with fresh.bench.catalogue.engine.connect() as connection:
            query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            there = {name for (name,) in connection.exec_driver_sql(query)}
        there = {name for name in there if not name.startswith("sqlite_")}
        assert there == KEPT_TABLES | EMPTIED_TABLES
        assert not KEPT_TABLES & EMPTIED_TABLES

    def test_an_undecided_table_stops_it(self, fresh: LostBox, tmp_path: Path) -> None:
        """A table of secrets that nobody thought of does not travel."""
        with fresh.bench.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql("CREATE TABLE password (text TEXT)")
        with pytest.raises(IntegrityError) as caught:
            take_snapshot(fresh.bench.catalogue, tmp_path / "copy.db")
        assert caught.value.code == "TABLE-UNDECIDED"

    def test_what_is_emptied_leaves_no_trace(
        self, fresh: LostBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rows of an emptied table are overwritten, not only unlinked."""
        monkeypatch.setattr(snapshot, "EMPTIED_TABLES", frozenset({"password"}))
        with fresh.bench.catalogue.write() as writing:
            connection = writing.session.connection()
            connection.exec_driver_sql("CREATE TABLE password (text TEXT)")
            connection.exec_driver_sql("INSERT INTO password VALUES ('correct horse battery')")
        take_snapshot(fresh.bench.catalogue, tmp_path / "copy.db")
        assert b"correct horse" not in (tmp_path / "copy.db").read_bytes()

    def test_leases_and_the_heartbeat_stay(self, fresh: LostBox, tmp_path: Path) -> None:
        """Nobody works on a record where the copy is opened."""
        with fresh.bench.catalogue.write() as writing:
            beat(writing)
            stop_beating(writing)
            writing.session.connection().exec_driver_sql(
                "INSERT INTO batch (scanner, place, state, opened_at, last_arrival_at, owner, "
                "lease_until) VALUES ('s', 'p', 'open', 'x', 'x', 'inspect:1', '9')"
            )
        take_snapshot(fresh.bench.catalogue, tmp_path / "copy.db")
        copy = pysqlite3.dbapi2.connect(str(tmp_path / "copy.db"))
        assert copy.execute("SELECT owner, lease_until FROM batch").fetchall() == [(None, None)]
        kept = {name for (name,) in copy.execute("SELECT name FROM meta")}
        assert not kept & {"heartbeat", "service_stopped"}
        copy.close()

    def test_it_is_of_one_moment_while_others_write(self, fresh: LostBox, tmp_path: Path) -> None:
        """Writers go on, and the copy holds whole transactions alone."""
        stop = threading.Event()
        written: list[int] = []

        def write() -> None:
            while not stop.is_set():
                with fresh.bench.catalogue.write() as writing:
                    connection = writing.session.connection()
                    for name in ("left", "right"):
                        statement = "INSERT OR REPLACE INTO counter VALUES (?, ?)"
                        connection.exec_driver_sql(statement, (name, len(written)))
                written.append(1)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(10):
                path = tmp_path / f"{number}.db"
                take_snapshot(fresh.bench.catalogue, path)
                copy = pysqlite3.dbapi2.connect(str(path))
                found = copy.execute(
                    "SELECT count(DISTINCT value) FROM counter WHERE name IN ('left', 'right')"
                ).fetchone()
                copy.close()
                assert found in {(0,), (1,)}
        finally:
            stop.set()
            writer.join()
        assert len(written) > 1


class TestTheStage:
    """When a backup is made, and of what."""

    def test_without_a_key_nothing_is_made(self, fresh: LostBox) -> None:
        """A person is told to print the sheet; the notice goes when it is there."""
        stage = fresh.stage(recovery_key=None)
        stage.start()
        assert stage.run_once("x") == 0
        with fresh.bench.catalogue.read() as session:
            assert [finding.code for finding, _ in notices(session)] == ["BACKUP-NO-KEY"]
        with pytest.raises(ConfigError, match="recovery-sheet"):
            stage.make()
        fresh.stage().start()
        with fresh.bench.catalogue.read() as session:
            assert notices(session) == ()

    def test_a_day_without_change_needs_no_backup(self, fresh: LostBox) -> None:
        """Backups and their proofs are no reason for the next one; any other event is."""
        stage, clock = fresh.stage(), fresh.bench.clock
        fresh.bench.register({"HS-01": 1})
        assert stage.run_once("x") == 1
        assert fresh.sending().run_once("x") == 1
        clock.advance(DAY_SECONDS + 1)
        assert stage.run_once("x") == 0
        fresh.register_more({"HS-02": 1})
        assert stage.run_once("x") == 1
        assert stage.run_once("x") == 0

    def test_it_verifies_and_stock_tools_open_it(self, fresh: LostBox, tmp_path: Path) -> None:
        """Sidecar, bag and age header are sound; gunzip gives the database."""
        stage = fresh.stage()
        row = stage.make()
        package = stage.package_path(row.objid)
        reports = verify_path(package.with_suffix(".json"))
        assert [report.findings for report in reports] == [()] * len(reports)
        assert ("container", "bag", "encryption") in {report.checked for report in reports}
        packed = opened(stage, row, fresh.recovery_key, tmp_path)
        data = gzip.decompress(packed.read_bytes())
        assert data.startswith(b"SQLite format 3\0")
        assert len(data) == row.catalogue_bytes

    def test_only_changes_travel_between_whole_ones(self, fresh: LostBox, tmp_path: Path) -> None:
        """The second backup names its base, is smaller, and both together give the catalogue."""
        stage = fresh.stage()
        first = stage.make()
        fresh.bench.register({"HS-01": 1})
        second = stage.make()
        assert second.base_id == first.id
        assert second.size_bytes < first.size_bytes
        unpack_whole(opened(stage, first, fresh.recovery_key, tmp_path), tmp_path / "one.db")
        apply_changes(opened(stage, second, fresh.recovery_key, tmp_path), tmp_path / "one.db")
        take_snapshot(fresh.bench.catalogue, tmp_path / "now.db")
        one, now = (pysqlite3.dbapi2.connect(str(tmp_path / n)) for n in ("one.db", "now.db"))
        query = "SELECT counter, digest FROM event WHERE object_kind <> 'backup'"
        assert one.execute(query).fetchall() == now.execute(query).fetchall()
        one.close()
        now.close()

    def test_the_readme_puts_changes_together(self, fresh: LostBox, tmp_path: Path) -> None:
        """The lines of Python in the package do what they say, without this software."""
        stage = fresh.stage()
        first = stage.make()
        fresh.bench.register({"HS-01": 1})
        second = stage.make()
        unpack_whole(opened(stage, first, fresh.recovery_key, tmp_path), tmp_path / "catalogue.db")
        packed = opened(stage, second, fresh.recovery_key, tmp_path)
        (tmp_path / "changes").write_bytes(gzip.decompress(packed.read_bytes()))
        readme = part_of(stage.package_path(second.objid), "README.txt", tmp_path / "README.txt")
        text = readme.read_text("utf-8")
        program = text[text.index("import json") : text.index("Khóa công khai")]
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
        data = (tmp_path / "catalogue.db").read_bytes()
        assert len(data) == second.catalogue_bytes
        assert second.catalogue_sha256 in text

    def test_a_new_key_or_month_begins_anew(self, fresh: LostBox) -> None:
        """Changes are never told against what the new sheet cannot open, nor for ever."""
        stage = fresh.stage()
        stage.make()
        assert fresh.stage(recovery_key=new_key().public).make().base_id is None
        assert fresh.stage().make().base_id is None
        assert fresh.stage().make().base_id is not None
        fresh.bench.clock.advance(32 * DAY_SECONDS)
        assert fresh.stage().make().base_id is None

    def test_only_the_newest_chain_stays_here(self, fresh: LostBox) -> None:
        """Nobody on the box can open its backups: what is superseded leaves its disk."""
        stage = fresh.stage()
        for _ in range(3):
            last = stage.make()
        names = {path.suffix for path in stage.folder.iterdir()}
        zips = [path for path in stage.folder.iterdir() if path.suffix == ".zip"]
        assert len(zips) == 2
        assert stage.package_path(last.objid) in zips
        assert ".blocks" in names

    def test_a_damaged_catalogue_is_not_backed_up(self, fresh: LostBox) -> None:
        """The last good backup stays the newest one."""
        path = fresh.bench.folder / "state" / "catalogue.db"
        fresh.bench.sealed({"HS-01": 1})
        fresh.bench.catalogue.close()
        data = bytearray(path.read_bytes())
        data[4096 * 10 : 4096 * 12] = b"\xff" * 8192
        path.write_bytes(data)
        with pytest.raises(IntegrityError) as caught:
            fresh.stage().make()
        assert caught.value.code == "CATALOGUE-DAMAGED"
        assert not list(fresh.stage().folder.glob("*.zip"))


class TestTheWayOut:
    """Backups at the destinations."""

    def test_a_proof_is_renewed_every_day(self, box: LostBox) -> None:
        """A backup that stays the newest is read again, and the verdict says how old that is."""
        sending, clock = box.sending(), box.bench.clock
        assert sending.run_once("x") == 0
        clock.advance(DAY_SECONDS + 1)
        assert sending.run_once("x") == 1
        with box.bench.catalogue.read() as session:
            (copy,) = backups.proved_at_places(session, 1)
            codes = [one.code for one in judge_box(box_facts(session, clock.now())).children]
        assert copy.proved_at is not None
        assert "BACKUP-PROVED" in codes
        clock.advance(4 * DAY_SECONDS)
        with box.bench.catalogue.read() as session:
            codes = [one.code for one in judge_box(box_facts(session, clock.now())).children]
        assert "BACKUP-OLD" in codes

    def test_a_line_that_is_down_is_tried_later(self, fresh: LostBox) -> None:
        """The reason is kept, the next try waits, and then it goes."""
        fresh.stage().make()
        fresh.far.fail_next("LINE-DOWN")
        sending = fresh.sending()
        assert sending.run_once("x") == 0
        assert sending.run_once("x") == 0
        with fresh.bench.catalogue.read() as session:
            copy = backups.copy_at(session, 1, "province")
        assert copy is not None
        assert "LINE-DOWN" in (copy.reason or "")
        fresh.bench.clock.advance(60)
        assert sending.run_once("x") == 1

    def test_only_the_newest_goes_after_a_long_silence(self, fresh: LostBox) -> None:
        """What an unreachable place missed in between it never gets."""
        for _ in range(4):
            fresh.bench.clock.advance(60)
            fresh.stage().make(whole=True)
        assert fresh.sending().run_once("x") == 1
        assert len(fresh.far.stored) == 1

    def test_a_spoiled_copy_calls_for_a_fresh_one(self, box: LostBox) -> None:
        """A backup that a place lost is made anew, whole; the lost one counts no longer."""
        (name,) = [one for one in box.far.stored if one.fonds_code == "_appliance"]
        del box.far.stored[name]
        box.bench.clock.advance(DAY_SECONDS + 1)
        sending = box.sending()
        assert sending.run_once("x") == 0
        assert sending.run_once("x") == 1
        with box.bench.catalogue.read() as session:
            last = backups.newest(session)
            assert last is not None
            assert (last.id, last.base_id) == (2, None)
            assert len(backups.proved_at_places(session, 1)) == 0

    def test_a_twin_is_noticed(self, box: LostBox, tmp_path: Path) -> None:
        """Receipts for this box that it never earned say that another box has its id."""
        (tmp_path / "twin").mkdir()
        twin = Bench(tmp_path / "twin", box.bench.executor)
        twin.key = box.bench.key
        twin.sealed({"HS-77": 1})
        assert twin.deposit_stage(box.far).run_once("y") == 1
        twin.close()
        box.bench.clock.advance(DAY_SECONDS + 1)
        box.sending().run_once("x")
        with box.bench.catalogue.read() as session:
            assert [finding.code for finding, _ in notices(session)] == ["BOX-TWICE"]


def test_encryption_to_one_key_opens_with_that_alone(tmp_path: Path) -> None:
    """Another key, or a flipped bit, opens nothing and says why."""
    key, other = new_key(), new_key()
    (tmp_path / "plain").write_bytes(b"catalogue" * 1000)
    encrypt_file(tmp_path / "plain", tmp_path / "sealed", key.public)
    decrypt_file(tmp_path / "sealed", tmp_path / "again", key)
    assert (tmp_path / "again").read_bytes() == b"catalogue" * 1000
    with pytest.raises(IntegrityError) as caught:
        decrypt_file(tmp_path / "sealed", tmp_path / "not", other)
    assert caught.value.code == "BACKUP-KEY"
    data = bytearray((tmp_path / "sealed").read_bytes())
    data[-20] ^= 1
    (tmp_path / "sealed").write_bytes(data)
    with pytest.raises(IntegrityError):
        decrypt_file(tmp_path / "sealed", tmp_path / "nor", key)


def test_the_box_id_is_in_every_package(fresh: LostBox) -> None:
    """A stranger who finds a backup sees whose it is and how it opens."""
    row = fresh.stage().make()
    with zipfile.ZipFile(fresh.stage().package_path(row.objid)) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith("bag-info.txt")]
        text = archive.read(name).decode()
    assert f"Internal-Sender-Identifier: {BOX_ID}\n" in text
    assert f"Recovery-Key: {fresh.recovery_key.public.line()}\n" in text
