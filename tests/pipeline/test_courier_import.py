"""What a carried disk brings back: checked receipts prove, nothing else does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits, leases
from appliance.catalogue.couriers import findings_of
from appliance.domain.clock import later, to_text
from appliance.domain.errors import RemoteError, RuleError
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.domain.states import DepositEvent
from appliance.pipeline.courier_trips import mark_lost
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync.farstore import FarStore
from appliance.sync.papers import PackageName
from tests.pipeline.carrying import AGENT, Carrying, flip_byte, other_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.signing.keys import MachineKey

DAY_SECONDS = 86_400


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def carrying(tmp_path: Path, mount: Path) -> Iterator[Carrying]:
    """A box with two sealed packages, a store and a disk."""
    made = Carrying(tmp_path, mount)
    made.seal(10_000, 200_000)
    yield made
    made.bench.close()


@pytest.fixture
def returned(carrying: Carrying) -> Carrying:
    """The disk is back, its receipts not yet imported."""
    carrying.prepare()
    carrying.take_in()
    return carrying


def receipts_of(carrying: Carrying) -> list[Path]:
    """The receipts on the disk."""
    return [path for path in carrying.files("*.json") if path.parent.parent.name == "receipts"]


def rewrite(path: Path, key: MachineKey, **changes: object) -> None:
    """Put a receipt with other words in place of one, signed with a key."""
    receipt = replace(Receipt.from_bytes(path.read_bytes()), **changes)  # type: ignore[arg-type]  # any field, by name
    text = sshsig.sign(key, receipt.to_bytes(), RECEIPT_NAMESPACE)
    for one, data in ((path, receipt.to_bytes()), (path.with_name(f"{path.name}.sig"), text)):
        one.chmod(0o600)
        one.write_bytes(data if isinstance(data, bytes) else data.encode())


def store_key(carrying: Carrying) -> MachineKey:
    """The key of the far store."""
    key = FarStore.open(carrying.root).signing_key
    assert key is not None
    return key


def codes(carrying: Carrying) -> list[str]:
    """What the import of the disk tells."""
    return [finding.code for finding in carrying.bring_back().findings]


def to_waiting(carrying: Carrying, objid: str) -> None:
    """Make a proved deposit owed again, as an audit does that found its copy damaged."""
    deposit = carrying.deposit(objid)
    with carrying.bench.catalogue.write() as writing:
        deposits.transit(writing, deposit, DepositEvent.FIND_FAR_DAMAGE, proof="none")
        deposits.transit(writing, deposit, DepositEvent.RETRY, **leases.done(writing.now))


def test_the_receipt_is_kept_beside_the_package(returned: Carrying) -> None:
    """Byte for byte as the store signed it, and on the row."""
    returned.bring_back()
    (kept,) = returned.box_package.parent.glob("*.province.*.receipt.json")
    row = returned.deposit(returned.bench.packages()[0].objid)
    assert row.receipt == kept.read_bytes()
    assert row.receipt_signature == kept.with_name(f"{kept.name}.sig").read_text()


def test_importing_again_changes_nothing(returned: Carrying) -> None:
    """The second time every receipt is known."""
    returned.bring_back()
    before = [(row.state, row.proved_at) for row in returned.bench.deposits()]
    again = returned.bring_back()
    assert (again.proved, again.renewed, again.known, again.findings) == (0, 0, 2, [])
    assert [(row.state, row.proved_at) for row in returned.bench.deposits()] == before
    assert len(returned.bench.events("replication")) == 2


def test_a_disk_that_was_not_taken_in_proves_nothing(carrying: Carrying) -> None:
    """It says so, and its trip stays as it was."""
    carrying.prepare()
    assert codes(carrying) == ["COURIER-NO-RECEIPTS"]
    assert [trip.state for trip in carrying.trips()] == ["prepared"]
    assert carrying.states() == ["waiting", "waiting"]


def test_a_lost_disk_that_is_found_still_proves(returned: Carrying) -> None:
    """The age of its proofs is that of the reading, however late it comes."""
    (trip,) = returned.trips()
    read_at = to_text(returned.bench.clock.now())
    mark_lost(returned.bench.catalogue, trip.id or 0, AGENT)
    returned.bench.clock.advance(200 * DAY_SECONDS)
    assert returned.bring_back().proved == 2
    assert {row.proved_at for row in returned.bench.deposits()} == {read_at}
    assert [one.state for one in returned.trips()] == ["imported"]


def test_a_store_whose_clock_runs_ahead_makes_no_proof_of_the_future(carrying: Carrying) -> None:
    """A proof is never younger than its import, nor older than the seal."""
    carrying.prepare()
    carrying.take_in()
    first, second = receipts_of(carrying)
    sealed_at = carrying.bench.packages()[0].sealed_at
    rewrite(first, store_key(carrying), read_at=later(sealed_at, 900 * DAY_SECONDS))
    rewrite(
        second,
        store_key(carrying),
        read_at="1970-01-01T00:00:00.000000Z",
        previous=_digest(first),
    )
    carrying.bring_back()
    now = to_text(carrying.bench.clock.now())
    assert {row.proved_at for row in carrying.bench.deposits()} == {sealed_at, now}


def _digest(path: Path) -> str:
    import hashlib  # noqa: PLC0415 - beside the one helper that needs it

    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"size_bytes": 1},
        {"proof": "sent"},
        {"attestor": "box"},
        {"box_id": "box-02"},
        {"event_head": "1" * 64},
        {"store_id": "store-ministry"},
        {"objid": "urn:uuid:00000000-0000-0000-0000-0000000000AA"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_receipt_that_says_something_else_is_refused(
    returned: Carrying, changes: dict[str, object]
) -> None:
    """Whatever the store signs: only the very package, read back there, is proved."""
    rewrite(receipts_of(returned)[0], store_key(returned), **changes)
    assert "COURIER-RECEIPT-REFUSED" in codes(returned)
    assert sorted(returned.states()) in (["proved", "waiting"], ["waiting", "waiting"])


def test_a_receipt_signed_by_somebody_else_is_refused(returned: Carrying, tmp_path: Path) -> None:
    """The pinned key of the store alone counts; the other receipt does."""
    rewrite(receipts_of(returned)[0], generate_key(tmp_path / "forged", "forged"))
    imported = returned.bring_back()
    assert [finding.code for finding in imported.findings] == ["COURIER-RECEIPT-REFUSED"]
    assert sorted(returned.states()) == ["proved", "waiting"]
    (trip,) = returned.trips()
    assert (trip.state, trip.proved_count) == ("imported", 1)
    assert [finding.code for finding in findings_of(trip)] == ["COURIER-RECEIPT-REFUSED"]


def test_a_damaged_or_unsigned_receipt_is_refused(returned: Carrying) -> None:
    """Half a paper is no paper."""
    first, second = receipts_of(returned)
    first.with_name(f"{first.name}.sig").unlink()
    second.write_bytes(second.read_bytes()[:-5])
    imported = returned.bring_back()
    told = [finding.code for finding in imported.findings]
    assert told == [*["COURIER-RECEIPT-REFUSED"] * 2, "COURIER-NO-RECEIPTS"]
    assert returned.states() == ["waiting", "waiting"]


def test_two_lists_of_receipts_are_noticed(returned: Carrying) -> None:
    """A store that was restored and signed other receipts under old numbers is not believed."""
    returned.bring_back()
    objid = returned.bench.packages()[1].objid
    to_waiting(returned, objid)
    newest = receipts_of(returned)[-1]
    rewrite(newest, store_key(returned), read_at=to_text(returned.bench.clock.now())[:-2] + "1Z")
    told = returned.bring_back().findings
    assert [finding.code for finding in told] == ["COURIER-RECEIPT-REFUSED"]
    assert "RECEIPT-ROLLED-BACK" in str(told[0].values["problem"])
    assert returned.deposit(objid).state == "waiting"


def test_an_old_receipt_does_not_heal_a_copy_found_damaged_later(returned: Carrying) -> None:
    """A deposit that an audit made owed again is not proved by what was read before."""
    returned.bring_back()
    objid = returned.bench.packages()[0].objid
    returned.bench.clock.advance(DAY_SECONDS)
    to_waiting(returned, objid)
    again = returned.bring_back()
    assert (again.proved, again.known) == (0, 2)
    assert returned.deposit(objid).state == "waiting"


def test_what_was_not_taken_is_told_and_goes_again(carrying: Carrying) -> None:
    """One rotten package costs itself alone; the next filling writes it anew."""
    carrying.prepare()
    bad = carrying.files("*.zip")[1]
    flip_byte(bad, 70_000)
    assert dict(carrying.take_in().refusals) == {"COURIER-PACKAGE-DAMAGED": 1}
    imported = carrying.bring_back()
    assert [(one.code, one.values["count"]) for one in imported.findings] == [
        ("COURIER-NOT-TAKEN", 1)
    ]
    assert sorted(carrying.states()) == ["proved", "waiting"]
    assert carrying.prepare() == 1
    assert dict(carrying.take_in().refusals) == {}
    assert carrying.bring_back().proved == 1


def test_taking_in_again_takes_only_what_is_missing(carrying: Carrying) -> None:
    """A disk that was pulled out halfway is put in again."""
    carrying.prepare()
    taken = carrying.take_in()
    receipts = {path: path.read_bytes() for path in receipts_of(carrying)}
    again = carrying.take_in()
    assert (taken.already, again.already) == (0, 2)
    assert {path: path.read_bytes() for path in receipts_of(carrying)} == receipts
    receipts_of(carrying)[0].unlink()
    assert carrying.take_in().already == 1
    assert len(receipts_of(carrying)) == 2
    assert carrying.bring_back().proved == 2


def test_a_receipt_that_was_cut_short_is_removed_by_the_next_taking_in(returned: Carrying) -> None:
    """Killed between a receipt and its signature, the store gives another number the next time."""
    half = receipts_of(returned)[0]
    half.with_name(f"{half.name}.sig").unlink()
    count = len(receipts_of(returned))
    assert dict(returned.take_in().refusals) == {}
    assert not half.exists()
    assert len(receipts_of(returned)) == count
    assert returned.bring_back().findings == []


def test_a_report_of_somebody_else_is_not_believed(returned: Carrying) -> None:
    """What the far side could not take is only told when the store signed it."""
    report = returned.on_disk / "report.json"
    values = json.loads(report.read_bytes())
    values["outcomes"][0][1] = "FAR-DISK-FULL"
    report.write_bytes(json.dumps(values, separators=(",", ":"), sort_keys=True).encode() + b"\n")
    assert codes(returned) == []
    assert returned.trips()[0].taken_at is None


def test_old_proofs_are_read_again_there(returned: Carrying) -> None:
    """With no line, disks ask the store to read again; the fresh receipts renew the proofs."""
    returned.bring_back()
    returned.bench.clock.advance(70 * DAY_SECONDS)
    assert returned.prepare() == 0
    assert dict(returned.take_in().refusals) == {}
    read_at = to_text(returned.bench.clock.now())
    returned.bench.clock.advance(DAY_SECONDS)
    imported = returned.bring_back()
    assert (imported.proved, imported.renewed) == (0, 2)
    assert {row.proved_at for row in returned.bench.deposits()} == {read_at}
    assert len(returned.bench.events("fixity check")) == 2


def test_a_copy_that_rotted_there_is_owed_again(returned: Carrying) -> None:
    """The destination reads it, says so, and the next disk brings a whole one."""
    returned.bring_back()
    package = returned.bench.packages()[0]
    path = FarStore.open(returned.root).zip_path(PackageName("TH", "HS-01", package.objid))
    flip_byte(path)
    returned.bench.clock.advance(70 * DAY_SECONDS)
    returned.prepare()
    assert dict(returned.take_in().refusals) == {"FAR-COPY-DAMAGED": 1}
    told = returned.bring_back().findings
    assert [finding.values["reason"] for finding in told] == ["FAR-COPY-DAMAGED"]
    assert returned.deposit(package.objid).state == "waiting"
    assert returned.bring_back().proved == 0
    assert returned.prepare() == 1
    returned.bench.clock.advance(60)
    assert dict(returned.take_in().refusals) == {}
    assert path.read_bytes() == returned.box_package.read_bytes()
    returned.bring_back()
    assert returned.states() == ["proved", "proved"]


def test_a_damaged_copy_there_is_put_aside_and_replaced(returned: Carrying) -> None:
    """The disk brings it again: the store keeps the damaged one, and has a whole one too."""
    returned.bring_back()
    package = returned.bench.packages()[0]
    path = FarStore.open(returned.root).zip_path(PackageName("TH", "HS-01", package.objid))
    flip_byte(path)
    to_waiting(returned, package.objid)
    assert returned.prepare() == 1
    returned.bench.clock.advance(60)
    assert dict(returned.take_in().refusals) == {}
    assert path.read_bytes() == returned.box_package.read_bytes()
    assert len(list((returned.root / ".appliance" / "quarantine").iterdir())) == 1
    assert returned.bring_back().proved == 1


def test_a_store_that_is_gone_takes_nothing(carrying: Carrying) -> None:
    """Without its marker there is no store: nothing is written to the empty folder."""
    carrying.prepare()
    shutil.rmtree(carrying.root)
    carrying.root.mkdir()
    with pytest.raises(RemoteError, match="marker"):
        carrying.take_in()
    assert list(carrying.root.iterdir()) == []
    assert receipts_of(carrying) == []


def test_a_store_does_not_take_a_disk_for_another(carrying: Carrying) -> None:
    """Nothing is taken and nothing is written on the disk."""
    carrying.prepare()
    marker = carrying.root / ".appliance" / "store.json"
    marker.chmod(0o600)
    marker.write_bytes(marker.read_bytes().replace(b"store-province", b"store-ministry"))
    with pytest.raises(RuleError, match="COURIER-OTHER-PLACE"):
        carrying.take_in()
    assert receipts_of(carrying) == []


def test_a_box_that_was_shut_out_is_refused(carrying: Carrying) -> None:
    """The list of senders is asked for disks as for lines."""
    carrying.prepare()
    (carrying.root / ".appliance" / "allowed_senders").write_text("")
    with pytest.raises(RuleError, match="COURIER-OTHER-BOX"):
        carrying.take_in()
    assert not (carrying.root / "packages").exists()
