"""The box's side of the protocol, over any stream of bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import appliance
from appliance.domain.receipts import Receipt
from appliance.sync.papers import SignedReceipt
from appliance.sync.partial import block_bytes_at
from appliance.sync.protocol import (
    ERROR,
    VERB_VERSIONS,
    VERSIONS,
    WORKING,
    FrameError,
    Frames,
    Verb,
    bitmap_to_flags,
)
from appliance.sync.refusal import DEPOSIT_RULES, refusal, refusal_told
from appliance.sync.remote import Contact
from appliance.sync.source import sealed_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.domain.receipts import Sidecar
    from appliance.sync.papers import SignedSidecar
    from appliance.sync.protocol import ByteStream, Frame
    from appliance.sync.remote import Progress

BLOCKS_IN_FLIGHT: Final = 16
"""Our own: blocks sent and not confirmed; with 1 MiB blocks enough for 100 Mbit/s at 1 s."""

SLOWEST_DISK_BYTES_PER_SECOND: Final = 1_000_000
"""Our own: a far disk that reads slower than this has failed."""

_TELLS_MORE: Final = 2
"""Since this version a receiver tells how far it has read, and what lies unfinished there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When the box gives up on a far side; our own numbers.

    Args:
        silence_seconds: Without any sign of life.
        stall_seconds: With signs of life, but neither a byte received nor one read there: a
            disk that hangs. Making a large package durable moves nothing that can be counted.
    """

    silence_seconds: float = 25.0
    stall_seconds: float = 300.0

    def allowance_seconds(self, version: int, reading_bytes: int) -> float:
        """How long nothing may move while so many bytes are read at the far side.

        A receiver of version 1 does not tell how far it has read, so it gets the time that the
        slowest disk needs for all of it.
        """
        if version >= _TELLS_MORE:
            return self.stall_seconds
        return self.silence_seconds + reading_bytes / SLOWEST_DISK_BYTES_PER_SECOND


class Conversation:
    """One session, greeted.

    Args:
        stream: A fresh stream to a receiver.
        store_id: The store that must answer.
        pace: When to give up.

    Raises:
        RemoteError: As of every method, what the far side refuses, or ``LINE-CUT``; when what
            answers is no receiver, ``FAR-RECEIVER-MISSING``.
    """

    def __init__(self, stream: ByteStream, store_id: str, pace: Pace) -> None:
        self._frames = Frames(stream)
        self._pace = pace
        self._version = VERSIONS[0]
        try:
            self.say(
                {
                    "verb": Verb.HELLO,
                    "versions": list(VERSIONS),
                    "software": f"archive-appliance/{appliance.__version__}",
                    "store_id": store_id,
                }
            )
            hello = self.reply(Verb.HELLO)
        except (EOFError, FrameError) as problem:
            raise refusal(
                "FAR-RECEIVER-MISSING", f"what answers is no receiver: {problem}"
            ) from problem
        self.contact = _contact(hello)
        self._version = self.contact.protocol_version
        if self.contact.store_id != store_id:
            raise refusal("FAR-STORE-FOREIGN", f"the store is {self.contact.store_id!r}")

    def deposit(self, package: Path, signed: SignedSidecar, progress: Progress) -> SignedReceipt:
        """Send what the far side lacks, and have all of it read back there."""
        sidecar = signed.sidecar
        held = self._held_blocks(signed)
        sending = _Sending(self, sidecar, held, progress)
        for index, block in sealed_blocks(package, sidecar):
            if not held[index]:
                sending.send(index, block)
        sending.finish()
        self.say({"verb": Verb.COMMIT})
        return _signed_receipt(self.reply(Verb.COMMIT, sidecar.size_bytes))

    def audit(self, sidecar: Sidecar) -> SignedReceipt:
        """Have a stored package read again."""
        named: Mapping[str, JsonValue] = {
            "fonds_code": sidecar.fonds_code,
            "file_code": sidecar.file_code,
            "objid": sidecar.objid,
        }
        self.say({"verb": Verb.AUDIT, **named})
        return _signed_receipt(self.reply(Verb.AUDIT, sidecar.size_bytes))

    def send_block(self, index: int, block: bytes) -> None:
        """Send one block; its confirmation is taken by ``confirmed``."""
        self.say({"verb": Verb.PUT, "index": index}, block)

    def confirmed(self) -> int:
        """Wait for the next confirmation; the index of the block."""
        return self.reply(Verb.PUT).number("index")

    def say(self, header: Mapping[str, JsonValue], payload: bytes = b"") -> None:
        """Send a request; when that fails, what the far side said last explains it better.

        Raises:
            RemoteError: What the far side said last, or ``FAR-TOO-OLD``: it does not know the
                verb.
        """
        self._refuse_unknown(header["verb"])
        try:
            self._frames.write(header, payload)
        except TimeoutError:
            raise
        except OSError:
            self._raise_last_words()
            raise

    def reply(self, verb: Verb, reading_bytes: int = 0) -> Frame:
        """The answer to a request; valid until the next one.

        Args:
            verb: What was asked.
            reading_bytes: What the far side reads from its disk before it can answer.

        Raises:
            RemoteError: What the far side refuses, or ``LINE-CUT``: nothing moves any more.
            FrameError: It is no answer to this.
            EOFError: The session has ended.
        """
        allowance_seconds = self._pace.allowance_seconds(self._version, reading_bytes)
        deadline, moved_bytes = time.monotonic() + allowance_seconds, 0
        while (frame := self._frames.read()) is not None:
            _raise_told(frame)
            if frame.text("reply") == verb:
                return frame
            if frame.text("reply") != WORKING:
                raise FrameError(f"{frame.text('reply')[:40]!r} is no answer to {verb}")
            now_bytes = self._moved_bytes(frame)
            if now_bytes > moved_bytes:
                moved_bytes, deadline = now_bytes, time.monotonic() + allowance_seconds
            if time.monotonic() > deadline:
                raise refusal("LINE-CUT", f"no progress for {allowance_seconds:.0f} s")
        raise EOFError("the far side ended the session")

    def _moved_bytes(self, working: Frame) -> int:
        read_bytes = working.number("read_bytes") if self._version >= _TELLS_MORE else 0
        return working.number("received_bytes") + read_bytes

    def _refuse_unknown(self, verb: JsonValue) -> None:
        since = VERB_VERSIONS.get(Verb(str(verb)), 0)
        if since > self._version:
            raise refusal(
                "FAR-TOO-OLD", f"{self.contact.software} does not know {verb}: it needs {since}"
            )

    def _held_blocks(self, signed: SignedSidecar) -> list[bool]:
        sidecar = signed.sidecar
        self.say({"verb": Verb.HAVE, "signature": signed.signature}, sidecar.to_bytes())
        reply = self.reply(Verb.HAVE, sidecar.size_bytes)
        return bitmap_to_flags(reply.payload, len(sidecar.blocks))

    def _raise_last_words(self) -> None:
        try:
            while (frame := self._frames.read()) is not None:
                _raise_told(frame)
        except (OSError, EOFError, FrameError):
            return  # nothing more to hear: the failed send tells the story


class _Sending:
    """Counts blocks out and confirmations in."""

    def __init__(
        self, talk: Conversation, sidecar: Sidecar, held: list[bool], progress: Progress
    ) -> None:
        self._talk = talk
        self._sidecar = sidecar
        self._progress = progress
        self._in_flight: set[int] = set()
        self._done_bytes = sum(self._size(i) for i, is_held in enumerate(held) if is_held)
        progress(self._done_bytes, sidecar.size_bytes)

    def send(self, index: int, block: bytes) -> None:
        while len(self._in_flight) >= BLOCKS_IN_FLIGHT:
            self._take_confirmation()
        self._talk.send_block(index, block)
        self._in_flight.add(index)

    def finish(self) -> None:
        while self._in_flight:
            self._take_confirmation()

    def _take_confirmation(self) -> None:
        index = self._talk.confirmed()
        if index not in self._in_flight:
            raise FrameError(f"block {index} was confirmed, but not sent")
        self._in_flight.remove(index)
        self._done_bytes += self._size(index)
        self._progress(self._done_bytes, self._sidecar.size_bytes)

    def _size(self, index: int) -> int:
        return block_bytes_at(self._sidecar, index)


def _raise_told(frame: Frame) -> None:
    if frame.text("reply") == ERROR:
        raise refusal_told(frame.text("code"), frame.text("message"))


def _contact(hello: Frame) -> Contact:
    version = hello.number("version")
    if version not in VERSIONS:
        raise refusal("FAR-TOO-NEW", f"the receiver chose version {version}")
    is_told = version >= _TELLS_MORE
    notes = hello.header.get("notes")
    return Contact(
        store_id=hello.text("store_id"),
        protocol_version=version,
        software=hello.text("software")[:100],
        free_bytes=hello.number("free_bytes"),
        receipt_counter=hello.number("receipt_counter"),
        partial_count=hello.number("partial_count") if is_told else 0,
        partial_bytes=hello.number("partial_bytes") if is_told else 0,
        notes=tuple(code for code in DEPOSIT_RULES if isinstance(notes, list) and code in notes),
    )


def _signed_receipt(frame: Frame) -> SignedReceipt:
    try:
        receipt = Receipt.from_bytes(bytes(frame.payload))
    except (ValueError, TypeError) as problem:
        raise refusal("RECEIPT-INVALID", f"not a receipt: {problem}") from problem
    return SignedReceipt(receipt, frame.text("signature"))
