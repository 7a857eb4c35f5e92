"""The far side: what sshd starts as a forced command, one process a session.

A session answers one request after the other. The first thing it refuses ends it; whatever is on
the disk then is resumed by the next. Nothing here deletes or replaces what is stored.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import appliance
from appliance.disk.durable import storage_errors
from appliance.domain.errors import RemoteError
from appliance.domain.receipts import Sidecar
from appliance.sync.arrival import Arrival, audit_stored
from appliance.sync.farstore import FarStore
from appliance.sync.papers import PackageName, SignedSidecar
from appliance.sync.protocol import (
    ERROR,
    MAX_PAYLOAD_BYTES,
    VERSIONS,
    WORKING,
    Frame,
    FrameError,
    Frames,
    Verb,
    common_version,
)
from appliance.sync.pulse import Pulse
from appliance.sync.refusal import MAX_MESSAGE_CHARACTERS, refusal, told_to_the_sender
from appliance.sync.streams import DescriptorStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.sync.papers import SignedReceipt

    Answer = tuple[Mapping[str, JsonValue], bytes]


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
) -> SessionEnd:
    """Answer one sender until it goes away.

    Args:
        reader: Standard input, unread so far; only its descriptor is used.
        writer: Standard output; nothing else may write to it.
        store: The store's folder.
        clock: Dates the receipts.
        patience: How long to wait for what.
    """
    return _Session(reader.fileno(), writer.fileno(), store, clock, patience).run()


class _SteppedDownError(Exception):
    def __init__(self, end: SessionEnd) -> None:
        super().__init__(end)
        self.end = end


class _Session:
    def __init__(
        self,
        read_descriptor: int,
        write_descriptor: int,
        root: Path,
        clock: Clock,
        patience: ReceiverPatience,
    ) -> None:
        self._stream = DescriptorStream(read_descriptor, write_descriptor, self._on_idle)
        self._frames = Frames(self._stream)
        self._root = root
        self._clock = clock
        self._patience = patience
        self._store: FarStore | None = None
        self._arrival: Arrival | None = None
        self._is_answering = False
        self._verbs: Mapping[str, Callable[[FarStore, Frame], Answer]] = {
            Verb.HAVE: self._have,
            Verb.PUT: self._put,
            Verb.COMMIT: self._commit,
            Verb.GET: self._get,
            Verb.AUDIT: self._audit,
        }

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
            self._let_go()
        return SessionEnd.CLOSED

    def _converse(self) -> None:
        first = self._frames.read()
        if first is None:
            return
        header, _ = self._answered(self._hello, first)
        self._frames.write(header)
        with Pulse(self._beat, self._patience.pulse_seconds):
            while (frame := self._frames.read()) is not None:
                self._frames.write(*self._answered(self._dispatch, frame))

    def _answered(self, handler: Callable[[Frame], Answer], frame: Frame) -> Answer:
        self._is_answering = True
        try:
            with told_to_the_sender(), storage_errors("the store's disk refused"):
                return handler(frame)
        finally:
            self._is_answering = False

    def _refuse(self, problem: RemoteError) -> SessionEnd:
        message = str(problem)[:MAX_MESSAGE_CHARACTERS]
        try:
            self._frames.write({"reply": ERROR, "code": problem.code, "message": message})
        except ConnectionError:
            return SessionEnd.CUT
        return SessionEnd.REFUSED

    def _let_go(self) -> None:
        if self._arrival is not None:
            self._arrival.release()
            self._arrival = None

    def _on_idle(self, idle_seconds: float) -> None:
        if idle_seconds >= self._patience.silence_seconds:
            raise _SteppedDownError(SessionEnd.SILENT)
        is_wanted = self._arrival is not None and self._arrival.is_wanted()
        if is_wanted and idle_seconds >= self._patience.yield_seconds:
            raise _SteppedDownError(SessionEnd.TAKEN_OVER)

    def _beat(self, received_bytes_before: int) -> int:
        """Tell the sender of life, if there is any since the last beat."""
        received_bytes = self._stream.received_bytes
        if self._is_answering or received_bytes != received_bytes_before:
            self._frames.write({"reply": WORKING, "received_bytes": received_bytes})
        return received_bytes

    def _hello(self, frame: Frame) -> Answer:
        if frame.text("verb") != Verb.HELLO:
            raise refusal("FAR-REFUSED", "a session begins with hello")
        version = common_version(frame.header.get("versions"))
        if version is None:
            spoken = ", ".join(map(str, VERSIONS))
            raise refusal("PROTOCOL-VERSION", f"this receiver speaks version {spoken}")
        store = FarStore.open(self._root)
        wanted = frame.text("store_id")
        if wanted != store.store_id:
            raise refusal("FAR-STORE-FOREIGN", f"this is the store {store.store_id!r}")
        self._store = store
        answer: dict[str, JsonValue] = {
            "reply": Verb.HELLO,
            "version": version,
            "store_id": store.store_id,
            "software": f"archive-appliance/{appliance.__version__}",
            "free_bytes": store.free_bytes(),
            "receipt_counter": store.ledger().head().counter,
        }
        return answer, b""

    def _dispatch(self, frame: Frame) -> Answer:
        handler = self._verbs.get(frame.text("verb"))
        if handler is None or self._store is None:
            raise refusal("FAR-REFUSED", f"unknown verb {frame.text('verb')[:40]!r}")
        return handler(self._store, frame)

    def _have(self, store: FarStore, frame: Frame) -> Answer:
        self._let_go()
        store.check_marker()
        try:
            sidecar = Sidecar.from_bytes(bytes(frame.payload))
        except (ValueError, TypeError, RecursionError) as problem:
            raise refusal("FAR-REFUSED", f"not a sidecar: {type(problem).__name__}") from problem
        signed = SignedSidecar(sidecar, frame.text("signature"))
        self._arrival = Arrival(store, signed, self._patience.claim_seconds)
        state = "stored" if self._arrival.is_stored else "open"
        return {"reply": Verb.HAVE, "state": state}, self._arrival.held_bitmap()

    def _put(self, _store: FarStore, frame: Frame) -> Answer:
        index = frame.number("index")
        self._announced().put(index, frame.payload)
        return {"reply": Verb.PUT, "index": index}, b""

    def _commit(self, store: FarStore, _frame: Frame) -> Answer:
        store.check_marker()
        signed = self._announced().commit(self._clock)
        self._let_go()
        return _receipt_answer(Verb.COMMIT, signed)

    def _audit(self, store: FarStore, frame: Frame) -> Answer:
        store.check_marker()
        return _receipt_answer(Verb.AUDIT, audit_stored(store, _name_in(frame), self._clock))

    def _get(self, store: FarStore, frame: Frame) -> Answer:
        name = _name_in(frame)
        places = {
            "package": store.zip_path,
            "sidecar": store.sidecar_path,
            "signature": store.signature_path,
        }
        place = places.get(frame.text("part"))
        offset_bytes, length_bytes = frame.number("offset_bytes"), frame.number("length_bytes")
        if place is None or length_bytes > MAX_PAYLOAD_BYTES or offset_bytes >= 2**62:
            raise refusal("FAR-REFUSED", "no such part, or too much of it at once")
        size_bytes, data = _read_part(place(name), offset_bytes, length_bytes)
        return {"reply": Verb.GET, "size_bytes": size_bytes}, data

    def _announced(self) -> Arrival:
        if self._arrival is None:
            raise refusal("FAR-REFUSED", "no package was announced with have")
        return self._arrival


def _name_in(frame: Frame) -> PackageName:
    try:
        return PackageName(frame.text("fonds_code"), frame.text("file_code"), frame.text("objid"))
    except FrameError:
        raise
    except ValueError as problem:
        raise refusal("FAR-REFUSED", f"not the name of a package: {problem}") from problem


def _receipt_answer(verb: Verb, signed: SignedReceipt) -> Answer:
    return {"reply": verb, "signature": signed.signature}, signed.receipt.to_bytes()


def _read_part(path: Path, offset_bytes: int, length_bytes: int) -> tuple[int, bytes]:
    try:
        with path.open("rb", buffering=0) as stream:
            size_bytes = os.fstat(stream.fileno()).st_size
            stream.seek(offset_bytes)
            return size_bytes, stream.read(length_bytes)
    except FileNotFoundError as problem:
        raise refusal("FAR-COPY-MISSING", f"{path.name} is not in this store") from problem
