"""Destinations: what they are owed, when they were heard of, and which store they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits, file_unit_details, leases
from appliance.catalogue.tables import DepositRow
from appliance.domain.custody import GENESIS
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState
from tests.catalogue.making import (
    CLAIM,
    MINISTRY,
    PROOF,
    PROVINCE,
    add_package,
    add_unit,
    deposit_row,
    set_deposit,
)

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from tests.fakes.clock import FakeClock


class TestDestinations:
    """Configured places, and what they are owed."""

    def test_each_package_is_owed_to_each_place(self, catalogue: Catalogue) -> None:
        """Whichever came first, the package or the place; none is owed twice."""
        with catalogue.write() as writing:
            unit_id = add_unit(writing).id or 0
            first = add_package(writing, unit_id, 1)
            deposits.configure_destinations(writing, [PROVINCE])
            second = add_package(writing, unit_id, 2)
            deposits.configure_destinations(writing, [PROVINCE, MINISTRY])
            deposits.configure_destinations(writing, [MINISTRY, PROVINCE])
        with catalogue.read() as session:
            for package in (first, second):
                found = file_unit_details.deposits_of(session, package.id or 0)
                assert [row.destination for row in found] == ["province", "ministry"]
                assert {row.state for row in found} == {"waiting"}
            assert [place.name for place in deposits.destinations(session)] == [
                "province",
                "ministry",
            ]

    def test_what_is_owed_can_be_taken_at_once(self, catalogue: Catalogue, deposit_id: int) -> None:
        """A deposit waits for no one."""
        with catalogue.write() as writing:
            (taken,) = leases.take(writing, DepositRow, (), CLAIM)
            assert taken.id == deposit_id

    def test_a_place_that_is_gone_keeps_its_proofs(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """It is no longer owed anything; configured again, it owes only what came meanwhile."""
        set_deposit(catalogue, deposit_id, state="proved", **PROOF)
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [])
            assert deposits.destinations(writing.session) == []
            package = add_package(writing, add_unit(writing, "H2").id or 0)
            assert file_unit_details.deposits_of(writing.session, package.id or 0) == []
        assert deposit_row(catalogue, deposit_id).state == "proved"
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [PROVINCE])
            assert deposits.counts(writing.session, "province") == {
                DepositState.PROVED: 1,
                DepositState.WAITING: 1,
            }

    def test_a_place_can_be_renamed_for_people(self, catalogue: Catalogue, deposit_id: int) -> None:
        """Its label and kind follow the configuration; what is known of it stays."""
        with catalogue.write() as writing:
            deposits.note_contact(writing, "province", 500)
            deposits.configure_destinations(writing, [replace(PROVINCE, label="Kho tỉnh mới")])
            place = deposits.destination(writing.session, "province")
            assert (place.label, place.free_bytes, place.is_line_up) == ("Kho tỉnh mới", 500, 1)
        assert deposit_row(catalogue, deposit_id).state == "waiting"

    def test_another_store_under_the_same_name_is_refused(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """Proofs of one store say nothing of another: a new store is a new destination."""
        set_deposit(catalogue, deposit_id, state="proved", **PROOF)
        other = replace(PROVINCE, store_id="province-2")
        with pytest.raises(ConfigError, match=r"province-1.*province-2") as refused:
            _configure(catalogue, other)
        assert refused.value.code == "DESTINATION-STORE-CHANGED"
        with catalogue.read() as session:
            assert deposits.destination(session, "province").store_id == "province-1"

    def test_a_store_that_proved_nothing_can_be_corrected(
        self, catalogue: Catalogue, deposit_id: int
    ) -> None:
        """A typing error in its id is mended in the settings alone."""
        _configure(catalogue, replace(PROVINCE, store_id="province-2"))
        with catalogue.read() as session:
            assert deposits.destination(session, "province").store_id == "province-2"
        assert deposit_row(catalogue, deposit_id).state == "waiting"

    def test_no_contact_forgets_nothing(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """The last contact and free space stay; the reason goes when the line is back."""
        reason = Finding("LINE-DOWN", "province", {"problem": "timed out"})
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [PROVINCE])
            deposits.note_contact(writing, "province", 500)
            reached = writing.now
        clock.pass_seconds(60)
        with catalogue.write() as writing:
            deposits.note_no_contact(writing, "province", reason)
            tried = writing.now
        with catalogue.read() as session:
            place = deposits.destination(session, "province")
            assert (place.is_line_up, place.free_bytes) == (0, 500)
            assert (place.last_contact_at, place.last_attempt_at) == (reached, tried)
            assert deposits.finding_from(place.reason) == reason
        with catalogue.write() as writing:
            deposits.note_contact(writing, "province", None)
            place = deposits.destination(writing.session, "province")
            assert (place.is_line_up, place.free_bytes, place.reason) == (1, 500, None)

    def test_a_new_place_has_no_contact_and_no_receipt(self, catalogue: Catalogue) -> None:
        """Unknown is told as unknown."""
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [PROVINCE])
        with catalogue.read() as session:
            place = deposits.destination(session, "province")
            assert (place.is_line_up, place.last_contact_at) == (None, None)
            assert (place.receipt_counter, place.receipt_sha256) == (0, GENESIS)


def _configure(catalogue: Catalogue, *places: deposits.DestinationFacts) -> None:
    with catalogue.write() as writing:
        deposits.configure_destinations(writing, places)
