"""A damaged package of this box is put together again from every good block there is.

Its own good blocks come first, then those of copies put aside earlier, then those of a
destination whose copy was proved just now; when no whole copy is left anywhere, every
destination's good blocks together. The sealed SHA-256 of the whole decides, not the blocks.
What was put together lies in a partial of the store, so that a cut loses nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, audits, halts
from appliance.disk.digesting import read_back
from appliance.disk.durable import storage_errors
from appliance.domain.audits import CheckState
from appliance.domain.errors import RemoteError, StorageError
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.far_proof import DAMAGE_CODES, note_far_damage, prove_again
from appliance.pipeline.own_copies import (
    OwnCopy,
    good_blocks,
    judged,
    only_repairer,
    put_in_place,
)
from appliance.sync.partial import Partial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.far_proof import FarPlace
    from appliance.pipeline.own_copies import Judged
    from appliance.sync.remote import Remote

_LOG: Final = logging.getLogger(__name__)


class Repaired(StrEnum):
    """How a repair ended."""

    WHOLE = "whole"
    WAITS = "waits"
    """Not now: a place could not be asked, or somebody else is at it."""
    LOST = "lost"
    """Every place was asked, and some blocks are good nowhere."""


class _Way(StrEnum):
    """How a destination is asked for blocks."""

    PROVED = "proved"
    """It reads its whole copy back first."""
    ANY = "any"
    """Its copy is damaged too, perhaps in other blocks."""


_HOLDING: Final = {
    _Way.PROVED: {DepositState.PROVED},
    _Way.ANY: {DepositState.PROVED, DepositState.FAR_DAMAGED},
}


@dataclass(slots=True)
class _Attempt:
    """One repair on its way.

    Args:
        copy: What is repaired.
        package: Its record.
        partial: Where it is put together.
        helpers: Destinations that gave blocks.
        unasked: Destinations that could not be asked.
    """

    copy: OwnCopy
    package: PackageRow
    partial: Partial
    helpers: list[str]
    unasked: list[str]

    def take(self, blocks: Iterator[tuple[int, bytes]], helper: str) -> None:
        """Keep what is missing of some blocks."""
        for index, block in blocks:
            if not self.partial.held[index]:
                self.partial.write(index, block)
                if helper and helper not in self.helpers:
                    self.helpers.append(helper)


@dataclass(frozen=True, slots=True)
class OwnRepair:
    """Repairs packages of this box.

    Args:
        catalogue: Where it is recorded.
        store: Where packages lie.
        places: Destinations that may have good blocks, the nearest first.
    """

    catalogue: Catalogue
    store: Store
    places: Sequence[FarPlace]

    def prove(self, package: PackageRow) -> Judged:
        """Read this box's copy back from its disk, and record what was found."""
        found = OwnCopy.of(self.store, package).judge()
        with self.catalogue.write() as writing:
            state = CheckState(audits.own_copy(writing.session, package.id or 0).state)
            if found.found is not None and found.is_whole:
                cache_possible = found.found.cache_possible
                audit_records.renew_own(writing, package.id or 0, cache_possible=cache_possible)
                if state != CheckState.GOOD:
                    self._mended(writing, package, "", cache_possible=cache_possible)
            else:
                values = {"problem": found.problem, "problem_en": found.problem_en}
                finding = Finding("BOX-COPY-DAMAGED", package.objid, {**values})
                new = CheckState.DAMAGED if state is CheckState.GOOD else state
                audit_records.find_own_damage(writing, package, finding, new, SOFTWARE_AGENT)
        return found

    def repair(self, package: PackageRow) -> Repaired:
        """Put a damaged package together again, and record how that ended."""
        copy = OwnCopy.of(self.store, package)
        try:
            self.store.ensure_room(copy.sidecar.size_bytes)
            return self._repair(package, copy)
        except StorageError as problem:
            _LOG.warning("%s cannot be repaired: %s", package.objid, problem)
            self._wait(package, f"ổ đĩa của máy ({problem.code})", f"this box's disk: {problem}")
            return Repaired.WAITS

    def _repair(self, package: PackageRow, copy: OwnCopy) -> Repaired:
        with only_repairer(copy.partial_path) as is_mine:
            if not is_mine:
                return Repaired.WAITS
            with (
                storage_errors(f"cannot write {copy.partial_path}"),
                Partial(copy.partial_path, copy.sidecar) as partial,
            ):
                attempt = _Attempt(copy, package, partial, [], [])
                self._collect(attempt)
                partial.sync()
            return self._finish(attempt)

    def _collect(self, attempt: _Attempt) -> None:
        """Fill the partial: our own blocks, then proved copies, then whatever is good anywhere."""
        copy = attempt.copy
        for path in (copy.path, *copy.kept_aside()):
            attempt.take(good_blocks(path, copy.sidecar), "")
        for way in (_Way.PROVED, _Way.ANY):
            for place in self.places:
                if not attempt.partial.missing():
                    return
                self._ask(place, attempt, way)

    def _ask(self, place: FarPlace, attempt: _Attempt, way: _Way) -> None:
        """One destination; what it cannot give now is noted, never raised."""
        with self.catalogue.read() as session:
            deposit = audits.deposit_of(session, place.name, attempt.package.id or 0)
        if deposit is None or deposit.state not in _HOLDING[way]:
            return
        try:
            with place.open_remote() as remote:
                if way is _Way.PROVED:
                    self._take_proved(remote, deposit, attempt)
                else:
                    _take_any(remote, deposit, attempt)
        except RemoteError as problem:
            _LOG.warning("%s cannot help to repair: %s", place.name, problem)
            if problem.code not in DAMAGE_CODES:
                attempt.unasked.append(place.name)

    def _take_proved(self, remote: Remote, deposit: DepositRow, attempt: _Attempt) -> None:
        """Only from a copy that was read back whole in this very round.

        Raises:
            RemoteError: It could not be asked, or is damaged itself, which is recorded.
        """
        try:
            prove_again(self.catalogue, remote, deposit, attempt.package)
        except RemoteError as problem:
            if problem.code in DAMAGE_CODES:
                note_far_damage(self.catalogue, deposit, attempt.package, problem)
            raise
        wanted = attempt.partial.missing()
        blocks = remote.fetch_blocks(attempt.copy.sidecar, wanted)
        attempt.take(blocks, deposit.destination)

    def _finish(self, attempt: _Attempt) -> Repaired:
        missing = attempt.partial.missing()
        if missing:
            return self._not_whole(attempt, len(missing))
        copy = attempt.copy
        with storage_errors(f"cannot read {copy.partial_path}"):
            found = read_back(copy.partial_path)
        if not judged(found, copy.sidecar).is_whole:
            copy.partial_path.unlink()  # every block agreed, the whole does not: begin anew
            return self._not_whole(attempt, len(copy.sidecar.blocks))
        kept = put_in_place(copy.partial_path, copy.path, self.store)
        with self.catalogue.write() as writing:
            source = ", ".join(attempt.helpers)
            self._mended(writing, attempt.package, source, cache_possible=found.cache_possible)
        _LOG.warning("%s is whole again; the damaged one is kept as %s", copy.path, kept)
        return Repaired.WHOLE

    def _mended(
        self, writing: Writing, package: PackageRow, source: str, *, cache_possible: bool
    ) -> None:
        audit_records.mend_own(
            writing, package, source, SOFTWARE_AGENT, cache_possible=cache_possible
        )
        halts.forget_damage(writing, package.id or 0)

    def _not_whole(self, attempt: _Attempt, bad_blocks: int) -> Repaired:
        """Say why it is not repaired: for now, or for good."""
        package = attempt.package
        _LOG.error("%s: %d blocks are not to be had", package.objid, bad_blocks)
        if attempt.unasked:
            names = ", ".join(dict.fromkeys(attempt.unasked))
            self._wait(package, f"chưa hỏi được {names}", f"{names} could not be asked")
            return Repaired.WAITS
        file_code = attempt.copy.sidecar.file_code
        values: dict[str, JsonValue] = {"file_code": file_code, "blocks": bad_blocks}
        self._record(package, Finding("PACKAGE-LOST", package.objid, values), CheckState.BROKEN)
        return Repaired.LOST

    def _wait(self, package: PackageRow, problem: str, problem_en: str) -> None:
        values: dict[str, JsonValue] = {"problem": problem, "problem_en": problem_en}
        finding = Finding("BOX-COPY-WAITS", package.objid, values)
        self._record(package, finding, CheckState.DAMAGED)

    def _record(self, package: PackageRow, finding: Finding, state: CheckState) -> None:
        with self.catalogue.write() as writing:
            audit_records.find_own_damage(writing, package, finding, state, SOFTWARE_AGENT)


def _take_any(remote: Remote, deposit: DepositRow, attempt: _Attempt) -> None:
    """The good blocks of a copy that is damaged elsewhere than ours.

    Raises:
        RemoteError: It could not be asked, or a block went bad meanwhile; those before it count.
    """
    sidecar = attempt.copy.sidecar
    bad = frozenset(remote.scrub(sidecar))
    wanted = [index for index in attempt.partial.missing() if index not in bad]
    attempt.take(remote.fetch_blocks(sidecar, wanted), deposit.destination)
