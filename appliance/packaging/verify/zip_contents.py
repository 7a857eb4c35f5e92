"""A package in a ZIP: its structure is proved first, then every byte is read once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.packaging.verify.contents import Contents, algorithms_for
from appliance.packaging.verify.names import check_names
from appliance.packaging.verify.own_form import check_entry_order
from appliance.packaging.verify.reading import MemberReading
from appliance.packaging.verify.whole import WholeReading
from appliance.packaging.verify.zip_directory import (
    Unreadable,
    ZipDirectory,
    read_directory,
    refused,
    unreadable,
)
from appliance.packaging.verify.zip_layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.packaging.verify.reading import OnRead


def zip_members(path: Path, jobs: int, on_read: OnRead) -> MemberReading:
    """A package's ZIP, to be read member by member.

    Args:
        path: The ZIP.
        jobs: Threads that read, the caller's counted.
        on_read: Told how many bytes more were read.

    Raises:
        OSError: It cannot be opened.
    """
    contents = _laid_out(path)
    return MemberReading(contents, algorithms_for(contents.members), jobs, on_read)


def zip_as_a_whole(
    path: Path, jobs: int, on_read: OnRead, *, from_disk: bool = False
) -> WholeReading:
    """A package's ZIP, to be read front to back and measured as a whole too.

    Args:
        path: The ZIP.
        jobs: Threads that read and digest, the caller's counted.
        on_read: Told how many bytes more were read.
        from_disk: Read past the kernel's cache, where the file system can.

    Raises:
        OSError: It cannot be opened.
    """
    contents = _laid_out(path)
    algorithms = algorithms_for(contents.members)
    return WholeReading(path, contents, algorithms, jobs, on_read, from_disk=from_disk)


def _laid_out(path: Path) -> Contents:
    """Its members with the places of their bytes, or why they cannot be trusted."""
    contents = Contents()
    with path.open("rb", buffering=0) as stream:
        descriptor = stream.fileno()
        try:
            directory = read_directory(descriptor)
            for finding in _refusals(directory):
                contents.refuse(finding)
            if contents.complete:
                contents.top = _top_of(directory)
                contents.findings += check_entry_order(one.name for one in directory.entries)
                for entry, extent in lay_out(path, descriptor, directory):
                    if entry.has_foreign_extra:
                        contents.findings.append(Finding("ZIP-EXTRA-FIELD", entry.name))
                    if not entry.has_own_form:
                        contents.restyled = contents.restyled or entry.name
                    if not entry.is_folder:
                        contents.add(_inside(entry.name), extent)
        except Unreadable as problem:
            contents.refuse(problem.finding)
    return contents


def _refusals(directory: ZipDirectory) -> Iterator[Finding]:
    """What makes the archive unfit to be read at all."""
    for entry in directory.entries:
        yield from refused(entry)
    names = [entry.name for entry in directory.entries]
    twins = (name for name, count in Counter(names).items() if count > 1)
    yield from (Finding("ZIP-DUPLICATE", name) for name in twins)
    for finding in check_names(dict.fromkeys(name.rstrip("/") for name in names)):
        if finding.code == "NAME-UNSAFE":
            yield finding


def _top_of(directory: ZipDirectory) -> str:
    tops = {entry.name.partition("/")[0] for entry in directory.entries}
    loose = any("/" not in entry.name for entry in directory.entries)
    if len(tops) != 1 or loose:
        raise unreadable(f"{len(tops)} names at its top", "ZIP-TOP-FOLDER")
    return tops.pop()


def _inside(name: str) -> str:
    """The path in the bag, below the archive's one top folder."""
    return name.partition("/")[2]
