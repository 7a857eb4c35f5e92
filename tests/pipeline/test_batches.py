"""Batches: real scans of sheets and pages, from the drop to the hồ sơ they belong to."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlmodel import col, select

from appliance.catalogue.batches import findings_on
from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.tables import PageRow
from appliance.domain.errors import RuleError
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.domain.states import FileUnitState
from appliance.pipeline.batches import BatchStage
from tests.pipeline.making import Bench, codes_of, workbook_of
from tests.reports.making import blank, lost_sheet_bytes, png_bytes, sheet_bytes
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.tables import MasterRow
    from appliance.workers.pool import WorkerPool

QUIET_SECONDS = 60.0
PERSON = "person:tester"
SHEET_A, SHEET_B = sheet_bytes("AA1:H:HS-A"), sheet_bytes("AA1:H:HS-B")
LOST_SHEET = lost_sheet_bytes()
PROFILE = ScannerProfile(
    name="scan02", grouping=Grouping.COVER_SHEETS, batch_quiet_seconds=QUIET_SECONDS
)


@dataclass
class Flat:
    """A box with a scanner that works with cover sheets."""

    bench: Bench

    @property
    def stage(self) -> BatchStage:
        """Splits batches."""
        return BatchStage(self.bench.catalogue, 8)

    def drop(self, name: str, data: bytes, *folders: str) -> MasterRow:
        """Drop one file into the flat folder; its row."""
        claim = self.bench.claim(data, "scan02", *folders, name)
        assert self.bench.accept_stage().accept_many([claim]) == 1
        return self.bench.master(claim)

    def drop_all(self, *files: bytes, first: int = 1) -> list[MasterRow]:
        """Drop files 0001, 0002, ..."""
        return [self.drop(f"{i:04d}.png", data) for i, data in enumerate(files, start=first)]

    def run(self) -> int:
        """Inspect everything, let the scanner be quiet, and split."""
        while self.bench.inspect_stage().run_once("inspect:1"):
            pass
        self.bench.clock.advance(QUIET_SECONDS)
        return self.stage.run_once("batches:1")

    def states(self) -> list[str]:
        """The state of every master as it came."""
        return [row.state for row in self.bench.masters()]

    def numbers(self, file_code: str) -> dict[int, str]:
        """The live numbers of a hồ sơ with the names they came under."""
        unit = self.bench.unit(file_code)
        rows = [row for row in self.bench.masters() if row.file_unit_id == unit.id]
        return {row.file_number or 0: row.name for row in rows if row.state == "inspected"}

    def batches(self) -> list[BatchRow]:
        """Every batch."""
        with self.bench.catalogue.read() as session:
            return list(session.exec(select(BatchRow).order_by(col(BatchRow.id))))

    def why(self) -> list[list[str]]:
        """The findings of every batch."""
        return [[finding.code for finding in findings_on(batch)] for batch in self.batches()]


@pytest.fixture
def flat(tmp_path: Path, pool: WorkerPool) -> Iterator[Flat]:
    """Two approved hồ sơ and a flat folder."""
    profiles = ScannerProfiles(configured={"scan02": PROFILE})
    bench = Bench(tmp_path, pool, profiles=profiles)
    bench.register({"HS-A": 2, "HS-B": 1})
    yield Flat(bench)
    bench.close()


def test_a_flat_batch_becomes_the_pages_of_its_sheets(flat: Flat) -> None:
    """Sheets are kept and are no pages; pages count, in order, in the hồ sơ of their sheet."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2), SHEET_B, page_bytes(3))
    assert flat.run() == 1
    assert flat.states() == ["sheet", "inspected", "inspected", "sheet", "inspected"]
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}
    assert flat.numbers("HS-B") == {1: "0005.png"}
    flat.bench.settle(seal=False)
    for code in ("HS-A", "HS-B"):
        assert flat.bench.unit(code).state == FileUnitState.DERIVED
    assert [batch.state for batch in flat.batches()] == ["split"]
    numbered = [event for event in flat.bench.events("ingestion") if "number" in event]
    assert [(event["file_code"], event["number"]) for event in numbered] == [
        ("HS-A", 1),
        ("HS-A", 2),
        ("HS-B", 1),
    ]


def test_a_batch_is_not_split_while_it_grows_or_is_uninspected(flat: Flat) -> None:
    """The last page may still be in the feeder: quiet for its time, and everything decoded."""
    flat.drop_all(SHEET_A, page_bytes(1))
    flat.bench.clock.advance(QUIET_SECONDS)
    assert flat.stage.run_once("batches:1") == 0
    flat.bench.inspect_stage().run_once("inspect:1")
    flat.drop("0003.png", page_bytes(2))
    flat.bench.inspect_stage().run_once("inspect:1")
    flat.bench.clock.advance(QUIET_SECONDS - 1)
    assert flat.stage.run_once("batches:1") == 0
    flat.bench.clock.advance(1)
    assert flat.stage.run_once("batches:1") == 1
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}


def test_folders_below_the_scanner_are_a_batch_each(flat: Flat) -> None:
    """Two stacks in two folders are never mixed, though their names are the same."""
    for folder, data, seed in (("one", SHEET_A, 1), ("two", SHEET_B, 5)):
        flat.drop("1.png", data, folder)
        flat.drop("2.png", page_bytes(seed), folder)
    flat.run()
    assert [batch.place for batch in flat.batches()] == ["scan02/one", "scan02/two"]
    assert flat.numbers("HS-A") == flat.numbers("HS-B") == {1: "2.png"}


def test_two_stacks_with_the_same_names_are_never_shuffled(flat: Flat) -> None:
    """scanner#138: a scanner that counts anew begins another batch; nothing is overwritten."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))
    flat.drop_all(SHEET_B, page_bytes(3))
    flat.run()
    assert len(flat.batches()) == 2
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}
    assert flat.numbers("HS-B") == {1: "0002.png"}


def test_a_file_dropped_twice_counts_once(flat: Flat) -> None:
    """docspell#2341: the same bytes under the same name in the same batch are a duplicate."""
    flat.drop_all(SHEET_A, page_bytes(1))
    again = flat.drop("0002.png", page_bytes(1))
    assert (again.state, codes_of(again), again.batch_id) == (
        "duplicate",
        ["INTAKE-DUPLICATE"],
        None,
    )
    flat.run()
    assert flat.numbers("HS-A") == {1: "0002.png"}


def test_a_batch_dropped_again_adds_nothing(flat: Flat) -> None:
    """paperless-ngx#1851: the whole stack copied again next day is shown as repeated."""
    for _day in range(2):
        flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))
        flat.run()
    assert flat.states()[3:] == ["sheet", "duplicate", "duplicate"]
    assert all("BATCH-REPEATED" in codes_of(row) for row in flat.bench.masters()[4:])
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}


def test_more_pages_of_a_file_unit_follow_its_last(flat: Flat) -> None:
    """A second stack behind the same sheet goes on, whatever its files are called."""
    flat.drop_all(SHEET_A, page_bytes(1))
    flat.run()
    flat.drop_all(SHEET_A, page_bytes(2))
    flat.run()
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0002.png"}


def test_a_rescan_sheet_replaces_a_page_and_keeps_the_old_one(flat: Flat) -> None:
    """The page behind the sheet takes the number; the earlier scan stays in history."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))
    flat.run()
    flat.drop_all(sheet_bytes("AA1:R:HS-A:2"), page_bytes(9))
    flat.run()
    assert flat.states() == ["sheet", "inspected", "replaced", "sheet", "inspected"]
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0002.png"}
    assert "INTAKE-RESCANNED" in codes_of(flat.bench.masters()[-1])
    flat.bench.settle(seal=False)
    assert flat.bench.unit("HS-A").pages_found == 2


def test_a_lost_sheet_parks_the_batch_with_its_picture(flat: Flat) -> None:
    """naps2#440, paperless-ngx#8500: no page goes to the hồ sơ before the sheet that was lost."""
    rows = flat.drop_all(SHEET_A, page_bytes(1), LOST_SHEET, page_bytes(3))
    flat.run()
    (batch,) = flat.batches()
    (finding,) = findings_on(batch)
    assert (batch.state, finding.code, finding.where) == (
        "parked",
        "BATCH-SHEET-UNREADABLE",
        "0003.png",
    )
    assert flat.states() == ["batched"] * 4
    assert flat.bench.unit("HS-A").state == FileUnitState.REGISTERED
    with flat.bench.catalogue.read() as session:
        page = session.exec(select(PageRow).where(PageRow.master_id == rows[2].id)).one()
    assert page.thumbnail_sha256 is not None


def test_the_sheet_scanned_again_under_its_name_settles_it(flat: Flat) -> None:
    """A readable sheet, alone, under the name that the finding asks for: the batch goes on."""
    flat.drop_all(SHEET_A, page_bytes(1), LOST_SHEET, page_bytes(3))
    flat.run()
    flat.drop("0003.png", SHEET_B)
    flat.run()
    flat.stage.run_once("batches:1")
    assert flat.numbers("HS-A") == {1: "0002.png"}
    assert flat.numbers("HS-B") == {1: "0004.png"}
    assert flat.states() == ["sheet", "inspected", "replaced", "inspected", "sheet"]
    assert [batch.state for batch in flat.batches()] == ["split", "split"]


def test_another_stack_is_not_taken_for_the_missing_sheet(flat: Flat) -> None:
    """A new batch that happens to hold the same name stays its own."""
    flat.drop_all(SHEET_A, page_bytes(1), LOST_SHEET)
    flat.run()
    flat.drop_all(SHEET_B, page_bytes(3), page_bytes(4))
    flat.run()
    assert [batch.state for batch in flat.batches()] == ["parked", "split"]
    assert flat.numbers("HS-B") == {1: "0002.png", 2: "0003.png"}


def test_a_batch_without_a_first_sheet_takes_one_scanned_alone(flat: Flat) -> None:
    """The forgotten sheet, scanned by itself into the same folder, speaks for the first pages."""
    flat.drop_all(page_bytes(1), page_bytes(2))
    flat.run()
    assert flat.why() == [["BATCH-NO-SHEET"]]
    flat.drop("0001.png", SHEET_A)
    flat.run()
    flat.stage.run_once("batches:1")
    assert flat.numbers("HS-A") == {1: "0001.png", 2: "0002.png"}
    assert flat.states() == ["inspected", "inspected", "sheet"]


@pytest.mark.parametrize("lost", [True, False])
def test_a_person_may_name_the_file_unit(flat: Flat, lost: bool) -> None:  # noqa: FBT001 - a case's setting
    """Who saw the picture says whose the pages are; who said it is recorded."""
    rows = flat.drop_all(LOST_SHEET if lost else page_bytes(1), page_bytes(2))
    flat.run()
    (batch,) = flat.batches()
    flat.stage.say(batch.id or 0, rows[0].id or 0, "HS-B", PERSON)
    expected = {1: "0002.png"} if lost else {1: "0001.png", 2: "0002.png"}
    assert flat.numbers("HS-B") == expected
    assert flat.states() == ["sheet" if lost else "inspected", "inspected"]
    said = [event for event in flat.bench.events("review") if "said" in event]
    assert [event["said"] for event in said] == ["AA1:H:HS-B"]


def test_what_a_person_says_must_be_about_a_parked_batch(flat: Flat) -> None:
    """A stale screen changes nothing."""
    rows = flat.drop_all(SHEET_A, page_bytes(1))
    other = flat.drop("1.png", LOST_SHEET, "other")
    flat.run()
    split, parked = flat.batches()
    with pytest.raises(RuleError):
        flat.stage.say(split.id or 0, rows[1].id or 0, "HS-B", PERSON)
    with pytest.raises(RuleError):
        flat.stage.say(parked.id or 0, rows[1].id or 0, "HS-B", PERSON)
    with pytest.raises(RuleError):
        flat.stage.set_aside(split.id or 0, PERSON)
    assert flat.bench.masters()[-1].state == "batched"
    assert other.batch_id == parked.id


def test_a_batch_that_was_scanned_anew_is_set_aside(flat: Flat) -> None:
    """Its files stay in history, count for no hồ sơ, and the list of what waits is empty."""
    flat.drop_all(page_bytes(1), LOST_SHEET)
    flat.run()
    (batch,) = flat.batches()
    assert flat.stage.set_aside(batch.id or 0, PERSON) == 2
    assert flat.states() == ["replaced", "replaced"]
    assert [batch.state for batch in flat.batches()] == ["split"]
    assert flat.bench.unit("HS-A").state == FileUnitState.REGISTERED


def tiff_of(*frames: bytes) -> bytes:
    """A multi-page TIFF."""
    first, *others = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=others, dpi=(100, 100))
    return stream.getvalue()


def test_a_multi_page_file_begins_with_its_sheet_or_is_parked(flat: Flat) -> None:
    """The sheet as first frame is no page; a sheet further in would be lost, and stops.

    Story: ocrmypdf#510.
    """
    flat.drop("1.tif", tiff_of(SHEET_A, page_bytes(1), page_bytes(2)), "good")
    flat.drop("1.tif", tiff_of(page_bytes(3), SHEET_B, page_bytes(4)), "bad")
    flat.run()
    assert flat.why() == [[], ["BATCH-SHEET-INSIDE"]]
    flat.bench.settle(seal=False)
    unit = flat.bench.unit("HS-A")
    assert (unit.pages_found, unit.state) == (2, FileUnitState.DERIVED)


def test_a_broken_page_holds_its_batch_until_it_is_scanned_again(flat: Flat) -> None:
    """It may have been a sheet: nobody guesses, and the same name scanned again settles it."""
    broken = page_bytes(2, "TIFF")[:-2000]
    flat.drop("1.png", SHEET_A)
    cut = flat.bench.claim(broken, "scan02", "2.tif")
    flat.bench.clock.advance(10 * 365 * 86_400)
    flat.bench.accept_stage().accept_many([cut])
    flat.drop("3.png", page_bytes(3))
    assert flat.bench.master(cut).state == "parked"
    flat.run()
    assert flat.why() == [["BATCH-PAGE-PARKED"]]
    flat.drop("2.tif", page_bytes(2, "TIFF"))
    flat.run()
    flat.stage.run_once("batches:1")
    assert flat.numbers("HS-A") == {1: "2.tif", 2: "3.png"}
    assert flat.bench.master(cut).state == "replaced"


def test_what_was_never_a_page_does_not_hold_a_batch_up(flat: Flat) -> None:
    """Thumbs.db and the like are parked by themselves."""
    flat.drop_all(SHEET_A, page_bytes(1))
    stray = flat.drop("Thumbs.db", b"\xd0\xcf\x11\xe0")
    assert (stray.state, codes_of(stray), stray.batch_id) == ("parked", ["INTAKE-NOT-IMAGE"], None)
    flat.run()
    assert flat.numbers("HS-A") == {1: "0002.png"}


def test_an_unknown_code_waits_for_the_register(flat: Flat) -> None:
    """The batch is parked whole, and goes on by itself once its hồ sơ is registered."""
    flat.drop_all(sheet_bytes("AA1:H:HS-C"), page_bytes(1), SHEET_A, page_bytes(2))
    flat.run()
    assert flat.why() == [["BATCH-UNKNOWN-FILE-UNIT"]]
    assert flat.numbers("HS-A") == {}
    flat.bench.correct_register(workbook_of({"HS-C": 1}))
    assert flat.stage.retry() == 0
    assert flat.why() == [["BATCH-NOT-APPROVED"]]
    with pytest.raises(RuleError):
        flat.stage.set_aside(99, PERSON)


def test_a_draft_list_waits_for_its_approval(tmp_path: Path, pool: WorkerPool) -> None:
    """No pages for a list that nobody approved; the approval frees them without a hand."""
    bench = Bench(tmp_path, pool, profiles=ScannerProfiles(configured={"scan02": PROFILE}))
    bench.register({"HS-A": 1}, approved=False)
    flat = Flat(bench)
    flat.drop_all(SHEET_A, page_bytes(1))
    flat.run()
    assert flat.why() == [["BATCH-NOT-APPROVED"]]
    bench.approve()
    bench.clock.advance(15 * 60)
    assert flat.stage.run_once("batches:1") == 1
    assert flat.numbers("HS-A") == {1: "0002.png"}
    bench.close()


def test_a_sealed_file_unit_takes_no_more_pages(flat: Flat) -> None:
    """Sealed is final (invariant I3): new pages park the batch, the same pages are recognised."""
    flat.drop_all(SHEET_B, page_bytes(1))
    flat.run()
    flat.bench.with_places()
    flat.bench.settle()
    assert flat.bench.unit("HS-B").state == FileUnitState.SEALED
    flat.drop_all(SHEET_B, page_bytes(1))
    flat.run()
    assert flat.states()[2:] == ["sheet", "duplicate"]
    flat.drop_all(SHEET_B, page_bytes(7))
    flat.run()
    assert flat.why()[-1] == ["BATCH-FILE-UNIT-SEALED"]
    assert flat.bench.unit("HS-B").state == FileUnitState.SEALED


def test_nothing_is_assigned_when_the_transaction_fails(
    flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in the middle of a split leaves the batch as it was; the next round does it whole."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))

    def crash(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.pipeline.batches.batches.move_pages", crash)
        with pytest.raises(RuntimeError):
            flat.run()
    assert flat.states() == ["batched"] * 3
    assert flat.stage.run_once("batches:2") == 1
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}


def test_blank_pages_of_equal_bytes_are_all_kept(flat: Flat) -> None:
    """naps2#313, paperless-ngx#2385: a blank page is a page; equal ones are marked, not dropped."""
    empty = png_bytes(blank(100))
    flat.drop_all(SHEET_A, empty, empty)
    flat.run()
    assert flat.numbers("HS-A") == {1: "0002.png", 2: "0003.png"}
    assert "INTAKE-SAME-BYTES" in codes_of(flat.bench.masters()[-1])
