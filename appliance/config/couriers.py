"""Settings of carried disks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - settings are read by their types at run time


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """``[courier]``: disks that are carried to a destination and back.

    Args:
        mounts: Where such disks are mounted; the page offers these folders and no others.
        late_days: How long a disk may be away before it is told as late.
    """

    mounts: tuple[Path, ...] = ()
    late_days: int = 14
