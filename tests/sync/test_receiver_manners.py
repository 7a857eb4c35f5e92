"""The receiver against senders that break the rules, without SSH between."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

import pytest

from appliance.sync.receiver import ReceiverPatience, SessionEnd
from tests.sync.making import (
    STORE_ID,
    Box,
    forge,
)
from tests.sync.wires import ThreadedReceiver, deposit_whole, package_header, told

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue


def test_a_hello_is_answered_with_the_stores_facts(root: Path) -> None:
    """The greeting names version, store, room and the newest receipt."""
    with ThreadedReceiver(root) as far:
        hello = far.greet()
    assert (hello.number("version"), hello.text("store_id")) == (2, STORE_ID)
    assert hello.number("free_bytes") > 0
    assert far.end is SessionEnd.CLOSED


@pytest.mark.parametrize(
    ("versions", "code"),
    [
        ([0], "FAR-TOO-NEW"),
        ([3, 4], "FAR-TOO-OLD"),
        ([], "FAR-REFUSED"),
        ("1", "FAR-REFUSED"),
        (None, "FAR-REFUSED"),
        ([[1]], "FAR-REFUSED"),
        ([{"1": 1}], "FAR-REFUSED"),
        ([True], "FAR-REFUSED"),
    ],
)
def test_another_protocol_version_is_refused(root: Path, versions: JsonValue, code: str) -> None:
    """An older and a newer sender are told which side to upgrade; absurd offers are refused."""
    with ThreadedReceiver(root) as far:
        reply = far.ask({"verb": "hello", "versions": versions, "store_id": STORE_ID})
        assert told(reply) == code
        assert far.wait() is SessionEnd.REFUSED


@pytest.mark.parametrize(("offered", "chosen"), [([1], 1), ([1, 2, 9], 2), ([2, 1], 2)])
def test_the_newest_common_version_is_chosen(
    root: Path, offered: list[JsonValue], chosen: int
) -> None:
    """Older and newer senders are served as long as one version is shared."""
    with ThreadedReceiver(root) as far:
        hello = far.ask({"verb": "hello", "versions": offered, "store_id": STORE_ID})
        assert hello.number("version") == chosen


def test_a_store_without_its_marker_is_refused(root: Path) -> None:
    """An unmounted disk looks like an empty folder, and gets nothing."""
    (root / ".appliance" / "store.json").unlink()
    with ThreadedReceiver(root) as far:
        assert told(far.greet()) == "FAR-STORE-MISSING"


@pytest.mark.parametrize("marker", [b"", b"{}", b"[1]", b'{"format":"other/1","store_id":"x"}'])
def test_a_marker_of_another_kind_is_refused(root: Path, marker: bytes) -> None:
    """A damaged or foreign marker is no store of ours."""
    (root / ".appliance" / "store.json").write_bytes(marker)
    with ThreadedReceiver(root) as far:
        assert told(far.greet()) == "FAR-STORE-FOREIGN"


def test_another_store_is_refused(root: Path) -> None:
    """A sender that means another store does not get this one."""
    with ThreadedReceiver(root) as far:
        reply = far.ask({"verb": "hello", "versions": [1], "store_id": "ministry"})
        assert told(reply) == "FAR-STORE-FOREIGN"


def test_a_marker_that_goes_in_mid_session_stops_the_work(root: Path, box: Box) -> None:
    """The marker is looked at before each package, not only at the greeting."""
    with ThreadedReceiver(root) as far:
        far.greet()
        (root / ".appliance" / "store.json").unlink()
        assert told(far.announce(box.seal(10))) == "FAR-STORE-MISSING"


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">II", 2**32 - 1, 0),
        struct.pack(">II", 10, 2**32 - 1),
        struct.pack(">II", 64 * 1024 + 1, 0),
        struct.pack(">II", 0, 0),
        struct.pack(">II", 4, 0) + b"null",
        struct.pack(">II", 3, 0) + b"{ }",
        struct.pack(">II", 13, 0) + b'{"a":1,"a":2}',
        struct.pack(">II", 9, 0) + b'{"a":NaN}',
        struct.pack(">II", 9, 0) + b'{"a":1.5}',
        struct.pack(">II", 60_000, 0) + b"[" * 60_000,
        struct.pack(">II", 9_007, 0) + b'{"a":' + b"1" * 9_001 + b"}",
        struct.pack(">II", 14, 0) + b'{"a":"\\ud800"}',
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=lambda data: str(data[:16]),
)
def test_what_is_no_frame_is_refused(root: Path, data: bytes) -> None:
    """Hostile lengths and headers end the session with a code, before any memory is given."""
    with ThreadedReceiver(root) as far:
        far.connection.sendall(data)
        assert told(far.reply()) == "FAR-REFUSED"
        assert far.wait() is SessionEnd.REFUSED


@pytest.mark.parametrize(
    "header",
    [
        {"verb": "have", "signature": ""},
        {"verb": "delete"},
        {"verb": "put", "index": 0},
        {"verb": "commit"},
        {"verb": "get"},
        {"no": "verb"},
        {"verb": ["put"]},
    ],
    ids=str,
)
def test_nothing_comes_before_hello(root: Path, header: dict[str, JsonValue]) -> None:
    """A session begins with hello, whatever else is asked."""
    with ThreadedReceiver(root) as far:
        assert told(far.ask(header)) == "FAR-REFUSED"


@pytest.mark.parametrize(
    "header",
    [
        {"verb": "delete"},
        {"verb": "hello"},
        {"verb": "put", "index": 0},
        {"verb": "commit"},
        {"verb": "audit", "fonds_code": "..", "file_code": "x", "objid": "../../x"},
        {"verb": "get", "fonds_code": "x"},
        {"verb": "have", "signature": 7},
    ],
    ids=str,
)
def test_requests_out_of_place_are_refused(root: Path, header: dict[str, JsonValue]) -> None:
    """Unknown verbs, blocks of nothing and impossible names get a code, not a crash."""
    with ThreadedReceiver(root) as far:
        far.greet()
        assert told(far.ask(header)) == "FAR-REFUSED"


@pytest.mark.parametrize(
    "changes",
    [
        {"objid": "../../etc/passwd"},
        {"objid": "urn:uuid:" + "0" * 36},
        {"objid": "urn:uuid:00000000-0000-0000-0000-00000000000a"},
        {"name": "../escape.zip"},
        {"fonds_code": ""},
        {"file_code": "ệ" * 100},
        {"size_bytes": 0},
        {"size_bytes": -1},
        {"size_bytes": 2**70},
        {"size_bytes": 2**61, "block_bytes": 2**20},
        {"block_bytes": 0},
        {"block_bytes": 2**40},
        {"blocks": ()},
        {"blocks": (1,)},
        {"blocks": ("../../../../../../../../../etc/x",)},
        {"sha256": "../" * 10},
        {"sha256": "A" * 64},
        {"event_head": "none"},
    ],
    ids=str,
)
def test_impossible_sidecars_are_refused(root: Path, box: Box, changes: dict[str, object]) -> None:
    """Even a known box's signature makes no impossible name, size or digest acceptable."""
    forged = forge(box.seal(100), box, **changes)
    with ThreadedReceiver(root) as far:
        far.greet()
        assert told(far.announce(forged)) == "FAR-REFUSED"
    assert list((root / ".appliance" / "incoming").iterdir()) == []


@pytest.mark.parametrize("payload", [b"", b"{}", b"[" * 100_000, b"\xff", b'{"format":1}'])
def test_what_is_no_sidecar_is_refused(root: Path, payload: bytes) -> None:
    """The announced paper is read with suspicion."""
    with ThreadedReceiver(root) as far:
        far.greet()
        reply = far.ask({"verb": "have", "signature": ""}, payload)
        assert told(reply) == "FAR-REFUSED"


def test_a_session_without_a_rival_waits(root: Path, box: Box) -> None:
    """Quiet alone ends no session: a slow line is not a dead one."""
    sealed = box.seal(10)
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        time.sleep(1.5)
        assert far.put(sealed, 0).header["reply"] == "put"


def test_a_sender_silent_for_too_long_is_given_up(root: Path) -> None:
    """A far side does not keep dead sessions for ever."""
    with ThreadedReceiver(root, ReceiverPatience(silence_seconds=1.0)) as far:
        far.greet()
        assert far.wait() is SessionEnd.SILENT


@pytest.mark.parametrize(
    "more",
    [
        {"part": "key", "offset_bytes": 0, "length_bytes": 10},
        {"part": "../.appliance/key", "offset_bytes": 0, "length_bytes": 10},
        {"part": "package", "offset_bytes": 0, "length_bytes": 2**31},
        {"part": "package", "offset_bytes": 2**80, "length_bytes": 1},
        {"part": "package", "offset_bytes": -1, "length_bytes": 1},
        {"part": "package", "offset_bytes": True, "length_bytes": 1},
    ],
    ids=str,
)
def test_nothing_else_can_be_read(root: Path, box: Box, more: dict[str, JsonValue]) -> None:
    """Only the three parts of a package, in bounded pieces."""
    sealed = box.seal(100)
    deposit_whole(root, sealed)
    with ThreadedReceiver(root) as far:
        far.greet()
        assert told(far.ask(package_header(sealed, "get", **more))) == "FAR-REFUSED"
