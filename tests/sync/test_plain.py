"""Places of plain files: markers, add-only, resuming, and a ledger that anybody could write to."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import ConfigError, RemoteError
from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync import plain_ledger
from appliance.sync.folder_files import FolderFiles
from appliance.sync.papers import NO_RECEIPT, PinnedStore, ReceiptHead, check_own_receipt
from appliance.sync.plain import PlainRemote, Sender
from appliance.sync.plain_files import INCOMING, MARKER, OWN
from appliance.sync.plain_kinds import folder_remote
from appliance.sync.plain_place import QUARANTINE, Marker, prepare
from tests.sync.making import BLOCK_BYTES, BOX_ID, STORE_ID, Box, Sealed, flip_bit
from tests.sync.plain_making import PlainFar, folder_far, sender_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.receipts import Sidecar
    from appliance.sync.papers import SignedReceipt

LEDGER = f"{OWN}/receipts-{BOX_ID}/000000"


@pytest.fixture
def far(tmp_path: Path, box: Box) -> PlainFar:
    """A prepared folder."""
    (tmp_path / "place").mkdir()
    return folder_far(tmp_path / "place", box)


def deposit(remote: PlainRemote, sealed: Sealed, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature, head=head)


def refused(remote: PlainRemote, sealed: Sealed, head: ReceiptHead = NO_RECEIPT) -> str:
    """Deposit in vain; the code."""
    with pytest.raises(RemoteError) as told:
        deposit(remote, sealed, head)
    return told.value.code


def everything(root: Path) -> dict[str, bytes]:
    """What lies at a place, but for unfinished files."""
    paths = (path for path in root.rglob("*") if path.is_file())
    names = {str(path.relative_to(root)): path for path in paths}
    return {k: path.read_bytes() for k, path in names.items() if not k.startswith(INCOMING)}


# --- the marker -----------------------------------------------------------------------------


def test_a_place_that_was_never_prepared_gets_nothing(tmp_path: Path, box: Box) -> None:
    """The mount point of a disk that is not there stays empty."""
    (tmp_path / "mount").mkdir()
    remote = folder_remote(tmp_path / "mount", STORE_ID, sender_of(box))
    assert refused(remote, box.seal(100)) == "FAR-STORE-MISSING"
    with pytest.raises(RemoteError, match="disk mounted") as told:
        remote.probe()
    assert told.value.retryable
    assert list((tmp_path / "mount").iterdir()) == []


def test_a_place_whose_folder_is_gone_is_missing(tmp_path: Path, box: Box) -> None:
    """Not even the folder is made."""
    remote = folder_remote(tmp_path / "nowhere", STORE_ID, sender_of(box))
    assert refused(remote, box.seal(100)) == "FAR-STORE-MISSING"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "marker",
    [
        Marker("ministry").to_bytes(),
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        b'{"format":"archive-appliance-store/1","store_id":7}',
        b'{"format":"archive-appliance-store/1","largest_file_bytes":-1,"store_id":"province"}',
        b'{"folds_case":1,"format":"archive-appliance-store/1","store_id":"province"}',
    ],
)
def test_a_foreign_marker_stops_the_work(far: PlainFar, box: Box, marker: bytes) -> None:
    """Another store's disk in the same socket, or something else altogether, is left alone."""
    (far.root / MARKER).write_bytes(marker)
    before = everything(far.root)
    assert refused(far.remote, box.seal(100)) == "FAR-STORE-FOREIGN"
    assert everything(far.root) == before


def test_a_disk_swapped_while_the_session_lasts_is_noticed(far: PlainFar, box: Box) -> None:
    """The marker is looked at before every package, within one connection too."""
    with far.remote as remote:
        deposit(remote, box.seal(100, 1))
        (far.root / MARKER).write_bytes(Marker("ministry").to_bytes())
        assert refused(remote, box.seal(100, 2)) == "FAR-STORE-FOREIGN"


def test_a_disk_that_goes_before_the_publishing_is_noticed(
    far: PlainFar, box: Box, tmp_path: Path
) -> None:
    """syncthing#762: a disk that goes away in the middle is no empty store."""
    sealed = box.seal(4 * BLOCK_BYTES)

    def pull(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == total_bytes and far.root.exists():
            far.root.rename(tmp_path / "pulled")
            far.root.mkdir()

    with pytest.raises(RemoteError) as told:
        far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=pull)
    assert told.value.code == "FAR-STORE-MISSING"
    assert list(far.root.iterdir()) == []
    far.root.rmdir()
    (tmp_path / "pulled").rename(far.root)
    assert deposit(far.remote, sealed).receipt.sha256 == sealed.sidecar.sha256


def test_preparing_again_changes_nothing(far: PlainFar) -> None:
    """The same id is fine; another is refused, and so is what is no id."""
    before = (far.root / MARKER).read_bytes()
    prepare(FolderFiles(far.root), STORE_ID, 5_000_000)
    assert (far.root / MARKER).read_bytes() == before
    for store_id, code in (("ministry", "STORE-EXISTS"), ("Not An Id", "STORE-ID")):
        with pytest.raises(ConfigError) as told:
            prepare(FolderFiles(far.root), store_id)
        assert told.value.code == code


def test_a_marker_of_a_receiver_serves_too(tmp_path: Path, box: Box) -> None:
    """The layout is the same, so a receiver's disk is read where it is mounted."""
    assert Marker(STORE_ID).to_bytes() == (
        b'{"format":"archive-appliance-store/1","store_id":"province"}\n'
    )
    far = folder_far(tmp_path, box)
    assert far.remote.probe().store_id == STORE_ID


# --- only add -------------------------------------------------------------------------------


def test_nothing_stored_ever_changes(far: PlainFar, box: Box) -> None:
    """Deposits, audits, refusals and repairs: what once had its name keeps its bytes."""
    first, other = box.seal_bytes(b"one" * 50_000, 1), box.seal_bytes(b"two" * 50_000, 1)
    head = ReceiptHead.of(deposit(far.remote, first))
    before = everything(far.root)
    assert refused(far.remote, other, head) == "FAR-CONFLICT"
    head = ReceiptHead.of(far.remote.audit(first.sidecar, head=head))
    head = ReceiptHead.of(deposit(far.remote, first, head))
    assert far.remote.quarantine(first.sidecar) is False
    deposit(far.remote, box.seal(100, 2), head)
    after = everything(far.root)
    assert {name: after[name] for name in before} == before


def test_what_was_quarantined_is_kept(far: PlainFar, box: Box) -> None:
    """A damaged copy is moved aside whole, with the time and its digest in its name."""
    sealed = box.seal(3 * BLOCK_BYTES)
    deposit(far.remote, sealed)
    (path,) = far.paths(sealed.name)
    path.chmod(0o600)
    flip_bit(path)
    damaged = path.read_bytes()
    assert far.remote.quarantine(sealed.sidecar) is True
    (kept,) = (far.root / QUARANTINE).iterdir()
    assert kept.read_bytes() == damaged
    moment, digest, name = kept.name.split(".", 2)
    assert (digest, name) == (hashlib.sha256(damaged).hexdigest(), sealed.name.zip_name)
    assert moment.endswith("Z")
    assert ":" not in kept.name


def test_a_torn_sidecar_is_put_aside_and_written_again(far: PlainFar, box: Box) -> None:
    """A power cut on FAT may leave an empty file; the copy itself is still good."""
    sealed = box.seal(3 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(far.remote, sealed))
    far.sidecar_path(sealed.name).write_bytes(b"")
    assert refused(far.remote, sealed, head) == "FAR-COPY-DAMAGED"
    assert far.remote.quarantine(sealed.sidecar) is True
    assert deposit(far.remote, sealed, head).receipt.sha256 == sealed.sidecar.sha256
    assert far.remote.sidecar(sealed.name) == sealed.signed


def test_bytes_without_a_sidecar_are_not_taken_for_ours(far: PlainFar, box: Box) -> None:
    """Something else under the very name is a conflict, and stays."""
    sealed = box.seal(1000)
    path = far.folder(sealed.name) / sealed.name.zip_name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    assert refused(far.remote, sealed) == "FAR-CONFLICT"
    assert path.read_bytes() == b"something else"


def test_a_crash_after_the_publishing_is_mended(far: PlainFar, box: Box) -> None:
    """The package is there, its papers and receipt are not: the next deposit adds them."""
    sealed = box.seal(2 * BLOCK_BYTES)
    path = far.folder(sealed.name) / sealed.name.zip_name
    path.parent.mkdir(parents=True)
    path.write_bytes(sealed.path.read_bytes())
    assert deposit(far.remote, sealed).receipt.counter == 1
    assert list(far.remote.package_names()) == [sealed.name]


# --- resuming -------------------------------------------------------------------------------


def _cut_at(far: PlainFar, sealed: Sealed, block_count: int) -> list[int]:
    """Deposit until so many blocks are there, then go away; progress as it was told."""
    seen: list[int] = []

    class GoneAway(Exception):  # noqa: N818 - it is no error of ours
        pass

    def cut(done_bytes: int, _: int) -> None:
        seen.append(done_bytes)
        if done_bytes >= block_count * BLOCK_BYTES:
            raise GoneAway

    with pytest.raises(GoneAway):
        far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=cut)
    return seen


def _partial(far: PlainFar) -> Path:
    (path,) = (far.root / INCOMING).glob("*.part")
    return path


def test_a_cut_deposit_goes_on_where_it_was(far: PlainFar, box: Box) -> None:
    """What is there is read again, and only the rest is written."""
    sealed = box.seal(10 * BLOCK_BYTES)
    _cut_at(far, sealed, 6)
    seen: list[int] = []
    far.remote.deposit(
        sealed.path, sealed.sidecar, sealed.signature, progress=lambda done, _: seen.append(done)
    )
    assert seen[0] == 6 * BLOCK_BYTES
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()
    assert list((far.root / INCOMING).iterdir()) == []


@pytest.mark.parametrize("offset", [0, 3 * BLOCK_BYTES, 6 * BLOCK_BYTES - 1])
def test_a_partial_that_rotted_is_mended(far: PlainFar, box: Box, offset: int) -> None:
    """phpseclib#1921: whatever a partial holds, only what was sealed gets the name."""
    sealed = box.seal(10 * BLOCK_BYTES)
    _cut_at(far, sealed, 6)
    flip_bit(_partial(far), offset)
    deposit(far.remote, sealed)
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_partial_that_is_too_long_is_begun_afresh(far: PlainFar, box: Box) -> None:
    """Tmds.Ssh#470: no old tail stays behind."""
    sealed = box.seal(10 * BLOCK_BYTES)
    _cut_at(far, sealed, 6)
    _partial(far).write_bytes(b"x" * 11 * BLOCK_BYTES)
    deposit(far.remote, sealed)
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_partial_of_another_package_is_never_continued(far: PlainFar, box: Box) -> None:
    """Uplarr PR#22: two packages of one name have two partials."""
    first, other = box.seal(10 * BLOCK_BYTES, 1), box.seal_bytes(b"other" * 100_000, 1)
    _cut_at(far, first, 6)
    deposit(far.remote, other)
    assert far.stored_bytes(other.name) == other.path.read_bytes()
    assert far.remote.probe().partial_count == 1


# --- the ledger -----------------------------------------------------------------------------


def test_a_receipt_is_the_boxs_own(far: PlainFar, box: Box) -> None:
    """It says who attests, and is signed by the box's key."""
    sealed = box.seal(100)
    signed = deposit(far.remote, sealed)
    assert signed.receipt.attestor == "box"
    key = sshsig.verify(signed.signature, signed.receipt.to_bytes(), RECEIPT_NAMESPACE)
    assert key == box.key.public
    check_own_receipt(signed, sealed.sidecar, far.pinned, NO_RECEIPT)


def test_a_receipt_signed_by_another_does_not_count(
    far: PlainFar, box: Box, tmp_path: Path
) -> None:
    """Only the box's own key makes receipts of a plain place."""
    sealed = box.seal(100)
    signed = deposit(far.remote, sealed)
    stranger = PinnedStore(STORE_ID, generate_key(tmp_path / "stranger", "stranger").public)
    with pytest.raises(RemoteError) as told:
        check_own_receipt(signed, sealed.sidecar, stranger, NO_RECEIPT)
    assert told.value.code == "RECEIPT-INVALID"


def test_an_unsigned_receipt_is_never_signed(
    far: PlainFar, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write there cannot have the box sign what it never read."""
    monkeypatch.setattr(plain_ledger, "_LOOK_SECONDS", 0.01)
    head = ReceiptHead.of(deposit(far.remote, box.seal(100, 1)))
    planted = far.root / LEDGER / "000000002.json"
    planted.write_bytes(b'{"a":"receipt that nobody wrote"}\n')
    second = deposit(far.remote, box.seal(100, 2), head)
    assert second.receipt.counter == 2
    assert planted.read_bytes() == second.receipt.to_bytes()
    (kept,) = (far.root / QUARANTINE).iterdir()
    assert kept.read_bytes() == b'{"a":"receipt that nobody wrote"}\n'
    assert [one.receipt.counter for one in far.remote.receipts()] == [1, 2]


def test_sessions_of_one_box_write_one_list(far: PlainFar, box: Box) -> None:
    """Deposits and audits at a time: no number twice, no gap, and each names the one before."""
    packages = [box.seal(100, seed) for seed in range(1, 5)]

    def work(sealed: Sealed) -> list[int]:
        with folder_remote(far.root, STORE_ID, sender_of(box)) as remote:
            done = [deposit(remote, sealed)]
            done += [remote.audit(sealed.sidecar) for _ in range(9)]
        return [signed.receipt.counter for signed in done]

    with ThreadPoolExecutor(len(packages)) as pool:
        counters = [counter for done in pool.map(work, packages) for counter in done]
    assert sorted(counters) == list(range(1, 41))
    listed = list(far.remote.receipts())
    assert [one.receipt.counter for one in listed] == list(range(1, 41))
    for before, after in pairwise(listed):
        assert after.receipt.previous == before.digest()
    assert not (far.root / QUARANTINE).exists()


def test_a_kept_session_sees_what_another_wrote(far: PlainFar, box: Box) -> None:
    """A head that is newer than what the session remembers is no sign of an old backup."""
    sealed = box.seal(100)
    with far.remote as remote:
        deposit(remote, sealed)
        with folder_remote(far.root, STORE_ID, sender_of(box)) as other:
            head = ReceiptHead.of(other.audit(sealed.sidecar))
        assert remote.audit(sealed.sidecar, head=head).receipt.counter == head.counter + 1


def test_receipts_that_went_back_stop_the_work_before_anything_is_sent(
    far: PlainFar, box: Box
) -> None:
    """A disk put back from an old copy is noticed, and left as it is."""
    head = ReceiptHead.of(deposit(far.remote, box.seal(100, 1)))
    newer = ReceiptHead.of(deposit(far.remote, box.seal(100, 2), head))
    for path in (far.root / LEDGER).glob("000000002.json*"):
        path.unlink()
    before = everything(far.root)
    assert refused(far.remote, box.seal(100, 3), newer) == "RECEIPT-ROLLED-BACK"
    assert everything(far.root) == before


def test_two_boxes_keep_their_own_receipts(tmp_path: Path, box: Box, far: PlainFar) -> None:
    """One disk may serve two boxes; neither touches the other's list."""
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    other = Box(other_folder)
    sealed = other.seal(100, 7)
    sealed = other.sign(sealed.path, _of_box(sealed, "box-02"))
    remote = folder_remote(far.root, STORE_ID, Sender("box-02", other.key))
    assert deposit(remote, sealed).receipt.counter == 1
    assert deposit(far.remote, box.seal(100, 1)).receipt.counter == 1
    assert len(list(far.remote.package_names())) == 2
    assert [one.receipt.box_id for one in remote.receipts()] == ["box-02"]


def test_packages_of_an_earlier_key_are_the_boxs_own(far: PlainFar, box: Box) -> None:
    """A box with a new key still deposits what it sealed with the old one."""
    sealed = box.seal(100)
    new_key = generate_key(box.folder / "new_key", "new key")
    remote = folder_remote(far.root, STORE_ID, Sender(BOX_ID, new_key))
    assert refused(remote, sealed) == "FAR-SENDER-UNKNOWN"
    remote = folder_remote(far.root, STORE_ID, Sender(BOX_ID, new_key, (box.key.public,)))
    assert deposit(remote, sealed).receipt.counter == 1


def test_many_receipts_are_listed_in_order(far: PlainFar, box: Box) -> None:
    """Folders of a thousand, read from where the caller left off."""
    sealed = box.seal(10)
    with far.remote as remote:
        head = ReceiptHead.of(deposit(remote, sealed))
        for _ in range(4):
            head = ReceiptHead.of(remote.audit(sealed.sidecar, head=head))
    assert [one.receipt.counter for one in far.remote.receipts(2)] == [3, 4, 5]
    (far.root / LEDGER / "000000004.json").write_bytes(b"rotten")
    with pytest.raises(RemoteError) as told:
        list(far.remote.receipts(2))
    assert told.value.code == "RECEIPT-INVALID"


# --- limits and errors ----------------------------------------------------------------------


class _Counting:
    def __init__(self) -> None:
        self.pieces: list[int] = []

    def take(self, size_bytes: int) -> None:
        self.pieces.append(size_bytes)


def test_every_byte_asks_the_limit(far: PlainFar, box: Box) -> None:
    """In both directions, and never for more than 32 KiB at a time."""
    limit = _Counting()
    remote = folder_remote(far.root, STORE_ID, sender_of(box), limit=limit)
    sealed = box.seal(10 * BLOCK_BYTES)
    deposit(remote, sealed)
    assert max(limit.pieces) == 32 * 1024
    assert 20 * BLOCK_BYTES <= sum(limit.pieces) <= 24 * BLOCK_BYTES


class _FullFiles(FolderFiles):
    free = 0

    def free_bytes(self) -> int:
        return self.free


def test_a_full_place_is_told_before_anything_is_sent(far: PlainFar, box: Box) -> None:
    """restic#3336: the room is asked for first, and the sentence has the numbers."""
    remote = PlainRemote(lambda: _FullFiles(far.root), STORE_ID, sender_of(box))
    sealed = box.seal(3 * BLOCK_BYTES)
    with pytest.raises(RemoteError, match=f"{3 * BLOCK_BYTES} bytes needed, 0 bytes") as told:
        deposit(remote, sealed)
    assert (told.value.code, told.value.retryable) == ("FAR-DISK-FULL", True)
    assert list((far.root / INCOMING).iterdir()) == []
    assert deposit(far.remote, sealed).receipt.counter == 1


class _RottenFiles(FolderFiles):
    """A disk with one sector that cannot be read."""

    bad_offset = 3 * BLOCK_BYTES + 17

    def stream(
        self, path: str, offset_bytes: int = 0, length_bytes: int | None = None
    ) -> Iterator[bytes | memoryview]:
        """As on a disk that gives up in the middle."""
        end = 10**12 if length_bytes is None else offset_bytes + length_bytes
        if path.endswith(".zip") and offset_bytes <= self.bad_offset < end:
            raise OSError(5, "Input/output error", path)
        yield from super().stream(path, offset_bytes, length_bytes)


def test_a_sector_that_cannot_be_read_is_damage(far: PlainFar, box: Box) -> None:
    """The block is named, the package counts as damaged, and the rest is still given out."""
    sealed = box.seal(6 * BLOCK_BYTES)
    deposit(far.remote, sealed)
    remote = PlainRemote(lambda: _RottenFiles(far.root), STORE_ID, sender_of(box))
    assert remote.scrub(sealed.sidecar) == (3,)
    with pytest.raises(RemoteError) as told:
        remote.audit(sealed.sidecar)
    assert told.value.code == "FAR-COPY-DAMAGED"
    assert [index for index, _ in remote.fetch_blocks(sealed.sidecar, (0, 1, 5))] == [0, 1, 5]


def test_an_open_place_is_closed(far: PlainFar) -> None:
    """Files may be used on their own, as the preparing command does."""
    with closing(far.files()) as files:
        assert "folder on" in files.abilities()


def _of_box(sealed: Sealed, box_id: str) -> Sidecar:
    return replace(sealed.sidecar, box_id=box_id)
