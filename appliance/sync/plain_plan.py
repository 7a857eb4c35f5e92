"""What a package becomes at a plain place, and whether something else has its name there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.receipts import Sidecar
from appliance.sync.papers import PackageName
from appliance.sync.parts import PartName, part_lengths
from appliance.sync.plain_place import package_folder, partial_path, sidecar_path
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.plain_place import PlainPlace

_MAX_NOTE_BYTES: Final = 1024 * 1024
"""Our own: more blocks than any package has in holes worth keeping the rest for."""
_MANY_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One file that a package becomes.

    Args:
        final: Its name once it counts.
        partial: Where it grows.
        first_block: Index, 0-based, of its first block.
        block_count: How many.
        size_bytes: How long it will be.
        is_published: Whether it has its final name already.
    """

    final: str
    partial: str
    first_block: int
    block_count: int
    size_bytes: int
    is_published: bool

    @property
    def path(self) -> str:
        """Where it is now."""
        return self.final if self.is_published else self.partial

    @property
    def lacking_path(self) -> str:
        """Where it is noted which blocks a partial with holes lacks."""
        return f"{self.partial}.lacking"


def refuse_conflict(place: PlainPlace, sidecar: Sidecar) -> bool:
    """Hold a sidecar against the one stored under its name.

    Returns:
        Whether one is stored; it is the same.

    Raises:
        RemoteError: ``FAR-CONFLICT``; ``FAR-COPY-DAMAGED`` when what is stored is no sidecar.
    """
    path = sidecar_path(PackageName.of(sidecar))
    data = place.read_small(path)
    if data is None or data == sidecar.to_bytes():
        return data is not None
    try:
        Sidecar.from_bytes(data)
    except ValueError as problem:
        raise refusal("FAR-COPY-DAMAGED", f"{path}: {problem}") from problem
    raise refusal("FAR-CONFLICT", f"{sidecar.objid} is stored with another sidecar")


def planned_parts(place: PlainPlace, sidecar: Sidecar) -> list[Part]:
    """The files that a package becomes at a place, and which of them are there.

    Raises:
        RemoteError: ``FAR-STORAGE``: not even a block fits into a file of the place.
    """
    name = PackageName.of(sidecar)
    largest_bytes = place.marker.largest_file_bytes
    try:
        lengths = part_lengths(sidecar.size_bytes, sidecar.block_bytes, largest_bytes)
    except ValueError as problem:
        raise refusal("FAR-STORAGE", f"{place.files.describe()}: {problem}") from problem
    folder, first_block, parts = package_folder(name), 0, []
    for number, size_bytes in enumerate(lengths, start=1):
        final = name.zip_name if len(lengths) == 1 else str(PartName(name.zip_name, number))
        partial = partial_path(name, sidecar.sha256, number, len(lengths))
        count = -(-size_bytes // sidecar.block_bytes)
        is_published = place.files.size_bytes(f"{folder}/{final}") is not None
        parts.append(
            Part(f"{folder}/{final}", partial, first_block, count, size_bytes, is_published)
        )
        first_block += count
    return parts


def write_lacking(files: PlainFiles, part: Part, damaged: Iterable[int]) -> None:
    """Note which blocks of the package a partial lacks in its middle.

    Over a line only the end of a partial is looked at, so its holes would be found by the
    read-back alone. The note is no evidence: what is wrong with it costs blocks, no truth.
    """
    with files.writing(part.lacking_path, afresh=True) as writer:
        writer.write(0, " ".join(map(str, sorted(damaged))).encode())
        writer.finish()


def read_lacking(files: PlainFiles, part: Part) -> frozenset[int]:
    """The blocks that are noted as lacking; none when nothing is noted."""
    size_bytes = files.size_bytes(part.lacking_path)
    if not size_bytes or size_bytes > _MAX_NOTE_BYTES:
        return frozenset()
    words = files.read(part.lacking_path, 0, size_bytes).split()
    return frozenset(int(word) for word in words if word.isdigit() and len(word) < _MANY_DIGITS)
