"""One package on its way to a plain place: resumed, written, read back, published.

There is nobody at the other end: what is there is found by reading it, whole, before the package
gets its name. A partial is bound to the package's digest; over a line only its end is read before
it is continued, since the whole is read back anyway and what is wrong then is sent again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from appliance.sync.papers import PackageName
from appliance.sync.partial import block_bytes_at
from appliance.sync.parts import join_text, text_name
from appliance.sync.plain_files import INCOMING
from appliance.sync.plain_place import (
    package_folder,
    sidecar_path,
    signature_path,
    zip_path,
)
from appliance.sync.plain_plan import planned_parts, read_lacking, refuse_conflict
from appliance.sync.plain_stored import (
    Piece,
    Reading,
    StoredBytes,
    find_stored,
    is_good,
    read_stored,
)
from appliance.sync.refusal import refusal
from appliance.sync.source import presend_check, sealed_blocks
from appliance.sync.stored import SPARE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.receipts import Sidecar
    from appliance.sync.papers import SignedSidecar
    from appliance.sync.plain_place import PlainPlace
    from appliance.sync.plain_plan import Part
    from appliance.sync.remote import Progress

RESUME_BLOCKS: Final = 4
"""Our own: blocks at the end of a partial that are read before it is continued over a line."""


def take_in(place: PlainPlace, package: Path, signed: SignedSidecar, progress: Progress) -> Reading:
    """Bring a package to a place, or find it there; every byte of it was read back then.

    Raises:
        RemoteError: ``FAR-CONFLICT``, ``FAR-COPY-DAMAGED``, ``FAR-DISK-FULL``,
            ``FAR-DIGEST-MISMATCH``, ``SOURCE-MISSING``, or of the line.
        IntegrityError: ``SOURCE-DAMAGED``.
        OSError: The place refused.
    """
    sidecar = signed.sidecar
    name = PackageName.of(sidecar)
    refuse_conflict(place, sidecar)
    stored = find_stored(place, name)
    if stored is not None and _is_all(stored, name, sidecar):
        presend_check(package, sidecar)
        progress(sidecar.size_bytes, sidecar.size_bytes)
        reading = _proved(place, stored, sidecar)
    else:
        reading = _Growing(place, sidecar, progress).complete(package)
    _write_papers(place, signed)
    return reading


class _Growing:
    """A package that is not there, or not all of it."""

    def __init__(self, place: PlainPlace, sidecar: Sidecar, progress: Progress) -> None:
        self._place = place
        self._files = place.files
        self._sidecar = sidecar
        self._progress = progress
        self._parts = planned_parts(place, sidecar)

    def complete(self, package: Path) -> Reading:
        """Send what is missing, read everything back, and publish it."""
        held = [is_held for part in self._parts for is_held in self._held(part)]
        self._ensure_room(held)
        self._files.make_folder(INCOMING)
        self._send(package, held)
        reading = self._read()
        if not reading.is_sealed(self._sidecar):
            self._refuse_damaged_parts(reading)
            self._send(package, [i not in reading.damaged for i in range(len(held))])
            reading = self._read()
        if not reading.is_sealed(self._sidecar):
            raise refusal(
                "FAR-DIGEST-MISMATCH", f"{self._sidecar.objid} reads back as {reading.told()}"
            )
        self._publish()
        return reading

    def _held(self, part: Part) -> list[bool]:
        """Of each block of a part, whether it need not be sent."""
        if part.is_published:
            return [True] * part.block_count
        size_bytes = self._files.size_bytes(part.partial)
        if size_bytes is None or size_bytes > part.size_bytes:
            return [False] * part.block_count
        piece = Piece(part.partial, size_bytes)
        if self._files.is_near:
            return list(self._verified(part, piece))
        count, lacking = self._trusted_count(part, piece), read_lacking(self._files, part)
        return [
            index < count and part.first_block + index not in lacking
            for index in range(part.block_count)
        ]

    def _verified(self, part: Part, piece: Piece) -> Iterator[bool]:
        for index in range(part.block_count):
            yield self._is_good(part, piece, index)

    def _trusted_count(self, part: Part, piece: Piece) -> int:
        """How many blocks from the first on count as there: those at their end were read."""
        is_full = piece.size_bytes == part.size_bytes
        count = part.block_count if is_full else piece.size_bytes // self._sidecar.block_bytes
        looked_at = RESUME_BLOCKS
        while count:
            window = range(max(0, count - looked_at), count)
            wrong = [index for index in window if not self._is_good(part, piece, index)]
            if not wrong:
                return count
            count, looked_at = wrong[0], 2 * looked_at
        return 0

    def _is_good(self, part: Part, piece: Piece, index: int) -> bool:
        """Whether one block of a partial, counted from the part's first, is as sealed."""
        start_bytes = part.first_block * self._sidecar.block_bytes
        stored = StoredBytes(self._files, (piece,))
        return is_good(stored, self._sidecar, part.first_block + index, start_bytes)

    def _ensure_room(self, held: list[bool]) -> None:
        needed_bytes = held.count(False) * self._sidecar.block_bytes
        free_bytes = self._files.free_bytes()
        if needed_bytes and free_bytes is not None and free_bytes < needed_bytes + SPARE_BYTES:
            raise refusal(
                "FAR-DISK-FULL", f"{needed_bytes} bytes needed, {free_bytes} bytes are free"
            )

    def _send(self, package: Path, held: list[bool]) -> None:
        """Write what is not held; every part is made durable, also one that lacks nothing."""
        blocks = sealed_blocks(package, self._sidecar)
        sizes = (block_bytes_at(self._sidecar, i) for i, is_held in enumerate(held) if is_held)
        done_bytes = sum(sizes)
        self._progress(done_bytes, self._sidecar.size_bytes)
        for part in self._parts:
            mine = islice(blocks, part.block_count)
            if part.is_published:
                for _ in mine:
                    pass
            else:
                done_bytes = self._send_part(part, mine, held, done_bytes)
        for _ in blocks:
            pass  # the end of the package is where its digest is judged

    def _send_part(
        self,
        part: Part,
        blocks: Iterator[tuple[int, bytes]],
        held: list[bool],
        done_bytes: int,
    ) -> int:
        """Write one part; how many bytes of the package are there then."""
        size_bytes = self._files.size_bytes(part.partial)
        is_too_long = size_bytes is not None and size_bytes > part.size_bytes
        start = part.first_block * self._sidecar.block_bytes
        with self._files.writing(part.partial, afresh=is_too_long) as writer:
            for index, block in blocks:
                if not held[index]:
                    writer.write(index * self._sidecar.block_bytes - start, block)
                    done = done_bytes + writer.confirmed_bytes()
                    self._progress(done, self._sidecar.size_bytes)
            writer.finish()
            done_bytes += writer.confirmed_bytes()
        self._progress(done_bytes, self._sidecar.size_bytes)
        return done_bytes

    def _read(self) -> Reading:
        pieces = [Piece(part.path, self._files.size_bytes(part.path) or 0) for part in self._parts]
        return read_stored(StoredBytes(self._files, tuple(pieces)), self._sidecar)

    def _refuse_damaged_parts(self, reading: Reading) -> None:
        """What has its final name is never written again."""
        for part in self._parts:
            mine = range(part.first_block, part.first_block + part.block_count)
            if part.is_published and any(index in mine for index in reading.damaged):
                raise refusal("FAR-COPY-DAMAGED", f"{part.final} reads as {reading.told()}")

    def _publish(self) -> None:
        self._place.check_marker()
        self._files.make_folder(package_folder(PackageName.of(self._sidecar)))
        for part in self._parts:
            if part.is_published:
                continue
            try:
                self._files.rename(part.partial, part.final)
            except FileExistsError as problem:
                raise refusal("FAR-BUSY", f"{part.final} was just published") from problem
            if self._files.size_bytes(part.final) != part.size_bytes:
                raise refusal("FAR-STORAGE", f"{part.final} is not there after its rename")
            if self._files.size_bytes(part.lacking_path) is not None:
                self._files.remove_unfinished(part.lacking_path)


def _is_all(stored: StoredBytes, name: PackageName, sidecar: Sidecar) -> bool:
    """Whether nothing can be added any more to what has its final name."""
    is_one = stored.pieces[0].path == zip_path(name)
    return is_one or stored.size_bytes >= sidecar.size_bytes


def _proved(place: PlainPlace, stored: StoredBytes, sidecar: Sidecar) -> Reading:
    """Read what is stored already.

    Raises:
        RemoteError: ``FAR-COPY-DAMAGED``; ``FAR-CONFLICT`` when nothing says that it was ours.
    """
    reading = read_stored(stored, sidecar)
    if not reading.is_sealed(sidecar):
        is_ours = place.files.size_bytes(sidecar_path(PackageName.of(sidecar))) is not None
        code = "FAR-COPY-DAMAGED" if is_ours else "FAR-CONFLICT"
        raise refusal(code, f"{sidecar.objid} reads as {reading.told()}")
    return reading


def _write_papers(place: PlainPlace, signed: SignedSidecar) -> None:
    sidecar = signed.sidecar
    name = PackageName.of(sidecar)
    stored = find_stored(place, name)
    if stored is not None and len(stored.pieces) > 1:
        text = join_text(sidecar, len(stored.pieces))
        place.write_same(f"{package_folder(name)}/{text_name(name.zip_name)}", text)
    place.write_same(sidecar_path(name), sidecar.to_bytes())
    if place.files.size_bytes(signature_path(name)) is None:
        place.write_once(signature_path(name), signed.signature.encode())
