"""The packages below a folder of packages, in the order of their names on the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.domain.identifiers import code_of, object_folder, safe_name
from appliance.sync.papers import PackageName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def stored_names(packages: Path, after: PackageName | None) -> Iterator[PackageName]:
    """Every package that lies there whole, ZIP, sidecar and signature; links are not followed.

    What has no name of a package is passed over: nothing of ours ever made it.

    Args:
        packages: The folder of fonds; may be missing.
        after: Where to go on; None = from the start.

    Yields:
        Names in the order of the folders' and files' names.

    Raises:
        OSError: The disk refused.
    """
    start = ("", "", "") if after is None else _place(after)
    for fonds in _folders(packages, start[0]):
        file_start = start[1] if fonds == start[0] else ""
        for file in _folders(packages / fonds, file_start):
            object_start = start[2] if (fonds, file) == start[:2] else ""
            for stem in _objects(packages / fonds / file, object_start):
                name = _name(fonds, file, stem)
                if name is not None:
                    yield name


def _place(name: PackageName) -> tuple[str, str, str]:
    return safe_name(name.fonds_code), safe_name(name.file_code), object_folder(name.objid)


def _folders(parent: Path, start: str) -> list[str]:
    """Folders that come at or after a name."""
    try:
        with os.scandir(parent) as entries:
            found = [one.name for one in entries if one.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name >= start)


def _objects(folder: Path, start: str) -> list[str]:
    """Stems of the packages that come after one."""
    with os.scandir(folder) as entries:
        files = {one.name for one in entries if one.is_file(follow_symlinks=False)}
    stems = (name.removesuffix(".zip") for name in files if name.endswith(".zip"))
    whole = (stem for stem in stems if {f"{stem}.json", f"{stem}.json.sig"} <= files)
    return sorted(stem for stem in whole if stem > start)


def _name(fonds: str, file: str, stem: str) -> PackageName | None:
    try:
        return PackageName(code_of(fonds), code_of(file), stem.replace("_", ":"))
    except ValueError:
        return None
