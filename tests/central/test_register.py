"""The central register: made of papers alone, the same on both engines, and doubted throughout."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.central import asking
from appliance.central.asking import Question, held
from appliance.central.engine import open_register
from appliance.central.filling import put_papers
from appliance.central.tables import CentralMetaRow
from appliance.domain.errors import ConfigError, StorageError
from appliance.domain.receipts import Attestor
from appliance.pipeline import central
from appliance.pipeline.central import build
from tests.central.making import receipt_of, sidecar_of, write_paper

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.central.engine import Register
    from tests.central.making import FarPlace, Machine

NOVEMBER = "2026-11-02T00:00:00.000000Z"
DECEMBER = "2026-12-02T00:00:00.000000Z"
EVERYTHING = Question()


def asked(register: Register, question: Question = EVERYTHING) -> list[tuple[str, list[str]]]:
    """Hồ sơ and the stores that hold them."""
    with register.session() as session:
        return [
            (one.package.file_code, [proof.store_id for proof in one.holdings])
            for one in held(session, question)
        ]


def problems(register: Register) -> list[str]:
    """Why papers do not count."""
    with register.session() as session:
        return [row.code for row in asking.problems(session, limit=100)]


def test_a_store_is_enough(register: Register, far: FarPlace, box: Machine) -> None:
    """Its papers, its list of boxes and its own key say what is held and proved there."""
    for number in (1, 2):
        far.keep(box, sidecar_of(box, number), NOVEMBER)
    built = build(register, [far.root])
    assert (built.packages, built.receipts, built.refused) == (2, 2, 0)
    assert asked(register) == [
        ("HS-000001", ["store-province"]),
        ("HS-000002", ["store-province"]),
    ]


def test_building_again_reads_nothing_twice(
    register: Register, far: FarPlace, box: Machine
) -> None:
    """What did not change is known; what is new is added."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    build(register, [far.root])
    again = build(register, [far.root])
    assert (again.packages, again.receipts, again.unchanged) == (0, 0, 2)
    far.keep(box, sidecar_of(box, 2), NOVEMBER)
    more = build(register, [far.root])
    assert (more.packages, more.receipts) == (1, 1)
    assert len(asked(register)) == 2


def test_a_build_that_was_stopped_goes_on(
    register: Register, far: FarPlace, box: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed stays, and the rest is read by the next build."""
    for number in range(1, 6):
        far.keep(box, sidecar_of(box, number), NOVEMBER)
    monkeypatch.setattr(central, "PAPERS_AT_ONCE", 2)
    done: list[int] = []

    def put_some(*arguments: object) -> object:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return put_papers(*arguments)  # type: ignore[arg-type]  # handed on as they came

    with monkeypatch.context() as stopped:
        stopped.setattr(central, "put_papers", put_some)
        with pytest.raises(KeyboardInterrupt):
            build(register, [far.root])
    rest = build(register, [far.root])
    assert rest.unchanged == 3  # the store's marker was the fourth, and no paper
    assert len(asked(register)) == 5
    assert all(stores == ["store-province"] for _, stores in asked(register))


def test_two_stores_hold_the_same(
    register: Register, far: FarPlace, box: Machine, tmp_path: Path
) -> None:
    """A package is one, its places are several, the youngest proof first."""
    ministry = type(far)(tmp_path / "ministry", "store-ministry")
    sidecar = sidecar_of(box, 1)
    far.keep(box, sidecar, NOVEMBER)
    ministry.keep(box, sidecar, DECEMBER)
    build(register, [far.root, ministry.root])
    assert asked(register) == [("HS-000001", ["store-ministry", "store-province"])]


def test_the_newest_proof_counts(register: Register, far: FarPlace, box: Machine) -> None:
    """Whatever order the receipts are read in, and when a newer one comes later."""
    sidecar = sidecar_of(box, 1)
    far.keep(box, sidecar, NOVEMBER)
    build(register, [far.root])
    far.give_receipt(sidecar, DECEMBER)
    build(register, [far.root])
    with register.session() as session:
        ((one,),) = [found.holdings for found in held(session, EVERYTHING)]
    assert (one.read_at, one.counter, one.signer) == (DECEMBER, 2, "store-province")


def test_questions(register: Register, far: FarPlace, box: Machine, other_box: Machine) -> None:
    """By fonds, hồ sơ, box, and by how old the proof is."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    far.keep(box, sidecar_of(box, 2, fonds_code="NH"), DECEMBER)
    far.keep(other_box, sidecar_of(other_box, 3), DECEMBER)
    write_paper(far.sidecar_path(sidecar_of(box, 4)), sidecar_of(box, 4), box.key)
    build(register, [far.root])

    def codes(question: Question) -> list[str]:
        return [code for code, _ in asked(register, question)]

    assert codes(Question(fonds_code="NH")) == ["HS-000002"]
    assert codes(Question(file_code="HS-000003")) == ["HS-000003"]
    assert codes(Question(box_id="box-02")) == ["HS-000003"]
    assert codes(Question(box_id="box-01", fonds_code="TH")) == ["HS-000001", "HS-000004"]
    since = Question(not_proved_since="2026-12-01T00:00:00.000000Z")
    assert sorted(codes(since)) == ["HS-000001", "HS-000004"]


def test_papers_alone_are_enough(
    register: Register, box: Machine, far: FarPlace, tmp_path: Path
) -> None:
    """A folder with copies of the papers and a list of signers, far from any store."""
    sidecar = sidecar_of(box, 1)
    folder = tmp_path / "papers"
    write_paper(folder / "a.json", sidecar, box.key)
    receipt = receipt_of(sidecar, "store-province", 1, NOVEMBER)
    write_paper(folder / "deep" / "b.receipt.json", receipt, far.machine.key)
    build(register, [folder], [box.signer(), far.machine.signer()])
    assert asked(register) == [("HS-000001", ["store-province"])]


def test_a_proof_that_a_box_made_itself(register: Register, box: Machine, tmp_path: Path) -> None:
    """Where nothing of ours runs, the box reads back and signs; it is said that it was the box."""
    sidecar = sidecar_of(box, 1)
    folder = tmp_path / "plain"
    write_paper(folder / "a.json", sidecar, box.key)
    receipt = receipt_of(sidecar, "disk", 1, NOVEMBER, attestor=str(Attestor.BOX))
    write_paper(folder / "r.json", receipt, box.key)
    build(register, [folder], [box.signer()])
    with register.session() as session:
        ((one,),) = [found.holdings for found in held(session, EVERYTHING)]
    assert (one.attestor, one.signer, one.store_id) == ("box", "box-01", "disk")


def test_what_is_not_signed_does_not_count(
    register: Register, far: FarPlace, box: Machine, other_box: Machine, tmp_path: Path
) -> None:
    """A wrong signer, no signature, changed bytes; each is named, the others count."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    unsigned = far.keep(box, sidecar_of(box, 2), NOVEMBER)
    unsigned.with_name(f"{unsigned.name}.sig").unlink()
    changed = far.keep(box, sidecar_of(box, 3), NOVEMBER)
    changed.write_bytes(replace(sidecar_of(box, 3), fonds_code="NH").to_bytes())
    path = far.sidecar_path(sidecar_of(box, 4))
    write_paper(path, sidecar_of(box, 4), other_box.key)
    folder = tmp_path / "elsewhere"
    forged = receipt_of(sidecar_of(box, 1), "store-province", 9, DECEMBER)
    write_paper(folder / "forged.json", forged, box.key)
    build(register, [far.root, folder], [box.signer()])
    assert asked(register) == [("HS-000001", ["store-province"])]
    assert sorted(problems(register)) == [
        "CENTRAL-SIGNATURE-BAD",
        "CENTRAL-SIGNATURE-BAD",
        "CENTRAL-SIGNER-UNKNOWN",
        "CENTRAL-SIGNER-UNKNOWN",
    ]


def test_a_signer_made_known_later_counts(register: Register, box: Machine, tmp_path: Path) -> None:
    """What did not count is tried again by every build, and its problem is gone then."""
    write_paper(tmp_path / "papers" / "a.json", sidecar_of(box, 1), box.key)
    assert build(register, [tmp_path / "papers"]).refused == 1
    assert build(register, [tmp_path / "papers"], [box.signer()]).refused == 0
    assert problems(register) == []
    assert asked(register) == [("HS-000001", [])]


def test_damaged_papers_are_named(register: Register, far: FarPlace, box: Machine) -> None:
    """They end nothing; foreign JSON is no matter at all."""
    path = far.keep(box, sidecar_of(box, 1), NOVEMBER)
    path.write_bytes(path.read_bytes()[:-2])
    (far.root / "notes.json").write_text('{"a": 1}')
    (far.root / "deep.json").write_text("[" * 100_000)
    far.keep(box, sidecar_of(box, 2), NOVEMBER)
    build(register, [far.root])
    assert problems(register) == ["CENTRAL-PAPER-UNREADABLE"]
    assert asked(register) == [("HS-000002", ["store-province"])]


def test_impossible_values_are_refused(register: Register, far: FarPlace, box: Machine) -> None:
    """Numbers and texts that a database would choke on."""
    write_paper(far.root / "a.json", replace(sidecar_of(box, 1), event_counter=2**70), box.key)
    write_paper(far.root / "b.json", replace(sidecar_of(box, 2), sealed_at="x" * 99), box.key)
    nul = replace(sidecar_of(box, 3), fonds_code="T\0H")
    write_paper(far.root / "c.json", nul, box.key)
    build(register, [far.root], [box.signer()])
    assert problems(register) == ["CENTRAL-PAPER-UNREADABLE"] * 3
    assert asked(register) == []


def test_links_are_not_followed(register: Register, far: FarPlace, box: Machine) -> None:
    """A link to a paper, or to a folder of papers, is no paper of this place."""
    path = far.keep(box, sidecar_of(box, 1), NOVEMBER)
    (far.root / "link.json").symlink_to(path)
    (far.root / "around").symlink_to(far.root)
    assert build(register, [far.root]).packages == 1


def test_one_objid_with_two_sidecars(
    register: Register, far: FarPlace, box: Machine, tmp_path: Path
) -> None:
    """The first one known stays; the other is named, in whichever order they come."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    build(register, [far.root])
    other = replace(sidecar_of(box, 1), file_code="HS-999999")
    write_paper(tmp_path / "other" / "a.json", other, box.key)
    build(register, [tmp_path / "other"], [box.signer()])
    assert asked(register) == [("HS-000001", ["store-province"])]
    assert problems(register) == ["CENTRAL-CONFLICT"]


def test_two_receipts_with_one_number(
    register: Register, far: FarPlace, box: Machine, tmp_path: Path
) -> None:
    """A store that was restored and counted again is noticed, in one build or two."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    forked = receipt_of(sidecar_of(box, 1), "store-province", 1, DECEMBER)
    write_paper(tmp_path / "kept" / "r.json", forked, far.machine.key)
    build(register, [far.root, tmp_path / "kept"], [far.machine.signer()])
    assert problems(register) == ["CENTRAL-RECEIPTS-FORK"]
    with register.session() as session:
        ((one,),) = [found.holdings for found in held(session, EVERYTHING)]
    assert one.read_at == NOVEMBER


def test_a_proof_of_other_bytes_is_no_proof(
    register: Register, far: FarPlace, box: Machine
) -> None:
    """A receipt counts for the very bytes that were sealed, whoever signed it."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER, sha256="0" * 64)
    build(register, [far.root])
    assert asked(register) == [("HS-000001", [])]
    with register.session() as session:
        assert asking.counts(session) == asking.Counts(1, 0, 1, 0)


def test_a_weaker_proof_is_none(register: Register, far: FarPlace, box: Machine) -> None:
    """Only what was read back from the disk counts as a copy (invariant I4)."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER, proof="sizes")
    build(register, [far.root])
    assert asked(register) == [("HS-000001", [])]
    assert problems(register) == ["CENTRAL-PAPER-UNREADABLE"]


def test_a_package_beside_its_sidecar_that_is_another(
    register: Register, far: FarPlace, box: Machine
) -> None:
    """Its length alone tells; nothing of it is believed."""
    path = far.keep(box, sidecar_of(box, 1), NOVEMBER)
    path.with_suffix(".zip").write_bytes(b"another")
    build(register, [far.root])
    assert problems(register) == ["CENTRAL-PACKAGE-DIFFERS"]


def test_a_package_that_is_no_package(register: Register, far: FarPlace, box: Machine) -> None:
    """The papers count; that its description cannot be read is said."""
    path = far.keep(box, sidecar_of(box, 1), NOVEMBER)
    path.with_suffix(".zip").write_bytes(b"package 1")
    build(register, [far.root])
    assert problems(register) == ["CENTRAL-METADATA-UNREADABLE"]
    assert asked(register) == [("HS-000001", ["store-province"])]


def test_a_paper_that_went_is_not_forgotten(
    register: Register, far: FarPlace, box: Machine
) -> None:
    """What was proved once is on record, and grows old by itself."""
    far.keep(box, sidecar_of(box, 1), NOVEMBER)
    build(register, [far.root])
    shutil.rmtree(far.root / "packages")
    build(register, [far.root])
    assert asked(register) == [("HS-000001", ["store-province"])]


def test_a_touched_paper_is_read_again(register: Register, far: FarPlace, box: Machine) -> None:
    """A new time or size is reason enough; the same words change nothing."""
    path = far.keep(box, sidecar_of(box, 1), NOVEMBER)
    build(register, [far.root])
    os.utime(path, ns=(1, 1))
    assert build(register, [far.root]).packages == 1
    assert len(asked(register)) == 1


def test_a_register_of_another_release_is_refused(register: Register, url: str) -> None:
    """It is made anew, since papers are all it is made of."""
    with register.session() as session:
        session.get_one(CentralMetaRow, "schema_version").value = "99"
    with pytest.raises(ConfigError, match="anew") as caught:
        open_register(url)
    assert caught.value.code == "CENTRAL-NEWER"


def test_a_question_to_no_register(url: str) -> None:
    """Asking makes none."""
    with pytest.raises(ConfigError) as caught:
        open_register(url, make=False)
    assert caught.value.code == "CENTRAL-NONE"


@pytest.mark.parametrize("address", ["", "sqlite:", "mysql://x", "postgresql:/x", "central.db"])
def test_other_addresses_are_refused(address: str) -> None:
    """Two kinds of registers, and each says how it is named."""
    with pytest.raises(ConfigError) as caught:
        open_register(address)
    assert caught.value.code == "CENTRAL-URL"


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """It is a matter of the network or the disk, not of a rule."""
    with pytest.raises(StorageError):
        open_register(f"postgresql://nobody@/none?host={tmp_path}")


def test_a_source_that_is_not_there(register: Register, tmp_path: Path) -> None:
    """A wrong path is told at once."""
    with pytest.raises(ConfigError) as caught:
        build(register, [tmp_path / "nowhere"])
    assert caught.value.code == "CENTRAL-SOURCE"
