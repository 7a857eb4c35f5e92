"""Accept: claimed files become masters in the store and rows in the catalogue, many at a time.

Order (invariants I1, I2): copy with both digests, fsync, publish under the digest; then one
transaction for all. A drop stays claimed until its master was read back from the disk: the
inspecting worker does that with the read it needs anyway; what is not inspected is read back
here. A crash in between repeats the step and changes nothing twice.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import MasterRow
from appliance.domain.custody import EventType
from appliance.domain.errors import ApplianceError
from appliance.domain.policy import UNPROVED_BYTES
from appliance.domain.states import (
    MASTER_INITIAL,
    MASTER_TABLE,
    MasterState,
    advance,
)
from appliance.pipeline.agents import SOFTWARE_AGENT, scanner_agent
from appliance.pipeline.arrivals import (
    Origin,
    arrival_of,
    batch_for,
    display_text,
    give_way,
    place,
    place_bytes_of,
)
from appliance.pipeline.release import as_grown, let_go
from appliance.watchers.values import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.store import IncomingCopy, Store
    from appliance.domain.canonical import JsonValue
    from appliance.domain.intake import Arrival
    from appliance.domain.scanners import ScannerProfiles
    from appliance.watchers.claims import Claim
    from appliance.watchers.values import Look


@dataclass(frozen=True, slots=True)
class _Taken:
    """A claim whose bytes are safe on this disk.

    Args:
        claim: Where they came from.
        arrival: What it says of itself.
        copy: Where they lie.
    """

    claim: Claim
    arrival: Arrival
    copy: IncomingCopy


@dataclass(frozen=True, slots=True)
class AcceptStage:
    """The stage with what it needs.

    Args:
        catalogue: Rows are written there.
        store: Masters are copied there.
        claimed_root: Where claims wait until their masters are proved.
        look: Judges the structure of a file without decoding it.
        profiles: How long an unfinished claimed file may still change, by scanner.
        unproved_bytes: While more bytes than this wait to be read back, nothing is taken.
    """

    catalogue: Catalogue
    store: Store
    claimed_root: Path
    look: Callable[[Path], Look]
    profiles: ScannerProfiles
    unproved_bytes: int = UNPROVED_BYTES

    def accept_many(self, claims: Sequence[Claim]) -> int:
        """Take claims; those that are recorded already are let go as far as they may.

        A claim stays where it is while a late writer changes it, while its master waits to be
        read back, and while too many bytes wait for that.

        Returns:
            How many were recorded now.

        Raises:
            StorageError: The disk refused; what was taken before is recorded.
            IntegrityError: A master that is not inspected does not read back; it is recorded
                all the same, and its claim stays.
            OSError: A claim cannot be read; it stays, the others are recorded.
        """
        problems: list[Exception] = []
        taken = self._copied(self._unrecorded(claims, problems), problems)
        rows: list[MasterRow] = []
        if taken:
            try:
                self.store.publish_masters(one.copy for one in taken)
            finally:
                for one in taken:
                    self.store.drop(one.copy)
            rows = self._record(taken)
        self._prove(rows, problems)
        if problems:
            raise problems[0]
        return len(rows)

    def _unrecorded(self, claims: Sequence[Claim], problems: list[Exception]) -> list[Claim]:
        """The claims that are not recorded as they are now; the others are seen to."""
        sizes = {claim: size for claim in claims if (size := _size_bytes(claim)) is not None}
        grown = {claim: as_grown(claim, size) for claim, size in sizes.items()}
        names = [one.claim_id for pair in grown.items() for one in pair]
        with self.catalogue.read() as session:
            known = masters.by_claims(session, names)
        left, rows = [], []
        for claim, size in sizes.items():
            row = known.get(claim.claim_id)
            if row is not None and row.size_bytes != size:
                claim = grown[claim]  # noqa: PLW2901 - the same file under its later id
                row = known.get(claim.claim_id)
            if row is None:
                left.append(claim)
            else:
                rows.append(row)
        self._prove(rows, problems)
        return left

    def _copied(self, claims: Sequence[Claim], problems: list[Exception]) -> list[_Taken]:
        """Copy what is finished, in order, while there is room; problems are collected."""
        with self.catalogue.read() as session:
            room = self.unproved_bytes - masters.unproved_bytes(session)
        taken: list[_Taken] = []
        for claim in claims:
            if room < 0:
                break
            try:
                one = self._take(claim)
            except ApplianceError as problem:
                problems.append(problem)
                break
            except OSError as problem:
                problems.append(problem)
                continue
            if one is not None:
                taken.append(one)
                room -= one.copy.fingerprint.size_bytes
        return taken

    def _take(self, claim: Claim) -> _Taken | None:
        """Copy one claim; None when it changes meanwhile, or may still grow."""
        look = self.look(claim.path)
        profile = self.profiles.of(display_text(claim.parts[0]))
        if self._may_still_grow(claim, look, profile.patience_seconds):
            return None
        with opened_claim(claim) as source:
            before = os.fstat(source.fileno())
            copy = self.store.copy_master(source, before.st_size)
            after = os.fstat(source.fileno())
        same = state_of(before) == state_of(after)
        if not same or copy.fingerprint.size_bytes != after.st_size:
            self.store.drop(copy)
            return None
        waited_minutes = round(profile.patience_seconds / 60)
        arrival = arrival_of(claim.parts, look, waited_minutes=waited_minutes, profile=profile)
        return _Taken(claim, arrival, copy)

    def _may_still_grow(self, claim: Claim, look: Look, patience_seconds: float) -> bool:
        if look.is_whole or not look.is_image:
            return False
        quiet_seconds = self.catalogue.clock.now().timestamp() - claim.path.stat().st_mtime
        return 0 <= quiet_seconds < patience_seconds

    def _record(self, taken: Iterable[_Taken]) -> list[MasterRow]:
        """Rows, states and custody events of all, in one transaction."""
        with self.catalogue.write() as writing:
            rows = [_record(writing, one) for one in taken]
            accepted = (row for row in rows if row.state == MasterState.ACCEPTED)
            units = {row.file_unit_id for row in accepted if row.file_unit_id is not None}
            for unit_id in sorted(units):
                file_units.changed(writing, unit_id)
        return rows

    def _prove(self, rows: Sequence[MasterRow], problems: list[Exception]) -> None:
        """Read back what no inspection will, and let go of what is proved."""
        proved = [row for row in rows if row.is_read_back]
        unproved = [row for row in rows if not row.is_read_back and not _is_inspected_later(row)]
        read: list[MasterRow] = []
        for row in unproved:
            try:
                self.store.prove_master(row.sha256, row.size_bytes)
            except (ApplianceError, OSError) as problem:
                problems.append(problem)
            else:
                read.append(row)
        if read:
            with self.catalogue.write() as writing:
                masters.mark_read_back(writing, read)
        if proved or read:
            let_go([*proved, *read], self.claimed_root)


@contextmanager
def opened_claim(claim: Claim) -> Iterator[BinaryIO]:
    """The bytes of a claim; never those of anything it points to.

    Raises:
        OSError: It is gone, cannot be read, or is no regular file.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(claim.path, flags), "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(claim.path))
        yield source


def _size_bytes(claim: Claim) -> int | None:
    """How large the claimed file is now; None when another part let go of it."""
    try:
        return claim.path.lstat().st_size
    except FileNotFoundError:
        return None


def _is_inspected_later(row: MasterRow) -> bool:
    return row.state == MasterState.ACCEPTED


def _record(writing: Writing, one: _Taken) -> MasterRow:
    """Row, state and custody events of one taken file."""
    claim, arrival, found = one.claim, one.arrival, one.copy.fingerprint
    origin = Origin(place_bytes_of(claim.parts), writing.now)
    placed = place(writing.session, arrival, found.sha256, origin)
    decision = placed.decision
    state = advance(MASTER_TABLE, MASTER_INITIAL, decision.event)
    is_twin = state is MasterState.DUPLICATE
    is_page = state is not MasterState.PARKED
    if decision.replaces and placed.holder is not None:
        give_way(writing, placed.holder)
    row = MasterRow(
        claim_id=claim.claim_id,
        scanner=display_text(claim.parts[0]) if len(claim.parts) > 1 else "",
        place="/".join(display_text(part) for part in claim.parts),
        name=arrival.name,
        name_bytes=os.fsencode(claim.parts[-1]),
        place_bytes=origin.place_bytes,
        batch_id=batch_for(writing, placed),
        file_unit_id=placed.unit.id if placed.unit is not None else None,
        file_number=arrival.number if is_page else None,
        sha256=found.sha256,
        xxh3=found.xxh3,
        size_bytes=found.size_bytes,
        is_read_back=0,
        state=str(state),
        cause=None if is_page or is_twin else masters.cause_of(decision.findings),
        findings=masters.findings_text(decision.findings),
        other_id=placed.holder.id if placed.holder is not None else None,
        received_at=writing.now,
        next_attempt=writing.now if state is MasterState.ACCEPTED else None,
    )
    masters.add_master(writing, row)
    _write_events(writing, row, state)
    return row


def _write_events(writing: Writing, row: MasterRow, state: MasterState) -> None:
    detail: dict[str, JsonValue] = {
        "claim": row.claim_id,
        "name": row.name,
        "place": row.place,
        "size_bytes": row.size_bytes,
        "state": str(state),
    }
    scanned = EventDraft(
        EventType.TRANSFER, "master", row.sha256, scanner_agent(row.scanner), detail=detail
    )
    events.record(writing, scanned)
    kind = EventType.PARKING if state is MasterState.PARKED else EventType.INGESTION
    codes = [finding.code for finding in masters.findings_of(row.findings)]
    taken = EventDraft(
        kind, "master", row.sha256, SOFTWARE_AGENT, detail={**detail, "findings": codes}
    )
    events.record(writing, taken)
