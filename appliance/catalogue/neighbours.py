"""What lies beside arriving files in the catalogue, read once for many of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue import masters
from appliance.catalogue.file_codes import NamedUnit, file_units_named
from appliance.catalogue.tables import MasterRow
from appliance.domain.states import MasterState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session


@dataclass(slots=True)
class Neighbours:
    """The hồ sơ that names mean, and the live masters that hold numbers or have some bytes.

    It answers for one transaction, from what it read ahead and else from the catalogue; whoever
    adds or moves masters meanwhile tells it.

    Args:
        session: The transaction.
    """

    session: Session
    _units: dict[str, NamedUnit] = field(default_factory=dict)
    _holders: dict[tuple[int, int], MasterRow | None] = field(default_factory=dict)
    _same: dict[tuple[int, str], list[MasterRow]] = field(default_factory=dict)

    def name_ahead(self, names: Iterable[str]) -> None:
        """Look up what many folders or names mean: together they cost one scan at most."""
        self._units |= file_units_named(self.session, set(names) - self._units.keys())

    def unit_named(self, name: str) -> NamedUnit:
        """The hồ sơ that a folder or name means: a burst names few, and one of them often."""
        if name not in self._units:
            self.name_ahead([name])
        return self._units[name]

    def read_ahead(self, wanted: Iterable[tuple[int, int, str]]) -> None:
        """Look up many at once.

        Args:
            wanted: Id of the hồ sơ, number and SHA-256 of each.
        """
        wanted = tuple(wanted)
        numbers = {(unit_id, number) for unit_id, number, _sha256 in wanted}
        same = {(unit_id, sha256) for unit_id, _number, sha256 in wanted}
        self._holders |= dict.fromkeys(numbers)
        self._same |= {key: [] for key in same}
        for row in masters.live_with_numbers(self.session, numbers):
            self._holders[row.file_unit_id or 0, row.file_number or 0] = row
        for row in masters.live_with_digests(self.session, {sha256 for _unit, sha256 in same}):
            key = (row.file_unit_id or 0, row.sha256)
            if key in same:
                self._same[key].append(row)

    def holder(self, unit_id: int, number: int) -> MasterRow | None:
        """The live master with this number, or None."""
        if (unit_id, number) in self._holders:
            return self._holders[unit_id, number]
        return masters.live_with_number(self.session, unit_id, number)

    def same_bytes(self, unit_id: int, sha256: str) -> MasterRow | None:
        """The first live master of a hồ sơ with these bytes, or None."""
        if (unit_id, sha256) in self._same:
            return next(iter(self._same[unit_id, sha256]), None)
        return masters.live_with_digest(self.session, unit_id, sha256)

    def gave_way(self, unit_id: int, number: int, sha256: str) -> bool:
        """Whether these very bytes had this number before another scan took it."""
        statement = select(MasterRow.id).where(
            MasterRow.sha256 == sha256,
            col(MasterRow.file_unit_id) + 0 == unit_id,  # it may have thousands: not by its index
            MasterRow.file_number == number,
            MasterRow.state == str(MasterState.REPLACED),
        )
        return self.session.exec(statement).first() is not None

    def add(self, row: MasterRow) -> None:
        """A live master came."""
        unit_id = row.file_unit_id or 0
        self._holders[unit_id, row.file_number or 0] = row
        if (unit_id, row.sha256) in self._same:
            self._same[unit_id, row.sha256].append(row)

    def remove(self, row: MasterRow) -> None:
        """A master lives no more."""
        unit_id = row.file_unit_id or 0
        self._holders.pop((unit_id, row.file_number or 0), None)
        same = self._same.get((unit_id, row.sha256), [])
        same[:] = [one for one in same if one.id != row.id]
