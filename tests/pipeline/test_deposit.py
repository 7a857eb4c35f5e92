"""Deposit: a dead line is a state, damage does not travel, only a checked receipt proves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appliance.catalogue import deposits, sending
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.overview import box_facts
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.domain.rules import sentence
from appliance.domain.rules.deposit import RULES
from appliance.domain.states import DepositEvent
from appliance.domain.verdict import Level, Statement, judge_box
from appliance.pipeline.deposit import FAR_DAMAGE_CODES, PLACE_CODES, SOURCE_CODES
from appliance.signing.allowed import AllowedSigner
from tests.signing.stock import is_believed

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


def place_reason(bench: Bench) -> str:
    """Why the province cannot be sent to, as a code."""
    finding = finding_from(place(bench).reason)
    assert finding is not None
    return finding.code


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
    signer = AllowedSigner("store-province", far.pinned.public_key, (RECEIPT_NAMESPACE,))
    for row, package in zip(sealed.deposits(), sealed.packages(), strict=True):
        path = sealed.package_path(package)
        (paper,) = path.parent.glob(f"{path.stem}.province.*.receipt.json")
        receipt = Receipt.from_bytes(paper.read_bytes())
        assert (receipt.sha256, receipt.proof) == (package.sha256, "read_back")
        assert row.receipt == paper.read_bytes()
        assert is_believed(paper, signer, RECEIPT_NAMESPACE, tmp_path)
    assert place(sealed).receipt_counter == 2
    assert len(sealed.events("replication")) == 2
    assert [row.state for row in sealed.deposits("ministry")] == ["waiting", "waiting"]


@pytest.mark.parametrize("code", ["LINE-DOWN", "FAR-RECEIVER-SILENT", "FAR-STORE-MISSING"])
def test_a_line_that_is_down_is_a_state_and_passes(
    sealed: Bench, far: FakeRemote, code: str
) -> None:
    """Everything goes on waiting, the place has the reason; when it is back all goes at once."""
    stage = sealed.deposit_stage(far)
    far.fail_next(code)
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed) == ["waiting", "waiting"]
    assert [row.tries for row in sealed.deposits()] == [0, 0]
    assert (reason(sealed.deposits()[0]), place_reason(sealed)) == (code, code)
    assert stage.is_line_down()
    far.fail_next(code)
    assert not stage.probe()
    assert judged(sealed).level < Level.NEEDS_PERSON
    assert stage.run_once("sync:province:1") == 0
    assert stage.probe()
    assert not stage.is_line_down()
    assert stage.run_once("sync:province:1") == 2
    assert states(sealed) == ["proved", "proved"]


def test_weeks_without_a_line_leave_nothing_behind(sealed: Bench, far: FakeRemote) -> None:
    """zerobyte#267: Probes in vain write a few times an hour, and no row is added anywhere."""
    stage = sealed.deposit_stage(far)
    before, changes = sealed.deposits(), []
    for _ in range(200):
        far.fail_next("LINE-DOWN")
        assert not stage.probe()
        changes.append(place(sealed).last_attempt_at)
        sealed.clock.advance(30)
    assert len(set(changes)) == 200 * 30 / 300
    assert sealed.deposits() == before
    assert sealed.events("replication") == []
    assert stage.probe()
    assert stage.run_once("sync:province:1") == 2


def test_a_package_that_cuts_the_line_lets_others_go_first(sealed: Bench, far: FakeRemote) -> None:
    """When nothing of it came through, the next try is another package's."""
    stage = sealed.deposit_stage(far)
    far.fail_next("LINE-CUT")
    assert stage.run_once("sync:province:1") == 1
    assert reason(sealed.deposits()[0]) == "LINE-CUT"
    assert stage.probe()
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed) == ["waiting", "proved"]
    sealed.clock.advance(10)
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed) == ["proved", "proved"]


@pytest.mark.parametrize("code", ["HOST-KEY-CHANGED", "HOST-KEY-UNKNOWN", "AUTH-REFUSED"])
def test_a_wrong_host_key_needs_a_person_and_refuses_nothing(
    sealed: Bench, far: FakeRemote, code: str
) -> None:
    """The place is blocked until somebody has looked; no package is to blame."""
    stage = sealed.deposit_stage(far)
    far.fail_next(code)
    assert not stage.probe()
    assert stage.run_once("sync:province:1") == 0
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
    """syncthing#8106: Deposits wait for room, with the reason, and go on when there is some."""
    stage = sealed.deposit_stage(far)
    far.capacity_bytes = 10
    stage.run_once("sync:province:1")
    assert states(sealed) == ["waiting", "waiting"]
    assert (reason(sealed.deposits()[0]), place_reason(sealed)) == ("FAR-DISK-FULL",) * 2
    sealed.clock.advance(3600)
    assert not stage.probe()
    assert judged(sealed).code == "PLACE-HELD"
    far.capacity_bytes = 1 << 30
    assert stage.probe()
    stage.run_once("sync:province:1")
    assert states(sealed) == ["proved", "proved"]


def test_what_still_fits_is_sent_to_a_disk_that_is_nearly_full(
    bench: Bench, tmp_path: Path
) -> None:
    """A package that is too large waits for room; the smaller one after it is proved."""
    bench.sealed({"HS-01": 3, "HS-02": 1})
    far = bench.far_side()
    large, small = bench.packages()
    assert large.size_bytes > small.size_bytes
    far.capacity_bytes = small.size_bytes
    stage = bench.deposit_stage(far)
    with bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql("UPDATE deposit SET send_rank = package_id")
    assert stage.run_once("sync:province:1") == 2
    assert states(bench) == ["waiting", "proved"]
    assert place_reason(bench) == "FAR-DISK-FULL"
    assert list(tmp_path.glob("**/*.province.1.receipt.json"))


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
        assert sending.retry_stopped(writing, "province") == 1
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
        sending.retry_stopped(writing, "province")
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
    sealed.clock.advance(10)
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


def test_sending_goes_by_rank_and_measures_its_speed(sealed: Bench, far: FakeRemote) -> None:
    """The figure of the place is what it confirmed by the time that passed; kept for later."""
    slow_down(sealed, far, seconds=2.0)
    sealed.deposit_stage(far).run_once("sync:province:1")
    total_bytes = sum(package.size_bytes for package in sealed.packages())
    with sealed.catalogue.read() as session:
        (speed,) = sending.usual_speeds(session, ["province"])["province"].values()
    assert speed == pytest.approx(total_bytes / 4, rel=0.01)


def test_a_package_that_was_there_says_nothing_of_the_speed(sealed: Bench, far: FakeRemote) -> None:
    """Only what was really sent counts."""
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    with sealed.catalogue.write() as writing:
        execute = writing.session.connection().exec_driver_sql
        execute("DELETE FROM sending_pace")
        execute("UPDATE deposit SET state = 'waiting', next_attempt = ?", (writing.now,))
    slow_down(sealed, far, seconds=100.0)
    assert stage.run_once("sync:province:1") == 2
    with sealed.catalogue.read() as session:
        assert sending.usual_speeds(session, ["province"]) == {}


def test_progress_is_recorded_now_and_then(sealed: Bench, far: FakeRemote) -> None:
    """While a package is sent its row says how far it is, and its lease lives on."""
    seen: list[tuple[int, str | None]] = []
    true_deposit = far.deposit

    def watched(*given: Any, progress: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
        def note(done_bytes: int, total_bytes: int) -> None:
            sealed.clock.advance(6)
            progress(done_bytes, total_bytes)
            row = next(row for row in sealed.deposits() if row.state == "sending")
            seen.append((row.sent_bytes, row.lease_until))

        return true_deposit(*given, progress=note, **named)

    far.deposit = watched  # type: ignore[method-assign,assignment]  # watched on the way
    sealed.deposit_stage(far).run_once("sync:province:1")
    assert max(done for done, _lease in seen) == max(row.size_bytes for row in sealed.deposits())
    assert len({lease for _done, lease in seen}) > 1
    assert states(sealed) == ["proved", "proved"]


def test_a_place_that_refuses_our_signature_is_left_alone(sealed: Bench, far: FakeRemote) -> None:
    """A probe cannot see it, so it does not undo it; one package an hour finds out."""
    stage = sealed.deposit_stage(far)
    far.errors.append(None)
    assert stage.probe()
    far.fail_next("FAR-SENDER-UNKNOWN")
    assert stage.run_once("sync:province:1") == 1
    assert sorted(states(sealed)) == ["refused", "waiting"]
    assert not stage.probe()
    assert stage.run_once("sync:province:1") == 0
    assert judged(sealed).level is Level.NEEDS_PERSON
    sealed.clock.advance(3600)
    assert stage.probe()
    assert stage.run_once("sync:province:1") == 1


def test_a_damaged_copy_there_is_found_by_sending_again(sealed: Bench, far: FakeRemote) -> None:
    """It is not refused and not proved: it waits for the audit to mend it, and others go on."""
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    name = next(iter(far.stored))
    far.stored[name] = bytes([far.stored[name][0] ^ 1]) + far.stored[name][1:]
    with sealed.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE deposit SET state = 'waiting', next_attempt = ? WHERE destination = 'province'",
            (writing.now,),
        )
    stage.run_once("sync:province:1")
    assert sorted(states(sealed)) == ["far_damaged", "proved"]


def test_a_sidecar_that_cannot_be_read_holds_up_nobody(sealed: Bench, far: FakeRemote) -> None:
    """A damaged row of the catalogue costs its own package alone."""
    with sealed.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE package SET sidecar = x'7b7d' WHERE id = 1"
        )
    stage = sealed.deposit_stage(far)
    assert stage.run_once("sync:province:1") == 2
    assert states(sealed) == ["waiting", "proved"]
    assert reason(sealed.deposits()[0]) == "STAGE-FAILED"


def test_nothing_is_begun_while_stopping(sealed: Bench, far: FakeRemote) -> None:
    """The package at hand is the last of its round."""
    stage = replace(sealed.deposit_stage(far), is_stopping=lambda: True)
    assert stage.run_once("sync:province:1") == 1
    assert states(sealed).count("proved") == 1


def test_every_code_of_a_remote_is_foreseen() -> None:
    """Each rule of deposits is of the place, of this box, of a copy, or of the package alone."""
    of_package = {
        "BLOCK-DAMAGED",
        "FAR-BUSY",
        "FAR-REFUSED",
        "FAR-CONFLICT",
        "FAR-DIGEST-MISMATCH",
        "FAR-DISK-FULL",
    }
    sets = (PLACE_CODES, SOURCE_CODES, FAR_DAMAGE_CODES, of_package)
    foreseen = set().union(*sets)
    assert sum(map(len, sets)) == len(foreseen)
    assert foreseen - {rule.code for rule in RULES} == set()
    noted = {rule.code for rule in RULES} - foreseen
    assert noted <= {"FAR-CLOCK-BACK"} | {code for code in noted if code.startswith("PLACE-")}


def slow_down(bench: Bench, far: FakeRemote, seconds: float) -> None:
    """Let every deposit take so long."""
    true_deposit = far.deposit

    def slow(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
        receipt = true_deposit(*given, **named)
        bench.clock.advance(seconds)
        return receipt

    far.deposit = slow  # type: ignore[method-assign]  # slower than memory
