"""Sessions of one box that write receipts at a plain place at one time, turn by turn.

Without locks the names of files alone decide: each test lets one session work at an awkward moment
of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.signing import sshsig
from appliance.sync import plain_ledger
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain_files import OWN
from appliance.sync.plain_ledger import PlainLedger
from appliance.sync.plain_place import QUARANTINE, PlainPlace, prepare
from appliance.sync.plain_unfinished import Unfinished
from tests.fakes.clock import FakeClock
from tests.sync.making import BOX_ID, STORE_ID, Box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt

LEDGER = f"{OWN}/receipts-{BOX_ID}/000000"
FIRST = f"{LEDGER}/000000001.json"


@dataclass(frozen=True)
class Session:
    """One session of the box.

    Args:
        name: Stands in what it writes.
        place: Its own look at the place.
        ledger: Its own ledger.
    """

    name: str
    place: PlainPlace
    ledger: PlainLedger

    def append(self) -> SignedReceipt:
        """Write the next receipt."""
        return self.ledger.append(self._receipt)

    def _receipt(self, counter: int, previous: str) -> Receipt:
        return Receipt(
            objid="urn:uuid:00000000-0000-0000-0000-000000000001",
            name=self.name,
            size_bytes=1,
            sha256="0" * 64,
            proof="read_back",
            attestor="box",
            cache_possible=False,
            read_at="2026-11-22T10:00:00.000000Z",
            store_id=STORE_ID,
            counter=counter,
            previous=previous,
            box_id=BOX_ID,
            event_counter=1,
            event_head="0" * 64,
        )


@pytest.fixture
def open_session(
    tmp_path: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Session]:
    """Opens sessions at a prepared place, whose patience is short."""
    monkeypatch.setattr(plain_ledger, "_LOOK_SECONDS", 0.001)
    root = tmp_path / "place"
    root.mkdir()
    prepare(FolderFiles(root), STORE_ID, 0)

    def opened(name: str, wait: Callable[[float], object] = lambda _: None) -> Session:
        files = FolderFiles(root)
        place = PlainPlace(files, STORE_ID, Unfinished(files, BOX_ID, FakeClock()))
        return Session(name, place, PlainLedger(place, BOX_ID, box.key, wait))

    return opened


def at_call(number: int, call: Callable[..., Any], work: Callable[[], object]) -> Any:  # noqa: ANN401 - a method of any form
    """The same method, which lets something be done at the end of its n-th call, 1-based."""
    calls = iter(range(1, 1000))

    def watched(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - handed through
        is_time = next(calls) == number
        result = call(*given, **named)
        if is_time:
            work()
        return result

    return watched


def assert_one_list(session: Session, count: int, box: Box) -> None:
    """So many receipts without a gap, each signed and naming the one before."""
    listed = list(session.ledger.after(0))
    assert [one.receipt.counter for one in listed] == list(range(1, count + 1))
    for before, after in pairwise(listed):
        assert after.receipt.previous == before.digest()
    for one in listed:
        key = sshsig.verify(one.signature, one.receipt.to_bytes(), RECEIPT_NAMESPACE)
        assert key == box.key.public


@pytest.mark.parametrize("look", [1, 2])
@pytest.mark.parametrize("receipts", [1, 3])
def test_what_another_writes_between_two_looks_stays(
    open_session: Callable[..., Session], box: Box, look: int, receipts: int
) -> None:
    """A pair that comes while a number is looked at is taken, never put aside as half of one."""
    slow, quick = open_session("slow"), open_session("quick")
    quickly: list[SignedReceipt] = []

    def write() -> None:
        quickly.extend(quick.append() for _ in range(receipts))

    files = slow.place.files
    files.size_bytes = at_call(look, files.size_bytes, write)  # type: ignore[method-assign]  # its seam
    assert slow.append().receipt.counter == receipts + 1
    assert [one.receipt.counter for one in quickly] == list(range(1, receipts + 1))
    assert_one_list(quick, receipts + 1, box)
    assert slow.place.files.entries(QUARANTINE) == []


def test_one_too_slow_to_sign_takes_the_next_number(
    open_session: Callable[..., Session], box: Box
) -> None:
    """Taken for a leftover while its disk stalled, it is written again behind the other's."""
    slow, quick = open_session("slow"), open_session("quick")
    quickly: list[SignedReceipt] = []
    slow.place.write_once = at_call(  # type: ignore[method-assign]  # the seam of this test
        1, slow.place.write_once, lambda: quickly.append(quick.append())
    )
    assert slow.append().receipt.counter == 2
    assert [one.receipt.counter for one in quickly] == [1]
    assert_one_list(quick, 2, box)
    assert len(quick.place.files.entries(QUARANTINE)) == 1


def test_a_late_signature_beside_anothers_receipt_is_taken_away(
    open_session: Callable[..., Session], box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its receipt was put aside meanwhile: what it signed is not what lies there."""
    monkeypatch.setattr(plain_ledger, "_LOOK_SECONDS", 0)  # any time is too late, on any disk
    slow, quick = open_session("slow"), open_session("quick")

    def replace() -> None:
        quick.place.put_aside(FIRST, "unsigned")
        quick.place.write_once(FIRST, b"of a session that died before it signed")

    slow.place.write_once = at_call(1, slow.place.write_once, replace)  # type: ignore[method-assign]  # as above
    assert slow.append().receipt.name == "slow"
    assert_one_list(slow, 1, box)
    aside = [one.name for one in slow.place.files.entries(QUARANTINE)]
    assert len(aside) == 3
    assert sum(name.endswith(".sig") for name in aside) == 1


def test_a_strangers_late_signature_is_waited_for(
    open_session: Callable[..., Session], box: Box
) -> None:
    """Whoever finds one beside its own receipt waits until the late one has taken it away."""
    late = open_session("late")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            late.place.put_aside(f"{FIRST}.sig", "late")

    session = open_session("in time", wait)
    session.place.write_once = at_call(  # type: ignore[method-assign]  # as above
        1, session.place.write_once, lambda: late.place.write_once(f"{FIRST}.sig", b"late")
    )
    assert session.append().receipt.counter == 1
    assert len(waits) == 3
    assert_one_list(session, 1, box)


def test_a_signature_without_its_receipt_is_put_aside(
    open_session: Callable[..., Session], box: Box
) -> None:
    """What a kill left half put aside holds up nobody for longer than the patience."""
    session = open_session("one")
    session.place.write_once(f"{FIRST}.sig", b"left")
    assert session.append().receipt.counter == 1
    assert_one_list(session, 1, box)
    assert len(session.place.files.entries(QUARANTINE)) == 1
