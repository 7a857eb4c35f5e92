"""Random histories: the counters that triggers keep equal the rows that are counted."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import select

from appliance.catalogue import box, deposits, file_units, masters, overview
from appliance.catalogue.audit_tables import PackageCheckRow
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow, PageRow
from appliance.domain.errors import IllegalTransition
from appliance.domain.states import (
    DepositEvent,
    FileUnitEvent,
    MasterEvent,
)
from tests.catalogue.making import (
    MINISTRY,
    PROVINCE,
    add_master,
    add_package,
    add_unit,
    new_master,
    page_of,
    receipt,
)
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing


R = TypeVar("R", MasterRow, FileUnitRow, PageRow, DepositRow)


def _counted(session: Session) -> dict[str, int]:
    """What the counters should say, counted row by row."""
    found: Counter[str] = Counter()
    for master in session.exec(select(MasterRow)):
        found.update(["came_in", f"master:{master.state}"])
    for unit in session.exec(select(FileUnitRow)):
        found.update([f"file_unit:{unit.state}"])
    for page in session.exec(select(PageRow)):
        found.update(["page:total"] + ["page:derived"] * page.is_derived)
    for deposit in session.exec(select(DepositRow)):
        found.update([f"deposit:{deposit.destination}:{deposit.state}"])
        found[f"deposit_bytes:{deposit.destination}:{deposit.state}"] += deposit.size_bytes
    for check in session.exec(select(PackageCheckRow)):
        found.update([f"package_check:{check.state}"])
    return dict(found)


class Histories(RuleBasedStateMachine):
    """Random histories of everything that is counted, some of them refused or undone."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "catalogue.db"
        self.catalogue: Catalogue = open_catalogue(path, FakeClock())
        self.made = 0
        with self.catalogue.write() as writing:
            self.unit_id = add_unit(writing, "H0").id or 0
            deposits.configure_destinations(writing, [PROVINCE, MINISTRY])

    def teardown(self) -> None:
        """Remove the catalogue."""
        self.catalogue.close()
        self._folder.cleanup()

    def _next(self) -> int:
        self.made += 1
        return self.made

    @staticmethod
    def _some(writing: Writing, table: type[R], index: int) -> list[R]:
        """One row of the table, if it has any."""
        rows = list(writing.session.exec(select(table)).all())
        return [rows[index % len(rows)]] if rows else []

    @rule(state=st.sampled_from(["accepted", "parked", "duplicate"]), pages=st.integers(0, 3))
    def take_in(self, state: str, pages: int) -> None:
        """A dropped file comes in, with some pages."""
        with self.catalogue.write() as writing:
            master = add_master(writing, self._next(), self.unit_id, state=state)
            rows = [page_of(master, frame, is_derived=0) for frame in range(1, pages + 1)]
            masters.put_pages(writing, master.id or 0, rows)

    @rule()
    def register_unit(self) -> None:
        """A hồ sơ is registered."""
        with self.catalogue.write() as writing:
            add_unit(writing, f"H{self._next()}")

    @rule()
    def seal(self) -> None:
        """A package is sealed and owed to every place."""
        with self.catalogue.write() as writing:
            add_package(writing, self.unit_id, self._next())

    @rule(event=st.sampled_from(MasterEvent), index=st.integers(0, 50))
    def move_master(self, event: MasterEvent, index: int) -> None:
        """A master moves, or the move is refused."""
        try:
            with self.catalogue.write() as writing:
                for master in self._some(writing, MasterRow, index):
                    masters.transit(writing, master, event)
        except IllegalTransition:
            return

    @rule(event=st.sampled_from(FileUnitEvent), index=st.integers(0, 50))
    def move_unit(self, event: FileUnitEvent, index: int) -> None:
        """A hồ sơ moves, or the move is refused."""
        try:
            with self.catalogue.write() as writing:
                for unit in self._some(writing, FileUnitRow, index):
                    file_units.transit(writing, unit, event)
        except IllegalTransition:
            return

    @rule(event=st.sampled_from(DepositEvent), index=st.integers(0, 50))
    def move_deposit(self, event: DepositEvent, index: int) -> None:
        """A deposit moves, is proved, or the move is refused."""
        try:
            with self.catalogue.write() as writing:
                for row in self._some(writing, DepositRow, index):
                    if event is DepositEvent.PROVE:
                        deposits.prove(writing, row, receipt(self._next()))
                    else:
                        deposits.transit(writing, row, event)
        except IllegalTransition:
            return

    @rule(index=st.integers(0, 50), frames=st.integers(0, 3))
    def inspect_again(self, index: int, frames: int) -> None:
        """Pages are set anew in place of those before, some of them derived."""
        with self.catalogue.write() as writing:
            for master in self._some(writing, MasterRow, index):
                rows = [page_of(master, n, is_derived=0) for n in range(1, frames + 1)]
                masters.put_pages(writing, master.id or 0, rows)

    @rule(is_derived=st.sampled_from([0, 1]), index=st.integers(0, 50))
    def derive(self, is_derived: int, index: int) -> None:
        """A page is derived, or has to be derived again."""
        with self.catalogue.write() as writing:
            for page in self._some(writing, PageRow, index):
                masters.update_page(writing, page.id or 0, {"is_derived": is_derived})

    @rule()
    def fail_half_way(self) -> None:
        """Something breaks after rows were written: they and their counts vanish."""
        with self.catalogue.write() as writing:
            nested = writing.session.begin_nested()
            writing.session.add(new_master(self._next(), self.unit_id))
            writing.session.flush()
            nested.rollback()

    @invariant()
    def counters_are_right(self) -> None:
        """The kept numbers are the counted ones, zeros aside."""
        with self.catalogue.read() as session:
            kept = {name: value for name, value in box.counters(session).items() if value}
            assert kept == _counted(session)

    @invariant()
    def everything_is_accounted_for(self) -> None:
        """The verdict never finds a dropped file unexplained."""
        with self.catalogue.read() as session:
            facts = overview.box_facts(session, self.catalogue.clock.now())
        assert sum(facts.masters.values()) == facts.came_in


Histories.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


TestHistories = Histories.TestCase
