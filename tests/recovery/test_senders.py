"""A box that came back has a new key; what it signed with the old one is still its own."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from appliance.cli.main import main
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import ConfigError, RemoteError
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing.allowed import (
    AllowedSigner,
    read_signers,
    signer_of,
    with_key,
    write_signers,
)
from appliance.signing.keys import PublicKey, generate_key
from appliance.signing.sshsig import SignatureError, sign
from appliance.sync.farstore import FarStore, allow_sender, create_store
from appliance.sync.papers import check_sender
from tests.sync.making import BOX_ID, Box
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.signing.keys import MachineKey
    from appliance.sync.papers import SignedSidecar

END: Final = dt.datetime(2026, 11, 22, 13, 0, 1, tzinfo=dt.UTC)
"""When the old key ends: a second after the new one was listed."""
NOW: Final = END - dt.timedelta(seconds=0.5)
JUST_BEFORE: Final = "2026-11-22T13:00:00.999999Z"
THEN: Final = "2026-11-22T13:00:01.000000Z"


@pytest.fixture
def old(tmp_path: Path) -> MachineKey:
    """The key of the lost box."""
    return generate_key(tmp_path / "old", BOX_ID)


@pytest.fixture
def new(tmp_path: Path) -> MachineKey:
    """The key of the box that came back."""
    return generate_key(tmp_path / "new", BOX_ID)


@pytest.fixture
def signers(old: MachineKey, new: MachineKey) -> tuple[AllowedSigner, ...]:
    """The list after the new key was let in."""
    before = (AllowedSigner(BOX_ID, old.public, (PACKAGE_NAMESPACE,)),)
    return with_key(before, AllowedSigner(BOX_ID, new.public, (PACKAGE_NAMESPACE,)), NOW)


def paper(sealed_at: str) -> bytes:
    """Something that says when it was made."""
    return canonical_json({"sealed_at": sealed_at}) + b"\n"


def judged(signers: tuple[AllowedSigner, ...], key: MachineKey, message: bytes) -> str:
    """Whose a signature of this key is, or why nobody's."""
    try:
        return signer_of(signers, sign(key, message, PACKAGE_NAMESPACE), message, PACKAGE_NAMESPACE)
    except SignatureError as problem:
        return problem.code


def test_the_old_key_ends_and_stays(
    signers: tuple[AllowedSigner, ...], old: MachineKey, new: MachineKey, tmp_path: Path
) -> None:
    """Both lines are written, read back as they were, and one of them is in use."""
    assert [(one.public_key, one.ended_at) for one in signers] == [
        (old.public, END),
        (new.public, None),
    ]
    write_signers(tmp_path / "allowed", signers)
    assert read_signers(tmp_path / "allowed") == signers
    assert 'valid-before="20261122130001Z"' in (tmp_path / "allowed").read_text()


def test_listing_a_key_again_changes_nothing(
    signers: tuple[AllowedSigner, ...], new: MachineKey
) -> None:
    """An earlier end stands, and other machines are left alone."""
    other = AllowedSigner("box-02", PublicKey(bytes(32)), (PACKAGE_NAMESPACE,))
    later = END + dt.timedelta(days=9)
    again = AllowedSigner(BOX_ID, new.public, (PACKAGE_NAMESPACE,))
    assert with_key((*signers, other), again, later) == (signers[0], other, signers[1])


@pytest.mark.parametrize(
    ("message", "is_believed_of_old"),
    [
        (paper(JUST_BEFORE), True),
        (paper(THEN), False),
        (paper("2026-11-22"), False),
        (b"no paper", False),
        (b"[" * 100_000, False),
        (canonical_json({"sealed_at": JUST_BEFORE, "read_at": JUST_BEFORE}), False),
        (canonical_json({"objid": "x"}), False),
    ],
)
def test_an_ended_key_is_believed_of_what_is_older(
    signers: tuple[AllowedSigner, ...],
    old: MachineKey,
    new: MachineKey,
    message: bytes,
    *,
    is_believed_of_old: bool,
) -> None:
    """A paper that does not say when it was made needs a key in use."""
    assert judged(signers, old, message) == (BOX_ID if is_believed_of_old else "SIGNER-UNKNOWN")
    assert judged(signers, new, message) == BOX_ID


@pytest.mark.parametrize(("moment", "is_good"), [("130000Z", True), ("130002Z", False)])
def test_openssh_reads_the_list_as_we_do(
    signers: tuple[AllowedSigner, ...],
    old: MachineKey,
    tmp_path: Path,
    moment: str,
    is_good: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """``ssh-keygen -Y verify``, told the paper's moment, believes the old key until its end."""
    message = paper(JUST_BEFORE)
    write_signers(tmp_path / "allowed", signers)
    (tmp_path / "sig").write_text(sign(old, message, PACKAGE_NAMESPACE))
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", BOX_ID]
    command += ["-n", PACKAGE_NAMESPACE, "-s", str(tmp_path / "sig")]
    command += [f"-Overify-time=20261122{moment}"]
    done = subprocess.run(command, input=message, check=False, capture_output=True)
    assert (done.returncode == 0) is is_good, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        'valid-before="20261122"',
        'valid-before="20261122130001"',
        'valid-before="2026112213000Z"',
        'valid-before="20261322130001Z"',
        'valid-before=""',
        'valid-after="20261122130001Z"',
        'valid-before="20261122130001Z",valid-before="20271122130001Z"',
        'valid-before="20261122130001Z" namespaces="appliance-package"',
        "cert-authority",
    ],
)
def test_half_an_end_is_refused(tmp_path: Path, options: str) -> None:
    """What could be read in two ways lets nobody in."""
    (tmp_path / "allowed").write_text(f"{BOX_ID} {options} {PublicKey(bytes(32)).line()}\n")
    with pytest.raises(ConfigError) as caught:
        read_signers(tmp_path / "allowed")
    assert caught.value.code == "ALLOWED-SIGNERS"


class TestAtAStore:
    """What a receiver takes of a box that came back."""

    @pytest.fixture
    def store(self, tmp_path: Path, old: MachineKey) -> FarStore:
        """A store that knows the lost box."""
        create_store(tmp_path / "store", "province")
        allow_sender(tmp_path / "store", BOX_ID, old.public)
        return FarStore.open(tmp_path / "store", is_read_only=True)

    @staticmethod
    def signed(folder: Path, key: MachineKey, sealed_at: str) -> SignedSidecar:
        """A package's sidecar, sealed at a moment with a key."""
        folder.mkdir(exist_ok=True)
        box = Box(folder)
        sealed = box.seal(100)
        sidecar = replace(sealed.sidecar, sealed_at=sealed_at)
        return box.sign(sealed.path, sidecar, key).signed

    def test_old_packages_may_still_come(
        self, store: FarStore, old: MachineKey, new: MachineKey, tmp_path: Path
    ) -> None:
        """Sealed before the end: taken. Sealed later by whoever has the old key: refused."""
        allow_sender(store.root, BOX_ID, new.public, MovingClock(NOW))
        check_sender(store.senders(), self.signed(tmp_path / "1", old, JUST_BEFORE))
        check_sender(store.senders(), self.signed(tmp_path / "2", new, THEN))
        with pytest.raises(RemoteError) as caught:
            check_sender(store.senders(), self.signed(tmp_path / "3", old, THEN))
        assert caught.value.code == "FAR-SENDER-UNKNOWN"

    def test_two_keys_in_use_are_two_boxes(
        self, store: FarStore, old: MachineKey, new: MachineKey, tmp_path: Path
    ) -> None:
        """Somebody wrote a second line by hand: nobody knows which box is meant."""
        listed = AllowedSigner(BOX_ID, new.public, (PACKAGE_NAMESPACE,))
        write_signers(store.root / ".appliance" / "allowed_senders", (*store.senders(), listed))
        with pytest.raises(RemoteError) as caught:
            check_sender(store.senders(), self.signed(tmp_path / "1", old, JUST_BEFORE))
        assert caught.value.code == "TWO-BOXES"

    def test_the_command_lists_the_key(
        self, store: FarStore, old: MachineKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As the technician types it, with the file that lies beside the new key."""
        new = generate_key(tmp_path / "box", BOX_ID)
        options = ("--store", str(store.root), "--box", BOX_ID)
        assert main(["allow-sender", *options, "--key", str(tmp_path / "box.pub"), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["store_id"] == "province"
        first, second = told["keys"]
        assert first["key"] == old.public.line()
        assert first["ended_at"] is not None
        assert second == {"key": new.public.line(), "ended_at": None}
        assert main(["allow-sender", *options, "--key", str(tmp_path / "box.pub")]) == 0
        assert "in use" in capsys.readouterr().out

    def test_the_command_tells_what_is_wrong(
        self, store: FarStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No store, no key, no name: nothing is written, and each is told."""
        listed = store.senders()
        generate_key(tmp_path / "box", BOX_ID)
        key = ("--key", str(tmp_path / "box.pub"))
        wrong = (
            (("--store", str(tmp_path), "--box", BOX_ID, *key), 4, "no marker"),
            (("--store", str(store.root), "--box", "*", *key), 2, "not the name of a signer"),
            (("--store", str(store.root), "--box", "b", "--key", str(tmp_path / "box")), 2, "key"),
            (("--store", str(store.root), "--box", "b", "--key", "none.pub"), 2, "none.pub"),
        )
        for options, status, said in wrong:
            assert main(["allow-sender", *options]) == status
            assert said in capsys.readouterr().err
        assert store.senders() == listed
