"""What the receiver keeps, and what survives crashes, without SSH between."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing import sshsig
from appliance.signing.keys import load_key
from appliance.sync.farstore import FarStore
from appliance.sync.receiver import ReceiverPatience, SessionEnd
from tests.sync.making import (
    BLOCK_BYTES,
    Box,
    flip_bit,
)
from tests.sync.wires import ThreadedReceiver, deposit_whole, package_header, told

if TYPE_CHECKING:
    from pathlib import Path


def tree(root: Path) -> dict[str, bytes]:
    """Every package, sidecar and receipt of a store."""
    kept = [*(root / "packages").rglob("*"), *(root / ".appliance" / "receipts").rglob("*.*")]
    return {str(path): path.read_bytes() for path in kept if path.is_file()}


def test_there_is_no_verb_that_deletes_or_overwrites(root: Path, box: Box) -> None:
    """Whatever a sender tries with a stored package, the store's files stay as they are."""
    sealed = box.seal(3 * BLOCK_BYTES)
    deposit_whole(root, sealed)
    before = tree(root)
    for verb in ("delete", "remove", "put", "have", "rename", "truncate", "write"):
        with ThreadedReceiver(root) as far:
            far.greet()
            far.ask(package_header(sealed, verb, index=0), b"other bytes")
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        far.ask({"verb": "put", "index": 0}, b"x" * BLOCK_BYTES)
    assert tree(root) == before


@pytest.mark.parametrize("index", [0, 1, 2, 2**40])
def test_a_block_that_is_not_the_announced_one_is_refused(root: Path, box: Box, index: int) -> None:
    """Damaged, misplaced and surplus blocks are never written."""
    sealed = box.seal(2 * BLOCK_BYTES)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        reply = far.ask({"verb": "put", "index": index}, bytes(BLOCK_BYTES))
        assert told(reply) == ("BLOCK-DAMAGED" if index < 2 else "FAR-REFUSED")
    (partial,) = (root / ".appliance" / "incoming").glob("*.part")
    assert partial.read_bytes() == b""


def test_a_commit_with_blocks_missing_is_refused(root: Path, box: Box) -> None:
    """What is not whole is not published.

    Story: rclone#1316.
    """
    sealed = box.seal(2 * BLOCK_BYTES)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        far.put(sealed, 1)
        assert told(far.ask({"verb": "commit"})) == "FAR-REFUSED"
    assert not (root / "packages").exists()


def test_bytes_changed_on_the_disk_before_the_commit_are_found(root: Path, box: Box) -> None:
    """The read-back sees the disk, and the next session sends just the damaged block again.

    Story: cyberduck#14299.
    """
    sealed = box.seal(4 * BLOCK_BYTES)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        for index in range(4):
            far.put(sealed, index)
        (partial,) = (root / ".appliance" / "incoming").glob("*.part")
        flip_bit(partial, 2 * BLOCK_BYTES + 5)
        assert told(far.ask({"verb": "commit"})) == "FAR-DIGEST-MISMATCH"
    assert not (root / "packages").exists()
    with ThreadedReceiver(root) as far:
        far.greet()
        assert bytes(far.announce(sealed).payload) == bytes([0b11010000])
        far.put(sealed, 2)
        assert far.ask({"verb": "commit"}).header["reply"] == "commit"


def test_a_partial_of_something_else_is_never_continued(root: Path, box: Box) -> None:
    """Under the same OBJID, other bytes start from nothing.

    Story: uplarr PR#22.
    """
    first = box.seal_bytes(b"1" * 3 * BLOCK_BYTES, 1)
    other = box.seal_bytes(b"2" * 3 * BLOCK_BYTES, 1)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(first)
        far.put(first, 0)
    with ThreadedReceiver(root) as far:
        far.greet()
        assert bytes(far.announce(other).payload) == b"\x00"
        assert bytes(far.announce(first).payload) == bytes([0b10000000])


def test_a_crash_after_publishing_is_mended_by_the_next_commit(root: Path, box: Box) -> None:
    """A package whose sidecar, signature and receipt were lost gets them all."""
    sealed = box.seal(2 * BLOCK_BYTES)
    deposit_whole(root, sealed)
    store = FarStore.open(root)
    store.sidecar_path(sealed.name).unlink()
    store.signature_path(sealed.name).unlink()
    receipt = deposit_whole(root, sealed)
    assert store.sidecar_path(sealed.name).read_bytes() == sealed.sidecar.to_bytes()
    assert store.signature_path(sealed.name).read_text() == sealed.signature
    assert receipt.counter == 2


def test_a_receipt_left_unsigned_by_a_crash_is_signed(root: Path, box: Box) -> None:
    """The next receipt is only written after the last one has its signature."""
    deposit_whole(root, box.seal(10, 1))
    folder = root / ".appliance" / "receipts" / "000000"
    signature = (folder / "000000001.json.sig").read_text()
    (folder / "000000001.json.sig").unlink()
    second = deposit_whole(root, box.seal(10, 2))
    assert (folder / "000000001.json.sig").read_text() == signature
    assert second.counter == 2
    key = sshsig.verify(signature, (folder / "000000001.json").read_bytes(), RECEIPT_NAMESPACE)
    assert key == load_key(root / ".appliance" / "key").public


def test_a_revoked_box_is_out_at_once(root: Path, box: Box) -> None:
    """The list of senders is read anew for every package."""
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(box.seal(10, 1))
        (root / ".appliance" / "allowed_senders").write_text("")
        assert told(far.announce(box.seal(10, 2))) == "FAR-SENDER-UNKNOWN"


def test_a_busy_package_is_not_taken_away(root: Path, box: Box) -> None:
    """While the older session is at work, a newer one gets a clear code."""
    sealed = box.seal(2 * BLOCK_BYTES)
    patience = ReceiverPatience(yield_seconds=60.0, claim_seconds=0.5)
    with ThreadedReceiver(root, patience) as older, ThreadedReceiver(root, patience) as newer:
        older.greet()
        older.announce(sealed)
        newer.greet()
        assert told(newer.announce(sealed)) == "FAR-BUSY"
        assert older.put(sealed, 0).header["reply"] == "put"


def test_a_half_dead_session_lets_a_newer_one_take_over(root: Path, box: Box) -> None:
    """A session that hears nothing lets go when another asks, and its blocks are kept.

    Story: borg#955.
    """
    sealed = box.seal(2 * BLOCK_BYTES)
    with ThreadedReceiver(root) as older, ThreadedReceiver(root) as newer:
        older.greet()
        older.announce(sealed)
        older.put(sealed, 0)
        newer.greet()
        assert bytes(newer.announce(sealed).payload) == bytes([0b10000000])
        assert older.wait() is SessionEnd.TAKEN_OVER


def test_a_sender_that_vanishes_within_a_frame_leaves_a_clean_end(root: Path, box: Box) -> None:
    """Half a block is dropped; the session ends as cut, and nothing half is on the disk.

    Story: asyncssh#814.
    """
    sealed = box.seal(2 * BLOCK_BYTES)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        far.connection.sendall(struct.pack(">II", 24, BLOCK_BYTES) + b'{"index":0,"verb":"put"}')
        far.connection.sendall(bytes(100))
        far.hang_up()
        assert far.wait() is SessionEnd.CUT
    (partial,) = (root / ".appliance" / "incoming").glob("*.part")
    assert partial.stat().st_size == 0


def test_signs_of_life_come_while_a_block_trickles_in(root: Path, box: Box) -> None:
    """On a very slow line the receiver says that bytes arrive, and how many."""
    sealed = box.seal(BLOCK_BYTES)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        block = sealed.path.read_bytes()
        far.connection.sendall(struct.pack(">II", 24, BLOCK_BYTES) + b'{"index":0,"verb":"put"}')
        far.connection.sendall(block[:100])
        pulse = far.frames.read()
        assert pulse is not None
        assert pulse.header["reply"] == "working"
        assert pulse.number("received_bytes") > 100
        far.connection.sendall(block[100:])
        assert far.reply().header["reply"] == "put"


def test_parts_of_a_package_can_be_read_back(root: Path, box: Box) -> None:
    """Bytes, sidecar and signature come back; beyond the end there is nothing."""
    sealed = box.seal(BLOCK_BYTES + 10)
    deposit_whole(root, sealed)
    with ThreadedReceiver(root) as far:
        far.greet()

        def get(part: str, offset_bytes: int) -> bytes:
            return bytes(
                far.ask(
                    package_header(
                        sealed, "get", part=part, offset_bytes=offset_bytes, length_bytes=100_000
                    )
                ).payload
            )

        assert get("package", BLOCK_BYTES) == sealed.path.read_bytes()[BLOCK_BYTES:]
        assert get("package", 10 * BLOCK_BYTES) == b""
        assert get("sidecar", 0) == sealed.sidecar.to_bytes()
        assert get("signature", 0) == sealed.signature.encode()


def test_a_finished_deposit_leaves_nothing_incoming(root: Path, box: Box) -> None:
    """Partial file and claim are gone, the package is write-protected."""
    sealed = box.seal(100)
    deposit_whole(root, sealed)
    assert list((root / ".appliance" / "incoming").iterdir()) == []
    assert FarStore.open(root).zip_path(sealed.name).stat().st_mode & 0o777 == 0o440
