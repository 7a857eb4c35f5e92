"""Writing again what a crash may have interrupted: the same bytes are as good as new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.disk.durable import write_once
from appliance.domain.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path


def write_same(path: Path, data: bytes) -> None:
    """Write a small file once; the same bytes written before a crash count as written.

    Raises:
        IntegrityError: Other bytes lie under this name.
    """
    try:
        write_once(path, data)
    except FileExistsError:
        if path.read_bytes() != data:
            raise IntegrityError(
                f"{path} holds something else: keep it, and look at who wrote there"
            ) from None
