"""What a receiver finds in its store, and says of it: reading accounts, damage, rights, clocks."""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import subprocess
from typing import TYPE_CHECKING, NoReturn

import pytest

from appliance.domain.clock import from_text
from appliance.domain.receipts import Receipt, Sidecar
from appliance.sync import stored
from appliance.sync.farstore import FarStore
from appliance.sync.protocol import READING_VERBS, VERB_VERSIONS
from appliance.sync.receiver import SessionEnd
from tests.fakes.clock import START, FakeClock
from tests.sync.making import BLOCK_BYTES, Box, Sealed, flip_bit
from tests.sync.wires import ThreadedReceiver, deposit_whole, package_header, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def sealed(root: Path, box: Box) -> Sealed:
    """A package that is stored."""
    sealed = box.seal(2 * BLOCK_BYTES + 5)
    deposit_whole(root, sealed)
    return sealed


def everything(root: Path) -> dict[str, tuple[int, int]]:
    """Every name below a store with the times of its last changes."""
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_ctime_ns) for p in root.rglob("*")}


def quarantine(root: Path, sidecar: Sidecar) -> str:
    """Ask for a quarantine; the state or the code."""
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "quarantine"}, sidecar.to_bytes())
        return str(reply.header.get("state") or reply.header["code"])


@pytest.mark.parametrize("verb", sorted(set(VERB_VERSIONS) - READING_VERBS))
def test_a_reading_account_writes_nothing(root: Path, sealed: Sealed, verb: str) -> None:
    """Every verb that could write is refused, and the session leaves no trace in the store."""
    before = everything(root)
    with ThreadedReceiver(root, is_read_only=True) as far:
        far.greet()
        header = package_header(sealed, verb, signature=sealed.signature, index=0)
        assert told(far.ask(header, sealed.sidecar.to_bytes())) == "FAR-REFUSED"
        assert far.wait() is SessionEnd.REFUSED
    assert everything(root) == before


def test_a_reading_account_sees_everything(root: Path, sealed: Sealed) -> None:
    """Lists, papers, bytes, receipts and scrubs, without the store's key, without a trace."""
    (root / ".appliance" / "key").unlink()
    before = everything(root)
    span = {"offset_bytes": 0, "length_bytes": 2**24}
    with ThreadedReceiver(root, is_read_only=True) as far:
        assert far.greet().number("receipt_counter") == 1
        names = far.ask({"verb": "list", "fonds_code": "", "file_code": "", "objid": ""})
        assert sealed.name.objid.encode() in bytes(names.payload)
        package = far.ask(package_header(sealed, "get", part="package", **span))
        assert bytes(package.payload) == sealed.path.read_bytes()
        receipts = far.ask({"verb": "receipts", "after": 0})
        assert sealed.sidecar.sha256.encode() in bytes(receipts.payload)
        scrubbed = far.ask({"verb": "scrub"}, sealed.sidecar.to_bytes())
        assert bytes(scrubbed.payload) == b"\0"
    assert everything(root) == before


@pytest.mark.parametrize("verb", sorted(v for v, since in VERB_VERSIONS.items() if since > 1))
def test_a_session_of_version_1_knows_no_later_verbs(root: Path, sealed: Sealed, verb: str) -> None:
    """An old sender is spoken to as always, and a new verb within it is refused."""
    with ThreadedReceiver(root) as far:
        far.greet(1)
        assert told(far.ask({"verb": verb, "after": 0}, sealed.sidecar.to_bytes())) == "FAR-REFUSED"


def _flip_sidecar(store: FarStore, sealed: Sealed) -> None:
    flip_bit(store.sidecar_path(sealed.name), 50)


def _flip_signature(store: FarStore, sealed: Sealed) -> None:
    flip_bit(store.signature_path(sealed.name), 60)


def _lose_signature(store: FarStore, sealed: Sealed) -> None:
    store.signature_path(sealed.name).unlink()


def _lose_all_but_a_damaged_package(store: FarStore, sealed: Sealed) -> None:
    store.sidecar_path(sealed.name).unlink()
    store.signature_path(sealed.name).unlink()
    store.zip_path(sealed.name).chmod(0o600)
    flip_bit(store.zip_path(sealed.name), 7)


@pytest.mark.parametrize(
    "harm",
    [_flip_sidecar, _flip_signature, _lose_signature, _lose_all_but_a_damaged_package],
    ids=lambda harm: harm.__name__.strip("_"),
)
def test_damaged_papers_are_found_and_mended(
    root: Path, sealed: Sealed, harm: Callable[[FarStore, Sealed], None]
) -> None:
    """An audit says so, quarantine keeps what was there, and a deposit makes it whole again."""
    store = FarStore.open(root)
    harm(store, sealed)
    with ThreadedReceiver(root) as far:
        far.greet()
        assert told(far.ask(package_header(sealed, "audit"))).startswith("FAR-COPY-")
    assert quarantine(root, sealed.sidecar) == "put_aside"
    deposit_whole(root, sealed)
    with ThreadedReceiver(root) as far:
        far.greet()
        assert far.ask(package_header(sealed, "audit")).header["reply"] == "audit"
    assert store.sidecar_path(sealed.name).read_bytes() == sealed.sidecar.to_bytes()
    assert store.signature_path(sealed.name).read_text() == sealed.signature


def test_what_is_put_aside_tells_when_and_what(root: Path, sealed: Sealed) -> None:
    """The name under quarantine holds the time and the SHA-256 of what lies there."""
    store = FarStore.open(root)
    store.zip_path(sealed.name).chmod(0o600)
    store.zip_path(sealed.name).write_bytes(b"")
    with ThreadedReceiver(root, clock=FakeClock()) as far:
        far.greet()
        far.ask({"verb": "quarantine"}, sealed.sidecar.to_bytes())
    (aside,) = (root / ".appliance" / "quarantine").iterdir()
    moment, _, digest, *_ = aside.name.split(".")
    assert moment == START.strftime("%Y%m%dT%H%M%S")
    assert digest == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_quarantine_without_room_moves_nothing(
    root: Path, sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where both cannot be kept, the damaged copy stays where it is and the cause is told."""
    store = FarStore.open(root)
    store.zip_path(sealed.name).chmod(0o600)
    flip_bit(store.zip_path(sealed.name), 7)
    monkeypatch.setattr(FarStore, "free_bytes", lambda _: 1000)
    assert quarantine(root, sealed.sidecar) == "FAR-DISK-FULL"
    assert store.zip_path(sealed.name).exists()


def test_a_crash_between_two_names_is_swept_at_the_next_greeting(
    root: Path, sealed: Sealed, box: Box
) -> None:
    """A second name of a stored package goes; partials of anything else stay."""
    store = FarStore.open(root)
    other = box.seal(3 * BLOCK_BYTES, 9)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(other)
        far.put(other, 0)
    second_name = store.partial_path(sealed.name, sealed.sidecar.sha256)
    os.link(store.zip_path(sealed.name), second_name)
    with ThreadedReceiver(root) as far:
        hello = far.greet()
        assert (hello.number("partial_count"), hello.number("partial_bytes")) == (1, BLOCK_BYTES)
    assert not second_name.exists()
    assert store.partial_path(other.name, other.sidecar.sha256).exists()
    assert store.zip_path(sealed.name).read_bytes() == sealed.path.read_bytes()


def test_a_second_name_is_never_written_to(root: Path, sealed: Sealed) -> None:
    """Should a stored package still have its name as a partial, mending touches neither."""
    store = FarStore.open(root)
    package = store.zip_path(sealed.name)
    package.chmod(0o600)
    flip_bit(package, 7)
    damaged = package.read_bytes()
    os.link(package, store.partial_path(sealed.name, sealed.sidecar.sha256))
    assert quarantine(root, sealed.sidecar) == "put_aside"
    deposit_whole(root, sealed)
    (aside,) = (root / ".appliance" / "quarantine").iterdir()
    assert aside.read_bytes() == damaged
    assert package.read_bytes() == sealed.path.read_bytes()


def test_what_is_unfinished_under_a_stored_name_goes(root: Path, box: Box) -> None:
    """Bytes of a package that lost the race for its OBJID could only ever be refused."""
    loser = box.seal_bytes(b"1" * 3 * BLOCK_BYTES, 1)
    winner = box.seal_bytes(b"2" * 3 * BLOCK_BYTES, 1)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(loser)
        far.put(loser, 0)
    deposit_whole(root, winner)
    assert list((root / ".appliance" / "incoming").iterdir()) == []


@pytest.fixture
def read_only(root: Path, sealed: Sealed) -> Iterator[Sealed]:
    """A store whose disk has turned read-only, as disks do that fail."""
    if os.getuid() != 0:
        pytest.skip("needs root to mount a disk read-only")
    for option in ("--bind", "-oremount,bind,ro"):
        command = ["mount", option, str(root), str(root)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("this machine does not let a folder be mounted read-only")
    yield sealed
    subprocess.run(["umount", str(root)], check=True)


def test_a_disk_that_turned_read_only_is_told_before_sending(
    root: Path, read_only: Sealed, box: Box
) -> None:
    """Its own code with the path; what is stored can still be read."""
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.announce(box.seal(100, 2))
        assert told(reply) == "FAR-READ-ONLY"
        assert str(root) in reply.text("message")
    with ThreadedReceiver(root, is_read_only=True) as far:
        far.greet()
        scrubbed = far.ask({"verb": "scrub"}, read_only.sidecar.to_bytes())
        assert bytes(scrubbed.payload) == b"\0"


@pytest.fixture
def forbidden(root: Path) -> Iterator[Path]:
    """A folder of packages that the account may no longer write to."""
    folder = root / "packages"
    folder.mkdir()
    if os.getuid() != 0:
        folder.chmod(0o500)
        yield folder
        folder.chmod(0o700)
        return
    changed = subprocess.run(["chattr", "+i", str(folder)], capture_output=True, check=False)
    if changed.returncode != 0:
        pytest.skip("as root, rights are only refused where chattr +i works")
    yield folder
    subprocess.run(["chattr", "-i", str(folder)], check=True)


def test_rights_that_are_gone_are_told_with_the_path(root: Path, forbidden: Path, box: Box) -> None:
    """Somebody changed the rights at the far side: the code and the folder are told."""
    sealed = box.seal(100)
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.announce(sealed)
        if reply.header["reply"] != "error":  # root finds out when it makes the folder
            far.put(sealed, 0)
            reply = far.ask({"verb": "commit"})
        assert told(reply) == "FAR-PERMISSION"
        assert str(forbidden) in reply.text("message")


def test_a_clock_that_went_back_is_noted_and_stops_nothing(root: Path, box: Box) -> None:
    """Receipts go on counting; the greeting says that the clock is behind them."""
    clock = FakeClock()
    with ThreadedReceiver(root, clock=clock) as far:
        assert far.greet().header["notes"] == []
        first = deposit_block(far, box.seal(10, 1))
    earlier = FakeClock(START - dt.timedelta(days=3))
    with ThreadedReceiver(root, clock=earlier) as far:
        assert far.greet().header["notes"] == ["FAR-CLOCK-BACK"]
        second = deposit_block(far, box.seal(10, 2))
    assert from_text(second.read_at) < from_text(first.read_at)
    assert (second.counter, second.previous != first.previous) == (2, True)
    within_a_day = FakeClock(START - dt.timedelta(days=3, hours=20))
    with ThreadedReceiver(root, clock=within_a_day) as far:
        assert far.greet().header["notes"] == []


def deposit_block(far: ThreadedReceiver, sealed: Sealed) -> Receipt:
    """Deposit a package of one block over a greeted session."""
    far.announce(sealed)
    far.put(sealed, 0)
    return Receipt.from_bytes(bytes(far.ask({"verb": "commit"}).payload))


@pytest.mark.parametrize("which", [1, 2], ids=["missing", "damaged"])
def test_a_hole_in_the_receipts_is_told(root: Path, box: Box, which: int) -> None:
    """Receipts are never passed over in silence: the one that is gone or damaged is named."""
    for seed in range(1, 4):
        deposit_whole(root, box.seal(10, seed))
    second = root / ".appliance" / "receipts" / "000000" / "000000002.json"
    if which == 1:
        second.unlink()
    else:
        second.chmod(0o600)
        flip_bit(second, 40)
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "receipts", "after": 0})
        assert told(reply) == "FAR-STORAGE"
        assert "receipt 2" in reply.text("message")


def test_two_keys_for_one_box_are_refused(root: Path, box: Box, tmp_path: Path) -> None:
    """A list of senders that lets two keys speak for one box lets none."""
    (tmp_path / "twin").mkdir()
    twin = Box(tmp_path / "twin")
    path = root / ".appliance" / "allowed_senders"
    line = path.read_text()
    path.write_text(line + line.replace(box.key.public.line(), twin.key.public.line()))
    with ThreadedReceiver(root) as far:
        far.greet()
        assert told(far.announce(box.seal(10))) == "TWO-BOXES"


def test_bad_sectors_are_damage_of_one_copy(
    root: Path, sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the disk cannot give back is damage of that package, not trouble of the whole place."""
    true_pread = os.pread

    def pread(descriptor: int, length: int, offset: int) -> bytes:
        if offset == BLOCK_BYTES:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return true_pread(descriptor, length, offset)

    def read_back(path: Path, _: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(os, "pread", pread)
    monkeypatch.setattr(stored, "read_back", read_back)
    with ThreadedReceiver(root) as far:
        far.greet()
        scrubbed = far.ask({"verb": "scrub"}, sealed.sidecar.to_bytes())
        assert bytes(scrubbed.payload) == bytes([0b01000000])
        assert told(far.ask(package_header(sealed, "audit"))) == "FAR-COPY-DAMAGED"
    assert quarantine(root, sealed.sidecar) == "put_aside"
    (aside,) = (root / ".appliance" / "quarantine").iterdir()
    assert ".unreadable." in aside.name


def test_a_store_without_locks_is_told(
    root: Path, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keeper can mount it otherwise; until then nothing is taken in, and nothing is lost."""

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    sealed = box.seal(2 * BLOCK_BYTES)
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refuse)
        with ThreadedReceiver(root) as far:
            far.greet()
            assert told(far.announce(sealed)) == "FAR-NO-LOCKS"
    assert deposit_whole(root, sealed).counter == 1
