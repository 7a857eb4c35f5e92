"""Complete and review: pages found against pages expected, then findings settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import file_units, leases, masters
from appliance.catalogue.leases import Claim
from appliance.catalogue.work import TO_ASSEMBLE
from appliance.domain.findings import Finding
from appliance.domain.scanners import NO_PROFILES
from appliance.domain.states import FileUnitEvent, FileUnitState
from appliance.pipeline import corrections
from appliance.pipeline.derive import advance_if_derived
from appliance.pipeline.review import TOO_MANY, review, unanswered_twins

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.scanners import ScannerProfiles

_LEASE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class AssembleStage:
    """The stage with what it needs.

    Args:
        catalogue: Everything happens there.
        batch: Hồ sơ taken at a time.
        profiles: What is known of the scanners.
    """

    catalogue: Catalogue
    batch: int
    profiles: ScannerProfiles = NO_PROFILES

    def run_once(self, owner: str) -> int:
        """Count, complete and review a batch of hồ sơ; how many there were."""
        with self.catalogue.write() as writing:
            claim = Claim(owner, self.batch, _LEASE_SECONDS)
            taken = leases.take(writing, *TO_ASSEMBLE, claim)
            for unit in taken:
                if unit.state == FileUnitState.SCANNING:
                    self._count(writing, unit)
                else:
                    self._review(writing, unit)
        return len(taken)

    def _review(self, writing: Writing, unit: FileUnitRow) -> None:
        if review(writing, unit, self.profiles):
            writing.session.refresh(unit)
            advance_if_derived(writing, unit)

    def _count(self, writing: Writing, unit: FileUnitRow) -> None:
        """Complete the hồ sơ when pages found = pages expected; else say what it waits for."""
        found, uninspected = masters.count_pages(writing.session, unit.id or 0)
        finding = page_count_finding(unit.file_code, found, unit.number_of_page)
        finding = corrections.hold(writing.session, unit) or finding
        if uninspected or finding is not None:
            findings = [] if finding is None else [finding]
            if finding is not None and finding.code == TOO_MANY and not uninspected:
                findings += unanswered_twins(writing.session, unit, self.profiles)
            file_units.release(writing, unit, findings, pages_found=found)
            return
        masters.number_pages(writing, unit.id or 0)
        file_units.transit(writing, unit, FileUnitEvent.COMPLETE, findings="[]", pages_found=found)


def page_count_finding(file_code: str, found: int, expected: int) -> Finding | None:
    """The finding on a hồ sơ's page count, or None when it is met."""
    values = {"found": found, "expected": expected}
    if found < expected:
        return Finding("PAGES-TOO-FEW", file_code, {**values})
    if found > expected:
        return Finding(TOO_MANY, file_code, {**values})
    return None
