"""Makes the sample fonds: six hồ sơ of scans with their register and approved list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.disk.durable import storage_errors
from appliance.samples.pages import MadeFileUnit, make_file_unit
from appliance.samples.registering import APPROVAL, sample_workbook
from appliance.samples.remembering import recall, remember
from appliance.samples.script import FILE_UNITS
from appliance.samples.values import REGISTER_NAME, Drop, SampleFileUnit, SampleFonds
from appliance.spreadsheet.writing import write_workbook

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_VERSION: Final = 1
"""Raised whenever the same seed would give other pages."""

DEFAULT_SEED: Final = 3358
"""The number of the province's plan."""


def make_sample_fonds(folder: Path, *, seed: int = DEFAULT_SEED) -> SampleFonds:
    """Make the sample fonds, or find it made.

    Scans lie in ``folder/<file_code>/NNNN.ext``, the register beside them. The whole set takes
    about fifteen seconds of one core; a whole set of the same seed is used as it is.

    Args:
        folder: Where; made when absent.
        seed: Equal seeds give equal scans.

    Raises:
        ConfigError: The typefaces are not installed.
        StorageError: The disk refused.
    """
    key = f"sample-fonds/{SAMPLE_VERSION}/{seed}"
    found = recall(folder, folder, key)
    if found is not None:
        return found
    with storage_errors(f"cannot write the sample scans below {folder}"):
        made = [make_file_unit(script, folder / script.file_code, seed) for script in FILE_UNITS]
        write_workbook(folder / REGISTER_NAME, sample_workbook(made))
        sample = SampleFonds(
            folder=folder,
            register=folder / REGISTER_NAME,
            approval=APPROVAL,
            file_units=tuple(_file_unit(unit) for unit in made),
            plan=tuple(drop for unit in made for drop in _drops(folder, unit)),
        )
        remember(sample, folder, key)
    return sample


def _file_unit(unit: MadeFileUnit) -> SampleFileUnit:
    return SampleFileUnit(unit.script.file_code, unit.script.fonds_code, unit.pages)


def _drops(folder: Path, unit: MadeFileUnit) -> list[Drop]:
    file_code = unit.script.file_code
    return [Drop(folder / file_code / name, file_code, name) for name in unit.scans]
