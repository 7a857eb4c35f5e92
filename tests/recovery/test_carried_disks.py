"""Disks that the lost box marked and filled: the one that came back has another key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RuleError
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.pipeline.couriers import CarriedPlace, Couriers
from appliance.signing import sshsig
from appliance.signing.keys import new_key
from appliance.sync.farstore import allow_sender
from tests.pipeline.carrying import AGENT, LATE_DAYS, Carrying, other_disk
from tests.pipeline.making import BOX_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.signing.keys import MachineKey, PublicKey


@pytest.fixture
def new() -> MachineKey:
    """What the recovered box signs with."""
    return new_key()


@pytest.fixture
def carrying(tmp_path: Path) -> Iterator[Carrying]:
    """A box with two packages on a disk that came back from the province."""
    for mount in other_disk():
        made = Carrying(tmp_path, mount)
        made.seal(10_000, 20_000)
        made.prepare()
        made.take_in()
        yield made
        made.bench.close()


def couriers(carrying: Carrying, key: MachineKey, *earlier: PublicKey) -> Couriers:
    """The couriers of the box with another key."""
    bench, place = carrying.bench, CarriedPlace("province", carrying.pinned, has_no_line=True)
    return Couriers(
        bench.catalogue, bench.store, BOX_ID, key, (place,), LATE_DAYS, earlier_keys=earlier
    )


def marked_with(carrying: Carrying) -> PublicKey:
    """The key that signed the disk's mark."""
    marker = carrying.on_disk / "disk.json"
    signature = marker.with_name("disk.json.sig").read_text()
    return sshsig.verify(signature, marker.read_bytes(), PACKAGE_NAMESPACE)


def test_what_it_brings_back_is_taken(carrying: Carrying, new: MachineKey) -> None:
    """The old key marked it, the store signed the receipts: they prove as ever."""
    own = couriers(carrying, new, carrying.bench.key.public)
    imported = own.import_disk(carrying.mount, AGENT)
    assert (imported.proved, imported.findings) == (2, [])
    assert carrying.states() == ["proved", "proved"]


def test_a_key_that_was_never_its_own_is_refused(carrying: Carrying, new: MachineKey) -> None:
    """Another box of this id: the sentence says what to do, and nothing is proved."""
    with pytest.raises(RuleError) as caught:
        couriers(carrying, new, new_key().public).import_disk(carrying.mount, AGENT)
    assert caught.value.code == "COURIER-DISK-FOREIGN"
    assert carrying.states() == ["waiting", "waiting"]


def test_it_goes_out_again_under_the_new_key(carrying: Carrying, new: MachineKey) -> None:
    """Filled again it carries the new mark, and a store that knows both keys takes it."""
    old = carrying.bench.key.public
    couriers(carrying, new, old).import_disk(carrying.mount, AGENT)
    (objid,) = carrying.seal(30_000)
    assert marked_with(carrying) == old
    couriers(carrying, new, old).prepare("province", carrying.mount, AGENT)
    assert marked_with(carrying) == new.public
    allow_sender(carrying.root, BOX_ID, new.public)
    assert not carrying.take_in().refusals
    couriers(carrying, new, old).import_disk(carrying.mount, AGENT)
    assert carrying.deposit(objid).state == "proved"
