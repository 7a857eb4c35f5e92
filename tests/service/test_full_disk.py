"""A disk that is full, for real: nothing is lost, the reason is told, work goes on by itself."""

from __future__ import annotations

import hashlib
import io
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from sqlmodel import col

from appliance.catalogue import leases
from appliance.catalogue.tables import FileUnitRow
from appliance.disk.store import Store
from appliance.domain.errors import StorageError
from appliance.domain.rules import sentence
from appliance.packaging.verify import verify_path
from appliance.pipeline import seal
from appliance.service import worker
from appliance.service.worker import Step, Worker
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.service.making import eventually
from tests.service.small_disk import SmallDisk, mounted_disk
from tests.service.watching import Watching
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DISK_MIB = 40
SOME_ROOM_BYTES = 1_000_000
"""Enough for the catalogue to say what holds it up."""
MORE_THAN_THE_LOG_HAS = 8_000_000
"""Smaller writes may fit into blocks that the write-ahead log has already."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk for a whole box."""
    with mounted_disk(tmp_path, DISK_MIB) as found:
        yield found


@pytest.fixture
def watching(disk: SmallDisk) -> Iterator[Watching]:
    """A box on it that watches its hot folder."""
    made = Watching(disk.root / "box")
    yield made
    made.close()


@pytest.fixture
def ready(disk: SmallDisk) -> Iterator[Bench]:
    """A box on it with a hồ sơ that waits to be sealed."""
    folder = disk.root / "box"
    folder.mkdir()
    with WorkerPool(1, 2 * 1024**3, 60) as pool:
        bench = Bench(folder, pool)
        bench.with_places()
        bench.register({"HS-01": 2})
        bench.drop_pages("HS-01", 2)
        bench.settle(seal=False)
        assert bench.unit("HS-01").state == "derived"
        yield bench
        bench.close()


def large_page(seed: int = 1) -> bytes:
    """A page of three megabytes of noise."""
    noise = random.Random(seed).randbytes(1000 * 1000 * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), noise).save(buffer, "PNG", dpi=(300, 300))
    return buffer.getvalue()


def fill_once(
    patched: pytest.MonkeyPatch,
    place: object,
    name: str,
    fill: Callable[[], None],
    *,
    is_after: bool = False,
) -> None:
    """Let the disk be filled by somebody else, just before or after one call of a function."""
    true_call = getattr(place, name)
    calls: list[int] = []

    def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - those of the function
        calls.append(1)
        if not is_after and len(calls) == 1:
            fill()
        result = true_call(*arguments, **named)
        if is_after and len(calls) == 1:
            fill()
        return result

    patched.setattr(place, name, call)


def kept(watching: Watching) -> dict[str, bytes]:
    """Every master in the store by its digest."""
    rows = watching.bench.masters()
    return {row.sha256: watching.bench.store.master_path(row.sha256).read_bytes() for row in rows}


def is_whole(found: dict[str, bytes]) -> bool:
    """Whether all bytes are those of their digests."""
    return all(hashlib.sha256(data).hexdigest() == digest for digest, data in found.items())


def test_a_copy_that_fills_the_disk_is_tried_again(
    watching: Watching, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others take the room between the look and the copy: the drop waits, and the page says why."""
    data = large_page()
    watching.put("scan01/HS-01/0001.png", data)
    with monkeypatch.context() as patched:
        fill_once(patched, Store, "ensure_room", lambda: disk.fill(SOME_ROOM_BYTES), is_after=True)
        assert watching.rounds() == 0
    notices = watching.notices()
    assert [code for code, _where in notices] == ["STORAGE-FILLED-UP"]
    assert watching.bench.masters() == []
    assert list((watching.bench.store.root / "masters").rglob("*copy*")) == []
    assert watching.round(60) == 0  # as long as there is no room
    disk.make_room()
    assert watching.round(60) == 1
    assert watching.notices() == []
    assert list(kept(watching).values()) == [data]


def test_what_has_no_room_is_not_begun(watching: Watching, disk: SmallDisk) -> None:
    """A disk that is full from the start: the drop stays in its folder, with the sizes told."""
    path = watching.put("scan01/HS-01/0001.png", large_page())
    disk.fill(SOME_ROOM_BYTES)
    assert watching.rounds() == 0
    assert path.exists()
    assert [code for code, _where in watching.notices()] == ["STORAGE-FULL"]
    disk.make_room()
    assert watching.round(60) == 1
    assert watching.notices() == []


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_catalogue_without_room_loses_no_drop(
    watching: Watching, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, *, is_restarted: bool
) -> None:
    """Copied but not recorded: the drop stays claimed, and is recorded once when there is room."""
    data = large_page()
    watching.put("scan01/HS-01/0001.png", data)
    with monkeypatch.context() as patched:
        fill_once(patched, Store, "publish_masters", disk.fill, is_after=True)
        with pytest.raises(StorageError) as told:  # the page cannot be told on such a disk either
            watching.rounds()
    assert told.value.code == "STORAGE-FULL"
    assert watching.bench.masters() == []
    (claim,) = watching.bench.claimed.glob("*.batch/0")
    assert claim.read_bytes() == data
    with pytest.raises(StorageError):
        watching.round(60)
    disk.make_room()
    if is_restarted:
        watching.restart()
    assert watching.round(60) + watching.round(60) == 1
    assert watching.notices() == []
    assert list(kept(watching).values()) == [data]
    assert is_whole(kept(watching))


@pytest.mark.parametrize("name", ["write_unit_pdfs", "write_package"])
def test_a_seal_that_fills_the_disk_is_done_again(
    ready: Bench, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """PDF or package, cut in the middle by a full disk: the reason stands on the hồ sơ."""
    with monkeypatch.context() as patched:
        fill_once(patched, seal, name, lambda: disk.fill(4096 * 8))
        ready.seal_stage().run_once("seal:1")
    (finding,) = ready.unit_findings("HS-01")
    assert (ready.unit("HS-01").state, finding.code) == ("derived", "STORAGE-FILLED-UP")
    assert "đầy giữa chừng" in sentence(finding)
    assert ready.packages() == []
    assert [path for path in (ready.store.root / "packages").rglob("*") if path.is_file()] == []
    disk.make_room()
    ready.clock.advance(600)
    ready.settle()
    assert_sealed(ready)


def test_a_seal_that_cannot_be_recorded_is_recorded_later(
    ready: Bench, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published on the last free blocks: the same package is taken when there is room again."""
    with monkeypatch.context() as patched:
        fill_once(patched, seal, "publish_same", disk.fill, is_after=True)
        with suppress(StorageError):  # even the reason may find no room
            ready.seal_stage().run_once("seal:1")
    (published,) = (ready.store.root / "packages").rglob("*.zip")
    before = published.read_bytes()
    assert ready.packages() == []
    disk.make_room()
    with ready.catalogue.write() as writing:  # as the part does, see the test below
        leases.give_back(writing, "seal")
    ready.clock.advance(600)
    ready.settle()
    assert_sealed(ready)
    assert published.read_bytes() == before


def assert_sealed(bench: Bench) -> None:
    """One package, whole, and nothing else beside it."""
    (package,) = bench.packages()
    assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("sealed", ())
    (report,) = verify_path(bench.package_path(package), deep=True)
    assert report.findings == ()
    files = [path for path in (bench.store.root / "packages").rglob("*") if path.is_file()]
    assert len(files) == 3


def test_a_part_gives_back_what_it_held_once_there_is_room(
    ready: Bench,
    disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The lease of a round that a full disk ended is returned by the part, not after hours."""
    monkeypatch.setattr(worker, "_FAILURE_PAUSE_SECONDS", 0.02)
    taken: list[int] = []

    def run(owner: str) -> int:
        with ready.catalogue.write() as writing:
            claim = leases.Claim(owner, 1, 3600)
            where = (col(FileUnitRow.id) > 0,)
            taken.append(len(leases.take(writing, FileUnitRow, where, claim)))
        if len(taken) == 1:
            disk.fill()
            with ready.catalogue.write() as writing:
                writing.session.connection().exec_driver_sql(
                    "INSERT INTO meta VALUES ('x', ?)", ("x" * MORE_THAN_THE_LOG_HAS,)
                )
        return 0

    part = Worker("seal", "1", Step(run, lambda: 60.0), ready.catalogue, lambda: None)
    part.start()
    try:
        eventually(lambda: "cannot put up its notice" in caplog.text, "even that is refused")
        assert taken == [1]
        ready.clock.advance(3600)
        disk.make_room()
        eventually(lambda: len(taken) == 2, "the part works again")
        assert taken == [1, 1]
    finally:
        part.stop()
        part.join(10)


def test_pages_of_many_drops_survive_a_disk_that_fills_and_empties(
    watching: Watching, disk: SmallDisk
) -> None:
    """Filled and cleared between rounds, again and again: every drop is recorded once, whole."""
    dropped = {hashlib.sha256(page_bytes(n)).hexdigest() for n in range(1, 41)}
    for number in range(1, 41):
        watching.put(f"scan01/HS-01/{number:04d}.png", page_bytes(number))
        if number % 10 == 0:
            disk.fill()
            for _ in range(2):
                with suppress(StorageError):  # the page cannot be told either, or it can
                    watching.round()
            disk.make_room()
            watching.round(60)
    watching.round(60)
    rows = watching.bench.masters()
    assert sorted(row.sha256 for row in rows) == sorted(dropped)
    assert is_whole(kept(watching))
    assert watching.notices() == []
