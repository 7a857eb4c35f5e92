"""Accept: every dropped file becomes exactly one row, whatever it is and wherever it crashes."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.events import all_events, head
from appliance.catalogue.masters import findings_of
from appliance.domain.custody import first_break
from appliance.domain.errors import IntegrityError, StorageError
from appliance.domain.rules import sentence
from appliance.domain.states import FileUnitState, MasterState
from tests.disk.conftest import every_file
from tests.pipeline.making import PATIENCE_SECONDS, codes_of, count_transactions
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.store import Store
    from tests.pipeline.making import Bench

PAGE = page_bytes(1)
TIFF = page_bytes(1, "TIFF")


def assert_chain_whole(bench: Bench) -> None:
    """The custody events follow from one another up to the head."""
    with bench.catalogue.read() as session:
        _counter, digest = head(session)
        assert first_break(all_events(session), head=digest) is None


def test_a_good_page_is_accepted_and_its_drop_waits_for_the_proof(bench: Bench) -> None:
    """The bytes lie under their digest, the row says so, and the claim is still there."""
    bench.register({"HS-01": 1})
    row = bench.drop("HS-01", "0001.png", PAGE)
    assert (row.state, row.file_number, codes_of(row)) == ("accepted", 1, [])
    assert bench.store.master_path(row.sha256).read_bytes() == PAGE
    assert row.is_read_back == 0
    assert list(bench.claimed.iterdir()) != []
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
        (("scan01", "HS-01", "0001.tif"), b"GIF89a is no page", "INTAKE-NOT-IMAGE"),
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
    assert bench.accept_stage().accept_many([claim]) == 1
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
    """The copy is there, the row is not: doing it again finds the same bytes and goes on.

    Story: paperless-ngx#3077.
    """
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.recording._record", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.accept_stage().accept_many([claim])
    assert claim.path.exists()
    assert bench.masters() == []
    assert bench.accept_stage().accept_many([claim]) == 1
    assert [row.state for row in bench.masters()] == ["accepted"]
    assert list((bench.store.root / "masters" / "incoming").iterdir()) == []


def test_a_crash_after_the_row_adds_nothing_twice(bench: Bench) -> None:
    """The row is there, the claim too: taking it up again leaves it to the inspection."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    assert bench.accept_stage().accept_many([claim]) == 1
    assert bench.accept_stage().accept_many([claim]) == 0
    assert [row.state for row in bench.masters()] == ["accepted"]
    assert len(bench.events("ingestion")) == 1
    assert claim.path.exists()


def test_a_crash_before_the_proof_only_proves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parked file whose proof was cut short is read back by the next round, then let go."""
    claim = bench.claim(PAGE, "scan01", "HS-99", "0001.png")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(bench.store), "prove_master", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.accept_stage().accept_many([claim])
    assert (bench.master(claim).is_read_back, claim.path.exists()) == (0, True)
    assert bench.accept_stage().accept_many([claim]) == 0
    assert (bench.master(claim).is_read_back, claim.path.exists()) == (1, False)
    assert len(bench.events("parking")) == 1


def test_a_crash_before_letting_go_only_lets_go(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is recorded and proved needs nothing but the removal of its drop."""
    claim = bench.claim(PAGE, "scan01", "HS-99", "0001.png")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("appliance.pipeline.accept.let_go", crash)
        with pytest.raises(KeyboardInterrupt):
            bench.accept_stage().accept_many([claim])
    monkeypatch.setattr(type(bench.store), "prove_master", crash)  # no second proof is asked for
    assert bench.accept_stage().accept_many([claim]) == 0
    assert (len(bench.masters()), claim.path.exists()) == (1, False)


def test_what_a_late_writer_adds_after_the_row_is_kept_too(bench: Bench) -> None:
    """Both forms of the file are masters, the later replaces the earlier, then the drop goes."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    assert bench.accept_stage().accept_many([claim]) == 1
    with claim.path.open("ab") as stream:
        stream.write(b"one more page")
    bench.inspect_stage().run_once("test:1")
    assert claim.path.exists()
    assert bench.accept_stage().accept_many([claim]) == 1
    assert bench.accept_stage().accept_many([claim]) == 0
    bench.inspect_stage().run_once("test:1")
    first, second = bench.masters()
    assert (first.state, second.state, second.is_read_back) == ("replaced", "inspected", 1)
    assert bench.store.master_path(first.sha256).read_bytes() == PAGE
    assert bench.store.master_path(second.sha256).read_bytes() == PAGE + b"one more page"
    assert not claim.path.exists()


def test_a_late_writer_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes while it is copied stays claimed, and is taken when it is quiet."""
    bench.register({"HS-01": 1})
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    true_copy = type(bench.store).copy_master

    def write_meanwhile(*arguments: object) -> object:
        found = true_copy(*arguments)  # type: ignore[arg-type]  # passed on as they came
        with claim.path.open("ab") as stream:
            stream.write(b"more")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(type(bench.store), "copy_master", write_meanwhile)
        assert bench.accept_stage().accept_many([claim]) == 0
    assert (bench.masters(), claim.path.exists()) == ([], True)
    assert every_file(bench.store.root) == []
    assert bench.accept_stage().accept_many([claim]) == 1
    assert bench.store.master_path(bench.masters()[0].sha256).read_bytes() == PAGE + b"more"


def test_an_unfinished_claim_waits_for_its_writer_until_patience_ends(bench: Bench) -> None:
    """A scanner that still holds the file open finishes it; one that never does is explained."""
    bench.register({"HS-01": 1})
    claim = bench.claim(TIFF[:-100], "scan01", "HS-01", "0001.tif")
    now = bench.clock.now().timestamp()
    os.utime(claim.path, (now - 10, now - 10))
    assert bench.accept_stage().accept_many([claim]) == 0
    assert bench.masters() == []
    bench.clock.advance(PATIENCE_SECONDS)
    assert bench.accept_stage().accept_many([claim]) == 1
    (row,) = bench.masters()
    assert codes_of(row) == ["INTAKE-INCOMPLETE"]


def test_a_full_disk_leaves_the_claim_where_it_is(bench: Bench) -> None:
    """Without room nothing is begun, nothing is lost, and the sizes are told.

    Story: archivematica/Issues#1498, #1343.
    """
    claim = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    full = type(bench.store)(bench.store.root, reserve_bytes=1 << 60)
    stage = replace(bench.accept_stage(), store=full)
    with pytest.raises(StorageError) as caught:
        stage.accept_many([claim])
    assert caught.value.code == "STORAGE-FULL"
    assert caught.value.values["needed_bytes"] == len(PAGE)
    assert claim.path.read_bytes() == PAGE
    assert bench.masters() == []


def test_a_disk_that_fills_up_keeps_what_was_taken_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claims before the one without room are recorded, those after it wait with it.

    Story: archivematica/Issues#325.
    """
    bench.register({"HS-01": 3})
    claims = [
        bench.claim(page_bytes(number), "scan01", "HS-01", f"{number:04d}.png")
        for number in (1, 2, 3)
    ]
    second_bytes = claims[1].path.stat().st_size
    true_room = type(bench.store).ensure_room

    def ensure_room(store: Store, needed_bytes: int) -> None:
        if needed_bytes == second_bytes:
            raise StorageError("no room", code="STORAGE-FULL")
        true_room(store, needed_bytes)

    monkeypatch.setattr(type(bench.store), "ensure_room", ensure_room)
    with pytest.raises(StorageError):
        bench.accept_stage().accept_many(claims)
    assert [row.file_number for row in bench.masters()] == [1]
    assert len(every_file(bench.store.root / "masters")) == 1
    assert all(claim.path.exists() for claim in claims)


def test_one_bad_claim_costs_only_itself(bench: Bench, tmp_path: Path) -> None:
    """A link, a pipe and a claim that is gone are refused; the good ones around them are taken."""
    bench.register({"HS-01": 2})
    secret = tmp_path / "secret"
    secret.write_bytes(b"not of the hot folder")
    first = bench.claim(PAGE, "scan01", "HS-01", "0001.png")
    link = bench.claim(b"", "scan01", "HS-01", "0003.png")
    link.path.unlink()
    link.path.symlink_to(secret)
    pipe = bench.claim(b"", "scan01", "HS-01", "0004.png")
    pipe.path.unlink()
    os.mkfifo(pipe.path)
    gone = bench.claim(b"", "scan01", "HS-01", "0005.png")
    gone.path.unlink()
    last = bench.claim(page_bytes(2), "scan01", "HS-01", "0002.png")
    with pytest.raises(OSError, match=r"symbolic|regular"):
        bench.accept_stage().accept_many([first, link, pipe, gone, last])
    assert [row.file_number for row in bench.masters()] == [1, 2]
    assert every_file(bench.store.root / "masters") == sorted(
        bench.store.master_path(row.sha256) for row in bench.masters()
    )


def test_a_hundred_claims_are_one_transaction(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and events of many files are committed together, in their order, in one chain."""
    bench.register({"HS-01": 3})
    names = [f"{number:04d}.png" for number in (1, 2, 3)]
    claims = [bench.claim(page_bytes(n), "scan01", "HS-01", name) for n, name in enumerate(names)]
    again = bench.claim(page_bytes(0), "scan01", "HS-01", names[0])
    begun = count_transactions(bench, monkeypatch)
    assert bench.accept_stage().accept_many([*claims, again]) == 4
    assert len(begun) == 2  # one for the rows, one for the proof of the duplicate
    assert [row.state for row in bench.masters()] == ["accepted"] * 3 + ["duplicate"]
    assert [event["name"] for event in bench.events("transfer")] == [*names, names[0]]
    assert_chain_whole(bench)


def test_a_rescan_in_the_same_round_replaces_the_one_before(bench: Bench) -> None:
    """Two scans under one path, claimed before either was recorded: the later one counts."""
    bench.register({"HS-01": 1})
    claims = [bench.claim(page_bytes(n), "scan01", "HS-01", "0001.png") for n in (1, 2)]
    assert bench.accept_stage().accept_many(claims) == 2
    assert [row.state for row in bench.masters()] == ["replaced", "accepted"]
    assert_chain_whole(bench)


def test_nothing_is_taken_while_too_much_waits_for_its_proof(bench: Bench) -> None:
    """Claims wait where they are until inspections have caught up."""
    bench.register({"HS-01": 3})
    claims = [
        bench.claim(page_bytes(number), "scan01", "HS-01", f"{number:04d}.png")
        for number in (1, 2, 3)
    ]
    stage = replace(bench.accept_stage(), unproved_bytes=len(page_bytes(1)))
    assert stage.accept_many(claims) == 2  # the second is begun while the first just fits
    assert stage.accept_many(claims) == 0
    bench.inspect_stage().run_once("test:1")
    assert stage.accept_many(claims) == 1
    assert [row.file_number for row in bench.masters()] == [1, 2, 3]


def test_a_parked_file_that_does_not_read_back_keeps_its_drop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own disk's fault is told, and the drop goes only when the master proves after all."""
    claim = bench.claim(PAGE, "scan01", "HS-99", "0001.png")
    true_publish = type(bench.store).publish_masters

    def rot(*arguments: object) -> None:
        true_publish(*arguments)  # type: ignore[arg-type]  # passed on as they came
        (path,) = every_file(bench.store.root / "masters")
        path.chmod(0o640)
        path.write_bytes(b"rot" + PAGE[3:])

    with monkeypatch.context() as patched:
        patched.setattr(type(bench.store), "publish_masters", rot)
        with pytest.raises(IntegrityError) as caught:
            bench.accept_stage().accept_many([claim])
    assert caught.value.code == "MASTER-DIFFERS"
    row = bench.master(claim)
    assert (row.is_read_back, claim.path.read_bytes()) == (0, PAGE)
    bench.store.master_path(row.sha256).write_bytes(PAGE)
    assert bench.accept_stage().accept_many([claim]) == 0
    assert (bench.master(claim).is_read_back, claim.path.exists()) == (1, False)


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
    assert row.name == "a\N{REPLACEMENT CHARACTER}\N{SYMBOL FOR LINE FEED}.png"
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
    assert_chain_whole(bench)
