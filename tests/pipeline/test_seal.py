"""Seal: approved and whole or not at all, once, and always to the same bytes."""

from __future__ import annotations

import shutil
import time
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import leases
from appliance.domain.findings import Verdict
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.domain.rules import judge, sentence
from appliance.packaging.verify import verify_path
from appliance.packaging.write.package import write_package
from appliance.pipeline import seal
from appliance.pipeline.package_facts import write_unit_pdfs
from appliance.pipeline.register import import_workbook
from appliance.pipeline.sweep import SET_ASIDE, sweep
from appliance.signing.allowed import AllowedSigner
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.making import BOX_ID, FONDS_ROW, Bench, unit_row
from tests.signing.stock import is_believed
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.pipeline.register import Imported
    from appliance.workers.pool import WorkerPool


def derived(bench: Bench, pages: int = 2, *, approved: bool = True) -> None:
    """A hồ sơ that waits to be sealed."""
    bench.with_places()
    bench.register({"HS-01": pages}, approved=approved)
    bench.drop_pages("HS-01", pages)
    bench.settle(seal=False)
    assert bench.unit("HS-01").state == "derived"


def correct(bench: Bench, **changes: str) -> Imported:
    """Import the row of the hồ sơ again with other words."""
    row = unit_row("HS-01", 2, 3, **changes)
    return import_workbook(bench.catalogue, Workbook(fonds=(FONDS_ROW,), file_units=(row,)))


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_sealed_package_passes_the_reader_and_the_stock_tools(
    bench: Bench, tmp_path: Path
) -> None:
    """The ZIP verifies, its digest is in the sidecar, and ssh-keygen believes the signature."""
    (package,) = bench.sealed({"HS-01": 2})
    path = bench.package_path(package)
    (report,) = verify_path(path, deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    sidecar = Sidecar.from_bytes(path.with_suffix(".json").read_bytes())
    assert (sidecar.sha256, sidecar.file_code) == (package.sha256, "HS-01")
    assert (sidecar.event_counter, package.page_count) == (
        bench.unit("HS-01").minted_counter,
        2,
    )
    signer = AllowedSigner(BOX_ID, bench.key.public, (PACKAGE_NAMESPACE,))
    assert is_believed(path.with_suffix(".json"), signer, PACKAGE_NAMESPACE, tmp_path)
    assert {row.state for row in bench.masters()} == {"sealed"}
    assert [row.state for row in bench.deposits()] == ["waiting"]


def test_nothing_is_sealed_without_approval_and_the_decision_wakes_it(bench: Bench) -> None:
    """The hồ sơ waits visibly for its decision, and is sealed by itself after it."""
    derived(bench, approved=False)
    assert bench.seal_stage().run_once("seal:1") == 1
    (finding,) = bench.unit_findings("HS-01")
    assert (bench.unit("HS-01").state, finding.code) == ("derived", "SEAL-NOT-APPROVED")
    assert "HS-01" in sentence(finding)
    assert bench.seal_stage().run_once("seal:1") == 0
    assert bench.approve() == 1
    assert bench.seal_stage().run_once("seal:1") == 1
    assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("sealed", ())


def test_the_same_facts_give_the_same_bytes(
    bench: Bench, pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the state, sealed later and in another time zone, is bit for bit equal."""
    derived(bench)
    bench.seal_stage()._record(bench.unit("HS-01"))
    bench.close()
    twin_folder = tmp_path / "twin"
    shutil.copytree(bench.folder / "state", twin_folder / "state")
    shutil.copy(bench.folder / "key", twin_folder / "key")
    twin = Bench(twin_folder, pool)
    twin.clock.advance(90 * 86400)
    bench.seal_stage().run_once("seal:1")
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Ho_Chi_Minh")
        time.tzset()
        twin.seal_stage().run_once("seal:2")
    time.tzset()
    (first,), (second,) = bench.packages(), twin.packages()
    twin.close()
    assert first.sha256 == second.sha256
    assert bench.package_path(first).read_bytes() == twin.package_path(second).read_bytes()
    assert first.sidecar == second.sidecar


def test_a_package_published_before_a_crash_is_made_again_alike(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published but not recorded: the restart sets it aside, sealing again gives the same bytes."""
    derived(bench)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(seal, "_write_sealed", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.seal_stage().run_once("seal:dead")
    assert bench.packages() == []
    (published,) = (bench.store.root / "packages").rglob("*.zip")
    before = published.read_bytes()
    assert sweep(bench.catalogue, bench.store, bench.work) == 3
    assert (bench.store.root / SET_ASIDE / published.name).read_bytes() == before
    with bench.catalogue.write() as writing:
        assert leases.give_back(writing, "seal") == 1
    bench.clock.advance(3600)
    assert bench.seal_stage().run_once("seal:new") == 1
    (package,) = bench.packages()
    assert bench.package_path(package) == published
    assert published.read_bytes() == before


def change_title(bench: Bench) -> None:
    """The register is corrected, and the hồ sơ is derived again before the seal ends."""
    correct(bench, title="Tiêu đề đã sửa")
    bench.settle(seal=False)
    assert bench.unit("HS-01").state == "derived"


def change_page_count(bench: Bench) -> None:
    """The register now promises another page."""
    correct(bench, numberOfPage="3")


def rescan(bench: Bench) -> None:
    """A page is scanned again."""
    bench.drop("HS-01", "0002.png", page_bytes(60))


@pytest.mark.parametrize("change", [change_title, change_page_count, rescan])
def test_a_change_during_the_seal_seals_nothing_old(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, change: Callable[[Bench], None]
) -> None:
    """What was written from the old record gets no name; the new record is sealed in time."""
    derived(bench)
    true_verify = seal._verify

    def meanwhile(*arguments: object) -> object:
        whole = true_verify(*arguments)  # type: ignore[arg-type]  # passed on as they came
        change(bench)
        return whole

    with monkeypatch.context() as patched:
        patched.setattr(seal, "_verify", meanwhile)
        bench.seal_stage().run_once("seal:1")
    assert bench.packages() == []
    assert list((bench.store.root / "packages").rglob("*.zip")) == []
    assert bench.unit("HS-01").state in {"derived", "scanning"}
    assert {row.state for row in bench.masters()} <= {"inspected", "accepted", "replaced"}
    if change is change_page_count:
        bench.drop("HS-01", "0003.png", page_bytes(70))
    bench.clock.advance(60)
    bench.settle()
    (package,) = bench.packages()
    assert bench.unit("HS-01").objid == package.objid
    with zipfile.ZipFile(bench.package_path(package)) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("EAD.xml")]
        said = archive.read(name).decode()
    assert bench.unit("HS-01").title in said
    assert sweep(bench.catalogue, bench.store, bench.work) == 0
    assert list((bench.store.root / "packages").rglob("*.zip")) == [bench.package_path(package)]


def test_a_damaged_master_stops_its_own_unit_only(bench: Bench) -> None:
    """Bits that rot in a master are found at the seal; the other hồ sơ is sealed."""
    bench.with_places()
    bench.register({"bad": 1, "good": 1})
    bench.drop_pages("bad", 1, first_seed=1)
    bench.drop_pages("good", 1, first_seed=2)
    bench.settle(seal=False)
    flip(bench.store.master_path(bench.masters()[0].sha256))
    bench.settle()
    (finding,) = bench.unit_findings("bad")
    assert (bench.unit("bad").state, finding.code) == ("derived", "SEAL-MASTER-DAMAGED")
    assert "Ảnh quét gốc của bad" in sentence(finding)
    assert bench.unit("good").state == "sealed"
    assert list((bench.store.root / "packages").rglob("*.writing")) == []


def test_a_master_that_rots_after_the_pdf_is_written_is_named(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer does not digest what it copies: the read of the package finds it out."""
    derived(bench)
    true_write = write_unit_pdfs

    def then_rot(*arguments: object) -> object:
        pdfs = true_write(*arguments)  # type: ignore[arg-type]  # passed on as they came
        flip(bench.store.master_path(bench.masters()[0].sha256))
        return pdfs

    monkeypatch.setattr(seal, "write_unit_pdfs", then_rot)
    bench.seal_stage().run_once("seal:1")
    (finding,) = bench.unit_findings("HS-01")
    assert (bench.unit("HS-01").state, finding.code) == ("derived", "SEAL-MASTER-DAMAGED")
    assert bench.masters()[0].sha256 in str(finding.values["problem"])
    assert [path for path in (bench.store.root / "packages").rglob("*") if path.is_file()] == []


def test_other_bytes_under_the_name_of_a_package_are_kept(bench: Bench) -> None:
    """What lies there already is read back: it stays, and a technician is called."""
    derived(bench)
    stage = bench.seal_stage()
    record, _ = stage._record(bench.unit("HS-01"))
    there = bench.store.package_path("TH", "HS-01", record.objid)
    there.parent.mkdir(parents=True)
    there.write_bytes(b"something else")
    stage.run_once("seal:1")
    (finding,) = bench.unit_findings("HS-01")
    assert (bench.unit("HS-01").state, finding.code) == ("derived", "SEAL-READ-BACK")
    assert [path for path in there.parent.iterdir() if path.is_file()] == [there]
    assert there.read_bytes() == b"something else"


def test_a_full_disk_holds_the_seal_up_and_passes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room the hồ sơ waits with the sizes; with room it is sealed by itself."""
    derived(bench)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
        bench.seal_stage().run_once("seal:1")
    (finding,) = bench.unit_findings("HS-01")
    assert (finding.code, finding.values["free_bytes"]) == ("STORAGE-FULL", 10)
    bench.clock.advance(60)
    bench.settle()
    assert bench.unit("HS-01").state == "sealed"


def test_an_unforeseen_failure_is_shown_and_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks while one hồ sơ is sealed gives it back with a reason, not a dead lease."""
    derived(bench)

    def fail(*_: object) -> None:
        raise ValueError("unforeseen")

    with monkeypatch.context() as patched:
        patched.setattr(seal, "write_unit_pdfs", fail)
        assert bench.seal_stage().run_once("seal:1") == 1
    (finding,) = bench.unit_findings("HS-01")
    assert (finding.code, finding.values["problem"]) == ("STAGE-FAILED", "unforeseen")
    assert bench.seal_stage().run_once("seal:1") == 0
    bench.clock.advance(10)
    assert bench.seal_stage().run_once("seal:1") == 1
    assert bench.unit("HS-01").state == "sealed"
    assert list(bench.work.iterdir()) == []


def test_a_package_that_fails_its_reader_is_thrown_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's word is not enough: what the reader refuses is never published."""
    derived(bench)
    true_write = write_package

    def write_badly(*arguments: object) -> None:
        true_write(*arguments)  # type: ignore[arg-type]  # passed on as they came
        flip(arguments[0])  # type: ignore[arg-type]  # the target

    monkeypatch.setattr(seal, "write_package", write_badly)
    bench.seal_stage().run_once("seal:1")
    (finding,) = bench.unit_findings("HS-01")
    assert finding.code == "SEAL-NOT-VALID"
    assert [path for path in (bench.store.root / "packages").rglob("*") if path.is_file()] == []
    assert {row.state for row in bench.masters()} == {"inspected"}


def test_only_the_unit_asked_for_is_sealed(bench: Bench) -> None:
    """The command seals the hồ sơ it names and no other."""
    bench.register({"one": 1, "two": 1})
    bench.drop_pages("one", 1, first_seed=1)
    bench.drop_pages("two", 1, first_seed=2)
    bench.settle(seal=False)
    assert bench.seal_stage().run_once("command:1", "two") == 1
    assert (bench.unit("one").state, bench.unit("two").state) == ("derived", "sealed")
