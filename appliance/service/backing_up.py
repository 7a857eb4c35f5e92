"""The part of the service that backs the catalogue up and brings the backups away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.config.destinations import DestinationKind
from appliance.domain.errors import ConfigError
from appliance.pipeline.backup import BackupStage
from appliance.pipeline.backup_sending import BackupSending
from appliance.service.resting import LONGEST_SECONDS
from appliance.signing.keys import PublicKey

if TYPE_CHECKING:
    from appliance.bootstrap import Appliance

CARRIED: Final = frozenset({DestinationKind.COURIER})
"""Kinds of destinations that no line leads to: the courier takes backups along."""


@dataclass(frozen=True, slots=True)
class BackupStep:
    """One round: a backup if one is due, then every destination that lacks the newest one.

    Args:
        stage: Makes backups.
        sendings: One for each destination with a line.
    """

    stage: BackupStage
    sendings: tuple[BackupSending, ...]

    def start(self) -> None:
        """Clear away what a crash left; only under the lock of the part."""
        if self.sendings:
            self.stage.start()

    def run(self, owner: str) -> int:
        """Do what is due; how much was done."""
        if not self.sendings:
            return 0  # a box without destinations has no use for backups of its catalogue
        made = self.stage.run_once(owner)
        return made + sum(sending.run_once(owner) for sending in self.sendings)

    @staticmethod
    def idle_seconds() -> float:
        """Until the next look."""
        return LONGEST_SECONDS


def backup_step(appliance: Appliance) -> BackupStep:
    """The step of one box.

    Raises:
        ConfigError: ``RECOVERY-KEY``: the recovery key cannot be read.
    """
    stage = backup_stage(appliance)
    places = [place for place in appliance.settings.destination if place.kind not in CARRIED]
    return BackupStep(
        stage,
        tuple(
            BackupSending(stage, place.name, lambda place=place: appliance.remote(place))  # type: ignore[misc]  # bound now
            for place in places
        ),
    )


def backup_stage(appliance: Appliance) -> BackupStage:
    """What makes backups; errors as of ``backup_step``."""
    settings = appliance.settings
    return BackupStage(
        catalogue=appliance.catalogue,
        folder=settings.paths.state / "backups",
        work_folder=settings.paths.work,
        key=appliance.key,
        box_id=settings.box.id,
        recovery_key=recovery_key(appliance),
        every_hours=settings.recovery.backup_hours,
    )


def recovery_key(appliance: Appliance) -> PublicKey | None:
    """The public half of the printed recovery key; None while no sheet was printed.

    Raises:
        ConfigError: ``RECOVERY-KEY``.
    """
    path = appliance.settings.recovery_key_path
    try:
        return PublicKey.from_line(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise ConfigError(
            f"the recovery key {path} cannot be read ({problem}): print the recovery sheet anew",
            code="RECOVERY-KEY",
        ) from problem
