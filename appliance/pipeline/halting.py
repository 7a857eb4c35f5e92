"""What stops all sending (invariant I6): several damaged packages, or a store that is not there.

A single damaged package stops alone. Several, in the sense of ``domain.sending``, mean that the
disk is dying, that somebody changes files, or that ransomware is at work: then nothing is sent
anywhere until a person has looked. A store without its marker is not mounted: nothing is said
against any package, and sending goes on by itself when the marker is back.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, events, halts
from appliance.catalogue.events import EventDraft
from appliance.domain.audits import CheckState
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.sending import stops_everything
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.own_store import is_own_store

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import PackageRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue

DAMAGE_SPREADS: Final = "SYNC-DAMAGE-SPREADS"
STORE_MISSING: Final = "OWN-STORE-MISSING"

_LOG: Final = logging.getLogger(__name__)


def may_send(catalogue: Catalogue, store: Store) -> bool:
    """Whether packages may go out at all, now."""
    is_there = has_own_store(catalogue, store)
    with catalogue.read() as session:
        standing = {finding.code for finding, _since in halts.halts(session)}
    if is_there == (STORE_MISSING in standing):
        _note_store(catalogue, store, is_there=is_there)
    return is_there and not standing - {STORE_MISSING}


def has_own_store(catalogue: Catalogue, store: Store) -> bool:
    """Whether this box's own store is there, and can be asked."""
    try:
        return is_own_store(catalogue, store)
    except OSError as problem:
        _LOG.warning("the store %s cannot be read: %s", store.root, problem)
        return False


def _note_store(catalogue: Catalogue, store: Store, *, is_there: bool) -> None:
    with catalogue.write() as writing:
        if is_there:
            halts.clear_halt(writing, STORE_MISSING)
        else:
            halts.put_halt(writing, Finding(STORE_MISSING, str(store.root)))
    if is_there:
        _LOG.warning("the store %s is back: sending goes on", store.root)
    else:
        _LOG.error("the store %s has no marker of this box: nothing is sent", store.root)


def note_source_damage(writing: Writing, package: PackageRow, finding: Finding) -> None:
    """A package is not what was sealed: audits repair it; with several all sending stops."""
    halts.note_damage(writing, package.id or 0, finding)
    audit_records.find_own_damage(writing, package, finding, CheckState.DAMAGED, SOFTWARE_AGENT)
    damaged = halts.unseen_damage(writing.session)
    total = halts.package_count(writing.session)
    if stops_everything(damaged, total):
        values = {"count": damaged, "total": total}
        halts.put_halt(writing, Finding(DAMAGE_SPREADS, "", values))
        _LOG.critical("%d of %d packages are damaged: all sending stops", damaged, total)


def does_damage_spread(session: Session) -> bool:
    """Whether so much was damaged that a person must look before anything is repaired."""
    return any(finding.code == DAMAGE_SPREADS for finding, _since in halts.halts(session))


def resume_after_damage(catalogue: Catalogue, agent: str) -> bool:
    """Let sending go on after a person has looked; whether it had been stopped.

    The damaged packages stay as they are, and are not sent; only those found from now on count
    towards the next stop.

    Args:
        catalogue: Where it is recorded.
        agent: Who looked.
    """
    with catalogue.write() as writing:
        if not halts.clear_halt(writing, DAMAGE_SPREADS):
            return False
        seen = halts.mark_damage_seen(writing)
        detail: dict[str, JsonValue] = {
            "asked": "resume after damage",
            "damaged_packages": len(seen),
        }
        draft = EventDraft(EventType.REVIEW, "box", "sync", agent, detail=detail)
        events.record(writing, draft)
    _LOG.warning("sending goes on after damage, by %s", agent)
    return True
