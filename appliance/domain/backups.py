"""What a backup of the catalogue is called at every place, and how it is judged.

A backup travels as a package of its own kind: the same sidecar, deposit and receipt as a hồ sơ,
under a fonds that no register can have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.levels import Level, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.canonical import JsonValue
    from appliance.domain.receipts import Sidecar

BACKUP_FONDS: Final = "_appliance"
"""The fonds of backups in sidecars; no register takes a code that begins so."""
BACKUP_FILE_CODE: Final = "catalogue"
"""What stands in place of mã hồ sơ."""
BACKUP_OLD_HOURS: Final = 72
"""Our own: a proof of the newest backup older than this is shown as old."""

BACKUP_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "BACKUP-PROVED": (
        "Cơ sở dữ liệu: bản sao lưu mới nhất có ở {places} nơi, kiểm chứng chưa quá {hours} giờ.",
        "Catalogue: the newest backup is at {places} places, proved within {hours} hours.",
    ),
    "BACKUP-OLD": (
        "Cơ sở dữ liệu: bản sao lưu được kiểm chứng gần nhất đã {hours} giờ trước.",
        "Catalogue: the last backup that was proved is {hours} hours old.",
    ),
    "BACKUP-UNPROVED": (
        "Cơ sở dữ liệu: đã có bản sao lưu, chưa nơi nào kiểm chứng.",
        "Catalogue: it is backed up, and no place has proved it yet.",
    ),
}
"""The sentences of the verdict on backups, Vietnamese first."""


def is_backup(sidecar: Sidecar) -> bool:
    """Whether a sidecar speaks of a backup of the catalogue instead of a hồ sơ."""
    return sidecar.fonds_code == BACKUP_FONDS


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What is recorded of the backups of the catalogue.

    Args:
        proved_age_seconds: Since the newest backup, or one before it, was proved at any
            destination; None when none ever was.
        proved_places: Destinations that proved the newest backup.
        places: Destinations configured.
    """

    proved_age_seconds: int | None
    proved_places: int
    places: int


def judge_backup(facts: BackupFacts | None) -> tuple[Statement, ...]:
    """The line of the verdict on the backups; none for a box that has made no backup yet."""
    if facts is None or not facts.places:
        return ()
    age = facts.proved_age_seconds
    values: dict[str, JsonValue] = {
        "hours": 0 if age is None else age // 3600,
        "places": facts.proved_places,
    }
    if age is None:
        return (Statement(Level.WAITING, "BACKUP-UNPROVED", values),)
    if age > BACKUP_OLD_HOURS * 3600:
        return (Statement(Level.STALE, "BACKUP-OLD", values),)
    started = {**values, "hours": age // 3600 + 1}
    return (Statement(Level.GOOD, "BACKUP-PROVED", started),)
