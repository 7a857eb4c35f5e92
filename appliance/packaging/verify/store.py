"""A store as a whole: each package with its papers, each kept file, and the list of receipts.

What lies under its own digest (``masters``, ``derivatives``) is read and held against its name.
A store at a destination keeps its receipts under ``.appliance/receipts``: numbered without gaps,
each naming the digest of the one before, so that none can be taken away unnoticed, nor the
package that it speaks of.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.digests import SHA256
from appliance.domain.findings import Finding, Report
from appliance.packaging.verify.contents import Contents
from appliance.packaging.verify.files import check_file, paper_format
from appliance.packaging.verify.ranges import Extent
from appliance.packaging.verify.reading import MemberReading
from appliance.packaging.verify.receipts import check_receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.options import Options

_ADDRESSED: Final = ("masters", "derivatives")
"""Folders of files that are named by their SHA-256, below two folders of its first letters."""
_RECEIPTS: Final = Path(".appliance", "receipts")
_TWO_DIGITS: Final = re.compile(r"[0-9a-f]{2}")


def check_store(root: Path, options: Options) -> Iterator[Report]:
    """Check everything that a store holds; other hidden folders are left out.

    Args:
        root: Its folder.
        options: How.

    Raises:
        OSError: A folder cannot be listed.
    """
    yield from _check_packages(root, options)
    for name in _ADDRESSED:
        if (root / name).is_dir():
            yield _check_addressed(root / name, options)
    if (root / _RECEIPTS).is_dir():
        packages = {path.name: path for path in _visible(root, ".zip")}
        yield check_receipts(root / _RECEIPTS, packages, options.check_signature)


def _check_packages(root: Path, options: Options) -> Iterator[Report]:
    """Every package, by its sidecar where it has one."""
    told = set()
    for path in _visible(root, ".json"):
        if paper_format(path) == "none":
            continue
        reports = check_file(path, options)
        told |= {path.with_name(report.subject) for report in reports}
        yield from reports
    for path in _visible(root, ".zip"):
        if path not in told:
            (report,) = check_file(path, options)
            findings = (Finding("SIDECAR-MISSING", path.name), *report.findings)
            yield Report(report.subject, findings, report.checked, report.not_checked)


def _visible(root: Path, suffix: str) -> list[Path]:
    """Files with a suffix below a store, but for hidden folders and what lies under its digest."""
    found = []
    for folder, folders, names in os.walk(root):
        skipped = _ADDRESSED if Path(folder) == root else ()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in skipped
        )
        kept = (name for name in names if name.endswith(suffix) and not name.startswith("."))
        found += [Path(folder, name) for name in kept]
    return sorted(path for path in found if path.is_file())


def _check_addressed(folder: Path, options: Options) -> Report:
    """Every file below a folder whose name is to be its digest, one part of them at a time."""
    findings: list[Finding] = []
    for part in sorted(folder.iterdir()):
        if _TWO_DIGITS.fullmatch(part.name):
            findings += _check_part(folder, part, options)
    return Report(folder.name, tuple(findings), ("digests",))


def _check_part(folder: Path, part: Path, options: Options) -> Iterator[Finding]:
    contents = Contents()
    for path in sorted(part.glob("[0-9a-f][0-9a-f]/*")):
        extent = Extent(path, 0, path.stat(follow_symlinks=False).st_size)
        contents.add(str(path.relative_to(folder)), extent)
    with MemberReading(contents, (SHA256,), options.jobs, options.on_read) as reading:
        reading.finish()
    yield from contents.findings
    unread = {finding.where for finding in contents.findings}
    for name, member in contents.members.items():
        if name not in unread and member.digests[SHA256] != Path(name).name:
            yield Finding("STORE-DIGEST", f"{folder.name}/{name}")
