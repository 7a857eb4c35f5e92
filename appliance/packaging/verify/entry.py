"""What a path is, and which checks it gets."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from appliance.packaging.verify.deep import Decoder
from appliance.packaging.verify.files import check_file, not_read, not_understood
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.options import Options, SignatureCheck, unheeded
from appliance.packaging.verify.package import check_package
from appliance.packaging.verify.reading import available_jobs
from appliance.packaging.verify.store import check_store
from appliance.packaging.verify.zip_contents import zip_as_a_whole

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.findings import Report
    from appliance.packaging.verify.reading import OnRead
    from appliance.packaging.verify.whole import WholeFile

_BAG_SIGNS: Final = ("bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt", "METS.xml", "data")


def verify_path(
    path: Path,
    *,
    deep: bool = False,
    check_signature: SignatureCheck | None = None,
    jobs: int = 0,
    on_read: OnRead = unheeded,
) -> tuple[Report, ...]:
    """Check whatever a path is: bytes, structure, metadata.

    Each file is read once, by several threads; memory does not grow with its size. The verdict
    of a report is ``rules.judge(report.findings, complete=not report.not_checked)``. What the
    disk does not give back is a finding, never an exception.

    Args:
        path: A package (ZIP or unpacked folder), a sidecar with its ZIP beside it, a receipt, or
            a store folder that holds any of these.
        deep: Also decode masters and every PDF stream, in child processes with limits.
        check_signature: Judges SSHSIG signatures; without it they are reported as not checked.
        jobs: Threads or processes at work at a time; 0: as many as there are cores.
        on_read: Told how many bytes more were read; called from several threads.

    Returns:
        One report per thing checked, at least one.
    """
    with ExitStack() as stack:
        jobs = jobs or available_jobs()
        decoder = stack.enter_context(Decoder(jobs)) if deep else None
        return _verified(path, Options(decoder, check_signature, jobs, on_read))


def verify_new_package(path: Path, *, deep: bool = False) -> tuple[Report, WholeFile]:
    """Check a package that was written just now, by what the disk gives back.

    The file is made durable, its pages in memory are given up, and it is read once past the
    cache, for the whole and for its members. Where a file system can do neither, memory may
    answer all the same.

    Args:
        path: A ZIP.
        deep: Also decode masters and every PDF stream.

    Returns:
        Its report, and the measures of the whole for its sidecar.

    Raises:
        OSError: It cannot be made durable or opened.
    """
    with path.open("rb", buffering=0) as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with ExitStack() as stack:
        jobs = available_jobs()
        decoder = stack.enter_context(Decoder(jobs)) if deep else None
        reading = zip_as_a_whole(path, jobs, unheeded, from_disk=True)
        report = check_package(path.name, reading, Options(decoder, None, jobs, unheeded))
        return report, reading.result()


def _verified(path: Path, options: Options) -> tuple[Report, ...]:
    if not path.exists():
        return (not_understood(path, "PATH-MISSING"),)
    if not path.is_dir():
        return check_file(path, options)
    reports: list[Report] = []
    try:
        if _is_package(path):
            reading = folder_members(path, options.jobs, options.on_read)
            return (check_package(path.resolve().name, reading, options),)
        reports.extend(check_store(path, options))
    except OSError as problem:
        reports.append(not_read(path, problem))
    return tuple(reports) or (not_understood(path, "PATH-UNKNOWN"),)


def _is_package(folder: Path) -> bool:
    return any((folder / name).exists() for name in _BAG_SIGNS)
