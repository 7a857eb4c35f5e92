"""Far sides that say anything: a session ends with a refusal, and nothing else comes out of it."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import RemoteError
from appliance.signing import wire
from appliance.sync import inquiry
from appliance.sync.conversation import Conversation, Pace
from appliance.sync.papers import PackageName
from appliance.sync.plain_errors import meaning_of
from appliance.sync.plain_files import gathered
from appliance.sync.protocol import FrameError, Frames
from appliance.sync.rate import UNLIMITED
from appliance.sync.refusal import DEPOSIT_RULES
from appliance.sync.sftp import SftpSession
from appliance.sync.sftp_listing import told_entries
from appliance.sync.sftp_packets import Reply, Request, read_attributes
from appliance.sync.sftp_transfer import ReadAhead, SftpWriter, largest_pieces
from appliance.sync.ssh import session_errors
from tests.domain.test_receipts import RECEIPT, SIDECAR
from tests.fuzz.making import EXAMPLES, Mutation, fuzzing, mutated, mutations
from tests.sync.making import STORE_ID
from tests.sync.test_hostile_far import HELLO, Script, frame
from tests.sync.wires import ScriptedChannel

if TYPE_CHECKING:
    from collections.abc import Callable

PIECES = b"abcd", b"efgh"
SEALED = replace(
    SIDECAR,
    file_code="H49.1976",
    size_bytes=8,
    block_bytes=4,
    blocks=tuple(map(xxhash.xxh3_128_hexdigest, PIECES)),
)
NAME = PackageName.of(SEALED)
PACE = Pace(1.0, 1.0)
SIGN_OF_LIFE = frame({"reply": "working", "received_bytes": 1, "read_bytes": 1})
RECEIPTS = json.dumps([[RECEIPT.to_bytes().decode(), "signature"]]).encode()
NAMES = json.dumps([[NAME.fonds_code, NAME.file_code, NAME.objid]]).encode()
ASKED: dict[str, tuple[bytes, Callable[[Conversation], object]]] = {
    "list": (frame({"reply": "list"}, NAMES), lambda talk: inquiry.names_after(talk, None)),
    "receipts": (
        frame({"reply": "receipts"}, RECEIPTS),
        lambda talk: inquiry.receipts_after(talk, 0),
    ),
    "audit": (
        SIGN_OF_LIFE + frame({"reply": "audit", "signature": "x"}, RECEIPT.to_bytes()),
        lambda talk: talk.audit(SEALED),
    ),
    "get": (
        frame({"reply": "get", "size_bytes": len(SEALED.to_bytes())}, SEALED.to_bytes())
        + frame({"reply": "get", "size_bytes": 9}, b"signature"),
        lambda talk: inquiry.stored_sidecar(talk, NAME),
    ),
    "scrub": (frame({"reply": "scrub"}, b"\x80"), lambda talk: inquiry.scrub(talk, SEALED)),
    "quarantine": (
        frame({"reply": "quarantine", "state": "put_aside"}),
        lambda talk: inquiry.quarantine(talk, SEALED),
    ),
    "blocks": (
        b"".join(frame({"reply": "get", "size_bytes": 8}, piece) for piece in PIECES),
        lambda talk: list(inquiry.blocks(talk, SEALED, (0, 1))),
    ),
}
"""What the box asks, with what a far side might answer."""


def outcome(call: Callable[[], object]) -> str:
    """What came of asking, as a destination tells it: the code of a refusal, or ``read``."""
    try:
        with session_errors("far"):
            call()
    except RemoteError as refused:
        return refused.code
    return "read"


@pytest.mark.parametrize("verb", sorted(ASKED))
def test_what_a_far_side_means_is_read(verb: str) -> None:
    """What the next test damages is right as it is."""
    said, ask = ASKED[verb]
    assert outcome(lambda: ask(Conversation(Script(frame(HELLO) + said), STORE_ID, PACE))) == "read"


def test_damaged_answers_end_with_a_refusal() -> None:
    """Whatever is changed in what a far side says, the box reads it or ends the session."""
    greeting = frame(HELLO)

    @fuzzing(EXAMPLES // 3)
    @given(st.sampled_from(sorted(ASKED)), mutations(), st.booleans())
    def answers(verb: str, changes: list[Mutation], is_greeted: bool) -> None:  # noqa: FBT001 - drawn
        said, ask = ASKED[verb]
        whole = (
            greeting + mutated(said, changes) if is_greeted else mutated(greeting + said, changes)
        )
        told = outcome(lambda: ask(Conversation(Script(whole), STORE_ID, PACE)))
        assert told in {"read", *DEPOSIT_RULES}

    answers()


def test_nonsense_is_no_frame() -> None:
    """Any bytes are frames to the letter, or the stream is refused; each frame is read once."""

    @fuzzing(EXAMPLES // 3)
    @given(st.binary(max_size=200), mutations())
    def reads(rest: bytes, changes: list[Mutation]) -> None:
        data = mutated(frame({"verb": "have", "n": 1}, b"payload"), changes[:2]) + rest
        frames, read = Frames(Script(data)), b""
        try:
            while (one := frames.read()) is not None:
                read += frame(one.header, bytes(one.payload))
        except (FrameError, EOFError):
            assert data.startswith(read)
        else:
            assert read == data

    reads()


def packet(kind: Reply, *fields: bytes) -> bytes:
    """One packet of a server."""
    return wire.string(bytes([kind]) + b"".join(fields))


def status(number: int, code: int) -> bytes:
    """A ``STATUS`` packet."""
    return packet(Reply.STATUS, wire.number(number), wire.number(code), wire.string(b"because"))


def written(session: SftpSession) -> int:
    """Write some bytes; how many were confirmed."""
    writer = SftpWriter(session, wire.string(b"h"), 8, UNLIMITED)
    writer.write(0, b"0123456789")
    writer.finish()
    return writer.confirmed_bytes()


ATTRIBUTES = wire.number(0xD) + struct.pack(">Q4I", 10, 0o100644, 1, 2, 0)[:20]
VERSION = packet(
    Reply.VERSION, wire.number(3), wire.string(b"limits@openssh.com"), wire.string(b"1")
)
LIMITS = packet(Reply.EXTENDED, wire.number(1), struct.pack(">4Q", 262144, 4, 8, 0))
SERVED: dict[str, tuple[bytes, Callable[[SftpSession], object]]] = {
    "names": (
        packet(
            Reply.NAME,
            wire.number(2),
            wire.number(1),
            wire.string(b"a"),
            wire.string(b""),
            ATTRIBUTES,
        )
        + status(3, 1),
        lambda session: gathered("folder", told_entries(session, wire.string(b"h"))),
    ),
    "attributes": (
        packet(Reply.ATTRS, wire.number(2), ATTRIBUTES),
        lambda session: read_attributes(session.call(Request.LSTAT, wire.string(b"a")).body),
    ),
    "reading": (
        packet(Reply.DATA, wire.number(3), wire.string(b"4567"))
        + packet(Reply.DATA, wire.number(2), wire.string(b"0123"))
        + status(4, 1),
        lambda session: list(ReadAhead(session, wire.string(b"h"), 4, UNLIMITED).pieces(0, 10)),
    ),
    "writing": (status(2, 0) + status(3, 0), written),
}
"""What the box asks of a server, with what that might answer."""


def served(call: Callable[[], object]) -> str:
    """What came of asking a server of files, as a destination tells it."""
    try:
        call()
    except RemoteError as refused:
        return refused.code
    except OSError as refused:  # what a place refuses, which has a meaning before it is told
        return meaning_of(refused, None).code
    return "read"


def greeted(said: bytes) -> SftpSession:
    """A session with a server that was listened to; the pieces it likes are never none or huge."""
    session = SftpSession(ScriptedChannel(said), 1.0)
    assert all(0 < size_bytes <= 255 * 1024 for size_bytes in largest_pieces(session))
    return session


@pytest.mark.parametrize("kind", sorted(SERVED))
def test_what_a_server_means_is_read(kind: str) -> None:
    """What the next test damages is right as it is."""
    said, ask = SERVED[kind]
    assert served(lambda: ask(greeted(VERSION + LIMITS + said))) == "read"


def test_an_end_where_nothing_can_end_is_a_refusal() -> None:
    """A server that answers a question for a name with "end of file" refuses, it ends nothing."""
    session = greeted(VERSION + LIMITS + status(2, 1))
    with pytest.raises(OSError, match="no more"):
        session.call(Request.LSTAT, wire.string(b"a"))


def test_answers_that_nobody_asked_for_are_not_kept() -> None:
    """However many come, the first ends the session."""
    session = greeted(VERSION + LIMITS + status(77, 0) * 1000)
    with pytest.raises(RemoteError, match="77, which was not asked"):
        session.call(Request.LSTAT, wire.string(b"a"))


def test_damaged_packets_end_with_a_refusal() -> None:
    """Whatever a server of files says, the box reads it or is refused."""

    @fuzzing(EXAMPLES // 3)
    @given(st.sampled_from(sorted(SERVED)), mutations(), st.booleans())
    def answers(kind: str, changes: list[Mutation], is_greeted: bool) -> None:  # noqa: FBT001 - drawn
        said, ask = SERVED[kind]
        greeting = VERSION + LIMITS
        whole = (
            greeting + mutated(said, changes) if is_greeted else mutated(greeting + said, changes)
        )
        assert served(lambda: ask(greeted(whole))) in {"read", *DEPOSIT_RULES}

    answers()
