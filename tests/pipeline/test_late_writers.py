"""Late writers: whoever kept a dropped file open loses nothing, however they write to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from appliance.catalogue.tables import MasterRow
    from appliance.watchers.claims import Claim
    from tests.pipeline.making import Bench

PAGE = page_bytes(1)
OTHER = bytes(reversed(PAGE))
"""As long as the page, and not one byte where it was."""


def taken(bench: Bench) -> Claim:
    """A claim whose good page is recorded and not proved yet."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    assert bench.accept_stage().accept_many([claim]) == 1
    return claim


def rounds(bench: Bench, claim: Claim) -> list[MasterRow]:
    """Inspect and take up what is left, some times over; every master then."""
    for _ in range(3):
        bench.inspect_stage().run_once("test:1")
        bench.accept_stage().accept_many([claim])
    return bench.masters()


def assert_both_are_kept(bench: Bench, rows: list[MasterRow]) -> None:
    """The first bytes and the later ones each have their master."""
    kept = [bench.store.master_path(row.sha256).read_bytes() for row in rows]
    assert kept == [PAGE, OTHER]


def test_bytes_written_in_place_after_the_copy_are_kept_too(bench: Bench) -> None:
    """paperless-ngx#1279: other bytes in a file of the same length are another file."""
    claim = taken(bench)
    with claim.path.open("r+b") as stream:
        stream.write(OTHER)
    assert_both_are_kept(bench, rounds(bench, claim))
    assert not claim.path.exists()


def test_bytes_written_in_place_before_it_is_let_go_are_kept_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between proof and removal leaves time to write: that is seen as well."""
    claim = taken(bench)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.inspect.let_go", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.inspect_stage().run_once("test:1")
    assert bench.master(claim).is_read_back == 1
    with claim.path.open("r+b") as stream:
        stream.write(OTHER)
    assert_both_are_kept(bench, rounds(bench, claim))
    assert not claim.path.exists()


def test_a_set_back_mtime_hides_no_write(bench: Bench) -> None:
    """Clients set mtimes as they like; the kernel's own time of the change tells."""
    claim = taken(bench)
    before = claim.path.stat()
    with claim.path.open("r+b") as stream:
        stream.write(OTHER)
    os.utime(claim.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert_both_are_kept(bench, rounds(bench, claim))


def test_a_touch_without_a_change_takes_nothing_twice(bench: Bench) -> None:
    """Other times or rights on the same bytes: read once more, then let go."""
    claim = taken(bench)
    claim.path.chmod(0o600)
    assert len(rounds(bench, claim)) == 1
    assert not claim.path.exists()


def test_a_drop_stays_while_somebody_has_it_open_for_writing(bench: Bench) -> None:
    """Samba clients keep files open: what may still be written to is not removed."""
    claim = taken(bench)
    with claim.path.open("r+b") as stream:
        assert len(rounds(bench, claim)) == 1
        assert claim.path.read_bytes() == PAGE
        stream.write(OTHER)
    assert_both_are_kept(bench, rounds(bench, claim))
    assert not claim.path.exists()


def test_the_same_bytes_for_another_number_are_let_go(bench: Bench) -> None:
    """Bytes that the store held before prove nothing by their age: they are compared."""
    claim = taken(bench)
    twin = bench.claim(PAGE, "scan01", "HS-01", "0002.png")
    assert bench.accept_stage().accept_many([twin]) == 1
    bench.inspect_stage().run_once("test:1")
    assert not claim.path.exists()
    assert not twin.path.exists()
    assert len(bench.masters()) == 2
