"""What to do about a catalogue that does not open."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, OperationalError

from appliance.disk.durable import storage_errors
from appliance.domain.errors import IntegrityError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def catalogue_errors(path: Path) -> Iterator[None]:
    """Say what to do about a catalogue that does not open.

    Raises:
        StorageError: It cannot be reached.
        IntegrityError: It is damaged.
    """
    try:
        with storage_errors(f"cannot open the catalogue {path}"):
            yield
    except OperationalError as problem:
        raise StorageError(
            f"the catalogue {path} cannot be opened ({problem.orig}): check that its disk is "
            "mounted and that this account may write there"
        ) from problem
    except DatabaseError as problem:
        raise IntegrityError(
            f"the catalogue {path} is damaged ({problem.orig}): move nothing, and restore it "
            "from its backup"
        ) from problem
