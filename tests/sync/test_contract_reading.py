"""What every ``Remote`` does beside deposits: lists, papers, scrubs, blocks, quarantine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.sync.papers import PackageName, ReceiptHead
from appliance.sync.retrieval import partial_path
from tests.sync.making import BLOCK_BYTES, Box, Sealed, forge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.domain.receipts import Sidecar
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Remote
    from tests.sync.conftest import Far


class _StopError(Exception):
    """A caller that goes away in the middle."""


def deposit(remote: Remote, sealed: Sealed, head: ReceiptHead | None = None) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature, head=head or ReceiptHead())


def code_of(call: Callable[[], object]) -> str:
    """The code with which a call is refused."""
    with pytest.raises(RemoteError) as told:
        call()
    return told.value.code


def test_an_empty_place_lists_nothing(far: Far) -> None:
    """Neither packages nor receipts are made up."""
    with far.remote as remote:
        assert list(remote.package_names()) == []
        assert list(remote.receipts()) == []


def test_every_package_is_listed_once_in_a_stable_order(far_or_disk: Far, box: Box) -> None:
    """Whatever the codes, the names that were deposited come back, twice in the same order."""
    codes = ("HS-01", "HS-02", "Hồ sơ số 3", "..", "a/b", "HS_01", "hs-01")
    sealed = [box.seal(100, seed, file_code=code) for seed, code in enumerate(codes, start=1)]
    with far_or_disk.remote as remote:
        for one in reversed(sealed):
            deposit(remote, one)
        first = list(remote.package_names())
        assert set(first) == {one.name for one in sealed}
        assert len(first) == len(sealed)
        assert list(remote.package_names()) == first


def test_other_calls_may_come_between_two_names(far: Far, box: Box) -> None:
    """A list is worked through while packages of it are asked for."""
    sealed = {one.name: one for one in (box.seal(100, seed) for seed in range(1, 4))}
    with far.remote as remote:
        for one in sealed.values():
            deposit(remote, one)
        found = {name: remote.sidecar(name) for name in remote.package_names()}
    assert found == {name: one.signed for name, one in sealed.items()}


def test_the_sidecar_of_a_missing_package_is_told(far: Far, box: Box) -> None:
    """What is not there has its own code."""
    assert code_of(lambda: far.remote.sidecar(box.seal(10).name)) == "FAR-COPY-MISSING"


def test_receipts_come_in_order_from_any_point(far_or_disk: Far, box: Box) -> None:
    """Deposits and audits alike; nothing beyond the last one."""
    with far_or_disk.remote as remote:
        issued = [deposit(remote, box.seal(100, seed)) for seed in range(1, 4)]
        issued.append(remote.audit(box.seal(100, 1).sidecar))
        assert list(remote.receipts()) == issued
        assert list(remote.receipts(after=2)) == issued[2:]
        assert list(remote.receipts(after=4)) == []
        assert list(remote.receipts(after=99)) == []


def test_a_scrub_of_a_whole_copy_finds_nothing(far: Far, box: Box) -> None:
    """All blocks agree, and no receipt is written for it."""
    sealed = box.seal(3 * BLOCK_BYTES + 1)
    with far.remote as remote:
        deposit(remote, sealed)
        assert remote.scrub(sealed.sidecar) == ()
        assert len(list(remote.receipts())) == 1


HARMS: dict[str, tuple[Callable[[bytes], bytes], tuple[int, ...]]] = {
    "first byte": (lambda data: b"\0" + data[1:], (0,)),
    "last byte": (lambda data: data[:-1] + b"\0", (3,)),
    "truncated at a block": (lambda data: data[: 2 * BLOCK_BYTES], (2, 3)),
    "truncated": (lambda data: data[: BLOCK_BYTES + 7], (1, 2, 3)),
    "grown": (lambda data: data + b"more", (3,)),
    "emptied": (lambda _: b"", (0, 1, 2, 3)),
}
"""What may happen to a copy of three blocks and a bit, and the blocks that it harms."""


def test_a_scrub_names_the_damaged_blocks(far_or_disk: Far, box: Box) -> None:
    """Exactly the blocks that differ are named, whatever happened to the copy.

    Story: duplicati#4076.
    """
    with far_or_disk.remote as remote:
        for seed, (harm, (make, damaged)) in enumerate(HARMS.items(), start=1):
            sealed = box.seal_bytes(b"\x55" * (3 * BLOCK_BYTES + 50), seed)
            deposit(remote, sealed)
            far_or_disk.change(sealed.name, make)
            assert remote.scrub(sealed.sidecar) == damaged, harm


def test_a_scrub_of_a_missing_copy_is_told(far: Far, box: Box) -> None:
    """A copy that is gone is not a copy without damage."""
    sealed = box.seal(100)
    with far.remote as remote:
        deposit(remote, sealed)
        far.change(sealed.name, lambda _: None)
        assert code_of(lambda: remote.scrub(sealed.sidecar)) == "FAR-COPY-MISSING"


def test_single_blocks_are_fetched_in_the_order_asked_for(far_or_disk: Far, box: Box) -> None:
    """More of them than are asked for at once, in an odd order, one twice, none at all."""
    sealed = box.seal(30 * BLOCK_BYTES + 5)
    data = sealed.path.read_bytes()
    wanted = [30, 0, *range(12, 29), 7, 7]
    with far_or_disk.remote as remote:
        deposit(remote, sealed)
        found = [
            (index, bytes(block)) for index, block in remote.fetch_blocks(sealed.sidecar, wanted)
        ]
        assert list(remote.fetch_blocks(sealed.sidecar, [])) == []
    assert [index for index, _ in found] == wanted
    assert all(block == data[i * BLOCK_BYTES : (i + 1) * BLOCK_BYTES] for i, block in found)


def test_a_damaged_block_is_not_handed_out(far: Far, box: Box) -> None:
    """The good ones before it are; the damaged one ends the fetching with its code."""
    sealed = box.seal(12 * BLOCK_BYTES)
    taken = []
    with far.remote as remote:
        deposit(remote, sealed)
        far.damage(sealed.name, 10 * BLOCK_BYTES)

        def take() -> None:
            for index, _ in remote.fetch_blocks(sealed.sidecar, range(12)):
                taken.append(index)

        assert code_of(take) == "FAR-COPY-DAMAGED"
    assert taken == list(range(10))


def test_blocks_of_a_missing_copy_are_told(far: Far, box: Box) -> None:
    """No copy, no blocks."""
    sidecar = box.seal(100).sidecar
    assert code_of(lambda: list(far.remote.fetch_blocks(sidecar, [0]))) == "FAR-COPY-MISSING"


def test_a_whole_copy_is_never_put_aside(far: Far, box: Box) -> None:
    """Asked to quarantine what is good, or what is not there, the place changes nothing."""
    sealed, absent = box.seal(2 * BLOCK_BYTES, 1), box.seal(100, 2)
    with far.remote as remote:
        deposit(remote, sealed)
        assert remote.quarantine(sealed.sidecar) is False
        assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()
        assert list(remote.package_names()) == [sealed.name]
        assert remote.quarantine(absent.sidecar) is False


def test_a_damaged_copy_is_put_aside_and_mended_by_its_bad_blocks(
    far_or_disk: Far, box: Box
) -> None:
    """After quarantine nothing stands under the name; the next deposit sends what was bad."""
    sealed = box.seal(8 * BLOCK_BYTES + 9)
    progress: list[int] = []
    with far_or_disk.remote as remote:
        head = ReceiptHead.of(deposit(remote, sealed))
        far_or_disk.damage(sealed.name, 2 * BLOCK_BYTES + 1, 8 * BLOCK_BYTES + 3)
        assert remote.quarantine(sealed.sidecar) is True
        assert far_or_disk.stored_bytes(sealed.name) is None
        assert list(remote.package_names()) == []
        signed = remote.deposit(
            sealed.path,
            sealed.sidecar,
            sealed.signature,
            head=head,
            progress=lambda done_bytes, _: progress.append(done_bytes),
        )
        assert remote.scrub(sealed.sidecar) == ()
    assert progress[0] == 7 * BLOCK_BYTES
    assert signed.receipt.sha256 == sealed.sidecar.sha256
    assert far_or_disk.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_copy_of_another_length_is_mended_too(far_or_disk: Far, box: Box) -> None:
    """Truncated, grown and emptied copies go the same way."""
    head = ReceiptHead()
    with far_or_disk.remote as remote:
        for seed, harm in enumerate(("truncated", "grown", "emptied"), start=1):
            sealed = box.seal(3 * BLOCK_BYTES + 50, seed)
            head = ReceiptHead.of(deposit(remote, sealed, head))
            far_or_disk.change(sealed.name, HARMS[harm][0])
            assert remote.quarantine(sealed.sidecar) is True, harm
            head = ReceiptHead.of(deposit(remote, sealed, head))
            assert far_or_disk.stored_bytes(sealed.name) == sealed.path.read_bytes(), harm


def test_a_false_sidecar_puts_nothing_aside(far: Far, box: Box) -> None:
    """What the copy should be is said by the place's own papers, not by whoever asks."""
    sealed = box.seal(2 * BLOCK_BYTES)
    lie = forge(sealed, box, sha256="ab" * 32).sidecar
    with far.remote as remote:
        deposit(remote, sealed)
        assert code_of(lambda: remote.quarantine(lie)) == "FAR-CONFLICT"
        assert remote.audit(sealed.sidecar).receipt.sha256 == sealed.sidecar.sha256


def test_a_fetch_goes_on_where_it_was(far: Far, box: Box, tmp_path: Path) -> None:
    """What was brought before a stop is digested again and not asked for; damage in it is.

    Story: phpseclib#1921.
    """
    sealed = box.seal(40 * BLOCK_BYTES)
    target = tmp_path / "back.zip"
    partial = partial_path(target, sealed.sidecar.sha256)
    seen: list[int] = []

    def stop(done_bytes: int, _: int) -> None:
        if done_bytes >= 25 * BLOCK_BYTES:
            raise _StopError

    with far.remote as remote:
        deposit(remote, sealed)
        with pytest.raises(_StopError):
            remote.fetch(sealed.name, target, stop)
        assert not target.exists()
        with partial.open("r+b") as stream:
            stream.seek(3 * BLOCK_BYTES)
            stream.write(b"rot")
        remote.fetch(sealed.name, target, lambda done_bytes, _: seen.append(done_bytes))
    assert seen[0] == 24 * BLOCK_BYTES
    assert seen[-1] == sealed.sidecar.size_bytes
    assert target.read_bytes() == sealed.path.read_bytes()
    assert list(tmp_path.glob(".*.part")) == []


def test_a_partial_of_something_else_is_never_continued(far: Far, box: Box, tmp_path: Path) -> None:
    """What lies beside the target for another package stays out of this one."""
    sealed, other = box.seal(3 * BLOCK_BYTES, 1), box.seal(3 * BLOCK_BYTES, 2)
    target = tmp_path / "back.zip"
    beside = partial_path(target, other.sidecar.sha256)
    beside.write_bytes(other.path.read_bytes()[:BLOCK_BYTES])
    with far.remote as remote:
        deposit(remote, sealed)
        remote.fetch(sealed.name, target)
    assert target.read_bytes() == sealed.path.read_bytes()
    assert beside.stat().st_size == BLOCK_BYTES


def test_two_boxes_with_one_id_are_noticed(receiver_far: Far, box: Box) -> None:
    """The same event number with another digest is another chain: nothing of it is taken."""
    first = box.seal(100, 5)
    other = forge(box.seal(100, 6), box, event_counter=5, event_head="ab" * 32)
    with receiver_far.remote as remote:
        deposit(remote, first)
        assert code_of(lambda: deposit(remote, other)) == "TWO-BOXES"
        assert receiver_far.stored_bytes(other.name) is None


def test_packages_may_come_in_any_order(receiver_far: Far, box: Box) -> None:
    """Small ones first, retries and corrections: a lower number of event contradicts nothing."""
    heads = {7: "77" * 32, 3: "33" * 32, 9: "99" * 32, 1: "11" * 32}
    with receiver_far.remote as remote:
        for counter, event_head in heads.items():
            sealed = forge(box.seal(100, counter), box, event_head=event_head)
            deposit(remote, sealed)
            deposit(remote, sealed)
        twin = forge(box.seal(100, 20), box, event_counter=9, event_head=heads[9])
        deposit(remote, twin)
        assert len(list(remote.package_names())) == 5


def test_unfinished_packages_are_told(receiver_far: Far, box: Box) -> None:
    """A probe says how many packages lie there unfinished, and what room they hold."""
    sealed = box.seal(10 * BLOCK_BYTES)

    def stop(done_bytes: int, _: int) -> None:
        if done_bytes >= 4 * BLOCK_BYTES:
            raise _StopError

    with receiver_far.remote as remote:
        with pytest.raises(_StopError):
            remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=stop)
        contact = remote.probe()
        assert contact.partial_count == 1
        assert contact.partial_bytes >= 4 * BLOCK_BYTES
        deposit(remote, sealed)
        assert (remote.probe().partial_count, remote.probe().partial_bytes) == (0, 0)


def test_names_and_sidecars_agree_on_awkward_codes(far_or_disk: Far, box: Box) -> None:
    """A name from the list leads to the sidecar that says the same name."""
    sealed = box.seal(50, 3, file_code="Đ/1_ệ.-")
    with far_or_disk.remote as remote:
        deposit(remote, sealed)
        (name,) = remote.package_names()
        found: Sidecar = remote.sidecar(name).sidecar
    assert PackageName.of(found) == name == replace(name)
