"""The count after a campaign: every dropped byte string, on disk and in the catalogue, once."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events
from appliance.catalogue.engine import open_catalogue
from appliance.clock import SystemClock
from appliance.domain.custody import first_break
from tests.uploads.scanning import sha256_of

if TYPE_CHECKING:
    from tests.campaign.planning import Plan
    from tests.uploads.box import Box

ASKED_ABOUT: Final = {"INTAKE-NAME-TWIN", "INTAKE-OLD-SCAN"}
"""Two scanners send different bytes for one number at the same time, or bytes come again that
gave way to a rescan: a person is asked."""
EXPECTED_STATES: Final = {
    "page": {"inspected", "replaced", "duplicate"},
    "rescan": {"inspected", "replaced", "duplicate"},
    "copy": {"inspected", "replaced", "duplicate"},
    "cut": {"parked", "replaced"},
    "junk": {"parked", "replaced"},
    "stray": {"parked"},
    "unknown": {"parked"},
}
"""What may have become of each kind of drop; scanners race for a number, so the first of two
may end as the replaced one or as the live one, but never as none."""


def assert_all_counted(box: Box, plan: Plan) -> None:
    """Nothing is lost, nothing is doubled."""
    assert_rows_are_the_drops(box, plan)
    assert_store_holds_them(box, plan)
    assert_states_fit(box, plan)
    assert_catalogue_agrees_with_itself(box)


def assert_rows_are_the_drops(box: Box, plan: Plan) -> None:
    """One row for each drop: the same places with the same bytes, equally often."""
    wanted = Counter((drop.place, drop.sha256, len(drop.data)) for drop in plan.drops)
    rows = box.rows("SELECT place, sha256, size_bytes, claim_id FROM master")
    found = Counter((row["place"], row["sha256"], row["size_bytes"]) for row in rows)
    assert found == wanted, f"lost {wanted - found}, doubled {found - wanted}"
    assert len({row["claim_id"] for row in rows}) == len(rows)


def assert_store_holds_them(box: Box, plan: Plan) -> None:
    """Each byte string lies in the store under its digest, and nothing else does."""
    stored = {path.name: path for path in (box.store / "masters").rglob("*") if path.is_file()}
    assert stored.keys() == {drop.sha256 for drop in plan.drops}
    for digest, path in stored.items():
        assert sha256_of(path.read_bytes()) == digest
        assert path == box.master_path(digest)
    assert not [path for path in box.store.rglob("*") if path.name.endswith(".writing")]


def assert_states_fit(box: Box, plan: Plan) -> None:
    """Good pages are inspected, bad ones parked, and each number has one live page."""
    kinds = {(drop.place, drop.sha256): drop.kind for drop in plan.drops}
    rows = box.rows("SELECT place, sha256, state, cause, is_read_back FROM master")
    odd = [
        (row["place"], kinds[row["place"], row["sha256"]], row["state"], row["cause"])
        for row in rows
        if row["state"] not in EXPECTED_STATES[kinds[row["place"], row["sha256"]]]
        and row["cause"] not in ASKED_ABOUT
    ]
    assert odd == [], odd[:20]
    assert {row["is_read_back"] for row in rows} == {1}
    live = Counter(row["place"].split("/", 1)[1] for row in rows if row["state"] == "inspected")
    assert set(live.values()) <= {1}
    good = {drop.place.split("/", 1)[1] for drop in plan.drops if drop.kind == "page"}
    assert live.keys() >= good, f"numbers without a live page: {good - live.keys()}"


def assert_catalogue_agrees_with_itself(box: Box) -> None:
    """The database is sound, counters count, and the chain tells each arrival once."""
    assert box.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert box.rows("PRAGMA foreign_key_check") == []
    kept = {row["name"]: row["value"] for row in box.rows("SELECT name, value FROM counter")}
    states = Counter(row["state"] for row in box.rows("SELECT state FROM master"))
    assert kept["came_in"] == states.total()
    assert {k: v for k, v in kept.items() if k.startswith("master:") and v} == {
        f"master:{state}": count for state, count in states.items()
    }
    (pages,) = box.rows("SELECT count(*) AS pages FROM page WHERE sheet_mark IS NULL")
    assert kept["page:total"] == pages["pages"]
    transfers = box.rows("SELECT detail FROM event WHERE type = 'transfer'")
    told = Counter(json.loads(row["detail"])["claim"] for row in transfers)
    assert told == Counter(row["claim_id"] for row in box.rows("SELECT claim_id FROM master"))
    path = box.folder / "state" / "catalogue.db"
    with (
        closing(open_catalogue(path, SystemClock())) as catalogue,
        catalogue.read() as session,
    ):
        head = events.head(session)[1]
        assert first_break(events.all_events(session), head=head) is None
