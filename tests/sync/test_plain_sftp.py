"""Plain SFTP: cut and dead lines, servers that are not OpenSSH's, and hostile answers."""

from __future__ import annotations

import itertools
import shutil
import struct
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.signing import wire
from appliance.sync import plain_files
from appliance.sync.connecting import LineTimeouts
from appliance.sync.plain_files import INCOMING, gathered
from appliance.sync.plain_kinds import sftp_remote
from appliance.sync.plain_place import prepare
from appliance.sync.sftp import SftpSession
from appliance.sync.sftp_files import SftpFiles
from appliance.sync.sftp_listing import told_entries
from appliance.sync.sftp_packets import Reply, Request
from tests.sync.making import BLOCK_BYTES, QUICK, STORE_ID, Box, Sealed, flip_bit
from tests.sync.other_sftp import OtherSftp
from tests.sync.plain_making import PlainFar, SftpHost, sender_of, sftp_far
from tests.sync.wires import CuttingProxy, ScriptedChannel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.sync.connecting import SshAddress
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.plain import PlainRemote

SOON = LineTimeouts(silence_seconds=5.0)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SftpHost]:
    """A real sshd that gives SFTP."""
    host = SftpHost(tmp_path / "host")
    with host.sshd:
        yield host


@pytest.fixture
def far(host: SftpHost, tmp_path: Path, box: Box) -> PlainFar:
    """A prepared folder behind it."""
    return sftp_far(host, tmp_path / "place", box)


def deposit(remote: PlainRemote, sealed: Sealed) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature)


def through(
    proxy: CuttingProxy, host: SftpHost, far: PlainFar, timeouts: LineTimeouts = QUICK
) -> PlainRemote:
    """A remote whose line goes through a proxy."""
    known_hosts = far.box.folder / "known_hosts_of_the_proxy"
    line = f"[127.0.0.1]:{proxy.port} {host.sshd.host_key.line()}\n"
    known_hosts.write_text(line)
    address = host.address(proxy.port, known_hosts)
    return sftp_remote(address, str(far.root), STORE_ID, sender_of(far.box), timeouts=timeouts)


def settled_partial(host: SftpHost, far: PlainFar) -> Path:
    """The one unfinished file, once no session of a cut line can write to it any more."""
    host.wait_until_idle()
    (partial,) = (far.root / INCOMING).glob("*.part")
    return partial


@pytest.mark.sshd
def test_a_line_cut_three_times_delivers_in_the_end(
    host: SftpHost, far: PlainFar, box: Box
) -> None:
    """Each try goes on where the one before was cut, and little is sent twice."""
    sealed = box.seal(100 * BLOCK_BYTES)
    size_bytes = sealed.sidecar.size_bytes
    with CuttingProxy(host.sshd.port, [size_bytes // 3] * 3) as proxy:
        remote = through(proxy, host, far)
        for _ in range(3):
            with pytest.raises(RemoteError) as told:
                deposit(remote, sealed)
            assert (told.value.code, told.value.retryable) == ("LINE-CUT", True)
            assert far.stored_bytes(sealed.name) is None
        deposit(remote, sealed)
        relayed_bytes = proxy.relayed_bytes
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()
    assert relayed_bytes < 2.5 * size_bytes  # there and back once, and five blocks a cut


@pytest.mark.sshd
@pytest.mark.parametrize("block", [0, 20, 38])
def test_a_far_partial_that_rotted_is_mended(
    host: SftpHost, far: PlainFar, box: Box, block: int
) -> None:
    """Only its end is read before it is continued; the read-back finds the rest."""
    sealed = box.seal(100 * BLOCK_BYTES)
    with CuttingProxy(host.sshd.port, [45 * BLOCK_BYTES]) as proxy, pytest.raises(RemoteError):
        deposit(through(proxy, host, far), sealed)
    partial = settled_partial(host, far)
    partial.write_bytes(sealed.path.read_bytes()[: 40 * BLOCK_BYTES])
    flip_bit(partial, block * BLOCK_BYTES)
    deposit(far.remote, sealed)
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


@pytest.mark.sshd
def test_a_far_partial_with_another_end_is_continued_before_it(
    host: SftpHost, far: PlainFar, box: Box
) -> None:
    """After a power cut the end of a file may be zeros, however long."""
    sealed = box.seal(100 * BLOCK_BYTES)
    with CuttingProxy(host.sshd.port, [60 * BLOCK_BYTES]) as proxy, pytest.raises(RemoteError):
        deposit(through(proxy, host, far), sealed)
    partial, size_bytes = settled_partial(host, far), 50 * BLOCK_BYTES
    with partial.open("r+b") as stream:
        stream.truncate(30 * BLOCK_BYTES)
        stream.truncate(size_bytes)
    seen: list[int] = []
    far.remote.deposit(
        sealed.path, sealed.sidecar, sealed.signature, progress=lambda done, _: seen.append(done)
    )
    assert seen[0] == 30 * BLOCK_BYTES
    assert far.stored_bytes(sealed.name) == sealed.path.read_bytes()


@pytest.mark.sshd
def test_a_fetch_that_is_cut_goes_on_where_it_was(
    host: SftpHost, far: PlainFar, box: Box, tmp_path: Path
) -> None:
    """What came stays beside the target, and is not fetched again."""
    sealed = box.seal(100 * BLOCK_BYTES)
    deposit(far.remote, sealed)
    seen: list[int] = []
    with CuttingProxy(host.sshd.port, []) as proxy:
        remote = through(proxy, host, far, SOON)

        def freeze(done_bytes: int, _: int) -> None:
            if done_bytes >= 50 * BLOCK_BYTES:
                proxy.freeze()

        with pytest.raises(RemoteError) as told:
            remote.fetch(sealed.name, tmp_path / "back.zip", freeze)
    assert told.value.code == "LINE-CUT"
    assert not (tmp_path / "back.zip").exists()
    far.remote.fetch(sealed.name, tmp_path / "back.zip", lambda done, _: seen.append(done))
    assert seen[0] >= 50 * BLOCK_BYTES
    assert (tmp_path / "back.zip").read_bytes() == sealed.path.read_bytes()


@pytest.mark.sshd
def test_a_line_that_goes_dead_is_noticed(host: SftpHost, far: PlainFar, box: Box) -> None:
    """paramiko#515: nobody waits for ever for an answer that never comes."""
    sealed = box.seal(100 * BLOCK_BYTES)
    with CuttingProxy(host.sshd.port, []) as proxy:
        remote = through(proxy, host, far, SOON)
        with remote:
            remote.probe()
            proxy.freeze()
            with pytest.raises(RemoteError) as told:
                deposit(remote, sealed)
    assert (told.value.code, told.value.retryable) == ("LINE-CUT", True)


@pytest.mark.sshd
def test_an_account_without_sftp_is_told(tmp_path: Path, box: Box) -> None:
    """What answers is no SFTP: the code says that nothing there takes packages."""
    host = SftpHost(tmp_path / "other_host", ("/bin/echo", "hello"))
    with host.sshd:
        remote = sftp_remote(
            host.address(), str(tmp_path), STORE_ID, sender_of(box), timeouts=QUICK
        )
        with pytest.raises(RemoteError) as told:
            remote.probe()
    assert told.value.code in {"FAR-RECEIVER-MISSING", "LINE-CUT"}


@pytest.mark.sshd
def test_what_the_server_can_do_is_told(far: PlainFar) -> None:
    """A probe says what OpenSSH has, for the technician."""
    contact = far.remote.probe()
    assert contact.software.startswith("SFTP with fsync, free space")
    assert contact.free_bytes > 0


# --- a server that is not OpenSSH's ---------------------------------------------------------


def _remote(address: SshAddress, root: Path, box: Box) -> PlainRemote:
    with closing(SftpFiles(address, str(root), QUICK)) as files:
        prepare(files, STORE_ID)
    return sftp_remote(address, str(root), STORE_ID, sender_of(box), timeouts=QUICK)


def test_another_server_serves_too(tmp_path: Path, box: Box) -> None:
    """Without any extension, and with reads that give less than was asked for."""
    root = tmp_path / "place"
    root.mkdir()
    sealed = box.seal(20 * BLOCK_BYTES + 3)
    with OtherSftp(tmp_path / "server") as server, _remote(server.address, root, box) as remote:
        assert "without fsync, free space" in remote.probe().software
        deposit(remote, sealed)
        assert remote.scrub(sealed.sidecar) == ()
        assert list(remote.package_names()) == [sealed.name]
        remote.fetch(sealed.name, tmp_path / "back.zip")
        assert remote.quarantine(sealed.sidecar) is False
    assert (tmp_path / "back.zip").read_bytes() == sealed.path.read_bytes()


def test_a_server_whose_rename_replaces_replaces_nothing_of_ours(tmp_path: Path, box: Box) -> None:
    """drakkan/sftpgo#2068: the name is looked at first, and it is said that the server does so."""
    root = tmp_path / "place"
    root.mkdir()
    with OtherSftp(tmp_path / "server") as server:
        _remote(server.address, root, box)
        with closing(SftpFiles(server.address, str(root), QUICK)) as files:
            for name in ("a", "b"):
                with files.writing(f"{INCOMING}/{name}", afresh=True) as writer:
                    writer.write(0, name.encode())
                    writer.finish()
            files.make_folder("packages")
            files.rename(f"{INCOMING}/a", "packages/x")
            with pytest.raises(FileExistsError):
                files.rename(f"{INCOMING}/b", "packages/x")
            assert "replaces" in files.abilities()
    assert (root / "packages" / "x").read_bytes() == b"a"


def test_a_write_that_fails_without_a_reason_is_told(tmp_path: Path, box: Box) -> None:
    """restic#3336: a server that only says "Failure"; nothing counts as deposited."""
    root = tmp_path / "place"
    root.mkdir()
    sealed = box.seal(20 * BLOCK_BYTES)
    with OtherSftp(tmp_path / "server", fails_writing_at=10 * BLOCK_BYTES) as server:
        remote = _remote(server.address, root, box)
        with pytest.raises(RemoteError) as told:
            deposit(remote, sealed)
    assert (told.value.code, told.value.retryable) == ("FAR-STORAGE", True)
    assert not (root / "packages").exists()
    shutil.rmtree(root)


# --- hostile answers ------------------------------------------------------------------------


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body


GREETING = _packet(2, struct.pack(">I", 3))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "LINE-CUT"),
        (b"\x00\x00", "LINE-CUT"),
        (b"SSH-2.0 hello, this is no SFTP", "FAR-RECEIVER-MISSING"),
        (b"\x00\x00\x00\x00", "FAR-RECEIVER-MISSING"),
        (_packet(2, struct.pack(">I", 6)), "FAR-RECEIVER-MISSING"),
        (_packet(101, struct.pack(">I", 3)), "FAR-RECEIVER-MISSING"),
        (_packet(2, b"\x00"), "FAR-REFUSED"),
        (_packet(2, struct.pack(">II", 3, 2**31)), "FAR-REFUSED"),
    ],
)
def test_a_greeting_that_is_none_is_refused(said: bytes, code: str) -> None:
    """Whatever comes first, there is a code for it and no more is read than that."""
    with pytest.raises(RemoteError) as told:
        SftpSession(ScriptedChannel(said), 1.0)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (_packet(103, struct.pack(">II", 1, 2**31) + b"short"), "FAR-REFUSED"),
        (_packet(101, b"\x00\x00"), "FAR-REFUSED"),
        (_packet(101, struct.pack(">I", 1)), "FAR-REFUSED"),
        (struct.pack(">I", 2**31), "FAR-RECEIVER-MISSING"),
        (_packet(103, struct.pack(">II", 77, 0)), "FAR-REFUSED"),
    ],
)
def test_an_answer_that_breaks_the_protocol_is_refused(said: bytes, code: str) -> None:
    """Lengths that lie, answers to nothing, and packets without an end."""
    session = SftpSession(ScriptedChannel(GREETING + said), 1.0)
    with pytest.raises(RemoteError) as told:
        session.call(Request.READ, b"").body.string()
    assert told.value.code == code


def test_a_refusal_has_the_errno_that_fits() -> None:
    """What the server says in words is kept for the message."""
    said = _packet(101, struct.pack(">III", 1, 3, 5) + b"never" + struct.pack(">I", 0))
    session = SftpSession(ScriptedChannel(GREETING + said), 1.0)
    with pytest.raises(PermissionError, match="never"):
        session.call(Request.MKDIR)


def _names(number: int, *names: bytes) -> bytes:
    """An answer that tells of small files."""
    told = (
        wire.string(name) + wire.string(b"") + struct.pack(">II", 4, 0o100644) for name in names
    )
    return _packet(Reply.NAME, struct.pack(">II", number, len(names)) + b"".join(told))


@pytest.mark.parametrize("names", [(b"a.part", b"b.part"), (b"x" * 500_000,), (b".",), ()])
def test_names_without_end_are_not_listened_to_for_ever(
    monkeypatch: pytest.MonkeyPatch, names: tuple[bytes, ...]
) -> None:
    """Whatever comes again and again, with and without names, is given up with its own code."""
    monkeypatch.setattr(plain_files, "MAX_LISTING_BYTES", 1_000_000)
    more = (_names(number, *names) for number in itertools.count(1))
    session = SftpSession(ScriptedChannel(GREETING, more), 1.0)
    with pytest.raises(RemoteError, match=INCOMING) as told:
        gathered(INCOMING, told_entries(session, wire.string(b"handle")))
    assert (told.value.code, told.value.retryable) == ("FAR-NAMES-ENDLESS", False)


def test_the_end_of_the_names_is_the_end() -> None:
    """Names come in several answers; what is no file and no folder is passed over."""
    device = wire.string(b"device") + wire.string(b"") + struct.pack(">II", 4, 0o060644)
    answers = (
        _names(1, b"b", b".", b".."),
        _packet(Reply.NAME, struct.pack(">II", 2, 1) + device),
        _names(3, b"a"),
        _packet(Reply.STATUS, struct.pack(">II", 4, 1)),
    )
    session = SftpSession(ScriptedChannel(GREETING, answers), 1.0)
    found = gathered(INCOMING, told_entries(session, wire.string(b"handle")))
    assert [entry.name for entry in found] == ["a", "b"]


def test_an_answer_that_holds_no_names_is_refused() -> None:
    """Asked for names, a server that says "done" without end is not asked for ever."""
    more = (_packet(Reply.STATUS, struct.pack(">II", number, 0)) for number in itertools.count(1))
    session = SftpSession(ScriptedChannel(GREETING, more), 1.0)
    with pytest.raises(RemoteError) as told:
        gathered(INCOMING, told_entries(session, wire.string(b"handle")))
    assert told.value.code == "FAR-REFUSED"
