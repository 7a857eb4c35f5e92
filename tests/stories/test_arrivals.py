"""Arrivals: renames that must be heard, and many files at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.events import all_events, head
from appliance.domain.custody import first_break
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.service.watching import Watching

WAIT_SECONDS = 10.0


@pytest.mark.parametrize("temporary", ["0001.png.filepart", "0001.png.part", ".0001.png", "~0001"])
def test_a_name_that_comes_last_is_heard(watching: Watching, temporary: str) -> None:
    """OctoPrint#3705, angelolab/toffy#339, paperless-ng#30: a rename is an arrival."""
    heard = threading.Event()
    watching.bench.register({"HS-01": 1})
    path = watching.put(f"scan01/HS-01/{temporary}", page_bytes(1))
    watching.step.ring = heard.set
    assert watching.rounds() == 0
    assert watching.step.waker.is_listening("scan01")
    heard.clear()
    path.rename(path.with_name("0001.png"))
    assert heard.wait(WAIT_SECONDS)
    assert watching.rounds() == 1
    assert [row.name for row in watching.bench.masters()] == ["0001.png"]


def test_two_hundred_files_at_once_all_arrive(watching: Watching) -> None:
    """paperless-ngx#9277: what was claimed by a rename can no longer be gone for its own task."""
    bench, dropped = watching.bench, {}
    bench.register({"HS-01": 200})
    for number in range(1, 201):
        dropped[number] = page_bytes(number)
        watching.put(f"scan01/HS-01/{number:04d}.png", dropped[number])
    watching.round()
    taken = watching.round()
    while more := watching.round():
        taken += more
    assert (taken, watching.notices()) == (200, [])
    masters = {row.file_number: row for row in bench.masters()}
    assert masters.keys() == dropped.keys()
    for number, data in dropped.items():
        assert bench.store.master_path(masters[number].sha256).read_bytes() == data
    with bench.catalogue.read() as session:
        counter, digest = head(session)
        assert first_break(all_events(session), head=digest) is None
    assert counter >= 200
