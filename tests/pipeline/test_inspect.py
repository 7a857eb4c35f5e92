"""Inspect: every master is decoded in a worker process, and one bad file stops nobody."""

from __future__ import annotations

import os
from concurrent.futures import CancelledError, Executor, Future
from typing import TYPE_CHECKING, Any

import pytest

from appliance.catalogue.masters import findings_of, pages_of
from appliance.domain.rules import sentence
from appliance.imaging.inspection import inspect_image
from appliance.pipeline.inspect import result_of
from tests.pipeline.making import Bench, codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.imaging.pool import WorkerPool


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


def failed(problem: Exception) -> Future[Any]:
    """A task that ended badly."""
    future: Future[Any] = Future()
    future.set_exception(problem)
    return future


def test_a_good_page_gets_its_facts_and_a_thumbnail(bench: Bench) -> None:
    """Size, resolution and format are recorded, and the thumbnail lies in the store."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    assert bench.inspect_stage().run_once("test:1") == 1
    (row,) = bench.masters()
    assert (row.state, row.image_format, row.frame_count) == ("inspected", "png", 1)
    with bench.catalogue.read() as session:
        ((page, _master),) = pages_of(session, bench.unit("HS-01").id or 0)
    assert (page.width_px, page.height_px, page.dpi) == (600, 850, 200)
    assert bench.store.derivative_path(str(page.thumbnail_sha256)).is_file()
    assert list(bench.work.iterdir()) == []


def test_what_does_not_decode_is_parked_with_its_code(bench: Bench) -> None:
    """Pixels that are damaged inside a whole structure are found by decoding alone."""
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
    assert (row.state, codes_of(row)) == ("inspected", ["IMAGE-LOW-DPI"])


def test_a_decoder_that_dies_costs_one_file(killing_bench: Bench) -> None:
    """The file in the dead process is parked with a code; the others of the batch go on."""
    bench = killing_bench
    bench.register({"HS-01": 4})
    bench.drop_pages("HS-01", 4)
    bench.inspect_stage().run_once("test:1")
    states = {row.name: row.state for row in bench.masters()}
    assert states.pop("0002.png") == "parked"
    assert set(states.values()) == {"inspected"}
    assert codes_of(bench.masters()[1]) == ["IMAGE-DECODER-CRASHED"]


def test_a_master_missing_from_the_store_costs_one_file(bench: Bench) -> None:
    """Damage of our own disk parks the page it hit, with the reason, and nothing else."""
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.store.master_path(bench.masters()[0].sha256).unlink()
    bench.inspect_stage().run_once("test:1")
    lost, good = bench.masters()
    assert (lost.state, codes_of(lost)) == ("parked", ["STAGE-FAILED"])
    assert good.state == "inspected"


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
    assert [row.state for row in bench.masters()] == ["replaced", "accepted"]


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (RuntimeError("struct.error: unpack"), "IMAGE-DECODER-CRASHED"),
        (FileNotFoundError(2, "No such file or directory"), "STAGE-FAILED"),
    ],
)
def test_whatever_a_decoder_raises_is_a_finding(problem: Exception, code: str) -> None:
    """No fault inside a decoder leaves its own file."""
    assert [f.code for f in result_of(failed(problem), "0001.png").findings] == [code]


def test_a_cancelled_task_is_no_finding() -> None:
    """The end of the service says nothing about a page."""
    future: Future[Any] = Future()
    future.cancel()
    with pytest.raises(CancelledError):
        result_of(future, "0001.png")


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
