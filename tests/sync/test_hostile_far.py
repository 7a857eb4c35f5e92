"""A far side that lies to the box: whatever it answers, the box ends with a code and no harm."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from appliance.domain.canonical import canonical_json
from appliance.domain.errors import RemoteError
from appliance.sync import inquiry
from appliance.sync.conversation import Conversation, Pace
from appliance.sync.protocol import FrameError
from tests.sync.making import BLOCK_BYTES, STORE_ID, Box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.domain.canonical import JsonValue

HELLO: dict[str, JsonValue] = {
    "reply": "hello",
    "version": 2,
    "store_id": STORE_ID,
    "software": "liar",
    "free_bytes": 1,
    "receipt_counter": 0,
    "partial_count": 0,
    "partial_bytes": 0,
    "notes": [],
}
NAME: JsonValue = ["F", "H", "urn:uuid:00000000-0000-0000-0000-000000000001"]


def frame(header: Mapping[str, JsonValue], payload: bytes = b"") -> bytes:
    """One frame as it goes over the line."""
    text = canonical_json(header)
    return struct.pack(">II", len(text), len(payload)) + text + payload


class Script:
    """A ``ByteStream`` that says what was written beforehand, whatever it is asked."""

    def __init__(self, *frames: bytes) -> None:
        self._rest = b"".join(frames)

    def receive_into(self, buffer: memoryview) -> int:
        """The next bytes of the script."""
        data, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def send(self, data: bytes) -> None:
        """Listen to nothing."""


def talk(*frames: bytes, hello: Mapping[str, JsonValue] | None = None) -> Conversation:
    """A greeted session with a scripted far side."""
    greeting = frame({**HELLO, **(hello or {})})
    return Conversation(Script(greeting, *frames), STORE_ID, Pace(1.0, 1.0))


def outcome(call: Callable[[], object]) -> str:
    """The code of a refusal, or ``frame`` for what breaks the protocol."""
    try:
        call()
    except RemoteError as problem:
        return problem.code
    except FrameError:
        return "frame"
    except EOFError:
        return "cut"
    return "believed"


@pytest.mark.parametrize(
    ("hello", "expected"),
    [
        ({"version": 3}, "FAR-TOO-NEW"),
        ({"version": 0}, "FAR-TOO-NEW"),
        ({"store_id": "ministry"}, "FAR-STORE-FOREIGN"),
        ({"free_bytes": -1}, "frame"),
        ({"partial_count": "many"}, "frame"),
        ({"reply": "have"}, "FAR-RECEIVER-MISSING"),
        ({"reply": "error", "code": "NO-SUCH", "message": "\x1b[2J" * 999}, "FAR-REFUSED"),
    ],
    ids=str,
)
def test_a_false_greeting_is_refused(hello: dict[str, JsonValue], expected: str) -> None:
    """Other versions, other stores, and numbers that are none."""
    assert outcome(lambda: talk(hello=hello)) == expected


@pytest.mark.parametrize("notes", ["FAR-CLOCK-BACK", 7, None, [["x"]], ["NO-SUCH-CODE"]])
def test_notes_that_are_none_are_left_out(notes: JsonValue) -> None:
    """Only codes that have a sentence are handed on."""
    assert talk(hello={"notes": notes}).contact.notes == ()


def test_notes_with_a_sentence_are_handed_on() -> None:
    """What is odd at the far side reaches the box."""
    assert talk(hello={"notes": ["X", "FAR-CLOCK-BACK"]}).contact.notes == ("FAR-CLOCK-BACK",)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[1]",
        b"[[]]",
        b'[["a","b"]]',
        b'[["../..","H","urn:uuid:../.."]]',
        b'[["F","H",7]]',
        b"[" * 99_999,
        b"\xff",
    ],
    ids=lambda payload: str(payload[:20]),
)
def test_a_false_list_is_refused(payload: bytes) -> None:
    """Only names of packages come out of a list."""
    session = talk(frame({"reply": "list"}, payload))
    assert outcome(lambda: inquiry.names_after(session, None)) == "frame"


def test_a_list_without_an_end_is_noticed() -> None:
    """A page that begins again with the last name would go on for ever."""
    page = frame({"reply": "list"}, canonical_json([NAME]))
    session = talk(page, page)
    (name,) = inquiry.names_after(session, None)
    assert outcome(lambda: inquiry.names_after(session, name)) == "frame"


@pytest.mark.parametrize("row", [["{}", "x"], ["", ""], ["\ud83d", "x"]], ids=str)
def test_false_receipts_are_refused(row: list[str]) -> None:
    """What is no receipt is never handed on as one."""
    payload = b"[" + str(row).replace("'", '"').encode("utf-8", "replace") + b"]"
    session = talk(frame({"reply": "receipts"}, payload))
    assert outcome(lambda: inquiry.receipts_after(session, 0)) in {"RECEIPT-INVALID", "frame"}


@pytest.mark.parametrize("bitmap", [b"", b"\0\0", b"\0" * 999])
def test_a_scrub_of_another_length_is_refused(box: Box, bitmap: bytes) -> None:
    """Three blocks have one byte of answers, not none and not two."""
    sidecar = box.seal(3 * BLOCK_BYTES).sidecar
    session = talk(frame({"reply": "scrub"}, bitmap))
    assert outcome(lambda: inquiry.scrub(session, sidecar)) == "frame"


@pytest.mark.parametrize(
    "payload", [b"", b"x", bytes(BLOCK_BYTES), bytes(2 * BLOCK_BYTES)], ids=len
)
def test_blocks_that_are_not_the_packages_are_refused(box: Box, payload: bytes) -> None:
    """Too short, too long, or other bytes: none of it is written anywhere."""
    sidecar = box.seal(3 * BLOCK_BYTES).sidecar
    session = talk(frame({"reply": "get", "size_bytes": 1}, payload))
    assert outcome(lambda: list(inquiry.blocks(session, sidecar, [0]))) == "FAR-COPY-DAMAGED"


def test_signs_of_life_without_an_end_are_given_up(box: Box) -> None:
    """Beats in which nothing moves do not hold a box for ever, however many come."""
    sidecar = box.seal(10).sidecar
    beat = frame({"reply": "working", "received_bytes": 5, "read_bytes": 0})
    session = Conversation(
        Script(frame(HELLO), *([beat] * 50)), STORE_ID, Pace(silence_seconds=1.0, stall_seconds=0.0)
    )
    assert outcome(lambda: inquiry.scrub(session, sidecar)) == "LINE-CUT"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"reply": "commit", "signature": ""}, "frame"),
        ({"reply": "scrub"}, "frame"),
        ({"reply": ["put"]}, "frame"),
        ({}, "frame"),
        ({"reply": "error", "code": "FAR-BUSY", "message": ""}, "FAR-BUSY"),
        ({"reply": "error"}, "frame"),
    ],
    ids=str,
)
def test_answers_to_something_else_are_refused(
    box: Box, reply: dict[str, JsonValue], expected: str
) -> None:
    """Each reply carries the word of its request, or is none."""
    sealed = box.seal(10)
    session = talk(frame(reply))
    assert outcome(lambda: session.deposit(sealed.path, sealed.signed, lambda *_: None)) == expected


@pytest.mark.parametrize("index", [1, 99])
def test_a_confirmation_of_what_was_not_sent_is_refused(box: Box, index: int) -> None:
    """A far side that confirms other blocks than those sent is not believed about any."""
    sealed = box.seal(10)
    session = talk(
        frame({"reply": "have", "state": "open"}, b"\0"), frame({"reply": "put", "index": index})
    )
    assert outcome(lambda: session.deposit(sealed.path, sealed.signed, lambda *_: None)) == "frame"


def test_a_far_side_that_hangs_up_in_an_answer_is_a_cut(box: Box) -> None:
    """Half a frame is no answer."""
    sidecar = box.seal(10).sidecar
    session = talk(frame({"reply": "scrub"}, b"\0")[:-1])
    assert outcome(lambda: inquiry.scrub(session, sidecar)) == "cut"
