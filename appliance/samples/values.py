"""What the samples hand to the demo and the tests: what was made and what to drop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.records import Approval

REGISTER_NAME: Final = "register.xlsx"
"""The register's name in the folder of a sample."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One scan to be dropped.

    Args:
        source: The scan.
        file_code: The hồ sơ, whose name its folder in the hot folder carries.
        name: Its name there, ``NNNN.ext``.
    """

    source: Path
    file_code: str
    name: str


@dataclass(frozen=True, slots=True)
class SampleFileUnit:
    """One registered hồ sơ of a sample.

    Args:
        file_code: Its code.
        fonds_code: Its fonds.
        expected_pages: Pages that the register promises.
    """

    file_code: str
    fonds_code: str
    expected_pages: int


@dataclass(frozen=True, slots=True)
class SampleFonds:
    """A register, its approved list and the scans to drop.

    Args:
        folder: Where it lies.
        register: The workbook to import.
        approval: The decision on its one selection list.
        file_units: Every registered hồ sơ, in the order of the register.
        plan: Every scan to drop, in order; some may belong to no registered hồ sơ.
    """

    folder: Path
    register: Path
    approval: Approval
    file_units: tuple[SampleFileUnit, ...]
    plan: tuple[Drop, ...]

    @property
    def list_code(self) -> str:
        """The code of the selection list."""
        return self.approval.list_code

    @property
    def expected_pages(self) -> dict[str, int]:
        """Pages by file code."""
        return {unit.file_code: unit.expected_pages for unit in self.file_units}

    @property
    def total_pages(self) -> int:
        """Pages of all hồ sơ together."""
        return sum(unit.expected_pages for unit in self.file_units)
