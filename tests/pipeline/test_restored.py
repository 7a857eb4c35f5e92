"""Receipts that are replayed, foreign, rolled back or oddly dated, and a restored store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.catalogue import box, deposits
from appliance.catalogue.deposits import finding_from
from appliance.domain.errors import RemoteError, RuleError
from appliance.pipeline.restored import accept_restored
from appliance.sync.papers import NO_RECEIPT, ReceiptHead, check_receipt

if TYPE_CHECKING:
    from appliance.catalogue.tables import DestinationRow
    from appliance.sync.papers import SignedReceipt
    from tests.pipeline.making import Bench
    from tests.sync.fakes import FakeRemote

AGENT = "person:nguyen-van-an"


@pytest.fixture
def proved(bench: Bench) -> Bench:
    """Three hồ sơ that the province has proved."""
    bench.sealed({"HS-01": 1, "HS-02": 1, "HS-03": 1})
    return bench


@pytest.fixture
def far(proved: Bench) -> FakeRemote:
    """The province, which has everything."""
    made = proved.far_side()
    assert proved.deposit_stage(made).run_once("sync:province:1") == 3
    return made


def states(bench: Bench) -> list[str]:
    """Where the province's deposits stand."""
    return [row.state for row in bench.deposits()]


def place(bench: Bench) -> DestinationRow:
    """What is recorded of the province."""
    with bench.catalogue.read() as session:
        return deposits.destination(session, "province")


def why(text: str | None) -> str | None:
    """A stored reason as its code."""
    finding = finding_from(text)
    return None if finding is None else finding.code


def restore_backup(far: FakeRemote, keep: int) -> None:
    """The place is restored from a backup made after so many receipts."""
    del far.issued[keep:]
    kept = {signed.receipt.objid for signed in far.issued}
    for name in [name for name in far.stored if name.objid not in kept]:
        del far.stored[name], far.sidecars[name]


def line_was_down(bench: Bench, far: FakeRemote) -> None:
    """The place was away for a while."""
    far.fail_next("LINE-DOWN")
    assert not bench.deposit_stage(far).probe()


def test_a_store_that_went_back_is_noticed_by_a_probe(proved: Bench, far: FakeRemote) -> None:
    """Before anything is sent; the place is blocked, its proofs stay until a person decides."""
    restore_backup(far, 1)
    stage = proved.deposit_stage(far)
    assert not stage.probe()
    assert why(place(proved).reason) == "RECEIPT-ROLLED-BACK"
    assert stage.run_once("sync:province:1") == 0
    assert states(proved) == ["proved"] * 3


def test_a_store_that_caught_up_after_going_back_is_noticed_too(
    proved: Bench, far: FakeRemote
) -> None:
    """Another box made its counter grow past ours: the receipt we saw is not there."""
    own = [*far.issued]
    restore_backup(far, 1)
    sidecar = far.sidecars[next(iter(far.stored))].sidecar
    for _ in range(5):
        far.audit(sidecar)
    assert far.issued[-1].receipt.counter > own[-1].receipt.counter
    line_was_down(proved, far)
    assert not proved.deposit_stage(far).probe()
    assert why(place(proved).reason) == "RECEIPT-ROLLED-BACK"


def test_a_person_accepts_a_restored_store(proved: Bench, far: FakeRemote) -> None:
    """What it has forgotten is owed again, with the reason, recorded, and proved once more."""
    first = proved.deposits()[0].proved_at
    restore_backup(far, 1)
    stage = proved.deposit_stage(far)
    stage.probe()
    assert accept_restored(proved.catalogue, "province", far, AGENT) == 2
    assert sorted(states(proved)) == ["proved", "waiting", "waiting"]
    for row in proved.deposits():
        if row.state == "waiting":
            assert (why(row.reason), row.receipt, row.proof) == ("STORE-RESTORED", None, "none")
    asked = [one for one in proved.events("review") if "owed_again" in one]
    assert [one["owed_again"] for one in asked] == [2]
    assert stage.probe()
    assert stage.run_once("sync:province:1") == 2
    assert states(proved) == ["proved"] * 3
    assert place(proved).receipt_counter == 3
    assert [row.reason for row in proved.deposits()] == [None] * 3
    assert first in {row.proved_at for row in proved.deposits()}


def test_an_emptied_store_owes_everything(proved: Bench, far: FakeRemote) -> None:
    """Restored to the day it was made: its next receipt is number one."""
    restore_backup(far, 0)
    assert not proved.deposit_stage(far).probe()
    assert accept_restored(proved.catalogue, "province", far, AGENT) == 3
    assert proved.deposit_stage(far).probe()
    assert proved.deposit_stage(far).run_once("sync:province:1") == 3
    assert place(proved).receipt_counter == 3


def test_a_store_that_did_not_go_back_is_not_accepted(proved: Bench, far: FakeRemote) -> None:
    """Nothing is owed again by mistake."""
    with pytest.raises(RuleError) as refused:
        accept_restored(proved.catalogue, "province", far, AGENT)
    assert [finding.code for finding in refused.value.findings] == ["STORE-NOT-RESTORED"]
    assert states(proved) == ["proved"] * 3


def test_a_list_with_a_hole_is_not_accepted(proved: Bench, far: FakeRemote) -> None:
    """Receipts that do not follow each other prove nothing about what is there."""
    del far.issued[1]
    with pytest.raises(RemoteError, match="does not follow") as refused:
        accept_restored(proved.catalogue, "province", far, AGENT)
    assert refused.value.code == "RECEIPT-INVALID"
    assert states(proved) == ["proved"] * 3


def test_a_replayed_receipt_proves_nothing(proved: Bench, far: FakeRemote) -> None:
    """The receipt of another time for the same package is refused, and the place is blocked."""
    old = far.issued[-1]
    _owe_again(proved)
    far.deposit = lambda *_given, **_named: _judged(far, old, proved)  # type: ignore[method-assign]  # a fault on demand
    proved.deposit_stage(far).run_once("sync:province:1")
    assert "proved" not in {row.state for row in proved.deposits() if row.package_id == 3}
    assert why(place(proved).reason) == "RECEIPT-ROLLED-BACK"


def test_the_receipt_of_another_host_proves_nothing(proved: Bench, far: FakeRemote) -> None:
    """It is signed by a key that is not pinned: refused, and the place is left alone for a while.

    Not for ever, and not in a hurry: an hour later the next package is tried.
    """
    other = proved.far_side("ministry")
    _owe_again(proved)
    far.deposit = lambda *given, **named: _foreign(far, other, *given, **named)  # type: ignore[method-assign]  # a fault on demand
    stage = proved.deposit_stage(far)
    assert stage.run_once("sync:province:1") == 1
    assert states(proved).count("refused") == 1
    assert why(place(proved).reason) == "RECEIPT-INVALID"
    assert not stage.probe()
    assert stage.run_once("sync:province:1") == 0
    proved.clock.advance(3600)
    assert stage.probe()
    assert stage.run_once("sync:province:1") == 1


def test_a_clock_that_jumped_is_noticed_and_stops_nothing(proved: Bench, far: FakeRemote) -> None:
    """Order comes from counters (I10): the proof counts, and somebody is told to set a clock."""
    _owe_again(proved)
    proved.clock.advance(-400 * 86_400)
    assert proved.deposit_stage(far).run_once("sync:province:1") == 0
    proved.clock.advance(800 * 86_400)
    assert proved.deposit_stage(far).run_once("sync:province:1") == 3
    assert states(proved) == ["proved"] * 3
    with proved.catalogue.read() as session:
        codes = [finding.code for finding, _since in box.notices(session)]
    assert codes == ["FAR-CLOCK-DIFFERS"]


def _owe_again(bench: Bench) -> None:
    with bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE deposit SET state = 'waiting', next_attempt = ? WHERE destination = 'province'",
            (writing.now,),
        )


def _judged(far: FakeRemote, old: SignedReceipt, bench: Bench) -> SignedReceipt:
    """What a remote says to a receipt that was given before."""
    row = place(bench)
    head = ReceiptHead(row.receipt_counter, row.receipt_sha256)
    objid = old.receipt.objid
    sidecar = next(s.sidecar for n, s in far.sidecars.items() if n.objid == objid)
    check_receipt(old, sidecar, far.pinned, head)
    return old


def _foreign(far: FakeRemote, other: FakeRemote, *given: Any, **named: Any) -> SignedReceipt:  # noqa: ANN401 - handed through
    """What a remote says when another host answers in the place of the pinned one."""
    named.pop("head", None)
    signed = other.deposit(*given, **named)
    check_receipt(signed, given[1], far.pinned, NO_RECEIPT)
    return signed
