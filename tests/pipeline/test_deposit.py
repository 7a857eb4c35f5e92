"""Deposit: a dead line is a state, damage does not travel, only a checked receipt proves."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.overview import box_facts
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.domain.rules import sentence
from appliance.domain.states import DepositEvent
from appliance.domain.verdict import Level, Statement, judge_box
from appliance.signing.allowed import AllowedSigner, write_signers

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.tables import DepositRow, DestinationRow
    from tests.pipeline.making import Bench
    from tests.sync.fakes import FakeRemote


@pytest.fixture
def sealed(bench: Bench) -> Bench:
    """Two sealed hồ sơ that wait for both destinations."""
    bench.sealed({"HS-01": 1, "HS-02": 1})
    return bench


@pytest.fixture
def far(sealed: Bench) -> FakeRemote:
    """The far side of the province, with faults on demand."""
    return sealed.far_side()


def states(bench: Bench) -> list[str]:
    """Where the province's deposits stand."""
    return [row.state for row in bench.deposits()]


def reason(row: DepositRow) -> str:
    """Why a deposit is not proved, as a code."""
    finding = finding_from(row.reason)
    assert finding is not None
    assert sentence(finding)
    return finding.code


def place(bench: Bench) -> DestinationRow:
    """What is recorded of the province."""
    with bench.catalogue.read() as session:
        return deposits.destination(session, "province")


def judged(bench: Bench) -> Statement:
    """The line of the verdict on the province."""
    with bench.catalogue.read() as session:
        verdict = judge_box(box_facts(session, bench.clock.now()))
    labels = [
        child for child in verdict.children if child.values.get("place") == place(bench).label
    ]
    (found,) = labels
    return found


def test_a_deposit_is_proved_by_a_receipt_that_stock_tools_believe(
    sealed: Bench, far: FakeRemote, tmp_path: Path
) -> None:
    """Receipt and signature lie beside the package, and ssh-keygen verifies them."""
    assert sealed.deposit_stage(far).run_once("sync:province:1") == 2
    assert states(sealed) == ["proved", "proved"]
    signers = tmp_path / "allowed_signers"
    signer = AllowedSigner("store-province", far.pinned.public_key, (RECEIPT_NAMESPACE,))
    write_signers(signers, (signer,))
    for row, package in zip(sealed.deposits(), sealed.packages(), strict=True):
        path = sealed.package_path(package)
        (paper,) = path.parent.glob(f"{path.stem}.province.*.receipt.json")
        receipt = Receipt.from_bytes(paper.read_bytes())
        assert (receipt.sha256, receipt.proof) == (package.sha256, "read_back")
        assert row.receipt == paper.read_bytes()
        command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "store-province"]
        command += ["-n", RECEIPT_NAMESPACE, "-s", f"{paper}.sig"]
        subprocess.run(command, input=paper.read_bytes(), check=True)
    assert place(sealed).receipt_counter == 2
    assert len(sealed.events("replication")) == 2
    assert [row.state for row in sealed.deposits("ministry")] == ["waiting", "waiting"]


@pytest.mark.parametrize("code", ["LINE-DOWN", "LINE-CUT", "FAR-STORE-MISSING"])
def test_a_line_that_is_down_is_a_state_and_passes(
    sealed: Bench, far: FakeRemote, code: str
) -> None:
    """Everything goes on waiting with the reason; when the line is back it is sent at once."""
    stage = sealed.deposit_stage(far)
    far.fail_next(code)
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "waiting"]
    assert {reason(row) for row in sealed.deposits()} == {code}
    assert stage.is_line_down()
    far.fail_next(code)
    assert not stage.probe()
    assert judged(sealed).level < Level.NEEDS_PERSON
    assert stage.run_once("sync:province:1") == 0
    assert stage.probe()
    assert not stage.is_line_down()
    assert stage.run_once("sync:province:1") == 2
    assert states(sealed) == ["proved", "proved"]


@pytest.mark.parametrize("code", ["HOST-KEY-CHANGED", "HOST-KEY-UNKNOWN", "AUTH-REFUSED"])
def test_a_wrong_host_key_needs_a_person_and_refuses_nothing(
    sealed: Bench, far: FakeRemote, code: str
) -> None:
    """The place is blocked until somebody has looked; no package is to blame."""
    stage = sealed.deposit_stage(far)
    far.fail_next(code, times=2)
    assert not stage.probe()
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "waiting"]
    assert (judged(sealed).level, judged(sealed).code) == (Level.NEEDS_PERSON, "PLACE-BLOCKED")
    finding = finding_from(place(sealed).reason)
    assert finding is not None
    assert finding.code == code
    assert far.received_blocks == []
    assert stage.probe()
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_a_full_disk_there_passes_by_itself(sealed: Bench, far: FakeRemote) -> None:
    """Deposits wait for room, with the reason, and go on when there is some."""
    stage = sealed.deposit_stage(far)
    far.capacity_bytes = 10
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "waiting"]
    assert {reason(row) for row in sealed.deposits()} == {"FAR-DISK-FULL"}
    far.capacity_bytes = 1 << 30
    assert stage.probe()
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_a_damaged_package_is_never_sent(sealed: Bench, far: FakeRemote) -> None:
    """Our own copy is held against its seal first; the other package goes its way."""
    damaged, good = sealed.packages()
    path = sealed.package_path(damaged)
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    assert states(sealed) == ["damaged", "proved"]
    assert reason(sealed.deposits()[0]) == "SOURCE-DAMAGED"
    assert [name.objid for name in far.stored] == [good.objid]
    assert judged(sealed).level is Level.BROKEN
    assert len(sealed.events("fixity check")) == 1
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with sealed.catalogue.write() as writing:
        assert deposits.retry_stopped(writing, "province") == 1
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_a_refused_package_stops_alone_until_it_is_retried(sealed: Bench, far: FakeRemote) -> None:
    """What will not mend by itself is refused with its code; the other one is proved."""
    stage = sealed.deposit_stage(far)
    far.fail_next("FAR-CONFLICT")
    stage.run_once("sync:province:1")
    assert sorted(states(sealed)) == ["proved", "refused"]
    assert reason(sealed.deposits()[0]) == "FAR-CONFLICT"
    assert judged(sealed).code == "PLACE-REFUSED"
    sealed.clock.advance(86400)
    assert stage.run_once("sync:province:1") == 0
    with sealed.catalogue.write() as writing:
        deposits.retry_stopped(writing, "province")
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_a_busy_or_damaged_arrival_is_tried_again(sealed: Bench, far: FakeRemote) -> None:
    """A cause that lies with one package and passes lets it wait; the next one is sent."""
    stage = sealed.deposit_stage(far)
    far.fail_next("FAR-DIGEST-MISMATCH")
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "proved"]
    assert not stage.is_line_down()
    sealed.clock.advance(10)
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_a_cut_deposit_goes_on_where_it_was(sealed: Bench, far: FakeRemote) -> None:
    """Blocks that the far side holds are not sent twice."""
    stage = sealed.deposit_stage(far)
    far.cut_after_blocks = 0
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "waiting"]
    stage.probe()
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]
    assert len(set(far.received_blocks)) == len(far.received_blocks)


def test_what_a_dead_process_was_sending_waits_again(sealed: Bench, far: FakeRemote) -> None:
    """A restart takes back the state that only a living sender can have."""
    with sealed.catalogue.write() as writing:
        for row in sealed.deposits():
            deposits.transit(writing, row, DepositEvent.START, owner="sync:province:dead")
    stage = sealed.deposit_stage(far)
    assert stage.run_once("sync:province:2") == 0
    stage.start()
    assert stage.run_once("sync:province:2") == 2
    assert states(sealed) == ["proved", "proved"]


def test_a_package_proved_before_a_crash_is_proved_again(sealed: Bench, far: FakeRemote) -> None:
    """The far side has it already: it reads it back once more, and nothing is sent twice."""
    stage = sealed.deposit_stage(far)
    package = sealed.packages()[0]
    stage.run_once("sync:province:1")
    sent = list(far.received_blocks)
    with sealed.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE deposit SET state = 'waiting', next_attempt = ? WHERE package_id = ?",
            (writing.now, package.id),
        )
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed) == ["proved", "proved"]
    assert far.received_blocks == sent
    path = sealed.package_path(package)
    assert len(list(path.parent.glob("*.province.*.receipt.json"))) == 2


def test_an_unforeseen_failure_stops_one_deposit_only(sealed: Bench, far: FakeRemote) -> None:
    """A receipt that cannot be stored leaves its deposit waiting with a reason; others go on."""
    path = sealed.package_path(sealed.packages()[0])
    stored = path.with_name(f"{path.stem}.province.1.receipt.json")
    stored.write_bytes(b"something else")
    stage = sealed.deposit_stage(far)
    assert stage.run_once("sync:province:1") == 2
    assert states(sealed) == ["waiting", "proved"]
    assert reason(sealed.deposits()[0]) == "STAGE-FAILED"
    assert stored.read_bytes() == b"something else"
    sealed.clock.advance(10)
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed) == ["proved", "proved"]


def test_a_destination_added_later_is_owed_everything(sealed: Bench) -> None:
    """Every sealed package goes to a place that is configured afterwards."""
    new = deposits.DestinationFacts("disk", "Đĩa cứng", "ssh", "store-disk")
    with sealed.catalogue.write() as writing:
        deposits.configure_destinations(writing, (new,))
    assert [row.state for row in sealed.deposits("disk")] == ["waiting", "waiting"]
