"""Packages that lie in parts, on a disk that takes no file of their size.

The parts are nothing but the ZIP's bytes in their order. They are joined in a temporary folder
and checked there as any package; where that has no room, only their digests are compared.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import Fingerprinter, chunks
from appliance.domain.findings import Report
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.packaging.verify.files import check_file
from appliance.packaging.verify.papers import differences, signature_of
from appliance.packaging.verify.whole import WholeFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.options import Options

FIRST_PART: Final = ".zip.001"
"""Ends the name of the first part of every split package."""

_PART: Final = re.compile(r"(?P<stem>.+)\.zip\.(?P<number>[0-9]{3,6})")
_SPARE_BYTES: Final = 64 * 1024 * 1024
"""Our own: room that a join leaves where it joins."""


def parts_of(paper: Path) -> list[Path]:
    """The parts that belong to a sidecar, in their order; none when its package is whole.

    Raises:
        OSError: The folder cannot be listed.
    """
    if paper.with_suffix(".zip").exists():
        return []
    numbered = {}
    for path in paper.parent.glob("*.zip.[0-9]*"):
        match = _PART.fullmatch(path.name)
        if match is not None and match["stem"] == paper.stem and path.is_file():
            numbered[int(match["number"])] = path
    return [numbered[number] for number in sorted(numbered)]


def check_split(paper: Path, parts: list[Path], options: Options) -> tuple[Report, ...]:
    """Check a package in parts by its sidecar, as ``check_file`` does one that is whole.

    What the parts measure together is noted under the first of them.

    Args:
        paper: The sidecar.
        parts: In their order.
        options: How.

    Raises:
        OSError: A part cannot be read, or the temporary folder refused.
    """
    needed_bytes = sum(part.stat().st_size for part in parts)
    with TemporaryDirectory(prefix="appliance-verify-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < needed_bytes + _SPARE_BYTES:
            return (_check_digests(paper, parts, options),)
        joined = folder / f"{paper.stem}.zip"
        with joined.open("xb") as target:
            for part in parts:
                with part.open("rb", buffering=0) as source:
                    shutil.copyfileobj(source, target, TRANSFER_BLOCK_BYTES)
        for beside in (paper, paper.with_name(f"{paper.name}.sig")):
            if beside.is_file():
                shutil.copyfile(beside, folder / beside.name)
        reports = check_file(folder / paper.name, options)
        if joined in options.measured:
            options.measured[parts[0]] = options.measured.pop(joined)
    return reports


def _check_digests(paper: Path, parts: list[Path], options: Options) -> Report:
    """Compare the bytes alone; nothing inside the package is looked at."""
    data = paper.read_bytes()
    sidecar = Sidecar.from_bytes(data)
    whole = _measured(parts, options)
    options.measured[parts[0]] = whole.fingerprint
    findings, not_checked = signature_of(paper, data, PACKAGE_NAMESPACE, options.check_signature)
    findings += differences(paper, sidecar, whole)
    checked = ("sidecar", "digests", "blocks")
    return Report(paper.name, tuple(findings), checked, (*not_checked, "package"))


def _measured(parts: list[Path], options: Options) -> WholeFile:
    printer, digests = Fingerprinter(), list[str]()
    block, left_bytes = xxhash.xxh3_128(), TRANSFER_BLOCK_BYTES
    for chunk in _all_chunks(parts):
        printer.update(chunk)
        options.on_read(len(chunk))
        rest = chunk
        while rest:
            piece = rest[:left_bytes]
            block.update(piece)
            rest, left_bytes = rest[len(piece) :], left_bytes - len(piece)
            if not left_bytes:
                digests.append(block.hexdigest())
                block, left_bytes = xxhash.xxh3_128(), TRANSFER_BLOCK_BYTES
    if left_bytes != TRANSFER_BLOCK_BYTES:
        digests.append(block.hexdigest())
    return WholeFile(printer.result(), tuple(digests))


def _all_chunks(parts: list[Path]) -> Iterator[memoryview]:
    for part in parts:
        with part.open("rb", buffering=0) as stream:
            yield from chunks(stream)
