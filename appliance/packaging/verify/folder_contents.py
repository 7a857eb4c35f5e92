"""One read of an unpacked package: every file below a folder, following no link."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.disk.digesting import chunks
from appliance.domain.findings import Finding
from appliance.packaging.verify.contents import (
    MAX_KEPT_BYTES,
    Contents,
    MemberReader,
    algorithms_for,
    is_kept,
)
from appliance.packaging.verify.names import check_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


def read_folder(folder: Path) -> Contents:
    """Read a package that lies unpacked in a folder.

    Raises:
        OSError: Something in it cannot be read.
    """

    def open_member(name: str) -> BinaryIO:
        return (folder / name).open("rb")

    contents = Contents(open_member, top=folder.resolve().name)
    files = dict(_walk(folder, "", contents))
    contents.findings += [f for f in check_names(files) if f.code == "NAME-UNSAFE"]
    algorithms = algorithms_for(files)
    for path, size_bytes in files.items():
        keep = is_kept(path)
        if keep and size_bytes > MAX_KEPT_BYTES:
            contents.findings.append(Finding("XML-TOO-LARGE", path, {"size_bytes": size_bytes}))
            keep = False
        reader = MemberReader(path, algorithms, keep=keep)
        with (folder / path).open("rb", buffering=0) as stream:
            for chunk in chunks(stream):
                reader.update(chunk)
        reader.finish(contents)
    return contents


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
