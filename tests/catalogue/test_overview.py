"""What the page reads: kept counters equal counted rows, and facts are those of the rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exc
from sqlmodel import col, update

from appliance.catalogue import box, browse, deposits, masters, overview
from appliance.catalogue.proof_times import far_proofs
from appliance.catalogue.tables import FileUnitRow, PackageRow
from appliance.domain.findings import Finding
from appliance.domain.rules import HOLDING_CODES
from appliance.domain.states import (
    DepositEvent,
    DepositState,
    FileUnitState,
    MasterState,
)
from appliance.domain.verdict import Level, judge_box
from tests.catalogue.making import (
    MINISTRY,
    PROVINCE,
    add_master,
    add_package,
    add_unit,
    deposit_to,
    receipt,
)

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue, Writing
    from tests.fakes.clock import FakeClock

BLOCKING, NOTE = Finding("PAGES-TOO-MANY", "H1"), Finding("PAGES-TOO-FEW", "H1")
QUESTION = Finding("PAGES-ALIKE", "H1")


@pytest.fixture
def sealed(catalogue: Catalogue) -> int:
    """A box with one sealed hồ sơ that is proved at both places; gives its row id."""
    with catalogue.write() as writing:
        box.beat(writing)
        deposits.configure_destinations(writing, [PROVINCE, MINISTRY])
        unit_id = add_unit(writing).id or 0
        where = update(FileUnitRow).where(col(FileUnitRow.id) == unit_id)
        writing.session.execute(where.values(state="sealed"))
        add_master(writing, 1, unit_id, state="sealed")
        package = add_package(writing, unit_id)
        for place in ("province", "ministry"):
            _prove(writing, package, place)
    return unit_id


def _prove(writing: Writing, package: PackageRow, place: str) -> None:
    row = deposit_to(writing, package, place)
    deposits.transit(writing, row, DepositEvent.START)
    deposits.prove(writing, row, receipt())
    deposits.note_contact(writing, place, None)


class TestFacts:
    """What the verdict is taken from."""

    def test_an_empty_box_knows_nothing(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """Zeros, no places, and no heartbeat."""
        with catalogue.read() as session:
            facts = overview.box_facts(session, clock.now())
        assert (facts.came_in, facts.places, facts.heartbeat_age_seconds) == (0, (), None)
        assert judge_box(facts).level is Level.UNKNOWN

    @pytest.mark.usefixtures("sealed")
    def test_a_proved_box_is_good(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """Counts, ages and states come from the rows."""
        clock.pass_seconds(20)
        with catalogue.read() as session:
            facts = overview.box_facts(session, clock.now())
        assert facts.masters[MasterState.SEALED] == facts.came_in == 1
        assert facts.file_units[FileUnitState.SEALED] == facts.proved_everywhere == 1
        assert facts.heartbeat_age_seconds == 20
        for place in facts.places:
            assert place.deposits[DepositState.PROVED] == 1
            assert (place.contact_age_seconds, place.oldest_proof_age_seconds) == (20, 20)
            assert (place.is_line_up, place.reason_code, place.needs_person) == (True, None, False)
        assert [place.label for place in facts.places] == [PROVINCE.label, MINISTRY.label]
        assert judge_box(facts).level is Level.GOOD

    @pytest.mark.usefixtures("sealed")
    def test_an_age_is_never_negative(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """A clock that was set back makes nothing younger than now."""
        with catalogue.read() as session:
            facts = overview.box_facts(session, clock.now() - dt.timedelta(days=1))
        assert facts.heartbeat_age_seconds == 0

    @pytest.mark.usefixtures("sealed")
    @pytest.mark.parametrize(
        ("code", "needs_person"), [("LINE-DOWN", False), ("HOST-KEY-CHANGED", True)]
    )
    def test_a_reason_says_whether_it_passes(
        self, catalogue: Catalogue, clock: FakeClock, code: str, *, needs_person: bool
    ) -> None:
        """What the box tries again by itself needs nobody."""
        with catalogue.write() as writing:
            deposits.note_no_contact(writing, "province", Finding(code, "province"))
        with catalogue.read() as session:
            province = overview.box_facts(session, clock.now()).places[0]
        assert (province.is_line_up, province.reason_code) == (False, code)
        assert province.needs_person is needs_person

    def test_the_oldest_proof_counts(
        self, catalogue: Catalogue, clock: FakeClock, sealed: int
    ) -> None:
        """A fresh proof of one package does not hide an old one of another."""
        clock.pass_seconds(1000)
        with catalogue.write() as writing:
            other = add_package(writing, add_unit(writing, "H2").id or 0)
            _prove(writing, other, "province")
        with catalogue.read() as session:
            facts = overview.box_facts(session, clock.now())
            proofs = far_proofs(session, ["province"], clock.now())["province"]
        assert facts.places[0].oldest_proof_age_seconds == 1000
        assert (proofs.oldest_at or "") < (proofs.newest_at or "")
        assert sealed


class TestProvedEverywhere:
    """The newest package, at every configured place."""

    def _count(self, catalogue: Catalogue) -> int:
        with catalogue.read() as session:
            return overview.proved_everywhere(session)

    def test_one_place_is_not_everywhere(self, catalogue: Catalogue, sealed: int) -> None:
        """A place that owes a proof counts against it; one no longer configured does not."""
        assert self._count(catalogue) == 1
        third = deposits.DestinationFacts("disk", "Ổ đĩa rời", "ssh", "disk-1")
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [PROVINCE, MINISTRY, third])
        assert self._count(catalogue) == 0
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [MINISTRY])
        assert self._count(catalogue) == 1
        assert sealed

    def test_without_a_place_nothing_is_proved(self, catalogue: Catalogue, sealed: int) -> None:
        """The box's own copy alone is no insurance."""
        with catalogue.write() as writing:
            deposits.configure_destinations(writing, [])
        assert self._count(catalogue) == 0
        assert sealed

    def test_an_older_version_does_not_stand_for_the_newest(
        self, catalogue: Catalogue, sealed: int
    ) -> None:
        """A correction must be proved itself."""
        with catalogue.write() as writing:
            second = add_package(writing, sealed, 2)
        assert self._count(catalogue) == 0
        with catalogue.write() as writing:
            _prove(writing, second, "province")
            _prove(writing, second, "ministry")
        assert self._count(catalogue) == 1


class TestHeld:
    """What waits for a person."""

    @pytest.mark.parametrize(
        ("findings", "state", "count"),
        [
            ((), "scanning", 0),
            ((NOTE,), "scanning", 0),
            ((BLOCKING,), "scanning", 1),
            ((NOTE, QUESTION), "derived", 1),
            ((NOTE, BLOCKING, BLOCKING), "complete", 1),
            ((BLOCKING,), "sealed", 0),
        ],
    )
    def test_what_holds_open_file_units(
        self, catalogue: Catalogue, findings: tuple[Finding, ...], state: str, count: int
    ) -> None:
        """Warnings hold nothing, and what is sealed is held no more."""
        with catalogue.write() as writing:
            unit = add_unit(writing)
            where = update(FileUnitRow).where(col(FileUnitRow.id) == unit.id)
            text = masters.findings_text(findings)
            writing.session.execute(where.values(findings=text, state=state))
        with catalogue.read() as session:
            assert browse.held_count(session, HOLDING_CODES) == count
            groups = browse.held_groups(session, HOLDING_CODES)
            holding = findings[-1:] if count else ()
            assert [(g.code, g.count, g.example) for g in groups] == [
                (finding.code, 1, finding) for finding in holding
            ]


class TestBox:
    """Facts of the box itself."""

    def test_the_box_is_named_once(self, catalogue: Catalogue) -> None:
        """A second name is refused, the first stays."""
        with catalogue.write() as writing:
            assert box.box_id(writing.session) is None
            box.set_box_id(writing, "box-01")
        with pytest.raises(exc.IntegrityError), catalogue.write() as writing:
            box.set_box_id(writing, "box-02")
        with catalogue.read() as session:
            assert box.box_id(session) == "box-01"

    def test_the_heartbeat_is_the_last_one(self, catalogue: Catalogue, clock: FakeClock) -> None:
        """None before the first; then the newest alone."""
        with catalogue.read() as session:
            assert box.heartbeat(session) is None
        for _ in range(2):
            clock.pass_seconds(10)
            with catalogue.write() as writing:
                box.beat(writing)
                now = writing.now
        with catalogue.read() as session:
            assert box.heartbeat(session) == now

    def test_a_notice_stands_from_its_first_moment(
        self, catalogue: Catalogue, clock: FakeClock
    ) -> None:
        """Told again it does not become younger; it goes when its cause has passed."""
        gone = [Finding("INTAKE-FOLDER-GONE", place) for place in ("/a", "/b")]
        with catalogue.write() as writing:
            box.put_notice(writing, gone[0])
            since = writing.now
        clock.pass_seconds(10)
        with catalogue.write() as writing:
            box.put_notice(writing, gone[0])
            box.put_notice(writing, gone[1])
            later = writing.now
        with catalogue.read() as session:
            assert box.notices(session) == ((gone[0], since), (gone[1], later))
            assert overview.box_facts(session, clock.now()).notices == 2
        with catalogue.write() as writing:
            box.clear_notice(writing, "INTAKE-FOLDER-GONE", "/a")
        with catalogue.read() as session:
            assert box.notices(session) == ((gone[1], later),)
        with catalogue.write() as writing:
            for place in ("sync", "sync:province", "synchrony", "sync_x"):
                box.put_notice(writing, Finding("STAGE-FAILED", place))
            box.clear_part_notices(writing, "sync")
        with catalogue.read() as session:
            left = [finding.where for finding, _since in box.notices(session)]
        assert left == [gone[1].where, "synchrony", "sync_x"]
