"""Inspect: every master is decoded in a worker process, and one bad file stops nobody."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from appliance.catalogue.leases import give_back
from appliance.catalogue.masters import findings_of, pages_of
from appliance.domain.rules import sentence
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.imaging.inspection import inspect_image
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.quality.values import PageQuality
from appliance.pipeline.inspect import failure, limits_for
from appliance.pipeline.inspect_flow import grouped
from tests.disk.conftest import every_file
from tests.pipeline.making import Bench, codes_of, count_transactions
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.catalogue.tables import MasterRow
    from appliance.workers.pool import WorkerPool


def killing_inspect(path: Path, *, name: str, **named: Any) -> object:  # noqa: ANN401 - passed on
    """An inspection that a decoder's fault ends for one file."""
    if name == "0002.png":
        os.abort()
    return inspect_image(path, name=name, **named)


class Killing(Executor):
    """The real pool, in which the decoder of ``0002.png`` kills its process."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - the executor's own interface
        """Send the killing inspection in place of the true one."""
        del fn
        return self._pool.submit(killing_inspect, *args, **kwargs)


@pytest.fixture
def killing_bench(tmp_path: Path, pool: WorkerPool) -> Iterator[Bench]:
    """A box whose decoder dies of one page."""
    made = Bench(tmp_path, Killing(pool))
    yield made
    made.close()


def corrupt(bench: Bench, row: MasterRow) -> Path:
    """Let a master read back differently from what was written; where it lies."""
    path = bench.store.master_path(row.sha256)
    path.chmod(0o640)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


def test_a_good_page_gets_its_facts_and_its_pictures(bench: Bench) -> None:
    """Size, resolution, format and measures are recorded, and both pictures lie in the store."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    assert bench.inspect_stage().run_once("test:1") == 1
    (row,) = bench.masters()
    assert (row.state, row.image_format, row.frame_count) == ("inspected", "png", 1)
    with bench.catalogue.read() as session:
        ((page, _master),) = pages_of(session, bench.unit("HS-01").id or 0)
    assert (page.width_px, page.height_px, page.dpi) == (600, 850, 200)
    assert (page.paper_size, page.a4_equivalent, page.integrity) == ("", 1, "pass")
    assert PageQuality.from_json(json.loads(page.quality or "")).page_hash == page.page_hash
    assert page.sheet_mark is None
    for sha256 in (page.thumbnail_sha256, page.view_sha256):
        picture = bench.store.derivative_path(str(sha256)).read_bytes()
        assert hashlib.sha256(picture).hexdigest() == sha256
    assert list((bench.store.root / "derivatives" / "incoming").iterdir()) == []


def test_an_inspected_drop_is_let_go(bench: Bench) -> None:
    """Read back by the very read that was decoded: now, and not before, the drop may go.

    Story: paperless-ngx#2396.
    """
    bench.register({"HS-01": 1})
    row = bench.drop("HS-01", "0001.png", page_bytes(1))
    assert (row.is_read_back, list(bench.claimed.iterdir()) == []) == (0, False)
    bench.inspect_stage().run_once("test:1")
    assert bench.masters()[0].is_read_back == 1
    assert list(bench.claimed.iterdir()) == []


def test_a_page_that_is_parked_by_its_pixels_is_let_go_too(bench: Bench) -> None:
    """What cannot be a page is kept in the store, proved, as everything else."""
    bench.register({"HS-01": 1})
    data = bytearray(page_bytes(1))
    middle = data.index(b"IDAT") + 40
    data[middle : middle + 64] = bytes(64)
    bench.drop("HS-01", "0001.png", bytes(data))
    bench.inspect_stage().run_once("test:1")
    (row,) = bench.masters()
    assert (row.state, row.cause, row.is_read_back) == ("parked", "IMAGE-NOT-DECODABLE", 1)
    assert list(bench.claimed.iterdir()) == []


def test_a_crash_before_the_record_repeats_and_keeps_the_drop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is let go of before the proof is committed; the lease of the dead is given back.

    Story: paperless-ng#1447.
    """
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.inspect.record_outcomes", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.inspect_stage().run_once("test:1")
    assert (bench.masters()[0].is_read_back, list(bench.claimed.iterdir()) == []) == (0, False)
    with bench.catalogue.write() as writing:
        assert give_back(writing, "test") == 1
    assert bench.inspect_stage().run_once("test:1") == 1
    assert bench.masters()[0].state == "inspected"
    assert list(bench.claimed.iterdir()) == []


def test_outcomes_are_recorded_in_groups(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve pages cost a few transactions, and their drops go with them."""
    bench.register({"HS-01": 12})
    bench.drop_pages("HS-01", 12)
    begun = count_transactions(bench, monkeypatch)
    assert bench.inspect_stage().run_once("test:1") == 12
    assert len(begun) < 12
    assert {row.state for row in bench.masters()} == {"inspected"}
    assert list(bench.claimed.iterdir()) == []


def test_nothing_to_inspect_makes_no_folder(bench: Bench) -> None:
    """An idle round touches no disk but the catalogue's."""
    assert bench.inspect_stage().run_once("test:1") == 0
    assert not bench.store.root.exists()


def test_equal_bytes_under_two_numbers_get_their_pictures(bench: Bench) -> None:
    """Two masters of one digest are inspected at the same time, and neither takes the other's."""
    bench.register({"HS-01": 2})
    for name in ("0001.png", "0002.png"):
        bench.drop("HS-01", name, page_bytes(1))
    bench.inspect_stage().run_once("test:1")
    assert [row.state for row in bench.masters()] == ["inspected"] * 2
    with bench.catalogue.read() as session:
        pages = pages_of(session, bench.unit("HS-01").id or 0)
    assert len({page.view_sha256 for page, _master in pages}) == 1
    assert len(pages) == 2


class TestMasterDiffers:
    """What lies on the disk is not what was written."""

    def test_it_is_copied_again_from_its_drop(self, bench: Bench) -> None:
        """Said on the row, tried again after a pause, and inspected when it reads back."""
        bench.register({"HS-01": 1})
        path = corrupt(bench, bench.drop("HS-01", "0001.png", page_bytes(1)))
        bench.inspect_stage().run_once("test:1")
        (row,) = bench.masters()
        assert (row.state, row.is_read_back, codes_of(row)) == ("accepted", 0, ["MASTER-DIFFERS"])
        assert path.read_bytes() == page_bytes(1)
        assert bench.inspect_stage().run_once("test:1") == 0
        bench.clock.advance(2)
        assert bench.inspect_stage().run_once("test:1") == 1
        (row,) = bench.masters()
        assert (row.state, row.is_read_back) == ("inspected", 1)
        assert "MASTER-DIFFERS" not in codes_of(row)
        assert list(bench.claimed.iterdir()) == []

    def test_a_master_that_is_gone_is_copied_again(self, bench: Bench) -> None:
        """Damage of our own disk costs one page some seconds, and the others nothing."""
        bench.register({"HS-01": 2})
        bench.drop_pages("HS-01", 2)
        bench.store.master_path(bench.masters()[0].sha256).unlink()
        bench.inspect_stage().run_once("test:1")
        lost, good = bench.masters()
        assert (lost.state, codes_of(lost)) == ("accepted", ["MASTER-DIFFERS"])
        assert good.state == "inspected"
        bench.clock.advance(2)
        bench.inspect_stage().run_once("test:1")
        assert bench.masters()[0].state == "inspected"

    def test_a_disk_that_goes_on_is_a_matter_for_a_person(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """At the third time it is parked, visibly, with its drop still there."""
        bench.register({"HS-01": 1})
        corrupt(bench, bench.drop("HS-01", "0001.png", page_bytes(1)))
        true_put_right = type(bench.store).put_right

        def put_and_rot(*arguments: Any) -> None:  # noqa: ANN401 - passed on
            true_put_right(*arguments)
            corrupt(bench, bench.masters()[0])

        monkeypatch.setattr(type(bench.store), "put_right", put_and_rot)
        for _ in range(3):
            bench.inspect_stage().run_once("test:1")
            bench.clock.advance(60)
        (row,) = bench.masters()
        assert (row.state, row.cause, row.is_read_back) == ("parked", "MASTER-DIFFERS", 0)
        assert list(bench.claimed.iterdir()) != []
        assert [e["findings"] for e in bench.events("validation")] == [["MASTER-DIFFERS"]]

    def test_without_its_drop_it_is_parked_at_once(self, bench: Bench) -> None:
        """A retried page whose master rotted meanwhile cannot be made again from anything."""
        bench.register({"HS-01": 1})
        row = bench.drop("HS-01", "0001.png", page_bytes(1))
        shutil.rmtree(bench.claimed)
        corrupt(bench, row)
        bench.inspect_stage().run_once("test:1")
        (row,) = bench.masters()
        assert (row.state, row.cause) == ("parked", "MASTER-DIFFERS")
        assert sentence(findings_of(row.findings)[0])

    def test_a_drop_that_changed_is_not_taken_for_it(self, bench: Bench) -> None:
        """Other bytes than those recorded never take the master's place."""
        bench.register({"HS-01": 1})
        path = corrupt(bench, bench.drop("HS-01", "0001.png", page_bytes(1)))
        before = path.read_bytes()
        (drop,) = every_file(bench.claimed)
        drop.write_bytes(page_bytes(2))
        bench.inspect_stage().run_once("test:1")
        assert bench.masters()[0].cause == "MASTER-DIFFERS"
        assert path.read_bytes() == before
        assert every_file(bench.store.root / "masters") == [path]

    def test_a_copy_that_another_drop_was_let_go_for_stays(self, bench: Bench) -> None:
        """It is evidence: whatever it reads as, nothing takes its place unseen."""
        bench.register({"HS-01": 2})
        bench.drop("HS-01", "0001.png", page_bytes(1))
        bench.inspect_stage().run_once("test:1")
        path = corrupt(bench, bench.drop("HS-01", "0002.png", page_bytes(1)))
        before = path.read_bytes()
        bench.inspect_stage().run_once("test:1")
        first, second = bench.masters()
        assert (first.state, second.state, second.cause) == (
            "inspected",
            "parked",
            "MASTER-DIFFERS",
        )
        assert path.read_bytes() == before
        assert list(bench.claimed.iterdir()) != []


def test_what_does_not_decode_is_parked_with_its_code(bench: Bench) -> None:
    """kitodo#2785: Pixels that are damaged inside a whole structure are found by decoding alone."""
    bench.register({"HS-01": 2})
    data = bytearray(page_bytes(1, "TIFF"))
    broken = page_bytes(1)
    middle = broken.index(b"IDAT") + 40
    damaged = bytearray(broken)
    damaged[middle : middle + 64] = bytes(64)
    bench.drop("HS-01", "0001.tif", bytes(data))
    bad = bench.drop("HS-01", "0002.png", bytes(damaged))
    bench.inspect_stage().run_once("test:1")
    good, parked = bench.masters()
    assert (good.state, parked.state) == ("inspected", "parked")
    assert codes_of(parked) == ["IMAGE-NOT-DECODABLE"]
    assert sentence(findings_of(parked.findings)[0])
    assert bench.store.master_path(bad.sha256).read_bytes() == bytes(damaged)


def test_warnings_do_not_park(bench: Bench) -> None:
    """A page below 200 dpi is flagged and goes on."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1, dpi=150))
    bench.inspect_stage().run_once("test:1")
    (row,) = bench.masters()
    assert row.state == "inspected"
    assert "IMAGE-LOW-DPI" in codes_of(row)


def test_a_decoder_that_dies_costs_one_file(killing_bench: Bench) -> None:
    """The file in the dead process is parked with a code; the others of the batch go on.

    Story: KOST-Val#50, jhove#788.
    """
    bench = killing_bench
    bench.register({"HS-01": 4})
    bench.drop_pages("HS-01", 4)
    bench.inspect_stage().run_once("test:1")
    states = {row.name: row.state for row in bench.masters()}
    assert states.pop("0002.png") == "parked"
    assert set(states.values()) == {"inspected"}
    assert codes_of(bench.masters()[1]) == ["IMAGE-DECODER-CRASHED"]


def test_a_rescan_during_the_inspection_is_no_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a rescan takes the number meanwhile, the old outcome is dropped in silence."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    stage = bench.inspect_stage()
    true_inspections = type(stage)._inspections

    def rescan_meanwhile(*arguments: Any) -> Iterator[Any]:  # noqa: ANN401 - passed on
        for outcome in true_inspections(*arguments):
            bench.drop("HS-01", "0001.png", page_bytes(2))
            yield outcome

    monkeypatch.setattr(type(stage), "_inspections", rescan_meanwhile)
    stage.run_once("test:1")
    first, second = bench.masters()
    assert (first.state, first.is_read_back, second.state) == ("replaced", 1, "accepted")
    (left,) = every_file(bench.claimed)
    assert left.read_bytes() == page_bytes(2)


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (RuntimeError("struct.error: unpack"), "IMAGE-DECODER-CRASHED"),
        (FileNotFoundError(2, "No such file or directory"), "STAGE-FAILED"),
    ],
)
def test_whatever_a_decoder_raises_is_a_finding(problem: Exception, code: str) -> None:
    """No fault inside a decoder leaves its own file."""
    assert [f.code for f in failure(problem, "0001.png").findings] == [code]


class Shut(Executor):
    """A pool that is shut down in the middle."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - the executor's own interface
        """Cancel the task before it begins."""
        del fn, args, kwargs
        future: Future[Any] = Future()
        future.cancel()
        return future


def test_the_end_of_the_service_says_nothing_about_a_page(bench: Bench) -> None:
    """A cancelled task is no finding; the master waits as before."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    stage = replace(bench.inspect_stage(), executor=Shut())
    with pytest.raises(CancelledError):
        stage.run_once("test:1")
    (row,) = bench.masters()
    assert (row.state, codes_of(row), row.is_read_back) == ("accepted", [], 0)
    assert list((bench.store.root / "derivatives" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("paper", "dpi", "pixels"),
    [("A4", 300, 10_527_000), ("A0", 600, 675_185_000), ("A0", 1200, 700_000_000)],
)
def test_limits_follow_from_the_scanner(paper: str, dpi: int, pixels: int) -> None:
    """A tenth more than its largest sheet each way; never above what any page may have."""
    profile = ScannerProfile(max_paper=paper, max_dpi=dpi)
    limits = limits_for(profile, InspectionLimits(min_dpi=150))
    assert limits.max_frame_pixels == pytest.approx(pixels, rel=0.001)
    assert (limits.min_dpi, limits.reads_marks) == (150, False)


def test_only_scanners_with_cover_sheets_are_searched_for_them() -> None:
    """A damaged sheet is looked for where sheets are expected; elsewhere a glance must do."""
    profile = ScannerProfile(grouping=Grouping.COVER_SHEETS)
    assert limits_for(profile, InspectionLimits()).reads_marks


def test_a_page_beyond_its_scanner_is_refused(bench: Bench) -> None:
    """What this scanner cannot have scanned is not decoded, and kept."""
    small = ScannerProfile(name="scan01", max_paper="A6", max_dpi=100)
    bench.profiles = ScannerProfiles(configured={"scan01": small})
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.inspect_stage().run_once("test:1")
    (row,) = bench.masters()
    assert (row.state, row.cause, row.is_read_back) == ("parked", "IMAGE-TOO-LARGE", 1)
    assert list(bench.claimed.iterdir()) == []


def test_pages_with_the_same_bytes_have_their_pictures(bench: Bench) -> None:
    """Two numbers with one picture of each kind: neither takes the other's while it is made."""
    bench.register({"HS-01": 2})
    for name in ("0001.png", "0002.png"):
        bench.drop("HS-01", name, page_bytes(1))
    bench.inspect_stage().run_once("test:1")
    with bench.catalogue.read() as session:
        pages = [page for page, _master in pages_of(session, bench.unit("HS-01").id or 0)]
    first, second = ({page.thumbnail_sha256, page.view_sha256} for page in pages)
    assert first == second
    assert all(bench.store.derivative_path(sha256 or "").is_file() for sha256 in first)


class Numbers:
    """Numbers that come when they are put."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._queue: SimpleQueue[int] = SimpleQueue()

    def __len__(self) -> int:
        return self._count

    def put(self, number: int) -> None:
        """Let one come."""
        self._queue.put(number)

    def get(self, timeout: float | None = None) -> int:
        """The next."""
        number = self._queue.get(timeout=timeout)
        self._count -= 1
        return number


def test_groups_hold_what_came_and_wait_for_nobody_long() -> None:
    """Sixteen at most, and the first of them does not wait for a slow one."""
    coming = Numbers(36)
    for number in range(18):
        coming.put(number)
    groups = grouped(coming)
    assert next(groups) == list(range(16))
    assert next(groups) == [16, 17]


def test_the_last_group_is_small() -> None:
    """Little is left to be recorded when the last one comes."""
    coming = Numbers(42)
    for number in range(42):
        coming.put(number)
    assert [len(group) for group in grouped(coming)] == [16, 16, 6, 4]


class Slow(Executor):
    """Ends no task before there are so many; pages arrive while the first is in work."""

    def __init__(self, bench: Bench, count: int) -> None:
        self._bench, self._count = bench, count
        self._held: list[Callable[[], None]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - the executor's own interface
        """Hold the task, or run all that are held."""
        future: Future[Any] = Future()
        self._held.append(lambda: future.set_result(fn(*args, **kwargs)))
        if len(self._held) == 1:
            for number in (2, 3, 4):
                self._bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
        if len(self._held) == self._count:
            for run in self._held:
                run()
        return future


def test_what_comes_while_the_last_are_in_work_joins_the_round(bench: Bench) -> None:
    """No worker waits for the records of the others; a round still takes a batch at most."""
    bench.register({"HS-01": 4})
    bench.drop_pages("HS-01", 1)
    stage = replace(bench.inspect_stage(), batch=3, executor=Slow(bench, 3))
    assert stage.run_once("test:1") == 3
    assert [row.state for row in bench.masters()] == ["inspected"] * 3 + ["accepted"]


def test_a_good_rescan_settles_what_was_parked_before(bench: Bench) -> None:
    """A truncated page waits for a person only until its number is scanned well; it is kept."""
    bench.register({"HS-01": 1})
    whole = page_bytes(1)
    broken = bench.drop("HS-01", "0001.png", whole[: len(whole) // 2])
    assert broken.state == "parked"
    good = bench.drop("HS-01", "0001.png", whole)
    bench.inspect_stage().run_once("test:1")
    earlier, later = bench.masters()
    assert (earlier.state, earlier.other_id, later.state) == ("replaced", good.id, "inspected")
    assert bench.store.master_path(earlier.sha256).is_file()
    assert len(bench.events("replacement")) == 1
