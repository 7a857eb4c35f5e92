"""Packages on their way to each destination, and what only a receipt can prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exc
from sqlmodel import select

from appliance.catalogue import deposits, file_unit_details, leases, sending
from appliance.catalogue.tables import DepositRow
from appliance.domain.errors import IllegalTransition
from appliance.domain.states import DEPOSIT_TABLE, DepositEvent, DepositState
from tests.catalogue.making import (
    CLAIM,
    PROOF,
    add_package,
    add_unit,
    deposit_row,
    deposit_to,
    receipt,
    set_deposit,
    sha256_of,
)

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue

PAIRS = [(state, event) for state in DepositState for event in DepositEvent]


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_a_deposit_moves_by_the_table_alone(
    catalogue: Catalogue, deposit_id: int, state: DepositState, event: DepositEvent
) -> None:
    """A legal event gives its state; any other leaves the row untouched."""
    is_lost = DepositState.FAR_DAMAGED in {state, DEPOSIT_TABLE[state].get(event)}
    proof = "none" if is_lost and state is not DepositState.PROVED else "read_back"
    set_deposit(catalogue, deposit_id, state=str(state), **{**PROOF, "proof": proof})
    before = deposit_row(catalogue, deposit_id).model_dump()
    expected = DEPOSIT_TABLE[state].get(event)
    if expected is None:
        row = deposit_row(catalogue, deposit_id)
        with pytest.raises(IllegalTransition), catalogue.write() as writing:
            deposits.transit(writing, row, event, reason="x")
        assert deposit_row(catalogue, deposit_id).model_dump() == before
    else:
        with catalogue.write() as writing:
            row = writing.session.get_one(DepositRow, deposit_id)
            change = {"reason": "x", "proof": "none" if is_lost else proof}
            assert deposits.transit(writing, row, event, **change) is expected
        after = {**before, **change, "state": str(expected)}
        assert deposit_row(catalogue, deposit_id).model_dump() == after


def test_a_stale_deposit_changes_nothing(catalogue: Catalogue, deposit_id: int) -> None:
    """Who read the row before another moved it is told."""
    stale = deposit_row(catalogue, deposit_id)
    set_deposit(catalogue, deposit_id, state="refused")
    with pytest.raises(IllegalTransition, match="no longer"), catalogue.write() as writing:
        deposits.transit(writing, stale, DepositEvent.START)
    assert deposit_row(catalogue, deposit_id).state == "refused"


@pytest.mark.parametrize("missing", PROOF)
def test_no_row_is_proved_without_its_proof(
    catalogue: Catalogue, deposit_id: int, missing: str
) -> None:
    """The database refuses a proved row that lacks receipt, signature, time or strength."""
    values = {**PROOF, missing: "sizes" if missing == "proof" else None}
    with pytest.raises(exc.IntegrityError, match="CHECK"):
        set_deposit(catalogue, deposit_id, state="proved", **values)
    assert deposit_row(catalogue, deposit_id).state == "waiting"


class TestProof:
    """What a receipt changes."""

    def _prove(self, catalogue: Catalogue, deposit_id: int, counter: int) -> None:
        with catalogue.write() as writing:
            row = writing.session.get_one(DepositRow, deposit_id)
            deposits.transit(writing, row, DepositEvent.START)
            deposits.prove(writing, row, receipt(counter))

    def test_a_receipt_proves(self, catalogue: Catalogue, deposit_id: int) -> None:
        """It is kept with its signature and moment, and nobody takes the deposit again."""
        self._prove(catalogue, deposit_id, 1)
        row = deposit_row(catalogue, deposit_id)
        assert (row.state, row.proof, row.receipt, row.receipt_signature) == (
            "proved",
            "read_back",
            b"{}",
            "sig",
        )
        assert (row.proved_at is not None, row.next_attempt, row.owner) == (True, None, None)

    def test_the_newest_receipt_is_the_head(self, catalogue: Catalogue, deposit_id: int) -> None:
        """A receipt that comes late does not turn the store's counter back."""
        with catalogue.write() as writing:
            package = add_package(writing, add_unit(writing, "H2").id or 0)
            late = deposit_to(writing, package, "province").id or 0
        self._prove(catalogue, deposit_id, 5)
        self._prove(catalogue, late, 4)
        with catalogue.read() as session:
            place = deposits.destination(session, "province")
            assert (place.receipt_counter, place.receipt_sha256) == (5, sha256_of("receipt-5"))
            assert deposits.counts(session, "province") == {DepositState.PROVED: 2}

    def test_only_what_is_being_sent_can_be_proved(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """A receipt for what waits is refused, and the head stays."""
        row = deposit_row(catalogue, deposit_id)
        with pytest.raises(IllegalTransition), catalogue.write() as writing:
            deposits.prove(writing, row, receipt())
        with catalogue.read() as session:
            assert deposits.destination(session, "province").receipt_counter == 0


class TestWaking:
    """What lets a deposit be tried again."""

    def test_a_line_that_is_back_wakes_what_waits(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """The pause of a waiting deposit is over; one that is being sent is left alone."""
        later = {"next_attempt": "2027-01-01T00:00:00.000000Z", "tries": 7}
        set_deposit(catalogue, deposit_id, **later)
        with catalogue.write() as writing:
            package = add_package(writing, add_unit(writing, "H2").id or 0)
            held = deposit_to(writing, package, "province").id or 0
        set_deposit(catalogue, held, owner="part:1", **later)
        with catalogue.write() as writing:
            sending.wake_deposits(writing, "ministry")
            sending.wake_deposits(writing, "province")
            now = writing.now
        woken, left = deposit_row(catalogue, deposit_id), deposit_row(catalogue, held)
        assert (woken.next_attempt, woken.tries) == (now, 0)
        assert (left.next_attempt, left.tries) == (later["next_attempt"], 7)

    def test_what_the_dead_were_sending_waits_again(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """Of this place alone, and it can be taken at once."""
        set_deposit(catalogue, deposit_id, state="sending", owner="sync:1", next_attempt=None)
        with catalogue.write() as writing:
            sending.reset_sending(writing, "ministry")
        assert deposit_row(catalogue, deposit_id).state == "sending"
        with catalogue.write() as writing:
            sending.reset_sending(writing, "province")
            (taken,) = leases.take(writing, DepositRow, (), CLAIM)
            assert (taken.id, taken.state) == (deposit_id, "waiting")

    @pytest.mark.parametrize("state", ["refused", "damaged"])
    def test_what_stopped_is_tried_again_when_a_person_says_so(
        self, catalogue: Catalogue, deposit_id: int, state: str
    ) -> None:
        """Refused and damaged deposits wait again; others are not touched."""
        set_deposit(catalogue, deposit_id, state=state, next_attempt=None)
        with catalogue.write() as writing:
            assert sending.retry_stopped(writing, "ministry") == 0
            assert sending.retry_stopped(writing, "province") == 1
            assert sending.retry_stopped(writing, "province") == 0
        row = deposit_row(catalogue, deposit_id)
        assert (row.state, row.next_attempt is not None) == ("waiting", True)


def test_versions_count_per_file_unit(catalogue: Catalogue) -> None:
    """The newest of one hồ sơ; zero before the first; one version is sealed once."""
    with catalogue.write() as writing:
        unit_id = add_unit(writing).id or 0
        assert deposits.newest_version(writing.session, unit_id) == 0
        packages = [add_package(writing, unit_id, version) for version in (1, 2)]
        assert deposits.newest_version(writing.session, unit_id) == 2
        found = file_unit_details.packages_of(writing.session, unit_id)
        assert [row.version for row in found] == [2, 1]
        first = deposits.package_by_id(writing.session, packages[0].id or 0)
        assert first.version == 1
    with pytest.raises(exc.IntegrityError, match="UNIQUE"), catalogue.write() as writing:
        add_package(writing, unit_id, 2)


def test_a_deposit_needs_its_package_and_place(catalogue: Catalogue, deposit_id: int) -> None:
    """Foreign keys are held, and a package goes to a place once."""
    with pytest.raises(exc.IntegrityError, match="FOREIGN KEY"):
        set_deposit(catalogue, deposit_id, destination="nowhere")
    with catalogue.read() as session:
        assert len(session.exec(select(DepositRow)).all()) == 1
