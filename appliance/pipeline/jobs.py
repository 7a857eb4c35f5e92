"""The work of stages that is handed to worker processes, by name: see ``imaging.jobs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.pipeline.drill_values import DrillLook, DrillSubject


def look_at_package(subject: DrillSubject, work_folder: Path) -> DrillLook:
    """Open a package as a reader would: ``drill_look.look_at_package``, which says what it takes.

    Raises:
        OSError: The package cannot be read.
    """
    from appliance.pipeline import drill_look  # noqa: PLC0415 - loads the decoders, in workers only

    return drill_look.look_at_package(subject, work_folder)
