"""The box's side of the protocol, over any stream of bytes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import appliance
from appliance.domain.receipts import Receipt, Sidecar
from appliance.sync.papers import PackageName, SignedReceipt, SignedSidecar, check_sidecar
from appliance.sync.protocol import (
    ERROR,
    MAX_PAYLOAD_BYTES,
    VERSIONS,
    WORKING,
    FrameError,
    Frames,
    Verb,
)
from appliance.sync.refusal import refusal, refusal_told
from appliance.sync.remote import Contact
from appliance.sync.source import sealed_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.sync.protocol import ByteStream, Frame
    from appliance.sync.remote import Progress

BLOCKS_IN_FLIGHT: Final = 16
"""Our own: blocks sent and not confirmed; with 1 MiB blocks enough for 100 Mbit/s at 1 s."""

REQUESTS_IN_FLIGHT: Final = 4
"""Our own: blocks asked for in advance while fetching."""

SLOWEST_DISK_BYTES_PER_SECOND: Final = 1_000_000
"""Our own: a far disk that reads slower than this has failed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """When the box gives up on a far side; our own numbers.

    Args:
        silence_seconds: Without any sign of progress.
    """

    silence_seconds: float = 60.0

    def reading_seconds(self, size_bytes: int) -> float:
        """What the far side may take to read so many bytes from its disk."""
        return self.silence_seconds + size_bytes / SLOWEST_DISK_BYTES_PER_SECOND


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
        try:
            self._say(
                {
                    "verb": Verb.HELLO,
                    "versions": list(VERSIONS),
                    "software": f"archive-appliance/{appliance.__version__}",
                    "store_id": store_id,
                }
            )
            hello = self._reply(Verb.HELLO)
        except (EOFError, FrameError) as problem:
            raise refusal(
                "FAR-RECEIVER-MISSING", f"what answers is no receiver: {problem}"
            ) from problem
        self.contact = _contact(hello)
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
        self._say({"verb": Verb.COMMIT})
        return _signed_receipt(
            self._reply(Verb.COMMIT, self._pace.reading_seconds(sidecar.size_bytes))
        )

    def audit(self, sidecar: Sidecar) -> SignedReceipt:
        """Have a stored package read again."""
        self._say({"verb": Verb.AUDIT, **_name_header(PackageName.of(sidecar))})
        allowance_seconds = self._pace.reading_seconds(sidecar.size_bytes)
        return _signed_receipt(self._reply(Verb.AUDIT, allowance_seconds))

    def sidecar(self, name: PackageName) -> SignedSidecar:
        """Bring a stored sidecar and its signature."""
        data = self._small_part(name, "sidecar")
        signature = self._small_part(name, "signature")
        try:
            sidecar = Sidecar.from_bytes(data)
            found = check_sidecar(sidecar)
            text = signature.decode("ascii")
        except ValueError as problem:
            raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar: {problem}") from problem
        if found != name:
            raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar is of {found}")
        return SignedSidecar(sidecar, text)

    def ask_block(self, sidecar: Sidecar, index: int) -> None:
        """Ask for one block of a package; ``next_block`` takes the answers in their order."""
        self._ask_part(
            PackageName.of(sidecar), "package", index * sidecar.block_bytes, sidecar.block_bytes
        )

    def next_block(self) -> memoryview:
        """The answer to the oldest ``ask_block``; valid until the next call."""
        return self._reply(Verb.GET).payload

    def send_block(self, index: int, block: bytes) -> None:
        """Send one block; its confirmation is taken by ``confirmed``."""
        self._say({"verb": Verb.PUT, "index": index}, block)

    def confirmed(self) -> int:
        """Wait for the next confirmation; the index of the block."""
        return self._reply(Verb.PUT).number("index")

    def _held_blocks(self, signed: SignedSidecar) -> list[bool]:
        sidecar = signed.sidecar
        self._say({"verb": Verb.HAVE, "signature": signed.signature}, sidecar.to_bytes())
        reply = self._reply(Verb.HAVE, self._pace.reading_seconds(sidecar.size_bytes))
        bitmap = reply.payload
        if len(bitmap) != -(-len(sidecar.blocks) // 8):
            raise FrameError("the map of held blocks has another length")
        return [
            bool(bitmap[index // 8] & (0x80 >> index % 8)) for index in range(len(sidecar.blocks))
        ]

    def _small_part(self, name: PackageName, part: str) -> bytes:
        self._ask_part(name, part, 0, MAX_PAYLOAD_BYTES)
        reply = self._reply(Verb.GET)
        if reply.number("size_bytes") != len(reply.payload):
            raise refusal("FAR-COPY-DAMAGED", f"the stored {part} is too long")
        return bytes(reply.payload)

    def _ask_part(self, name: PackageName, part: str, offset_bytes: int, length_bytes: int) -> None:
        self._say(
            {
                "verb": Verb.GET,
                **_name_header(name),
                "part": part,
                "offset_bytes": offset_bytes,
                "length_bytes": length_bytes,
            }
        )

    def _say(self, header: Mapping[str, JsonValue], payload: bytes = b"") -> None:
        """Send a request; when that fails, what the far side said last explains it better."""
        try:
            self._frames.write(header, payload)
        except TimeoutError:
            raise
        except OSError:
            self._raise_last_words()
            raise

    def _raise_last_words(self) -> None:
        try:
            while (frame := self._frames.read()) is not None:
                _raise_told(frame)
        except (OSError, EOFError, FrameError):
            return  # nothing more to hear: the failed send tells the story

    def _reply(self, verb: Verb, allowance_seconds: float = 0.0) -> Frame:
        """The answer to a request; signs of life in between extend the wait only by progress."""
        allowance_seconds = max(allowance_seconds, self._pace.silence_seconds)
        deadline, received_bytes = time.monotonic() + allowance_seconds, 0
        while (frame := self._frames.read()) is not None:
            _raise_told(frame)
            if frame.text("reply") == verb:
                return frame
            if frame.text("reply") != WORKING:
                raise FrameError(f"{frame.text('reply')[:40]!r} is no answer to {verb}")
            if frame.number("received_bytes") > received_bytes:
                received_bytes = frame.number("received_bytes")
                deadline = time.monotonic() + allowance_seconds
            if time.monotonic() > deadline:
                raise refusal("LINE-CUT", f"no progress for {allowance_seconds:.0f} s")
        raise EOFError("the far side ended the session")


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
        block_bytes = self._sidecar.block_bytes
        return min(block_bytes, self._sidecar.size_bytes - index * block_bytes)


def _raise_told(frame: Frame) -> None:
    if frame.text("reply") == ERROR:
        raise refusal_told(frame.text("code"), frame.text("message"))


def _contact(hello: Frame) -> Contact:
    version = hello.number("version")
    if version not in VERSIONS:
        raise refusal("PROTOCOL-VERSION", f"the receiver chose version {version}")
    return Contact(
        store_id=hello.text("store_id"),
        protocol_version=version,
        software=hello.text("software")[:100],
        free_bytes=hello.number("free_bytes"),
        receipt_counter=hello.number("receipt_counter"),
    )


def _name_header(name: PackageName) -> dict[str, JsonValue]:
    return {"fonds_code": name.fonds_code, "file_code": name.file_code, "objid": name.objid}


def _signed_receipt(frame: Frame) -> SignedReceipt:
    try:
        receipt = Receipt.from_bytes(bytes(frame.payload))
    except (ValueError, TypeError) as problem:
        raise refusal("RECEIPT-INVALID", f"not a receipt: {problem}") from problem
    return SignedReceipt(receipt, frame.text("signature"))
