"""A package of this box that is not what was sealed, met while a disk is filled: it stays here."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.catalogue import courier_proofs, deposits, leases
from appliance.domain.errors import IntegrityError
from appliance.domain.findings import Finding
from appliance.domain.states import DepositEvent, DepositState
from appliance.pipeline import halting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import PackageRow

_LOG = logging.getLogger(__name__)


@contextmanager
def note_source_damage(
    catalogue: Catalogue, package: PackageRow, destination: str
) -> Iterator[None]:
    """Let damage stop the one package it is in, with its reason on record (invariant I6).

    Several damaged packages stop all sending, as they do on a line.

    Args:
        catalogue: Where it is recorded.
        package: What is being read.
        destination: Where it was to go.
    """
    try:
        yield
    except IntegrityError as problem:
        _LOG.error("%s: %s", package.name, problem)
        finding = Finding(problem.code, package.name, {"problem": str(problem)})
        with catalogue.write() as writing:
            _record(writing, package, destination, finding)


def _record(writing: Writing, package: PackageRow, destination: str, finding: Finding) -> None:
    halting.note_source_damage(writing, package, finding)
    found = courier_proofs.package_and_deposit(writing.session, package.objid, destination)
    if found is not None and found[1].state == DepositState.WAITING:
        deposits.transit(writing, found[1], DepositEvent.START)
        reason = deposits.finding_column(finding)
        deposits.transit(
            writing, found[1], DepositEvent.FIND_DAMAGE, reason=reason, **leases.waits()
        )
