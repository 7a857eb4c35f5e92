"""A catalogue of the first schema is brought up to date with every row it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pysqlite3.dbapi2
import pytest

from appliance.catalogue import migrations
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.tables import MasterRow, PageRow

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.clock import FakeClock

FINDINGS = '[{"code": "INTAKE-BAD-NAME", "where": "x", "values": {}}]'


@pytest.fixture
def old_path(tmp_path: Path) -> Path:
    """A catalogue as the first release left it: a sealed, an inspected and a parked master."""
    path = tmp_path / "old.db"
    connection = pysqlite3.dbapi2.connect(path)
    first = migrations.all_migrations()[0]
    for statement in migrations.statements(first.script):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO fonds VALUES ('TH', 'Thuận Hải', 'H11', '', 'closed', '', '', '')"
    )
    columns = "id, file_code, safe_name, fonds_code, inventory_number, title, maintenance, mode"
    rest = (
        "language, start_date, end_date, keyword, total_doc, number_of_paper, number_of_page, "
        "format, infor_sign, confidence_level, paper_file_code, risk_recovery, "
        "risk_recovery_status, description"
    )
    connection.execute(
        f"INSERT INTO file_unit ({columns}, {rest}) VALUES (1, 'H1', 'H1', 'TH', '', 't', '01', "  # noqa: S608 - names of columns
        "'01', '', '', '', '', 1, 1, 1, '', '', '', '', '', '', '')"
    )
    for number, state in enumerate(("sealed", "inspected", "parked"), start=1):
        connection.execute(
            "INSERT INTO master (claim_id, scanner, place, name, name_bytes, file_unit_id, "
            "file_number, sha256, xxh3, size_bytes, state, findings, other_id, received_at) "
            "VALUES (?, 's', 'p', 'n', x'6e', 1, ?, ?, 'x', 9, ?, ?, ?, '2026-03-02')",
            (f"c{number}", number, f"d{number}", state, FINDINGS, 1 if number == 2 else None),
        )
    connection.execute(
        "INSERT INTO page (master_id, file_unit_id, frame, width_px, height_px, dpi, dpi_source, "
        "mode, bits_per_pixel, compression, has_icc, orientation, paper_size, is_derived) "
        "VALUES (1, 1, 1, 10, 10, 300, 'tiff', 'gray', 8, 'raw', 0, 1, 'A4', 1)"
    )
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    return path


def test_no_row_is_lost_and_no_count_changes(old_path: Path, clock: FakeClock) -> None:
    """Masters, pages and counters stand as they stood; old masters were read back at intake."""
    before = _counters(old_path)
    catalogue = open_catalogue(old_path, clock)
    with catalogue.read() as session:
        rows = [session.get_one(MasterRow, number) for number in (1, 2, 3)]
        page = session.get_one(PageRow, 1)
    catalogue.close()
    assert [(row.state, row.cause, row.is_read_back) for row in rows] == [
        ("sealed", None, 1),
        ("inspected", None, 1),
        ("parked", "INTAKE-BAD-NAME", 1),
    ]
    assert (rows[1].other_id, page.master_id, page.integrity) == (1, 1, "not_checked")
    assert _counters(old_path) == before


def test_the_upgraded_schema_is_the_fresh_one(
    old_path: Path, tmp_path: Path, clock: FakeClock
) -> None:
    """Every table, index and trigger, word by word, and no reference dangles."""
    open_catalogue(old_path, clock).close()
    open_catalogue(tmp_path / "fresh.db", clock).close()
    assert _schema(old_path) == _schema(tmp_path / "fresh.db")
    connection = pysqlite3.dbapi2.connect(old_path)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def _counters(path: Path) -> dict[str, int]:
    connection = pysqlite3.dbapi2.connect(path)
    found = dict(connection.execute("SELECT name, value FROM counter"))
    connection.close()
    return found


def _schema(path: Path) -> set[tuple[str, str]]:
    connection = pysqlite3.dbapi2.connect(path)
    found = set(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))
    connection.close()
    return found
