"""A package that lies unpacked: every file below a folder, following no link."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.packaging.verify.contents import Contents, algorithms_for
from appliance.packaging.verify.names import check_names
from appliance.packaging.verify.ranges import Extent
from appliance.packaging.verify.reading import MemberReading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.packaging.verify.reading import OnRead


def folder_members(folder: Path, jobs: int, on_read: OnRead) -> MemberReading:
    """A package that lies unpacked in a folder, to be read file by file.

    Args:
        folder: The bag.
        jobs: Threads that read, the caller's counted.
        on_read: Told how many bytes more were read.

    Raises:
        OSError: A folder in it cannot be listed.
    """
    contents = Contents(folder.resolve().name)
    for path, size_bytes in _walk(folder, "", contents):
        contents.add(path, Extent(folder / path, 0, size_bytes))
    unsafe = (one for one in check_names(contents.members) if one.code == "NAME-UNSAFE")
    contents.findings += unsafe
    return MemberReading(contents, algorithms_for(contents.members), jobs, on_read)


def _walk(folder: Path, lead: str, contents: Contents) -> Iterator[tuple[str, int]]:
    with os.scandir(folder / lead) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        path = lead + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, f"{path}/", contents)
        elif entry.is_file(follow_symlinks=False):
            yield path, entry.stat(follow_symlinks=False).st_size
        else:
            contents.findings.append(Finding("ENTRY-LINK", path))
