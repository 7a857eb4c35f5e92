"""Damage does not travel (I6): attacks on the store, and what stops because of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import halts, sending
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.overview import box_facts
from appliance.domain.rules import sentence, todo
from appliance.domain.verdict import Level, judge_box
from appliance.pipeline.halting import DAMAGE_SPREADS, STORE_MISSING, resume_after_damage
from appliance.pipeline.own_store import MARKER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench
    from tests.sync.fakes import FakeRemote

AGENT = "person:nguyen-van-an"


@pytest.fixture
def sealed(bench: Bench) -> Bench:
    """Five sealed hồ sơ that wait for both destinations."""
    bench.sealed({f"HS-{number:02d}": 1 for number in range(1, 6)})
    return bench


@pytest.fixture
def far(sealed: Bench) -> FakeRemote:
    """The far side of the province."""
    return sealed.far_side()


def flip(path: Path) -> None:
    """Change one bit in the middle of a sealed package; done twice, it is whole again."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def states(bench: Bench, place: str = "province") -> list[str]:
    """Where the deposits of a place stand."""
    return [row.state for row in bench.deposits(place)]


def standing(bench: Bench) -> list[str]:
    """The codes of what stops all sending; each has its sentences."""
    with bench.catalogue.read() as session:
        found = [finding for finding, _since in halts.halts(session)]
    assert all(sentence(one, lang) and todo(one, lang) for one in found for lang in ("vi", "en"))
    return [one.code for one in found]


def level(bench: Bench) -> Level:
    """The verdict on the whole box."""
    with bench.catalogue.read() as session:
        return judge_box(box_facts(session, bench.clock.now())).level


def test_one_flipped_bit_stops_one_package(sealed: Bench, far: FakeRemote) -> None:
    """The other four are proved, and nothing else stops."""
    flip(sealed.package_path(sealed.packages()[2]))
    sealed.deposit_stage(far).run_once("sync:province:1")
    assert states(sealed).count("damaged") == 1
    assert states(sealed).count("proved") == 4
    assert standing(sealed) == []
    assert level(sealed) is Level.BROKEN


def test_flipped_bits_in_several_packages_stop_every_destination(
    sealed: Bench, far: FakeRemote
) -> None:
    """syncthing#7097: After the second of five nothing is sent any more, to no place."""
    damaged = sealed.packages()[1:4]
    for package in damaged:
        flip(sealed.package_path(package))
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    assert standing(sealed) == [DAMAGE_SPREADS]
    assert states(sealed).count("damaged") == 2
    assert {name.objid for name in far.stored}.isdisjoint(one.objid for one in damaged)
    other = sealed.far_side("ministry")
    assert sealed.deposit_stage(other, "ministry").run_once("sync:ministry:1") == 0
    assert stage.run_once("sync:province:1") == 0
    assert other.stored == {}
    assert stage.is_halted()
    assert level(sealed) is Level.BROKEN


def test_a_person_lets_it_go_on_and_is_recorded(sealed: Bench, far: FakeRemote) -> None:
    """What is whole is sent, what is damaged stays, and the next damage alone stops nothing."""
    packages = sealed.packages()
    for package in packages[:2]:
        flip(sealed.package_path(package))
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    assert stage.is_halted()
    assert resume_after_damage(sealed.catalogue, AGENT)
    assert not resume_after_damage(sealed.catalogue, AGENT)
    flip(sealed.package_path(packages[4]))
    stage.run_once("sync:province:1")
    assert standing(sealed) == []
    assert sorted(states(sealed)) == ["damaged", "damaged", "damaged", "proved", "proved"]
    asked = [one for one in sealed.events("review") if "damaged_packages" in one]
    assert [one["damaged_packages"] for one in asked] == [2]


def test_the_same_packages_count_once_however_many_places_find_them(
    bench: Bench,
) -> None:
    """One damaged package met by three senders is one damaged package."""
    bench.sealed({"HS-01": 1, "HS-02": 1})
    flip(bench.package_path(bench.packages()[0]))
    for place in ("province", "ministry"):
        far = bench.far_side(place)
        bench.deposit_stage(far, place).run_once(f"sync:{place}:1")
        assert sorted(states(bench, place)) == ["damaged", "proved"]
    assert standing(bench) == []


def test_what_is_put_right_is_forgotten(sealed: Bench, far: FakeRemote) -> None:
    """A package that was restored and proved does not count towards a later stop."""
    first, second, *_ = sealed.packages()
    stage = sealed.deposit_stage(far)
    flip(sealed.package_path(first))
    stage.run_once("sync:province:1")
    flip(sealed.package_path(first))
    with sealed.catalogue.write() as writing:
        assert sending.retry_stopped(writing, "province", cause="SOURCE-DAMAGED") == 1
    stage.run_once("sync:province:1")
    assert set(states(sealed)) == {"proved"}
    flip(sealed.package_path(second))
    other = sealed.far_side("ministry")
    sealed.deposit_stage(other, "ministry").run_once("sync:ministry:1")
    assert standing(sealed) == []


def test_many_missing_packages_are_the_same_alarm(sealed: Bench, far: FakeRemote) -> None:
    """Somebody deletes packages below a store that is there: sending stops."""
    for package in sealed.packages()[:3]:
        sealed.package_path(package).unlink()
    stage = sealed.deposit_stage(far)
    stage.run_once("sync:province:1")
    assert standing(sealed) == [DAMAGE_SPREADS]
    reasons = [finding_from(row.reason) for row in sealed.deposits() if row.state == "damaged"]
    assert [one.code for one in reasons if one] == ["SOURCE-MISSING"] * 2


class TestStoreAway:
    """The disk of the store is not mounted: an empty folder, or none at all."""

    @pytest.fixture
    def met(self, bench: Bench) -> Bench:
        """A box whose store was met, and two more packages that wait."""
        bench.sealed({"HS-01": 1, "HS-02": 1})
        bench.deposit_stage(bench.far_side()).run_once("sync:province:1")
        assert (bench.store.root / MARKER).exists()
        return bench

    def test_nothing_is_said_against_any_package(self, met: Bench) -> None:
        """syncthing#762: Everything waits, and goes on by itself when the store is back."""
        far = met.far_side("ministry")
        stage = met.deposit_stage(far, "ministry")
        away = met.store.root.with_name("away")
        met.store.root.rename(away)
        met.store.root.mkdir()
        assert stage.run_once("sync:ministry:1") == 0
        assert standing(met) == [STORE_MISSING]
        assert set(states(met, "ministry")) == {"waiting"}
        assert level(met) is Level.BROKEN
        assert list(met.store.root.iterdir()) == []
        met.store.root.rmdir()
        away.rename(met.store.root)
        assert stage.run_once("sync:ministry:1") == 2
        assert standing(met) == []
        assert set(states(met, "ministry")) == {"proved"}

    def test_a_foreign_store_is_not_taken_for_ours(self, met: Bench) -> None:
        """A marker that somebody made anew, or of another box, carries another id."""
        (met.store.root / MARKER).chmod(0o600)
        (met.store.root / MARKER).write_text("0" * 32)
        far = met.far_side("ministry")
        assert met.deposit_stage(far, "ministry").run_once("sync:ministry:1") == 0
        assert standing(met) == [STORE_MISSING]
        assert far.stored == {}

    def test_a_person_cannot_resume_what_is_not_there(self, met: Bench) -> None:
        """The button for damage does nothing about a store that is away."""
        shutil.move(met.store.root, met.store.root.with_name("away"))
        far = met.far_side("ministry")
        met.deposit_stage(far, "ministry").run_once("sync:ministry:1")
        assert not resume_after_damage(met.catalogue, AGENT)
        assert standing(met) == [STORE_MISSING]

    def test_it_goes_away_in_the_middle_of_a_round(self, met: Bench) -> None:
        """What cannot be read then is no damage, and the round ends."""
        far = met.far_side("ministry")
        stage = met.deposit_stage(far, "ministry")
        true_deposit = far.deposit

        def unmount_first(*given: object, **named: object) -> object:
            shutil.move(met.store.root, met.store.root.with_name("away"))
            return true_deposit(*given, **named)  # type: ignore[arg-type]  # handed through

        far.deposit = unmount_first  # type: ignore[method-assign,assignment]  # a fault on demand
        assert stage.run_once("sync:ministry:1") == 1
        assert states(met, "ministry") == ["waiting", "waiting"]
        reason = finding_from(met.deposits("ministry")[0].reason)
        assert reason is not None
        assert reason.code == STORE_MISSING

    def test_an_upgraded_box_with_its_store_away_marks_nothing(self, met: Bench) -> None:
        """Without a marker on record an empty folder is not taken for the store."""
        with met.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(
                "DELETE FROM meta WHERE name = 'store_marker'"
            )
        shutil.move(met.store.root, met.store.root.with_name("away"))
        met.store.root.mkdir()
        far = met.far_side("ministry")
        assert met.deposit_stage(far, "ministry").run_once("sync:ministry:1") == 0
        assert standing(met) == [STORE_MISSING]
        assert not (met.store.root / MARKER).exists()
