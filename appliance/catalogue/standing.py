"""How things stand: what several judgements are taken from, read once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import box, deposits, halts, hot_folders
from appliance.catalogue.proof_times import far_proofs, own_proofs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.intake_tables import HotFolderRow
    from appliance.catalogue.proof_times import ProofTimes
    from appliance.catalogue.tables import DestinationRow
    from appliance.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class Standing:
    """The box and its places at one moment.

    Args:
        at: The moment.
        counters: Every kept counter by its name.
        heartbeat_at: When the service last reported (``clock.to_text``); None when never.
        is_service_stopped: Whether it was told to stop since.
        notices: Standing conditions, each with the moment it was first seen.
        halts: Why nothing is sent, and since when.
        places: The configured destinations.
        folders: How each scanner's folder is watched, by its name.
        own_proofs: Of this box's own copies.
        far_proofs: Of the copies at each configured destination, by its name.
    """

    at: dt.datetime
    counters: Mapping[str, int]
    heartbeat_at: str | None
    is_service_stopped: bool
    notices: tuple[tuple[Finding, str], ...]
    halts: tuple[tuple[Finding, str], ...]
    places: Sequence[DestinationRow]
    folders: Sequence[HotFolderRow]
    own_proofs: ProofTimes
    far_proofs: Mapping[str, ProofTimes]


def read_standing(session: Session, now: dt.datetime) -> Standing:
    """Read how things stand; ``now`` is the present moment."""
    places = deposits.destinations(session)
    return Standing(
        at=now,
        counters=box.counters(session),
        heartbeat_at=box.heartbeat(session),
        is_service_stopped=box.is_service_stopped(session),
        notices=box.notices(session),
        halts=halts.halts(session),
        places=places,
        folders=hot_folders.folder_rows(session),
        own_proofs=own_proofs(session, now),
        far_proofs=far_proofs(session, [place.name for place in places], now),
    )
