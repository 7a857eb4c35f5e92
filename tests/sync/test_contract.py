"""What every ``Remote`` does with deposits, fetches and audits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import IntegrityError, RemoteError
from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync.papers import PackageName, ReceiptHead
from tests.sync.making import BLOCK_BYTES, STORE_ID, Box, Sealed, flip_bit, forge

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Remote
    from tests.sync.conftest import Far


def deposit(remote: Remote, sealed: Sealed, head: ReceiptHead | None = None) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature, head=head or ReceiptHead())


def request_by_name(remote: Remote, ask: str, sealed: Sealed, target: Path) -> object:
    """Audit, fetch or deposit a package."""
    if ask == "audit":
        return remote.audit(sealed.sidecar)
    if ask == "fetch":
        return remote.fetch(sealed.name, target)
    return deposit(remote, sealed)


def test_a_probe_names_the_store_and_its_room(far_or_disk: Far) -> None:
    """Contact tells the store, the free bytes, and that nothing is odd or unfinished."""
    contact = far_or_disk.remote.probe()
    assert contact.store_id == STORE_ID
    assert (contact.partial_count, contact.partial_bytes, contact.notes) == (0, 0, ())
    assert contact.free_bytes > 0 or "free space not told" in contact.software
    assert contact.receipt_counter == 0


def test_a_deposit_stores_the_very_bytes(far_or_disk: Far, box: Box) -> None:
    """Whatever the size, what lies there is what was sealed, and the receipt says so."""
    sizes = (1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 21 * BLOCK_BYTES + 7)
    with far_or_disk.remote as remote:
        for seed, size_bytes in enumerate(sizes, start=1):
            sealed = box.seal(size_bytes, seed)
            receipt = deposit(remote, sealed).receipt
            assert far_or_disk.stored_bytes(sealed.name) == sealed.path.read_bytes()
            assert (receipt.sha256, receipt.size_bytes) == (sealed.sidecar.sha256, size_bytes)
            assert (receipt.proof, receipt.attestor) == ("read_back", far_or_disk.attestor)
            assert (receipt.counter, receipt.event_counter) == (seed, seed)


def test_a_receipt_is_signed_by_the_store(receiver_far: Far, box: Box) -> None:
    """The signature over the receipt's bytes is by the pinned key."""
    signed = deposit(receiver_far.remote, box.seal(1000))
    key = sshsig.verify(signed.signature, signed.receipt.to_bytes(), RECEIPT_NAMESPACE)
    assert key == receiver_far.pinned.public_key


def test_receipts_form_a_chain(far_or_disk: Far, box: Box) -> None:
    """Each receipt counts on and names the one before it."""
    with far_or_disk.remote as remote:
        first = deposit(remote, box.seal(1000, 1))
        second = deposit(remote, box.seal(2000, 2), ReceiptHead.of(first))
    assert second.receipt.counter == first.receipt.counter + 1
    assert second.receipt.previous == first.digest()


def test_a_second_deposit_reads_back_again(far_or_disk: Far, box: Box) -> None:
    """What is there already is not replaced; a fresh receipt says that it is still right."""
    sealed = box.seal(3 * BLOCK_BYTES)
    first = deposit(far_or_disk.remote, sealed)
    second = deposit(far_or_disk.remote, sealed, ReceiptHead.of(first))
    assert second.receipt.sha256 == first.receipt.sha256
    assert second.receipt.counter > first.receipt.counter


def test_progress_ends_at_the_whole(far: Far, box: Box) -> None:
    """Progress only grows, and ends at the package's size."""
    sealed = box.seal(5 * BLOCK_BYTES + 1)
    seen: list[tuple[int, int]] = []
    far.remote.deposit(
        sealed.path, sealed.sidecar, sealed.signature, progress=lambda *now: seen.append(now)
    )
    assert seen[-1] == (sealed.sidecar.size_bytes, sealed.sidecar.size_bytes)
    assert seen == sorted(seen)


def test_a_fetched_package_is_the_deposited_one(far_or_disk: Far, box: Box, tmp_path: Path) -> None:
    """Bytes and sidecar come back as they went."""
    sealed = box.seal(7 * BLOCK_BYTES + 99)
    deposit(far_or_disk.remote, sealed)
    signed = far_or_disk.remote.fetch(sealed.name, tmp_path / "back.zip")
    assert (tmp_path / "back.zip").read_bytes() == sealed.path.read_bytes()
    assert signed == sealed.signed


def test_a_fetch_replaces_nothing(far: Far, box: Box, tmp_path: Path) -> None:
    """A target that is taken is left alone."""
    sealed = box.seal(100)
    deposit(far.remote, sealed)
    (tmp_path / "taken").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        far.remote.fetch(sealed.name, tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"mine"


def test_an_audit_gives_a_fresh_receipt(far: Far, box: Box) -> None:
    """The stored copy is read again, and the store signs what it read."""
    sealed = box.seal(2 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(far.remote, sealed))
    audited = far.remote.audit(sealed.sidecar, head=head)
    assert audited.receipt.counter > head.counter
    assert audited.receipt.sha256 == sealed.sidecar.sha256


@pytest.mark.parametrize("ask", ["audit", "fetch", "deposit"])
def test_a_damaged_copy_is_told(far_or_disk: Far, box: Box, tmp_path: Path, ask: str) -> None:
    """One changed bit in the stored copy is found by whoever reads it, and not covered up."""
    sealed = box.seal(2 * BLOCK_BYTES)
    deposit(far_or_disk.remote, sealed)
    far_or_disk.damage(sealed.name)
    with pytest.raises(RemoteError) as told:
        request_by_name(far_or_disk.remote, ask, sealed, tmp_path / "back.zip")
    assert (told.value.code, told.value.retryable) == ("FAR-COPY-DAMAGED", False)
    assert not (tmp_path / "back.zip").exists()


@pytest.mark.parametrize("ask", ["audit", "fetch"])
def test_a_missing_copy_is_told(far: Far, box: Box, tmp_path: Path, ask: str) -> None:
    """What is not there is said to be missing, with its own code."""
    sealed = box.seal(100)
    with pytest.raises(RemoteError) as told:
        request_by_name(far.remote, ask, sealed, tmp_path / "back.zip")
    assert told.value.code == "FAR-COPY-MISSING"


def test_other_bytes_under_the_same_name_are_refused(far_or_disk: Far, box: Box) -> None:
    """Nothing is overwritten: the first package stays as it was.

    Story: sftpgo#2068.
    """
    first = box.seal_bytes(b"one" * 50_000, 1)
    other = box.seal_bytes(b"two" * 50_000, 1)
    deposit(far_or_disk.remote, first)
    with pytest.raises(RemoteError) as refusal:
        deposit(far_or_disk.remote, other)
    assert (refusal.value.code, refusal.value.retryable) == ("FAR-CONFLICT", False)
    assert far_or_disk.stored_bytes(first.name) == first.path.read_bytes()


def test_a_damaged_source_never_arrives(far: Far, box: Box) -> None:
    """Damage on the box stops its package; nothing is published (invariant I6).

    Story: restic#805.
    """
    sealed = box.seal(4 * BLOCK_BYTES)
    flip_bit(sealed.path, 4 * BLOCK_BYTES - 1)
    with pytest.raises(IntegrityError) as stopped:
        deposit(far.remote, sealed)
    assert stopped.value.code == "SOURCE-DAMAGED"
    assert far.stored_bytes(sealed.name) is None


def test_a_source_that_grew_never_arrives(far: Far, box: Box) -> None:
    """One byte too many, after blocks that are all right, is damage too."""
    sealed = box.seal(3 * BLOCK_BYTES)
    sealed.path.write_bytes(sealed.path.read_bytes() + b"x")
    with pytest.raises(IntegrityError):
        deposit(far.remote, sealed)
    assert far.stored_bytes(sealed.name) is None


def test_a_missing_source_is_told(far: Far, box: Box) -> None:
    """A package that is not on the box has its own code."""
    sealed = box.seal(100)
    sealed.path.unlink()
    with pytest.raises(RemoteError) as told:
        deposit(far.remote, sealed)
    assert told.value.code == "SOURCE-MISSING"


def test_a_stranger_may_not_deposit(receiver_far: Far, box: Box, tmp_path: Path) -> None:
    """A sidecar signed by a key that the store does not know is refused before any byte."""
    sealed = box.seal(100)
    stranger = generate_key(tmp_path / "stranger", "stranger")
    forged = box.sign(sealed.path, sealed.sidecar, stranger)
    with pytest.raises(RemoteError) as refusal:
        deposit(receiver_far.remote, forged)
    assert (refusal.value.code, refusal.value.retryable) == ("FAR-SENDER-UNKNOWN", False)
    assert receiver_far.stored_bytes(sealed.name) is None


def test_a_box_may_not_speak_for_another(receiver_far: Far, box: Box) -> None:
    """A sidecar that names another box than its signer is refused."""
    forged = forge(box.seal(100), box, box_id="box-02")
    with pytest.raises(RemoteError) as refusal:
        deposit(receiver_far.remote, forged)
    assert refusal.value.code == "FAR-SENDER-UNKNOWN"


def test_a_sidecar_changed_after_signing_is_refused(receiver_far: Far, box: Box) -> None:
    """The signature covers every word of the sidecar."""
    sealed = box.seal(100)
    changed = replace(sealed, sidecar=replace(sealed.sidecar, event_counter=99))
    with pytest.raises(RemoteError) as refusal:
        deposit(receiver_far.remote, changed)
    assert refusal.value.code == "FAR-SENDER-UNKNOWN"


def test_names_never_lead_out_of_the_store(far_or_disk: Far, box: Box) -> None:
    """A hostile hồ sơ code becomes a harmless name."""
    with far_or_disk.remote as remote:
        for seed, code in enumerate(("..", ".", "../../../tmp", "/etc", "a/b", ".appliance")):
            sealed = box.seal(100, seed, file_code=code)
            deposit(remote, sealed)
            assert far_or_disk.stored_bytes(sealed.name) == sealed.path.read_bytes()
            assert remote.audit(sealed.sidecar).receipt.sha256 == sealed.sidecar.sha256


def test_a_store_that_went_back_is_noticed(far: Far, box: Box) -> None:
    """Receipts numbered below one seen before mean an old backup or an impostor."""
    with pytest.raises(RemoteError) as refusal:
        deposit(far.remote, box.seal(100), ReceiptHead(counter=7, digest="ab" * 32))
    assert (refusal.value.code, refusal.value.retryable) == ("RECEIPT-ROLLED-BACK", False)


def test_a_store_with_another_past_is_noticed(far: Far, box: Box) -> None:
    """The next receipt must name the very one seen before."""
    first = deposit(far.remote, box.seal(100, 1))
    other_past = ReceiptHead(first.receipt.counter, "ab" * 32)
    with pytest.raises(RemoteError) as refusal:
        deposit(far.remote, box.seal(100, 2), other_past)
    assert refusal.value.code == "RECEIPT-ROLLED-BACK"


def test_a_call_after_a_failure_starts_afresh(far: Far, box: Box) -> None:
    """One refused package does not stop the next, within one kept connection."""
    bad, good = box.seal(100, 1), box.seal(200, 2)
    flip_bit(bad.path, 0)
    with far.remote as remote:
        with pytest.raises(IntegrityError):
            deposit(remote, bad)
        assert deposit(remote, good).receipt.sha256 == good.sidecar.sha256


def test_package_names_of_both_sides_agree(box: Box) -> None:
    """The name in a sidecar is the name to ask for."""
    sealed = box.seal(10)
    assert PackageName.of(sealed.sidecar).zip_name == sealed.sidecar.name
