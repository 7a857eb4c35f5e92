"""The structural look that watchers and stages ask for: image or not, whole or not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.imaging.structure import WholenessState, wholeness
from appliance.watchers.hotfolder import Look

if TYPE_CHECKING:
    from pathlib import Path


def _unreadable(problem: Exception) -> dict[str, str]:
    name = type(problem).__name__
    return {
        "problem": f"bộ đọc cấu trúc ảnh gặp lỗi {name}",
        "problem_en": f"the reader of its structure failed: {name}",
    }


def look_at(path: Path) -> Look:
    """The structural look that watchers and stages ask for.

    Raises:
        OSError: It cannot be opened or read.
    """
    try:
        found = wholeness(path)
    except OSError:
        raise
    except Exception as problem:  # a reader's fault costs the one file, never the intake
        logging.getLogger(__name__).exception("the structure of %s cannot be read", path)
        return Look(is_image=False, is_whole=False, **_unreadable(problem))
    return Look(
        is_image=found.state is not WholenessState.NOT_IMAGE,
        is_whole=found.state is WholenessState.WHOLE,
        problem=found.problem,
        problem_en=found.problem_en,
    )
