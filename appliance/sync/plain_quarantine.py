"""Damaged packages of plain places: put aside, and their good blocks kept for the next deposit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from appliance.domain.errors import RemoteError
from appliance.sync.papers import PackageName
from appliance.sync.plain_files import INCOMING
from appliance.sync.plain_place import sidecar_path, signature_path
from appliance.sync.plain_plan import planned_parts, refuse_conflict, write_lacking
from appliance.sync.plain_stored import find_stored, read_stored
from appliance.sync.refusal import refusal
from appliance.sync.stored import SPARE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.receipts import Sidecar
    from appliance.sync.plain_place import PlainPlace
    from appliance.sync.plain_plan import Part
    from appliance.sync.plain_stored import Reading, StoredBytes


def put_damaged_aside(place: PlainPlace, sidecar: Sidecar, moment: str) -> bool:
    """Read a package again, and put aside what of it and its sidecar is damaged.

    Args:
        place: Open.
        sidecar: What was sealed.
        moment: Now, as ``to_text`` gives it.

    Returns:
        Whether anything was put aside.

    Raises:
        RemoteError: ``FAR-CONFLICT``; ``FAR-DISK-FULL``: no room to keep both.
        OSError: The place refused.
    """
    name = PackageName.of(sidecar)
    is_paper_damaged = _is_paper_damaged(place, sidecar)
    stored = find_stored(place, name)
    reading = None if stored is None else read_stored(stored, sidecar)
    place.check_marker()
    if is_paper_damaged:
        for path in (signature_path(name), sidecar_path(name)):
            data = place.read_small(path)
            if data is not None:
                place.put_aside(path, _words(moment, hashlib.sha256(data).hexdigest()))
    if stored is None or reading is None or reading.is_sealed(sidecar):
        return is_paper_damaged
    _put_package_aside(place, stored, sidecar, reading, _words(moment, reading.told()))
    return True


def _is_paper_damaged(place: PlainPlace, sidecar: Sidecar) -> bool:
    try:
        refuse_conflict(place, sidecar)
    except RemoteError as problem:
        if problem.code != "FAR-COPY-DAMAGED":
            raise
        return True
    return False


def _put_package_aside(
    place: PlainPlace, stored: StoredBytes, sidecar: Sidecar, reading: Reading, words: str
) -> None:
    free_bytes = place.files.free_bytes()
    if free_bytes is not None and free_bytes < sidecar.size_bytes + SPARE_BYTES:
        raise refusal("FAR-DISK-FULL", f"{sidecar.size_bytes} bytes needed, {free_bytes} are free")
    place.files.make_folder(INCOMING)
    planned = planned_parts(place, sidecar)
    sources = [place.put_aside(piece.path, words) for piece in stored.pieces]
    if [part.final for part in planned] == [piece.path for piece in stored.pieces]:
        _keep_good_blocks(place, planned, sources, sidecar, reading)


def _keep_good_blocks(
    place: PlainPlace,
    planned: list[Part],
    sources: list[str],
    sidecar: Sidecar,
    reading: Reading,
) -> None:
    """Copy them to the partials of the next deposit, without the line; it is no loss if not."""
    damaged = frozenset(reading.damaged)
    for part, source in zip(planned, sources, strict=True):
        runs = [
            (first * sidecar.block_bytes, min(last * sidecar.block_bytes, part.size_bytes))
            for first, last in _good_runs(part, damaged)
        ]
        if place.files.copy_runs(source, runs, part.size_bytes, part.partial):
            write_lacking(place.files, part, damaged)


def _good_runs(part: Part, damaged: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Runs of good blocks of a part, counted from its first block: the first, and the one after."""
    first: int | None = None
    for index in range(part.block_count + 1):
        is_good = index < part.block_count and part.first_block + index not in damaged
        if is_good and first is None:
            first = index
        if not is_good and first is not None:
            yield first, index
            first = None


def _words(moment: str, digest: str) -> str:
    """When and as what, fit for a name on any file system."""
    stamp = "".join(letter for letter in moment.partition(".")[0] if letter.isalnum())
    return f"{stamp}Z.{digest}"
