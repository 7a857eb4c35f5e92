"""A box that is backed up and sent away, and the bare machine it comes back on."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import box
from appliance.catalogue.engine import open_catalogue
from appliance.domain.records import Approval
from appliance.pipeline.backup import BackupStage
from appliance.pipeline.backup_sending import BackupSending
from appliance.pipeline.recover import Recovery
from appliance.pipeline.recover_values import RecoveryPlan, RecoverySource
from appliance.pipeline.register import approve, import_workbook
from appliance.signing.keys import new_key
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.auditing import twin_of
from tests.pipeline.making import BOX_ID, FONDS_ROW, PLACES, Bench, list_row, unit_row
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.recover_values import Recovered
    from appliance.signing.keys import MachineKey
    from appliance.sync.papers import PinnedStore
    from appliance.sync.remote import Remote
    from tests.sync.fakes import FakeRemote

PLACE: Final = "province"
FIRST: Final[Mapping[str, int]] = {"HS-01": 2, "HS-02": 1}


@dataclass
class LostBox:
    """A box that will be lost: hồ sơ sealed, backed up, deposited at the province.

    Args:
        bench: The box.
        recovery_key: Printed on its sheet.
    """

    bench: Bench
    recovery_key: MachineKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        with self.bench.catalogue.write() as writing:
            box.set_box_id(writing, BOX_ID)
        self.far: FakeRemote = self.bench.far_side(PLACE)

    def stage(self, **changes: Any) -> BackupStage:  # noqa: ANN401 - fields of the stage
        """What makes its backups."""
        values = {
            "catalogue": self.bench.catalogue,
            "folder": self.bench.folder / "state" / "backups",
            "work_folder": self.bench.work,
            "key": self.bench.key,
            "box_id": BOX_ID,
            "recovery_key": self.recovery_key.public,
            "every_hours": 24.0,
        }
        return BackupStage(**{**values, **changes})

    def sending(self, far: Remote | None = None) -> BackupSending:
        """The backups' way to the province."""
        remote = far or self.far
        return BackupSending(self.stage(), PLACE, lambda: remote)

    def register_more(self, pages: Mapping[str, int]) -> None:
        """Register further hồ sơ on a list of their own, and approve it."""
        rows = tuple(unit_row(code, count, 3) for code, count in pages.items())
        items = tuple(list_row(code, "DM-02") for code in pages)
        workbook = Workbook(fonds=(FONDS_ROW,), file_units=rows, list_items=items)
        import_workbook(self.bench.catalogue, workbook)
        day = dt.date(2026, 4, 20)
        approve(self.bench.catalogue, Approval("DM-02", "13/QĐ-SNV", day, "Trần Thị Bình"))

    def deposit(self) -> None:
        """Bring every sealed package there."""
        stage = self.bench.deposit_stage(self.far, PLACE)
        assert stage.probe()
        while stage.run_once("sync:province:1"):
            pass

    def back_up(self) -> None:
        """Make a backup now, and bring it there."""
        self.stage().make()
        assert self.sending().run_once("sync:backup:1") > 0


def copied(lost: LostBox, folder: Path) -> LostBox:
    """The same box, closed by now, and its far side once more: sealing is slow."""
    shutil.copytree(lost.bench.folder, folder)
    twin = copy.copy(lost)
    twin.bench, twin.far = Bench(folder, lost.bench.executor), twin_of(lost.far)
    return twin


def plan_for(
    box: LostBox,
    folder: Path,
    remote: Callable[[], Remote] | None = None,
    **changes: Any,  # noqa: ANN401 - fields of the plan
) -> RecoveryPlan:
    """A recovery of a box into a folder, from its far side in memory."""
    store: PinnedStore = box.far.pinned
    values = {
        "folder": folder,
        "box_id": BOX_ID,
        "box_keys": (box.bench.key.public,),
        "source": RecoverySource(PLACE, remote or (lambda: box.far), store),
        "places": PLACES,
        "recovery_key": box.recovery_key,
        "clock": MovingClock(),
        "say": lambda _line: None,
    }
    return RecoveryPlan(**{**values, **changes})


def recover(plan: RecoveryPlan, executor: Executor, **options: bool) -> Recovered:
    """Run a recovery to its end."""
    return Recovery(plan, executor).run(**options)


def reopened(plan: RecoveryPlan) -> Catalogue:
    """The catalogue that came back."""
    return open_catalogue(plan.catalogue_path, plan.clock)


def rows_of(catalogue: Catalogue, table: str, without: frozenset[str] = frozenset()) -> list[Any]:
    """Every row of a table but for some columns, in a stable order."""
    with catalogue.read() as session:
        connection = session.connection()
        info = connection.exec_driver_sql("SELECT name FROM pragma_table_info(?)", (table,))
        names = [name for (name,) in info if name not in without]
        columns = ", ".join(f'"{name}"' for name in names)
        rows = connection.exec_driver_sql(f"SELECT {columns} FROM {table} ORDER BY {columns}")  # noqa: S608 - names of our own schema
        return [dict(zip(names, row, strict=True)) for row in rows]
