"""Which records each stage takes: one answer for the stage and for whoever asks when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, NamedTuple

from sqlmodel import col

from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.leases import R
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow, PageRow
from appliance.domain.states import BatchState, DepositState, FileUnitState, MasterState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class Work(NamedTuple, Generic[R]):
    """The records that a stage takes, when they are due and nobody holds them.

    Args:
        table: A table with leases.
        where: Which of its records.
    """

    table: type[R]
    where: tuple[ColumnElement[bool], ...]


TO_INSPECT: Final = Work(MasterRow, (col(MasterRow.state) == str(MasterState.ACCEPTED),))
TO_SPLIT: Final = Work(BatchRow, (col(BatchRow.state) != str(BatchState.SPLIT),))
TO_JUDGE_AGAIN: Final = Work(MasterRow, (col(MasterRow.state) == str(MasterState.PARKED),))
TO_ASSEMBLE: Final = Work(
    FileUnitRow,
    (
        col(FileUnitRow.state).in_(
            [str(state) for state in (FileUnitState.SCANNING, FileUnitState.COMPLETE)]
        ),
    ),
)
TO_DERIVE: Final = Work(PageRow, (col(PageRow.is_derived) == 0,))
TO_SEAL: Final = Work(FileUnitRow, (col(FileUnitRow.state) == str(FileUnitState.DERIVED),))


def deposits_to(destination: str) -> Work[DepositRow]:
    """What is sent to one destination."""
    is_there = col(DepositRow.destination) == destination
    return Work(DepositRow, (is_there, col(DepositRow.state) == str(DepositState.WAITING)))
