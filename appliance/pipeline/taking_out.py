"""A scan that lies in a hồ sơ by mistake is taken out again; its bytes and its history stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitState, MasterEvent, MasterState

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import FileUnitRow, MasterRow

IN_PLACE: Final = frozenset({MasterState.INSPECTED, MasterState.SEALED})
"""The states of files whose pages count in their hồ sơ."""


def take_out(catalogue: Catalogue, master_id: int, agent: str) -> FileUnitRow:
    """Take a file, with all its pages, out of a hồ sơ that is not sealed.

    Args:
        catalogue: Where both are recorded.
        master_id: The row id of the file.
        agent: Who says so, in the words of custody events.

    Returns:
        The hồ sơ, as it was before.

    Raises:
        IllegalTransition: The file no longer lies in a hồ sơ, or that is sealed by now.
    """
    with catalogue.write() as writing:
        row = masters.by_id(writing.session, master_id)
        if row is None or row.file_unit_id is None or MasterState(row.state) not in IN_PLACE:
            raise IllegalTransition("this file lies in no file unit any more")
        unit = file_units.by_id(writing.session, row.file_unit_id)
        if unit.state == FileUnitState.SEALED:
            raise IllegalTransition(f"{unit.file_code} is sealed: open a correction first")
        values = {"findings": _noted(row), **leases.waits()}
        masters.transit(writing, row, MasterEvent.REPLACE, **values)
        detail = {"claim": row.claim_id, "said": "taken_out"}
        events.record(
            writing, EventDraft(EventType.REPLACEMENT, "master", row.sha256, agent, detail=detail)
        )
        file_units.changed(writing, row.file_unit_id)
    return unit


def _noted(row: MasterRow) -> str:
    note = Finding("INTAKE-SET-ASIDE", row.name, {"name": row.name})
    return masters.findings_text((*masters.findings_of(row.findings), note))
