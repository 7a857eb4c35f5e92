"""A store as a whole: each package with its papers, each kept file, and the list of receipts.

What lies under its own digest (``masters``, ``derivatives``) is read and held against its name.
A store at a destination keeps its receipts under ``.appliance/receipts``: numbered without gaps,
each naming the digest of the one before, so that none can be taken away unnoticed, nor the
package that it speaks of.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.digests import SHA256
from appliance.domain.findings import Finding, Report
from appliance.domain.receipts import SIDECAR_FORMAT
from appliance.packaging.verify import ahead
from appliance.packaging.verify.contents import Contents
from appliance.packaging.verify.files import check_file, not_read, paper_format
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.package import check_package
from appliance.packaging.verify.ranges import Extent
from appliance.packaging.verify.reading import MemberReading
from appliance.packaging.verify.receipts import check_receipts
from appliance.packaging.verify.split import FIRST_PART, check_split, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.packaging.verify.options import Options

_ADDRESSED: Final = ("masters", "derivatives")
"""Folders of files that are named by their SHA-256, below two folders of its first letters."""
_OF_THE_DISK: Final = "lost+found"
"""Of the file system itself, where a store is the top of a disk; only root may look into it."""
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
    with ExitStack() as stack:
        yield from _check_packages(root, _looking_ahead(root, options, stack))
    for name in _ADDRESSED:
        if (root / name).is_dir():
            yield _check_addressed(root / name, options)
    for folder in _ledgers(root):
        packages = {path.name: path for path in _visible(root, ".zip")}
        parts = {path.name.removesuffix(".001"): path for path in _visible(root, FIRST_PART)}
        yield check_receipts(folder, parts | packages, options)


def _looking_ahead(root: Path, options: Options, stack: ExitStack) -> Options:
    """Options by which packages with a sidecar are checked side by side, where that is worth it.

    A deep check keeps every core busy with the masters of one package.
    """
    if options.jobs == 1 or options.decoder is not None:
        return options
    paths = [path for path in _visible(root, ".zip") if path.with_suffix(".json").exists()]
    if len(paths) == 1 or sum(map(_size_bytes, paths)) < ahead.WORTHWHILE_BYTES:
        return options
    return replace(options, ahead=stack.enter_context(ahead.Ahead(paths, options.jobs)))


def _size_bytes(path: Path) -> int:
    """Of a file; 0 when it is gone by now, which its own check will tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _check_packages(root: Path, options: Options) -> Iterator[Report]:
    """Every package, by its sidecar where it has one; folders that cannot be listed are told."""
    told = set()
    unlisted: list[OSError] = []
    papers = _visible(root, ".json", unlisted.append)
    yield from (not_read(Path(problem.filename), problem) for problem in unlisted)
    for path in papers:
        form = paper_format(path)
        if form == "none":
            continue
        parts = parts_of(path) if form == SIDECAR_FORMAT else []
        reports = _check_parts(path, parts, options) if parts else check_file(path, options)
        told |= {path.with_name(report.subject) for report in reports}
        told |= set(parts)
        yield from reports
    for path in _visible(root, FIRST_PART):
        if path not in told and not path.with_suffix("").exists():
            finding = Finding("SIDECAR-MISSING", path.name)
            yield Report(path.name, (finding,), (), ("package",))
    for path in _visible(root, ".zip"):
        if path not in told:
            (report,) = check_file(path, options)
            findings = (Finding("SIDECAR-MISSING", path.name), *report.findings)
            yield Report(report.subject, findings, report.checked, report.not_checked)
    for path in _unpacked(root):
        reading = folder_members(path, options.jobs, options.on_read)
        yield check_package(path.name, reading, options)


def _check_parts(path: Path, parts: list[Path], options: Options) -> tuple[Report, ...]:
    try:
        return check_split(path, parts, options)
    except OSError as problem:
        return (not_read(path, problem),)


def _ledgers(root: Path) -> list[Path]:
    """The store's own receipts, and those of each box that keeps its own at a plain place."""
    own = root / _RECEIPTS
    found = sorted(own.parent.glob(f"{own.name}-*")) if own.parent.is_dir() else []
    return [folder for folder in (own, *found) if folder.is_dir()]


def _unheeded(problem: OSError) -> None:
    """What was told already."""


def _visible(
    root: Path, suffix: str, on_problem: Callable[[OSError], object] = _unheeded
) -> list[Path]:
    """Files with a suffix below a store, but for hidden folders and what lies under its digest."""
    found = []
    for folder, _, names in _walk(root, on_problem):
        kept = (name for name in names if name.endswith(suffix) and not name.startswith("."))
        found += [Path(folder, name) for name in kept]
    return sorted(path for path in found if path.is_file())


def _unpacked(root: Path) -> Iterator[Path]:
    """Folders that are a package each; what lies in one belongs to it."""
    for folder, folders, names in _walk(root, _unheeded):
        if "bagit.txt" in names:
            folders.clear()
            yield Path(folder)


def _walk(
    root: Path, on_problem: Callable[[OSError], object]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """As ``os.walk``, but for hidden folders and what lies under its digest."""
    for folder, folders, names in os.walk(root, onerror=on_problem):
        skipped = (*_ADDRESSED, _OF_THE_DISK) if Path(folder) == root else ()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in skipped
        )
        yield folder, folders, names


def _check_addressed(folder: Path, options: Options) -> Report:
    """Every file below a folder whose name is to be its digest, one part of them at a time."""
    findings: list[Finding] = []
    for part in sorted(folder.iterdir()):
        if _TWO_DIGITS.fullmatch(part.name):
            findings += _check_part(folder, part, options)
    return Report(folder.name, tuple(findings), ("digests",))


def _check_part(folder: Path, part: Path, options: Options) -> Iterator[Finding]:
    contents = Contents()
    for path in _below(part):
        found, name = path.stat(follow_symlinks=False), str(path.relative_to(folder))
        if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode):
            contents.add(name, Extent(path, 0, found.st_size))
        else:
            contents.findings.append(Finding("ENTRY-LINK", name))
    with MemberReading(contents, (SHA256,), options.jobs, options.on_read) as reading:
        reading.finish()
    yield from contents.findings
    unread = {finding.where for finding in contents.findings}
    for name, member in contents.members.items():
        if name not in unread and name != _address(member.digests[SHA256]):
            yield Finding("STORE-DIGEST", f"{folder.name}/{name}")


def _below(part: Path) -> Iterator[Path]:
    """All that lies two folders deep, and what lies there in place of a folder."""
    for inner in sorted(part.iterdir()):
        if inner.is_dir() and not inner.is_symlink():
            yield from sorted(inner.iterdir())
        else:
            yield inner


def _address(digest: str) -> str:
    """The one place for a file with this digest."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}"
