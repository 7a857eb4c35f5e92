"""Accept: every dropped file becomes exactly one row, whatever it is and wherever it crashes."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.events import all_events, head
from appliance.catalogue.masters import findings_of
from appliance.domain.custody import first_break
from appliance.domain.errors import StorageError
from appliance.domain.rules import sentence
from appliance.domain.states import FileUnitState, MasterState
from appliance.pipeline.accept import AcceptStage
from tests.pipeline.making import PATIENCE_SECONDS, codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.pipeline.making import Bench

PAGE = page_bytes(1)
TIFF = page_bytes(1, "TIFF")


def test_a_good_page_is_accepted_then_its_drop_is_removed(bench: Bench) -> None:
    """The bytes lie under their digest, the row says so, and the claim is gone."""
    bench.register({"HS-01": 1})
    row = bench.drop("HS-01", "0001.png", PAGE)
    assert (row.state, row.file_number, codes_of(row)) == ("accepted", 1, [])
    assert bench.store.master_path(row.sha256).read_bytes() == PAGE
    assert list(bench.claimed.iterdir()) == []
    assert bench.unit("HS-01").state == FileUnitState.SCANNING
    assert [event["state"] for event in bench.events("ingestion")] == ["accepted"]


@pytest.mark.parametrize(
    ("parts", "data", "code"),
    [
        (("scan01", "HS-99", "0001.png"), PAGE, "INTAKE-UNKNOWN-FILE-UNIT"),
        (("scan01", "HS-01", "page one.png"), PAGE, "INTAKE-BAD-NAME"),
        (("scan01", "HS-01", "0000.png"), PAGE, "INTAKE-BAD-NAME"),
        (("scan01", "0001.png"), PAGE, "INTAKE-BAD-PLACE"),
        (("0001.png",), PAGE, "INTAKE-BAD-PLACE"),
        (("scan01", "HS-01", "sub", "0001.png"), PAGE, "INTAKE-BAD-PLACE"),
        (("scan01", "HS-01", "0001.tif"), b"%PDF-1.7 not a page", "INTAKE-NOT-IMAGE"),
        (("scan01", "HS-01", "0001.tif"), TIFF[:-100], "INTAKE-INCOMPLETE"),
        (("scan01", "HS-01", "0001.tif"), b"", "INTAKE-INCOMPLETE"),
    ],
)
def test_what_cannot_be_a_page_is_parked_with_its_reason(
    bench: Bench, parts: tuple[str, ...], data: bytes, code: str
) -> None:
    """Its bytes are kept, its reason is a code and a Vietnamese sentence, its hồ sơ is free."""
    bench.register({"HS-01": 1})
    claim = bench.claim(data, *parts)
    bench.clock.advance(10 * 365 * 86400)
    assert bench.accept_stage().accept(claim)
    row = bench.master(claim)
    assert (row.state, codes_of(row), row.file_number) == ("parked", [code], None)
    assert bench.store.master_path(row.sha256).read_bytes() == data
    assert not claim.path.exists()
    finding = findings_of(row.findings)[0]
    assert "–" not in sentence(finding)
    assert bench.unit("HS-01").state == FileUnitState.REGISTERED
    assert [event["findings"] for event in bench.events("parking")] == [[code]]


def test_the_same_bytes_for_the_same_number_count_once(bench: Bench) -> None:
    """A page dropped twice is a duplicate that points at the first."""
    bench.register({"HS-01": 1})
    first = bench.drop("HS-01", "0001.png", PAGE)
    second = bench.drop("HS-01", "0001.png", PAGE)
    assert (second.state, codes_of(second)) == ("duplicate", ["INTAKE-DUPLICATE"])
    assert second.other_id == first.id


def test_the_same_bytes_for_another_number_are_accepted_with_a_warning(bench: Bench) -> None:
    """Two numbers with equal bytes may be a page scanned twice: both stay, one is marked."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", PAGE)
    second = bench.drop("HS-01", "0002.png", PAGE)
    assert (second.state, codes_of(second)) == ("accepted", ["INTAKE-SAME-BYTES"])


def test_a_rescan_replaces_and_keeps_the_history(bench: Bench) -> None:
    """Another scan of a number takes its place; the earlier bytes and row stay for ever."""
    bench.register({"HS-01": 1})
    first = bench.drop("HS-01", "0001.png", PAGE)
    bench.settle(seal=False)
    second = bench.drop("HS-01", "0001.png", page_bytes(2))
    states = [(row.id, row.state) for row in bench.masters()]
    assert states == [(first.id, "replaced"), (second.id, "accepted")]
    assert codes_of(second) == ["INTAKE-RESCANNED"]
    assert bench.store.master_path(first.sha256).read_bytes() == PAGE
    assert len(bench.events("replacement")) == 1
    bench.settle(seal=False)
    assert bench.unit("HS-01").pages_found == 1
    assert bench.unit("HS-01").state == FileUnitState.DERIVED


def test_a_page_for_a_sealed_unit_is_parked(bench: Bench) -> None:
    """Sealed is final: what comes later waits for a person, and changes nothing."""
    bench.sealed({"HS-01": 1})
    late = bench.drop("HS-01", "0002.png", page_bytes(9))
    assert (late.state, codes_of(late)) == ("parked", ["INTAKE-FILE-UNIT-SEALED"])
    assert bench.drop("HS-01", "0001.png", page_bytes(1)).state == MasterState.DUPLICATE
    assert bench.unit("HS-01").state == FileUnitState.SEALED


def test_a_crash_between_copy_and_row_repeats_and_changes_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is there, the row is not: doing it again finds the same bytes and goes on."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.accept._record", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.accept_stage().accept(claim)
    assert claim.path.exists()
    assert bench.masters() == []
    assert bench.accept_stage().accept(claim)
    assert [row.state for row in bench.masters()] == ["accepted"]
    assert not claim.path.exists()


def test_a_crash_between_row_and_removal_only_removes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is there, the drop too: doing it again adds nothing and removes the drop."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.accept.claims.release", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.accept_stage().accept(claim)
    assert claim.path.exists()
    assert bench.accept_stage().accept(claim)
    assert [row.state for row in bench.masters()] == ["accepted"]
    assert len(bench.events("ingestion")) == 1
    assert not claim.path.exists()


def test_a_late_writer_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes while it is copied stays claimed, and is taken when it is quiet."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    true_add = type(bench.store).add_master

    def write_meanwhile(*arguments: object) -> object:
        found = true_add(*arguments)  # type: ignore[arg-type]  # passed on as they came
        with claim.path.open("ab") as stream:
            stream.write(b"more")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(type(bench.store), "add_master", write_meanwhile)
        assert not bench.accept_stage().accept(claim)
    assert (bench.masters(), claim.path.exists()) == ([], True)
    assert bench.accept_stage().accept(claim)
    assert bench.store.master_path(bench.masters()[0].sha256).read_bytes() == PAGE + b"more"


def test_an_unfinished_claim_waits_for_its_writer_until_patience_ends(bench: Bench) -> None:
    """A scanner that still holds the file open finishes it; one that never does is explained."""
    bench.register({"HS-01": 1})
    claim = bench.claim(TIFF[:-100], "scan01", "HS-01", "0001.tif")
    now = bench.clock.now().timestamp()
    os.utime(claim.path, (now - 10, now - 10))
    assert not bench.accept_stage().accept(claim)
    assert bench.masters() == []
    bench.clock.advance(PATIENCE_SECONDS)
    assert bench.accept_stage().accept(claim)
    (row,) = bench.masters()
    assert codes_of(row) == ["INTAKE-INCOMPLETE"]


def test_a_full_disk_leaves_the_claim_where_it_is(bench: Bench) -> None:
    """Without room nothing is begun, nothing is lost, and the sizes are told."""
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    stage = AcceptStage(
        bench.catalogue,
        type(bench.store)(bench.store.root, reserve_bytes=1 << 60),
        bench.claimed,
        bench.accept_stage().look,
        PATIENCE_SECONDS,
    )
    with pytest.raises(StorageError) as caught:
        stage.accept(claim)
    assert caught.value.code == "STORAGE-FULL"
    assert caught.value.values["needed_bytes"] == len(PAGE)
    assert claim.path.read_bytes() == PAGE
    assert bench.masters() == []


def test_folder_names_in_either_unicode_form_mean_the_same_unit(bench: Bench) -> None:
    """What a Mac's scanner software parts into marks is the register's own code."""
    bench.register({"Hồ sơ 01": 2})
    bench.drop(unicodedata.normalize("NFD", "Hồ sơ 01"), "0001.png", PAGE)
    bench.drop(unicodedata.normalize("NFC", "Hồ sơ 01"), "0002.png", page_bytes(2))
    assert [row.state for row in bench.masters()] == ["accepted", "accepted"]


def test_names_that_are_no_text_are_kept_as_bytes_and_shown_safely(bench: Bench) -> None:
    """A name of broken bytes and controls is recorded exactly, and shown without harm."""
    name = os.fsdecode(b"a\xff\n.png")
    row = bench.drop("HS-01", name, PAGE)
    assert row.name_bytes == b"a\xff\n.png"
    assert row.name == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.png"
    assert codes_of(row) == ["INTAKE-BAD-NAME"]


def test_every_drop_is_in_one_state_and_one_chain(bench: Bench) -> None:
    """After good, bad, double and replaced drops the counts add up and the chain is whole."""
    bench.register({"HS-01": 2})
    for name, data in (("0001.png", PAGE), ("0001.png", PAGE), ("0002.png", page_bytes(2))):
        bench.drop("HS-01", name, data)
    bench.drop("HS-99", "0001.png", PAGE)
    bench.drop("HS-01", "0001.png", page_bytes(3))
    states = sorted(row.state for row in bench.masters())
    assert states == ["accepted", "accepted", "duplicate", "parked", "replaced"]
    with bench.catalogue.read() as session:
        _counter, digest = head(session)
        assert first_break(all_events(session), head=digest) is None
