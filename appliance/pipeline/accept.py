"""Accept: claimed files become masters in the store and rows in the catalogue, many at a time.

Order (invariants I1, I2): copy with both digests, fsync, publish under the digest; then one
transaction for all. A drop stays claimed until its master was read back from the disk: the
inspecting worker does that with the read it needs anyway; what is not inspected is read back
here. A crash in between repeats the step and changes nothing twice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import masters
from appliance.domain.drop_names import visible
from appliance.domain.errors import ApplianceError
from appliance.domain.policy import UNPROVED_BYTES
from appliance.domain.states import MasterState
from appliance.pipeline.arrivals import arrival_of
from appliance.pipeline.copying import CopyRound, Taken
from appliance.pipeline.recording import record_taken
from appliance.pipeline.release import as_later, later_sha256, let_go, opened_claim
from appliance.watchers.values import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.domain.scanners import ScannerProfiles
    from appliance.watchers.claims import Claim
    from appliance.watchers.values import Look


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
        with self.catalogue.read() as session:
            known = masters.by_claims(session, [claim.claim_id for claim in claims])
        left, rows = [], []
        for claim in claims:
            try:
                now, row = self._as_it_is(claim, known.get(claim.claim_id))
            except FileNotFoundError:
                continue  # another part let go of it
            except OSError as problem:
                problems.append(problem)
                continue
            if row is None:
                left.append(now)
            else:
                rows.append(row)
        self._prove(rows, problems)
        return left

    def _as_it_is(self, claim: Claim, row: MasterRow | None) -> tuple[Claim, MasterRow | None]:
        """A claim under the id for what it is now, with the row of that."""
        size_bytes = claim.path.lstat().st_size
        if row is None or (row.size_bytes == size_bytes and not row.is_read_back):
            return claim, row  # nothing is let go before it is read back: that is soon enough
        sha256 = later_sha256(claim, row, self.store)
        if sha256 is None:
            return claim, row
        later = as_later(claim, sha256)
        with self.catalogue.read() as session:
            return later, masters.by_claims(session, [later.claim_id]).get(later.claim_id)

    def _copied(self, claims: Sequence[Claim], problems: list[Exception]) -> list[Taken]:
        """Copy what is finished, in order, while there is room; problems are collected."""
        with self.catalogue.read() as session:
            room = self.unproved_bytes - masters.unproved_bytes(session)
        copying = CopyRound(claims, self._take, room)
        taken = copying.run()
        for one in copying.surplus:
            self.store.drop(one.copy)
        problems += copying.problems
        return taken

    def _take(self, claim: Claim) -> Taken | None:
        """Copy one claim; None when it changes meanwhile, or may still grow."""
        look = self.look(claim.path)
        profile = self.profiles.of(visible(claim.parts[0]))
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
        waited_seconds = round(profile.patience_seconds)
        arrival = arrival_of(claim.parts, look, waited_seconds=waited_seconds, profile=profile)
        return Taken(claim, arrival, copy)

    def _may_still_grow(self, claim: Claim, look: Look, patience_seconds: float) -> bool:
        if look.is_whole or not look.is_image:
            return False
        quiet_seconds = self.catalogue.clock.now().timestamp() - claim.path.stat().st_mtime
        return 0 <= quiet_seconds < patience_seconds

    def _record(self, taken: Sequence[Taken]) -> list[MasterRow]:
        """Rows, states and custody events of all, in one transaction."""
        with self.catalogue.write() as writing:
            return record_taken(writing, taken)

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
            let_go([*proved, *read], self.claimed_root, self.store)


def _is_inspected_later(row: MasterRow) -> bool:
    return row.state == MasterState.ACCEPTED
