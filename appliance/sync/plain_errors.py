"""What a refusal of a plain place means, as a code that a person can act on."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import RemoteError
from appliance.sync.refusal import refusal
from appliance.sync.stored import SPARE_BYTES

if TYPE_CHECKING:
    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.plain_place import PlainPlace

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_GONE: Final = {errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM, errno.ENOTCONN, errno.ESTALE}
"""What is said when a disk, or the program that serves it, was taken away."""


def meaning_of(problem: OSError, place: PlainPlace | None) -> RemoteError:
    """The error to raise; a place that has gone explains everything else.

    Args:
        problem: What was refused.
        place: Where; None when it was not even opened.

    Returns:
        ``FAR-STORE-MISSING``, ``FAR-STORE-FOREIGN``, ``FAR-DISK-FULL`` or ``FAR-STORAGE``.
    """
    if problem.errno in _GONE:
        return refusal("FAR-STORE-MISSING", f"{problem}: was its disk taken away?")
    if place is None:
        return refusal("FAR-STORAGE", str(problem))
    try:
        place.check_marker()
        is_full = _is_full(place.files, problem)
    except RemoteError as better:
        return better
    except OSError as worse:
        return refusal("FAR-STORAGE", f"{problem}; {worse}")
    return refusal("FAR-DISK-FULL" if is_full else "FAR-STORAGE", _sentence(problem))


def _is_full(files: PlainFiles, problem: OSError) -> bool:
    """Whether there is no room; SFTP only says that it failed, so the room is asked for."""
    if problem.errno in _FULL:
        return True
    free_bytes = files.free_bytes() if problem.errno == errno.EIO else None
    return free_bytes is not None and free_bytes < SPARE_BYTES


def _sentence(problem: OSError) -> str:
    """What happened, with the path where it is known."""
    if problem.errno == errno.EFBIG:
        return (
            f"{problem}: the place takes no file of this size; prepare it anew with "
            "appliance prepare-place --largest-file-mib"
        )
    return str(problem)
