"""The far side: what sshd starts as a forced command, one process a session.

A session answers one request after the other. The first thing it refuses ends it; whatever is on
the disk then is resumed by the next. Nothing here deletes or replaces what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import RemoteError
from appliance.sync.answers import Answers
from appliance.sync.farstore import FarStore
from appliance.sync.greeting import greeting, sweep_stored
from appliance.sync.protocol import (
    ERROR,
    VERSIONS,
    WORKING,
    Frame,
    FrameError,
    Frames,
    Verb,
    common_version,
    is_behind,
)
from appliance.sync.pulse import Pulse
from appliance.sync.refusal import MAX_MESSAGE_CHARACTERS, refusal, told_to_the_sender
from appliance.sync.streams import DescriptorStream

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.sync.answers import Answer


class SessionEnd(StrEnum):
    """How a session ended; none of them is an error of the receiver."""

    CLOSED = "closed"
    """The sender had no more to ask."""
    CUT = "cut"
    """The sender went away in the middle."""
    SILENT = "silent"
    """The sender said nothing for too long."""
    TAKEN_OVER = "taken_over"
    """A newer session has the package."""
    REFUSED = "refused"
    """Something was asked that cannot be done; the sender was told the code."""


@dataclass(frozen=True, slots=True)
class ReceiverPatience:
    """How long a receiver waits; our own numbers.

    Args:
        silence_seconds: A sender that says nothing for so long is gone.
        yield_seconds: A session that has heard nothing for so long lets a newer one take over.
        claim_seconds: How long a newer session waits for the older one to let go.
        pulse_seconds: Between two signs of life while a request is worked on.
    """

    silence_seconds: float = 900.0
    yield_seconds: float = 3.0
    claim_seconds: float = 8.0
    pulse_seconds: float = 5.0


DEFAULT_PATIENCE: Final = ReceiverPatience()


def serve(
    reader: BinaryIO,
    writer: BinaryIO,
    store: Path,
    clock: Clock,
    patience: ReceiverPatience = DEFAULT_PATIENCE,
    *,
    is_read_only: bool = False,
) -> SessionEnd:
    """Answer one sender until it goes away.

    Args:
        reader: Standard input, unread so far; only its descriptor is used.
        writer: Standard output; nothing else may write to it.
        store: The store's folder.
        clock: Dates the receipts.
        patience: How long to wait for what.
        is_read_only: Whether the session may only list, fetch and scrub; the store's key is
            then not even opened, and nothing is written.
    """
    stream = DescriptorStream(reader.fileno(), writer.fileno())
    return _Session(stream, store, clock, patience, is_read_only=is_read_only).run()


class _SteppedDownError(Exception):
    def __init__(self, end: SessionEnd) -> None:
        super().__init__(end)
        self.end = end


class _Session:
    def __init__(
        self,
        stream: DescriptorStream,
        root: Path,
        clock: Clock,
        patience: ReceiverPatience,
        *,
        is_read_only: bool,
    ) -> None:
        self._stream = stream
        self._frames = Frames(stream)
        self._root = root
        self._clock = clock
        self._patience = patience
        self._is_read_only = is_read_only
        self._answers: Answers | None = None
        self._version = VERSIONS[0]
        self._is_answering = False
        stream.on_idle = self._on_idle

    def run(self) -> SessionEnd:
        try:
            self._converse()
        except (EOFError, ConnectionError):
            return SessionEnd.CUT
        except _SteppedDownError as stepped_down:
            return stepped_down.end
        except RemoteError as problem:
            return self._refuse(problem)
        except FrameError as problem:
            return self._refuse(refusal("FAR-REFUSED", str(problem)))
        finally:
            if self._answers is not None:
                self._answers.let_go()
        return SessionEnd.CLOSED

    def _converse(self) -> None:
        first = self._frames.read()
        if first is None:
            return
        header, answers = self._greet(first)
        self._answers = answers
        self._frames.write(header)
        with Pulse(self._beat, self._patience.pulse_seconds):
            while (frame := self._frames.read()) is not None:
                self._frames.write(*self._answered(answers, frame))

    def _answered(self, answers: Answers, frame: Frame) -> Answer:
        self._is_answering = True
        try:
            with told_to_the_sender():
                return answers.answer(frame)
        finally:
            self._is_answering = False

    def _refuse(self, problem: RemoteError) -> SessionEnd:
        message = str(problem)[:MAX_MESSAGE_CHARACTERS]
        try:
            self._frames.write({"reply": ERROR, "code": problem.code, "message": message})
        except ConnectionError:
            return SessionEnd.CUT
        return SessionEnd.REFUSED

    def _on_idle(self, idle_seconds: float) -> None:
        if idle_seconds >= self._patience.silence_seconds:
            raise _SteppedDownError(SessionEnd.SILENT)
        arrival = self._answers.arrival if self._answers is not None else None
        is_wanted = arrival is not None and arrival.is_wanted()
        if is_wanted and idle_seconds >= self._patience.yield_seconds:
            raise _SteppedDownError(SessionEnd.TAKEN_OVER)

    def _beat(self, received_bytes_before: int) -> int:
        """Tell the sender of life, if there is any since the last beat."""
        received_bytes = self._stream.received_bytes
        if self._is_answering or received_bytes != received_bytes_before:
            sign: dict[str, JsonValue] = {"reply": WORKING, "received_bytes": received_bytes}
            if self._version > 1 and self._answers is not None:
                sign["read_bytes"] = self._answers.read_bytes
            self._frames.write(sign)
        return received_bytes

    def _greet(self, frame: Frame) -> tuple[dict[str, JsonValue], Answers]:
        if frame.text("verb") != Verb.HELLO:
            raise refusal("FAR-REFUSED", "a session begins with hello")
        self._version = _agreed_version(frame.header.get("versions"))
        with told_to_the_sender():
            store = FarStore.open(self._root, is_read_only=self._is_read_only)
            wanted = frame.text("store_id")
            if wanted != store.store_id:
                raise refusal("FAR-STORE-FOREIGN", f"this is the store {store.store_id!r}")
            if not self._is_read_only:
                sweep_stored(store)
            answers = Answers(store, self._version, self._clock, self._patience.claim_seconds)
            return greeting(store, self._version, self._clock), answers


def _agreed_version(offered: object) -> int:
    """The version to speak; when there is none, the sender is told which side to upgrade.

    Raises:
        RemoteError: ``FAR-TOO-OLD`` or ``FAR-TOO-NEW``.
        FrameError: What is offered is no list of versions.
    """
    version = common_version(offered)
    if version is not None:
        return version
    code = "FAR-TOO-NEW" if is_behind(offered) else "FAR-TOO-OLD"
    raise refusal(code, f"this receiver speaks version {', '.join(map(str, VERSIONS))}")
