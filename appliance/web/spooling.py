"""Where the parts of a form lie while they arrive: on the box's own disk, not in ``/tmp``.

A signed PDF may have a gigabyte, and ``/tmp`` is memory on many systems. The framework gives no
say in it: it asks ``tempfile`` for the folder of the process.
"""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from appliance.disk.durable import make_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def spooling_in(folder: Path | None) -> AsyncIterator[None]:
    """While the application runs, temporary files of this process lie in a folder.

    Args:
        folder: Made when it is not there; None leaves it to the system.
    """
    before = tempfile.tempdir
    if folder is not None:
        make_folder(folder)
        tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
