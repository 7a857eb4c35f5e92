"""A damaged copy at a destination makes way for a whole one from this box.

Only after this box's own copy was read back whole in the same round: damage does not travel. The
place puts its damaged copy aside and keeps its good blocks, and the package waits to be sent
again like any other; then only the bad blocks go over the line.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records
from appliance.domain.errors import RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.deposit import PLACE_CODES
from appliance.pipeline.repair import Repaired

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.pipeline.repair import OwnRepair
    from appliance.sync.remote import Remote

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FarRepair:
    """Repairs copies at one destination.

    Args:
        catalogue: Where it is recorded.
        own: Proves, and if need be repairs, this box's copies.
    """

    catalogue: Catalogue
    own: OwnRepair

    def repair(self, remote: Remote, deposit: DepositRow, package: PackageRow) -> bool:
        """Let a damaged copy be replaced by the next deposit; whether it will be.

        Args:
            remote: The place, connected.
            deposit: In the state ``far_damaged``.
            package: Which.

        Raises:
            RemoteError: The place cannot be asked now, for any package.
            IllegalTransition: Somebody else was quicker.
        """
        is_whole = self.own.prove(package).is_whole
        if not is_whole and self.own.repair(package) is not Repaired.WHOLE:
            self._wait(deposit, package, "BOX-COPY-WAITS", "bản trên máy này cũng hỏng")
            return False
        try:
            put_aside = remote.quarantine(Sidecar.from_bytes(package.sidecar))
        except RemoteError as problem:
            if problem.code in PLACE_CODES:
                raise
            _LOG.warning("%s keeps its damaged copy: %s", deposit.destination, problem)
            values = {"problem": str(problem)}
            self._note(deposit, Finding(problem.code, deposit.destination, {**values}))
            return False
        with self.catalogue.write() as writing:
            audit_records.send_again(writing, deposit, package, SOFTWARE_AGENT, put_aside=put_aside)
        _LOG.warning("%s is sent to %s again", package.objid, deposit.destination)
        return True

    def _wait(self, deposit: DepositRow, package: PackageRow, code: str, problem: str) -> None:
        values = {"problem": problem, "problem_en": "this box's copy is damaged too"}
        self._note(deposit, Finding(code, package.objid, {**values}))

    def _note(self, deposit: DepositRow, finding: Finding) -> None:
        with self.catalogue.write() as writing:
            audit_records.note_far_reason(writing, deposit, finding)
