"""The far account under attack: whatever a sender tries, what is stored stays as it is."""

from __future__ import annotations

import itertools
import random
import struct
import threading
from typing import TYPE_CHECKING

import pytest

from appliance.sync.protocol import VERB_VERSIONS
from appliance.sync.receiver import SessionEnd
from tests.sync.making import BLOCK_BYTES, STORE_ID, Box, Sealed, flip_bit, forge
from tests.sync.wires import ThreadedReceiver, deposit_whole, package_header, told

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.sync.protocol import Frame

VERBS = [*map(str, VERB_VERSIONS), "hello", "delete", "remove", "rename", "truncate", "write", ""]

Facts = dict[str, tuple[int, int, bytes]]


def kept(root: Path) -> Facts:
    """Every file that must never change: which one it is, its rights and its bytes."""
    folders = (root / "packages", *((root / ".appliance" / one) for one in ("receipts", "anchors")))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    own = [root / ".appliance" / name for name in ("store.json", "key", "allowed_senders")]
    return {
        str(path): (path.stat().st_ino, path.stat().st_mode, path.read_bytes())
        for path in (*files, *own)
        if path.name != "lock"
    }


def lost(before: Facts, root: Path) -> list[str]:
    """What was there before and is not, or is no longer the same."""
    now = kept(root)
    return [name for name, facts in before.items() if now.get(name) != facts]


@pytest.fixture
def sealed(root: Path, box: Box) -> Sealed:
    """A package that is stored."""
    sealed = box.seal(3 * BLOCK_BYTES + 5)
    deposit_whole(root, sealed)
    return sealed


def attempts(sealed: Sealed, verb: str) -> list[tuple[dict[str, JsonValue], bytes]]:
    """A verb in every shape: about the stored package, with other bytes, with odd names."""
    name = package_header(
        sealed, verb, index=0, part="package", offset_bytes=0, length_bytes=2**24, after=0
    )
    signed = {"signature": sealed.signature}
    odd_names = [
        {"objid": f"{sealed.name.objid}/../x"},
        {"fonds_code": "../../.appliance", "file_code": "receipts"},
        {"fonds_code": "\0", "file_code": "x" * 101},
    ]
    headers = [{**name, **signed}, name, *({**name, **signed, **odd} for odd in odd_names)]
    payloads = [b"", b"other bytes" * 9, sealed.sidecar.to_bytes(), bytes(BLOCK_BYTES)]
    return [*itertools.product(headers, payloads)]


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_in_any_shape_changes_what_is_stored(root: Path, sealed: Sealed, verb: str) -> None:
    """Each verb with every header and payload, fresh and after an announcement.

    Story: restic#187.
    """
    before = kept(root)
    for (header, payload), is_announced in itertools.product(attempts(sealed, verb), (0, 1)):
        with ThreadedReceiver(root) as far:
            far.greet()
            if is_announced:
                far.announce(sealed)
            far.ask(header, payload)
    assert lost(before, root) == []


def test_random_sessions_change_nothing(root: Path, sealed: Sealed) -> None:
    """Thousands of random requests, half of them sensible, leave every stored byte."""
    chance = random.Random(7)
    before = kept(root)
    shapes = [shape for verb in VERBS for shape in attempts(sealed, verb)]
    for _ in range(120):
        with ThreadedReceiver(root) as far:
            reply = far.greet()
            while reply.header["reply"] != "error":
                reply = far.ask(*chance.choice(shapes))
    assert lost(before, root) == []


@pytest.mark.usefixtures("sealed")
def test_noise_after_the_greeting_changes_nothing(root: Path) -> None:
    """Random bytes, and frames with lying lengths, end the session and nothing else."""
    chance = random.Random(11)
    before = kept(root)
    for _ in range(60):
        with ThreadedReceiver(root) as far:
            far.greet()
            noise = chance.randbytes(chance.randrange(8, 300))
            if chance.random() < 0.5:
                noise = struct.pack(">II", chance.randrange(200), chance.randrange(2**25)) + noise
            far.connection.sendall(noise)
            far.connection.shutdown(1)
            assert far.wait() in {SessionEnd.REFUSED, SessionEnd.CUT}
    assert lost(before, root) == []


def lies(sealed: Sealed, box: Box, stranger: Box) -> list[Sealed]:
    """Sidecars that call a whole copy damaged."""
    return [
        forge(sealed, box, sha256="ab" * 32),
        forge(sealed, box, size_bytes=sealed.sidecar.size_bytes - 5),
        forge(sealed, box, blocks=("0" * 32,) * 4),
        forge(sealed, box, box_id="box-02"),
        forge(sealed, box, event_head="ab" * 32),
        stranger.sign(sealed.path, forge(sealed, box, sha256="cd" * 32).sidecar),
    ]


@pytest.mark.parametrize("which", range(6))
def test_no_lie_puts_a_whole_copy_aside(
    root: Path, box: Box, sealed: Sealed, tmp_path: Path, which: int
) -> None:
    """The store compares with its own papers: a false sidecar, however signed, moves nothing.

    Story: git-annex-remote-rclone#13.
    """
    (tmp_path / "stranger").mkdir()
    lie = lies(sealed, box, Box(tmp_path / "stranger"))[which]
    before = kept(root)
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "quarantine"}, lie.sidecar.to_bytes())
        assert told(reply) in {"FAR-CONFLICT", "FAR-REFUSED"}
    assert lost(before, root) == []
    assert not (root / ".appliance" / "quarantine").exists()


def test_a_lie_about_a_copy_whose_papers_are_lost_moves_nothing(
    root: Path, box: Box, sealed: Sealed
) -> None:
    """Without its sidecar the store goes by the receipt that it wrote itself."""
    beside = root / "packages"
    for path in (*beside.rglob("*.json"), *beside.rglob("*.sig")):
        path.unlink()
    lie = forge(sealed, box, sha256="ab" * 32)
    before = kept(root)
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "quarantine"}, lie.sidecar.to_bytes())
        assert told(reply) == "FAR-CONFLICT"
    assert lost(before, root) == []


def test_no_receipt_or_lock_is_reached_by_names_that_lead_out(root: Path, box: Box) -> None:
    """Codes that look like paths become names below packages, and nothing else."""
    before = kept(root)
    for seed, code in enumerate(("../.appliance", "..", "/", "a/../../b", ".appliance/receipts")):
        deposit_whole(root, box.seal(10, seed, file_code=code))
    outside = {path.name for path in root.iterdir()} | {path.name for path in root.parent.iterdir()}
    assert outside <= {"packages", ".appliance", "store", "box"}
    assert lost(before, root) == []


@pytest.mark.usefixtures("sealed")
def test_links_in_a_store_lead_a_list_nowhere(root: Path, tmp_path: Path) -> None:
    """What somebody linked into the store is not listed as a package of it."""
    (folder,) = (root / "packages").glob("*/*")
    (root / "packages" / "elsewhere").symlink_to(tmp_path)
    (folder / "urn_uuid_00000000-0000-0000-0000-00000000000F.zip").symlink_to("/etc/passwd")
    with ThreadedReceiver(root) as far:
        far.greet()
        rows = far.ask({"verb": "list", "fonds_code": "", "file_code": "", "objid": ""})
        assert bytes(rows.payload).count(b"urn:uuid:") == 1


def test_sessions_that_race_leave_one_whole_package(root: Path, box: Box) -> None:
    """Deposits, audits and quarantines of one package at once: it ends stored and whole."""
    sealed = box.seal(6 * BLOCK_BYTES)
    replies: list[str] = []

    def ask(verb: str) -> None:
        with ThreadedReceiver(root) as far:
            far.greet()
            if verb == "deposit":
                reply = _deposit(far, sealed)
            elif verb == "quarantine":
                reply = far.ask({"verb": verb}, sealed.sidecar.to_bytes())
            else:
                reply = far.ask(package_header(sealed, verb))
            replies.append(str(reply.header.get("code", "done")))

    verbs = ["deposit", "quarantine", "audit"] * 3
    threads = [threading.Thread(target=ask, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == len(verbs)
    assert set(replies) <= {"done", "FAR-BUSY", "FAR-COPY-MISSING"}
    deposit_whole(root, sealed)
    (stored,) = (root / "packages").rglob("*.zip")
    assert stored.read_bytes() == sealed.path.read_bytes()
    assert not (root / ".appliance" / "quarantine").exists()


def test_a_package_is_out_of_reach_once_it_has_its_name(root: Path, box: Box) -> None:
    """Blocks that come after the commit, by any session, are written nowhere.

    Story: Ssh#470.
    """
    sealed = box.seal(2 * BLOCK_BYTES)
    with ThreadedReceiver(root) as older, ThreadedReceiver(root) as newer:
        older.greet()
        _deposit(older, sealed)
        before = kept(root)
        newer.greet()
        newer.announce(sealed)
        assert newer.put(sealed, 0).header["reply"] == "put"
        assert told(older.put(sealed, 1)) == "FAR-REFUSED"
    assert lost(before, root) == []
    assert list((root / ".appliance" / "incoming").iterdir()) == []


def test_what_is_put_aside_is_kept_for_ever(root: Path, sealed: Sealed) -> None:
    """Damaged bytes stay under the time and their digest, through repairs and more damage."""
    for offset in (10, BLOCK_BYTES + 10):
        (stored,) = (root / "packages").rglob("*.zip")
        stored.chmod(0o600)
        flip_bit(stored, offset)
        with ThreadedReceiver(root) as far:
            far.greet()
            reply = far.ask({"verb": "quarantine"}, sealed.sidecar.to_bytes())
            assert reply.text("state") == "put_aside"
            assert (
                far.ask({"verb": "quarantine"}, sealed.sidecar.to_bytes()).text("state") == "kept"
            )
        deposit_whole(root, sealed)
    aside = sorted((root / ".appliance" / "quarantine").iterdir())
    whole = sealed.path.read_bytes()
    assert len(aside) == 2
    assert all(len(path.read_bytes()) == len(whole) for path in aside)
    assert all(path.read_bytes() != whole for path in aside)


def test_a_stranger_quarantines_nothing_he_could_not_name(root: Path, tmp_path: Path) -> None:
    """Packages that were never stored give nothing away and leave nothing behind."""
    (tmp_path / "other").mkdir()
    other = Box(tmp_path / "other").seal(100, 77)
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "quarantine"}, other.sidecar.to_bytes())
        assert reply.text("state") == "kept"


@pytest.mark.usefixtures("sealed")
def test_a_foreign_greeting_changes_nothing(root: Path) -> None:
    """A session for another store is over before any verb."""
    before = kept(root)
    with ThreadedReceiver(root) as far:
        reply = far.ask({"verb": "hello", "versions": [2], "store_id": f"{STORE_ID}2"})
        assert told(reply) == "FAR-STORE-FOREIGN"
    assert lost(before, root) == []


def _deposit(far: ThreadedReceiver, sealed: Sealed) -> Frame:
    """Deposit over a greeted session; the commit's reply, or the first refusal."""
    reply = far.announce(sealed)
    for index in range(len(sealed.sidecar.blocks)):
        if reply.header["reply"] == "error":
            return reply
        reply = far.put(sealed, index)
    return reply if reply.header["reply"] == "error" else far.ask({"verb": "commit"})
