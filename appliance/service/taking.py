"""Taking claims: handed to acceptance in batches, kept in mind while they wait.

A claim waits while a late writer changes it, while the disk refuses it, or while acceptance
takes no more; one bad claim stops no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import hot_folders
from appliance.domain.drop_names import visible
from appliance.domain.errors import ApplianceError, StorageError
from appliance.domain.findings import Finding
from appliance.pipeline.seal_reasons import no_room
from appliance.watchers import claims
from appliance.watchers.values import scanner_of, shown, special_file, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.clock import Clock
    from appliance.pipeline.accept import AcceptStage
    from appliance.watchers.claims import Claim

BATCH: Final = 64
"""Our own: claims of one transaction ..."""
BATCH_BYTES: Final = 256 * 1024 * 1024
"""... or so many bytes: a batch takes a fraction of a second, and what it holds is inspected
while the next is copied."""
_FIRST_SHARE: Final = 8
"""Our own: the first batch is so many times smaller ..."""
_GROWTH: Final = 2
"""... and each after it so many times larger: of four times, workers have to wait for it."""
MAX_WAITING: Final = BATCH
"""Our own: while so many claims of one scanner wait, no more of its files are claimed."""
_RETRY_SECONDS: Final = 1.0
"""Our own: between two tries of claims that wait."""


@dataclass(slots=True)
class Taking:
    """The claims of this box on their way to rows.

    Args:
        accept: Takes claims to their end.
        catalogue: Knows which are recorded.
        list_seconds: Between two looks at every claim that lies there, recorded ones included:
            what another part proved but could not let go of goes then.
    """

    accept: AcceptStage
    catalogue: Catalogue
    list_seconds: float
    _waiting: dict[str, Claim] = field(default_factory=dict)
    _problems: dict[str, Finding] = field(default_factory=dict)
    _refused: Finding | None = None
    _list_at: float = 0.0
    _retry_at: float = 0.0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stands in the way of claims."""
        refused = () if self._refused is None else (self._refused,)
        return (*refused, *self._problems.values())

    def waiting_of(self, scanner: str) -> int:
        """How many claims of a scanner are not recorded."""
        return sum(scanner_of(claim.parts) == scanner for claim in self._waiting.values())

    def next_seconds(self) -> float:
        """When ``settle`` has something to do."""
        moment = min(self._list_at, self._retry_at) if self._waiting else self._list_at
        return max(moment - self._clock.monotonic(), 0.0)

    def settle(self) -> int:
        """Take up what waits, and now and then whatever lies there; how many were recorded."""
        now = self._clock.monotonic()
        if now >= self._list_at:
            self._list_at = now + self.list_seconds
            listed = claims.pending_claims(self.accept.claimed_root)
            self._forget_others(listed)
            return self.take(listed)
        if self._waiting and now >= self._retry_at:
            return self.take(tuple(self._waiting.values()))
        return 0

    def take(self, given: Sequence[Claim]) -> int:
        """Hand claims to acceptance, behind those that only wait; how many were recorded now.

        Of two scans of one page the later counts: what was claimed first is recorded first.
        """
        self._retry_at = self._clock.monotonic() + _RETRY_SECONDS
        new = {claim.claim_id: claim for claim in given}
        before = [self._waiting[i] for i in self._waiting if i not in self._problems.keys() | new]
        self._waiting.update(new)
        plain = [claim for claim in (*before, *given) if self._may_be_taken(claim)]
        taken = 0
        for batch in batches(plain):
            taken += self._take_batch(batch)
            if self._refused is not None:
                break  # the disk refuses: the others wait
        return taken

    @property
    def _clock(self) -> Clock:
        return self.catalogue.clock

    def _forget_others(self, listed: Sequence[Claim]) -> None:
        known = {claim.claim_id for claim in listed}
        for old in (self._waiting, self._problems):
            for claim_id in old.keys() - known:
                del old[claim_id]

    def _may_be_taken(self, claim: Claim) -> bool:
        """Whether a claim is still what may be opened: what was claimed may yet be written to."""
        limit_bytes = self.accept.profiles.of(visible(claim.parts[0])).max_file_bytes
        try:
            is_plain, size_bytes = claims.is_plain(claim), claims.bytes_of(claim)
        except FileNotFoundError:  # let go of by another part
            self._done(claim)
            return False
        where = self._dropped_at(claim)
        if not is_plain:
            self._problems[claim.claim_id] = special_file(where)
        elif size_bytes > limit_bytes:
            self._problems[claim.claim_id] = too_large(where, size_bytes, limit_bytes)
        return is_plain and size_bytes <= limit_bytes

    def _take_batch(self, batch: Sequence[Claim]) -> int:
        before = self._recorded(batch)
        problem = self._accept(batch)
        after = self._recorded(batch)
        for claim in batch:
            if claim.claim_id in after and problem is None:
                self._done(claim)
            elif claim.claim_id in after:
                self._waiting.pop(claim.claim_id, None)
        taken = len(after) - len(before)
        if isinstance(problem, StorageError):
            self._refused = refusal(problem, self.accept.store.root)
        elif problem is not None:
            taken += self._one_by_one(batch, problem)
        else:
            self._refused = None
        return taken

    def _accept(self, batch: Sequence[Claim]) -> ApplianceError | OSError | None:
        try:
            self.accept.accept_many(batch)
        except (ApplianceError, OSError) as problem:
            return problem
        return None

    def _one_by_one(self, batch: Sequence[Claim], problem: ApplianceError | OSError) -> int:
        """Find out which claim of a batch is the bad one; the others go on."""
        if len(batch) > 1:
            return sum(self._take_batch([claim]) for claim in batch)
        where = self._dropped_at(batch[0])
        self._problems[batch[0].claim_id] = _failed(where, batch[0].path, problem)
        return 0

    def _recorded(self, batch: Sequence[Claim]) -> frozenset[str]:
        with self.catalogue.read() as session:
            names = [claim.claim_id for claim in batch]
            return hot_folders.recorded_claims(session, names)

    def _done(self, claim: Claim) -> None:
        self._waiting.pop(claim.claim_id, None)
        self._problems.pop(claim.claim_id, None)

    def _dropped_at(self, claim: Claim) -> Path:
        return self.accept.claimed_root.parent.joinpath(*claim.parts)


def batches(given: Iterable[Claim]) -> Iterator[Sequence[Claim]]:
    """Claims in the given order, as many together as one transaction takes.

    The first are small, for until one is recorded no worker has anything to inspect.
    """
    batch: list[Claim] = []
    size_bytes, share = 0, _FIRST_SHARE
    for claim in given:
        batch.append(claim)
        size_bytes += claims.bytes_of(claim)
        if len(batch) * share >= BATCH or size_bytes * share >= BATCH_BYTES:
            yield batch
            batch, size_bytes, share = [], 0, max(share // _GROWTH, 1)
    if batch:
        yield batch


def refusal(problem: StorageError, root: Path) -> Finding:
    """The finding on a disk that refuses to take more."""
    if problem.code == "STORAGE-FULL":
        return no_room(problem, shown(root))
    return Finding("STAGE-FAILED", shown(root), {"stage": "watch", "problem": str(problem)})


def _failed(where: Path, path: Path, problem: ApplianceError | OSError) -> Finding:
    reason = getattr(problem, "strerror", None) or str(problem)
    values = {"stage": "watch", "problem": reason, "claim": shown(path)}
    return Finding("STAGE-FAILED", shown(where), {**values})
