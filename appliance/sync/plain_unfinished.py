"""Small files of one box that are being written to a plain place, and those that never will be.

A session that was killed leaves the file that it was writing. Over a line nothing can be locked,
and other sessions of the box, and other boxes, may be writing at the same time. So the name tells
whose a file is and since when: the box that wrote it removes it when no writing takes so long. If
it lives after all, its session fails to give it its name, and begins again.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.sync.plain_files import INCOMING

if TYPE_CHECKING:
    from appliance.domain.clock import Clock
    from appliance.sync.plain_files import PlainFiles

LEFT_SECONDS: Final = 24 * 3600
"""Our own: a day; the largest paper takes 35 minutes over a line of 32 kB/s."""


class Unfinished:
    """Names for the unfinished small files of one box, in one session.

    Args:
        files: The place's.
        box_id: Whose.
        clock: The box's own, of which the names tell the time.
    """

    def __init__(self, files: PlainFiles, box_id: str, clock: Clock) -> None:
        self._files = files
        self._box_id = box_id
        self._clock = clock
        self._is_swept = False

    def path_for(self, name: str) -> str:
        """Where a file grows that is to have a name; what was left there is removed before.

        Raises:
            OSError: The place refused.
        """
        if not self._is_swept:
            self._sweep()
        return f"{INCOMING}/{self._box_id}.{self._now()}.{uuid4().hex}.{name}.writing"

    def _sweep(self) -> None:
        """Remove what killed sessions of this box left; once a session, as it costs a listing."""
        own = re.compile(rf"{re.escape(self._box_id)}\.(\d{{10,12}})\.[0-9a-f]{{32}}\..+\.writing")
        for entry in self._files.entries(INCOMING):
            told = own.fullmatch(entry.name)
            if told is not None and self._now() - int(told[1]) > LEFT_SECONDS:
                with suppress(PermissionError):  # another account's, of this box before its repair
                    self._files.remove_unfinished(f"{INCOMING}/{entry.name}")
        self._is_swept = True

    def _now(self) -> int:
        """Whole seconds of Unix time; a name of FAT takes no colon."""
        return int(self._clock.now().timestamp())
