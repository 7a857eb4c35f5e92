"""From packages and receipts alone: which columns cannot come back, named one by one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import deposits
from appliance.pipeline.seal import SealStage
from tests.pipeline.making import BOX_ID
from tests.recovery.making import LostBox, plan_for, recover, reopened, rows_of
from tests.recovery.test_recover import check_chain, check_store

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue

LOST_COLUMNS: Final = {
    "agency": set(),
    "approval": {"recorded_at"},
    "deposit": {"proved_at", "sent_bytes"},
    "document": set(),
    "file_unit": {"inventory_number", "paper_sizes", "pdf_per", "minted_with"},
    "fonds": {"creator_code", "status", "period", "language", "history"},
    "master": {"name_bytes", "place_bytes", "batch_id"},
    "package": set(),
    "page": {
        "is_derived", "derivation", "derivative_sha256", "words_sha256", "ocr_confidence",
    },
    "selection_item": set(),
    "selection_list": {"title"},
}  # fmt: skip
"""What no package and no receipt tells; ``docs/recovery.md`` says the same."""


NUMBERED: Final = {
    "file_unit_id": ("file_unit", "file_code"),
    "master_id": ("master", "sha256"),
    "package_id": ("package", "objid"),
}
"""Columns that hold the number of another row, and what names that row for people."""


def kept(catalogue: Catalogue, table: str) -> list[dict[str, Any]]:
    """The rows of a table without what cannot come back; rows are named, not numbered."""
    names = {
        column: {row["id"]: row[name] for row in rows_of(catalogue, other)}
        for column, (other, name) in NUMBERED.items()
    }
    rows = rows_of(catalogue, table, frozenset({"id", *LOST_COLUMNS[table]}))
    named = (
        {key: names[key].get(value) if key in names else value for key, value in row.items()}
        for row in rows
    )
    return sorted(named, key=repr)


def test_all_that_packages_tell_comes_back(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """Every other column of every sealed record is as it was."""
    plan = plan_for(box, tmp_path / "new", recovery_key=None)
    found = recover(plan, pool)
    assert (found.backup, found.packages, found.proofs) == ("", 2, 2)
    with closing(reopened(plan)) as catalogue:
        for table in LOST_COLUMNS:
            assert kept(catalogue, table) == kept(box.bench.catalogue, table), table
        told = {row["counter"] for row in rows_of(catalogue, "event")}
        old = [row for row in rows_of(box.bench.catalogue, "event") if row["counter"] in told]
        assert len(old) > len(box.bench.masters()) * 3
        assert rows_of(catalogue, "event")[:-1] == old
        check_chain(catalogue)
        check_store(plan, catalogue)


def test_what_came_back_can_be_worked_on(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """The recovered box owes the other place its copies, and knows its hồ sơ as sealed."""
    plan = plan_for(box, tmp_path / "new", recovery_key=None)
    recover(plan, pool)
    with closing(reopened(plan)) as catalogue:
        waiting = [row for row in rows_of(catalogue, "deposit") if row["destination"] == "ministry"]
        assert [row["state"] for row in waiting] == ["waiting", "waiting"]
        stage = SealStage(catalogue, plan.store, tmp_path / "work", box.bench.key, BOX_ID)
        assert stage.run_once("seal:1") == 0
        with catalogue.read() as session:
            assert deposits.newest_version(session, 1) == 1


def test_the_kept_columns_are_those_of_the_tables(box: LostBox) -> None:
    """No column is excused that does not exist."""
    for table, columns in LOST_COLUMNS.items():
        for row in rows_of(box.bench.catalogue, table)[:1]:
            assert columns <= row.keys(), table
