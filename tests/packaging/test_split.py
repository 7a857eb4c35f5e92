"""Packages in parts: a store on a disk that takes no large files is verified as any other."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from appliance.domain.findings import Verdict
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import Receipt, Sidecar
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.findings import Report
    from tests.packaging.conftest import Sealed

ZEROS = "0" * 64
PART_COUNT = 3


def _sidecar(sealed: Sealed) -> Sidecar:
    facts, whole = sealed.facts, sealed.whole
    return Sidecar(
        objid=facts.objid,
        file_code="HS-01",
        fonds_code="P-01",
        version=1,
        name=sealed.path.name,
        size_bytes=whole.fingerprint.size_bytes,
        sha256=whole.fingerprint.sha256,
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=whole.blocks,
        sealed_at=facts.sealed_at,
        box_id=facts.box_id,
        event_counter=5,
        event_head=ZEROS,
    )


@pytest.fixture
def store(sealed: Sealed, tmp_path: Path) -> Path:
    """A plain place with one package in three parts, its papers, and the box's own receipt."""
    folder = tmp_path / "packages" / "P-01" / "HS-01"
    folder.mkdir(parents=True)
    data = sealed.path.read_bytes()
    part_bytes = -(-len(data) // PART_COUNT)
    for number in range(PART_COUNT):
        part = data[number * part_bytes : (number + 1) * part_bytes]
        (folder / f"{sealed.path.name}.{number + 1:03d}").write_bytes(part)
    sidecar = _sidecar(sealed)
    _signed(folder / f"{sealed.path.stem}.json", sidecar.to_bytes())
    receipt = Receipt(
        objid=sidecar.objid,
        name=sidecar.name,
        size_bytes=sidecar.size_bytes,
        sha256=sidecar.sha256,
        proof="read_back",
        attestor="box",
        cache_possible=True,
        read_at=sealed.facts.sealed_at,
        store_id="usb-1",
        counter=1,
        previous=ZEROS,
        box_id=sidecar.box_id,
        event_counter=5,
        event_head=ZEROS,
    )
    ledger = tmp_path / ".appliance" / "receipts-box-01" / "000000"
    ledger.mkdir(parents=True)
    _signed(ledger / "000000001.json", receipt.to_bytes())
    return tmp_path


def _signed(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.with_name(f"{path.name}.sig").write_bytes(b"signature")


def _reports(store: Path) -> list[Report]:
    return list(verify_path(store, check_signature=lambda *_: True))


def _part(store: Path, number: int) -> Path:
    (path,) = store.rglob(f"*.zip.{number:03d}")
    return path


def _codes(reports: list[Report]) -> set[str]:
    return {finding.code for report in reports for finding in report.findings}


def test_a_package_in_parts_is_checked_to_its_inside(store: Path) -> None:
    """Sidecar, package and the box's receipts all pass, and nothing is left behind."""
    reports = _reports(store)
    assert {judge(one.findings, complete=not one.not_checked) for one in reports} == {Verdict.PASS}
    subjects = [one.subject for one in reports]
    assert [subject.rpartition(".")[2] for subject in subjects] == ["json", "zip", "receipts"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_part_that_is_missing_is_noticed(store: Path, number: int) -> None:
    """Whichever part is gone, the package is not what the sidecar says, nor the receipt."""
    _part(store, number).unlink()
    codes = _codes(_reports(store))
    assert "SIDECAR-DIFFERS" in codes
    assert codes & {"RECEIPT-DIFFERS", "RECEIPT-NO-PACKAGE"}


def test_a_damaged_part_is_noticed(store: Path) -> None:
    """One changed bit in the middle part is found."""
    path = _part(store, 2)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "SIDECAR-DIFFERS" in _codes(_reports(store))


def test_parts_without_their_sidecar_are_told(store: Path) -> None:
    """Parts that nothing speaks of are no pass."""
    (paper,) = store.glob("packages/**/*.json")
    paper.unlink()
    assert "SIDECAR-MISSING" in _codes(_reports(store))


def test_parts_that_were_joined_by_hand_are_one_package(store: Path, sealed: Sealed) -> None:
    """Where the whole ZIP lies beside its parts, the ZIP is what counts."""
    shutil.copyfile(sealed.path, _part(store, 1).with_suffix(""))
    _part(store, 2).unlink()
    assert _codes(_reports(store)) == set()


class _Full:
    free = 0


def test_without_room_to_join_only_the_bytes_are_compared(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests are checked all the same, and it is said that the inside was not."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Full)
    first, *_ = _reports(store)
    assert (first.findings, first.not_checked) == ((), ("package",))
    (path,) = store.rglob("*.zip.003")
    path.write_bytes(path.read_bytes()[:-1])
    first, *_ = _reports(store)
    assert {finding.code for finding in first.findings} == {"SIDECAR-DIFFERS"}


def test_a_receipt_of_a_box_that_was_changed_is_noticed(store: Path) -> None:
    """The list that a box keeps at a plain place is checked as a store's own."""
    (path,) = store.glob(".appliance/receipts-*/*/*.json")
    path.unlink()
    _signed(path.with_name("000000002.json"), b"{}")
    assert "PAPER-UNREADABLE" in _codes(_reports(store))


def test_the_digest_of_the_parts_is_that_of_the_whole(store: Path, sealed: Sealed) -> None:
    """Joining is nothing but putting the bytes behind one another."""
    parts: list[Any] = [_part(store, number).read_bytes() for number in (1, 2, 3)]
    assert hashlib.sha256(b"".join(parts)).hexdigest() == sealed.whole.fingerprint.sha256
