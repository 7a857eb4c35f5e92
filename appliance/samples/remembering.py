"""Remembers what was made, so that a second start makes nothing twice."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from appliance.disk.durable import make_folder, replace_file
from appliance.domain.canonical import canonical_json
from appliance.domain.records import Approval
from appliance.samples.values import REGISTER_NAME, Drop, SampleFileUnit, SampleFonds

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue

MEMORY_NAME: Final = "sample.json"
"""The note's name in the folder of a sample; it is written last."""


def remember(sample: SampleFonds, root: Path, key: str) -> None:
    """Note a finished sample in its folder.

    Args:
        sample: All of whose scans and register are on the disk.
        root: The folder that the scans lie under.
        key: What it was made from; another key is another sample.
    """
    approval = asdict(sample.approval)
    approval["decision_date"] = sample.approval.decision_date.isoformat()
    note: dict[str, JsonValue] = {
        "key": key,
        "approval": approval,
        "file_units": [asdict(unit) for unit in sample.file_units],
        "plan": [
            [
                drop.source.relative_to(root).as_posix(),
                drop.source.stat().st_size,
                drop.file_code,
                drop.name,
            ]
            for drop in sample.plan
        ],
    }
    make_folder(sample.folder)
    replace_file(sample.folder / MEMORY_NAME, canonical_json(note))


def recall(folder: Path, root: Path, key: str) -> SampleFonds | None:
    """The sample that a folder holds, if it is whole and was made from the same.

    Args:
        folder: Where a sample may lie.
        root: The folder that its scans lie under.
        key: As it was remembered by.

    Returns:
        None when there is none, it was made from something else, or a part of it is gone.
    """
    try:
        note = json.loads((folder / MEMORY_NAME).read_bytes())
        if note["key"] != key or not (folder / REGISTER_NAME).is_file():
            return None
        return _sample(folder, root, note)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # an unreadable note is no note: the sample is made anew


def _sample(folder: Path, root: Path, note: dict[str, Any]) -> SampleFonds | None:
    plan = []
    for relative, size_bytes, file_code, name in note["plan"]:
        source = root / relative
        if source.stat().st_size != size_bytes:
            return None
        plan.append(Drop(source, file_code, name))
    approval = dict(note["approval"])
    approval["decision_date"] = dt.date.fromisoformat(approval["decision_date"])
    units = tuple(SampleFileUnit(**unit) for unit in note["file_units"])
    return SampleFonds(folder, folder / REGISTER_NAME, Approval(**approval), units, tuple(plan))
