"""A store as a whole: files under their digests, packages, and the list of receipts."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Report, Verdict
from appliance.domain.receipts import Receipt
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.packaging.bags import Bag
    from tests.packaging.conftest import Sealed

ZEROS = "0" * 64


def _addressed(folder: Path, data: bytes) -> Path:
    digest = hashlib.sha256(data).hexdigest()
    path = folder / digest[:2] / digest[2:4] / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture
def masters(tmp_path: Path) -> list[Path]:
    """A store with forty masters and two derivatives, and something on its way in."""
    (tmp_path / "masters" / "incoming").mkdir(parents=True)
    (tmp_path / "masters" / "incoming" / "half").write_bytes(b"on its way")
    for number in range(2):
        _addressed(tmp_path / "derivatives", b"derivative %d" % number)
    return [_addressed(tmp_path / "masters", b"master %d" % number) for number in range(40)]


def _receipt(sealed: Sealed, counter: int, previous: str, **changes: object) -> Receipt:
    receipt = Receipt(
        objid=sealed.facts.objid,
        name=sealed.path.name,
        size_bytes=sealed.path.stat().st_size,
        sha256=hashlib.sha256(sealed.path.read_bytes()).hexdigest(),
        proof="read_back",
        attestor="far_side",
        cache_possible=False,
        read_at=sealed.facts.sealed_at,
        store_id="store-1",
        counter=counter,
        previous=previous,
        box_id=sealed.facts.box_id,
        event_counter=5,
        event_head=ZEROS,
    )
    return dataclasses.replace(receipt, **changes)  # type: ignore[arg-type]  # as each test says


@pytest.fixture
def far_store(sealed: Sealed, tmp_path: Path) -> Path:
    """A store with one package and three receipts about it, each signed."""
    shutil.copyfile(sealed.path, tmp_path / sealed.path.name)
    previous = ZEROS
    for counter in (1, 2, 3):
        data = _receipt(sealed, counter, previous).to_bytes()
        _put(tmp_path, counter, data)
        previous = hashlib.sha256(data).hexdigest()
    return tmp_path


def _path(store: Path, counter: int) -> Path:
    return store / ".appliance" / "receipts" / "000000" / f"{counter:09d}.json"


def _put(store: Path, counter: int, data: bytes) -> None:
    path = _path(store, counter)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.with_name(f"{path.name}.sig").write_bytes(b"signature")


def _report(store: Path, subject: str) -> Report:
    reports = verify_path(store, check_signature=lambda *_: True)
    (report,) = (one for one in reports if one.subject == subject)
    return report


def _codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_what_lies_under_its_digest_passes(masters: list[Path], tmp_path: Path) -> None:
    """Each folder of kept files has one report; what is on its way in is no part of it."""
    assert len(masters) == 40
    reports = verify_path(tmp_path)
    assert [one.subject for one in reports] == ["masters", "derivatives"]
    assert {judge(one.findings, complete=not one.not_checked) for one in reports} == {Verdict.PASS}


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_rotten_master_is_named(jobs: int, masters: list[Path], tmp_path: Path) -> None:
    """Every master whose bytes are no longer those of its name is told, and no other."""
    for path in masters[3:5]:
        path.write_bytes(path.read_bytes() + b"!")
    (report, _) = verify_path(tmp_path, jobs=jobs)
    found = {(one.code, one.where) for one in report.findings}
    expected = {str(path.relative_to(tmp_path)) for path in masters[3:5]}
    assert found == {("STORE-DIGEST", where) for where in expected}


def test_a_whole_list_of_receipts_passes(far_store: Path) -> None:
    """Receipts without gaps, about a package that is there, pass."""
    report = _report(far_store, "receipts")
    assert (report.findings, report.not_checked) == ((), ())


def test_receipts_without_signers_are_not_checked(far_store: Path) -> None:
    """Without a judge of signatures the list is no pass."""
    reports = verify_path(far_store)
    assert reports[-1].not_checked == ("signature",)


def test_a_receipt_taken_away_is_noticed(far_store: Path) -> None:
    """A receipt in the middle that is gone leaves a gap."""
    _path(far_store, 2).unlink()
    assert _codes(_report(far_store, "receipts")) == ["RECEIPT-GAP"]


def test_a_receipt_put_in_the_place_of_another_is_noticed(far_store: Path, sealed: Sealed) -> None:
    """A receipt that was written anew breaks the chain at the next one."""
    changed = _receipt(sealed, 2, ZEROS, read_at="2020-01-01T00:00:00.000000Z")
    _put(far_store, 2, changed.to_bytes())
    assert _codes(_report(far_store, "receipts")) == ["RECEIPT-CHAIN", "RECEIPT-CHAIN"]


def test_a_package_taken_away_is_noticed(far_store: Path, sealed: Sealed) -> None:
    """A package that a receipt speaks of must be there."""
    (far_store / sealed.path.name).unlink()
    assert _codes(_report(far_store, "receipts")) == ["RECEIPT-NO-PACKAGE"]


def test_a_package_of_another_size_is_noticed(far_store: Path, sealed: Sealed) -> None:
    """A package that was replaced differs from its newest receipt."""
    with (far_store / sealed.path.name).open("ab") as stream:
        stream.write(b"!")
    assert _codes(_report(far_store, "receipts")) == ["RECEIPT-DIFFERS", "RECEIPT-DIFFERS"]


def test_a_package_of_other_bytes_is_noticed(far_store: Path, sealed: Sealed) -> None:
    """A package differs from its newest receipt by its bytes alone, with or without sidecar."""
    path = far_store / sealed.path.name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    (finding,) = _report(far_store, "receipts").findings
    assert (finding.code, finding.values) == ("RECEIPT-DIFFERS", {"field": "sha256"})


def test_damaged_and_unsigned_receipts_are_named(far_store: Path) -> None:
    """A receipt that cannot be read and one without its signature are each told."""
    _path(far_store, 3).write_bytes(b"{")
    _path(far_store, 1).with_name("000000001.json.sig").unlink()
    codes = _codes(_report(far_store, "receipts"))
    assert sorted(codes) == ["PAPER-UNREADABLE", "SIGNATURE-MISSING"]


def test_a_store_folder_that_cannot_be_listed_is_no_pass(masters: list[Path]) -> None:
    """A master that is a folder is told as what the disk does not give back."""
    folder = masters[0]
    folder.unlink()
    folder.mkdir()
    (report, _) = verify_path(folder.parents[3])
    assert "READ-FAILED" in _codes(report)


def test_papers_of_one_package_share_its_read(sealed: Sealed, tmp_path: Path) -> None:
    """Two receipts beside a package ask for one read of it, and both are held against it."""
    shutil.copyfile(sealed.path, tmp_path / sealed.path.name)
    for counter in (1, 2):
        data = _receipt(sealed, counter, ZEROS, size_bytes=7).to_bytes()
        (tmp_path / f"{counter}.receipt.json").write_bytes(data)
    told: list[int] = []
    reports = verify_path(tmp_path, on_read=told.append)
    assert [_codes(one).count("RECEIPT-DIFFERS") for one in reports] == [1, 1, 0]
    assert sum(told) < 2.1 * sealed.path.stat().st_size


@pytest.mark.parametrize("place", ["ab/cd/{}", "ab/{}", "{0:.2}/zz/{0}"])
def test_a_master_in_another_place_is_told(place: str, masters: list[Path], tmp_path: Path) -> None:
    """A master that lies where nobody would look for it is no pass, though its bytes are right."""
    where = f"masters/{place.format(masters[0].name)}"
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    masters[0].rename(tmp_path / where)
    (report, _) = verify_path(tmp_path)
    assert [(one.code, one.where) for one in report.findings] == [("STORE-DIGEST", where)]


def test_what_is_no_plain_file_is_not_opened(masters: list[Path], tmp_path: Path) -> None:
    """A pipe in place of a master, which would hold its reader for ever, and a link are told."""
    for path, make in ((masters[0], os.mkfifo), (masters[1], lambda one: one.symlink_to(tmp_path))):
        path.unlink()
        make(path)
    (report, _) = verify_path(tmp_path)
    assert _codes(report) == ["ENTRY-LINK", "ENTRY-LINK"]


def test_a_folder_of_packages_that_cannot_be_listed_is_no_pass(
    masters: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the disk does not list is told, and all else is checked."""
    assert masters
    (tmp_path / "F1").mkdir()
    (tmp_path / "lost+found").mkdir()
    real_scandir = os.scandir

    def scandir(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith(("F1", "lost+found")):
            raise PermissionError(13, "Permission denied", str(path))
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    reports = verify_path(tmp_path)
    assert [one.subject for one in reports] == ["F1", "masters", "derivatives"]
    assert _codes(reports[0]) == ["READ-FAILED"]


def test_an_unpacked_package_in_a_store_is_checked(bag: Bag, tmp_path: Path) -> None:
    """A package that lies unpacked among others is read like them."""
    shutil.copytree(bag.folder, tmp_path / "store" / "F1" / bag.folder.name)
    (report,) = verify_path(tmp_path / "store")
    assert (report.subject, report.findings, report.not_checked) == (bag.folder.name, (), ())
    (tmp_path / "store" / "F1" / bag.folder.name / "bag-info.txt").write_bytes(b"x")
    (report,) = verify_path(tmp_path / "store")
    assert "BAG-INFO" in _codes(report)
