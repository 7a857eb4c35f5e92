"""A backup of the catalogue: a sound bag around one file in the age format.

What is encrypted cannot be looked at without the key; whether it opens, a recovery shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding, Report
from appliance.packaging.backup_names import (
    AGE_LEAD,
    BACKUP_FORMAT,
    CHANGES_PATH,
    FORMAT_LABEL,
    README_PATH,
    WHOLE_PATH,
)
from appliance.packaging.verify.bag import bag_information, check_bag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.reading import Reading

CHECKS: Final = ("container", "bag", "encryption")


def is_backup(contents: Contents) -> bool:
    """Whether a package is a backup of a catalogue, by what lies in it."""
    return not contents.members.keys().isdisjoint((WHOLE_PATH, CHANGES_PATH))


def check_backup(subject: str, reading: Reading) -> Report:
    """Read a backup package and judge it.

    Args:
        subject: Its name, for the report.
        reading: The read of its bytes, not begun.
    """
    contents = reading.contents
    try:
        with reading:
            reading.finish()
        if not contents.complete:
            return Report(subject, tuple(contents.findings), (), CHECKS)
        findings = (*contents.findings, *check_bag(contents), *_check_content(contents))
    except OSError as problem:
        facts = {"problem": problem.strerror or str(problem)}
        failed = Finding("READ-FAILED", subject, {**facts})
        return Report(subject, (*contents.findings, failed), (), CHECKS)
    return Report(subject, findings, CHECKS)


def _check_content(contents: Contents) -> Iterator[Finding]:
    """The format by its name, and that what should be encrypted is."""
    version = bag_information(contents).get(FORMAT_LABEL, "–")
    if version != BACKUP_FORMAT:
        yield Finding("FORMAT-UNKNOWN", "bag-info.txt", {"version": version})
    payload = {path for path in contents.members if path.startswith("data/")}
    for path in sorted(payload - {README_PATH}):
        with contents.open_member(path) as stream:
            if path not in {WHOLE_PATH, CHANGES_PATH} or stream.read(len(AGE_LEAD)) != AGE_LEAD:
                yield Finding("BACKUP-OPEN", path)
