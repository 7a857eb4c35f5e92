"""What a receiver says of its store when a session begins."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import appliance
from appliance.domain.clock import from_text
from appliance.sync.claim import Claim
from appliance.sync.protocol import Verb

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.sync.farstore import FarStore

CLOCK_SLACK: Final = dt.timedelta(days=1)
"""Our own: a store's clock that is further behind its own newest receipt was set wrong."""

_CLAIM_LETTERS: Final = len("urn_uuid_00000000-0000-0000-0000-000000000000")


def greeting(store: FarStore, version: int, clock: Clock) -> dict[str, JsonValue]:
    """The reply to a hello: what runs here, and how the store stands.

    Raises:
        OSError: The disk refused.
    """
    facts: dict[str, JsonValue] = {
        "reply": Verb.HELLO,
        "version": version,
        "store_id": store.store_id,
        "software": f"archive-appliance/{appliance.__version__}",
        "free_bytes": store.free_bytes(),
        "receipt_counter": store.ledger().head().counter,
    }
    if version == 1:
        return facts
    found = [_facts(path) for path in store.partials()]
    sizes = [facts.st_size for facts in found if facts is not None]
    notes: list[JsonValue] = ["FAR-CLOCK-BACK"] if _is_clock_back(store, clock) else []
    return facts | {"partial_count": len(sizes), "partial_bytes": sum(sizes), "notes": notes}


def sweep_stored(store: FarStore) -> None:
    """Remove what a crash left as a second name of a package that is stored; nothing else.

    A partial with two names has its final one already. It is left alone while a session holds
    the package: that one is just about to do the same.

    Raises:
        OSError: The disk refused.
    """
    for path in filter(_has_two_names, store.partials()):
        claim = Claim.take_free(path.with_name(f"{path.name[:_CLAIM_LETTERS]}.claim"))
        if claim is not None:
            if _has_two_names(path):  # nobody else can change that now
                path.unlink()
            claim.release(is_done=True)


def _has_two_names(path: Path) -> bool:
    facts = _facts(path)
    return facts is not None and facts.st_nlink > 1


def _facts(path: Path) -> os.stat_result | None:
    """About a partial; None when its session has just given it its final name."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_clock_back(store: FarStore, clock: Clock) -> bool:
    """Whether the clock is far behind the newest receipt; the order of receipts needs no clock."""
    newest = store.ledger().newest()
    try:
        return newest is not None and clock.now() < from_text(newest.read_at) - CLOCK_SLACK
    except ValueError:
        return False  # a time in another form says nothing
