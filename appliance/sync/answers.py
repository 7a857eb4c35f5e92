"""What a receiver answers to each verb, once both sides have greeted."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Final

from appliance.domain.canonical import canonical_json
from appliance.domain.receipts import Sidecar
from appliance.sync.arrival import Arrival
from appliance.sync.papers import PackageName, SignedSidecar, check_sidecar
from appliance.sync.protocol import (
    MAX_PAYLOAD_BYTES,
    READING_VERBS,
    VERB_VERSIONS,
    FrameError,
    Verb,
    flags_to_bitmap,
)
from appliance.sync.refusal import refusal
from appliance.sync.stored import audit_stored, quarantine_stored, scrub_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.sync.farstore import FarStore
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.protocol import Frame

    Answer = tuple[Mapping[str, JsonValue], bytes]

NAMES_PER_PAGE: Final = 2000
RECEIPTS_PER_PAGE: Final = 1000
"""Our own: some 1.3 MB; with names of 255 letters in every script a page of names is 1.5 MB."""


class Answers:
    """One session's verbs.

    Args:
        store: Opened for what the session may do.
        version: Of the protocol, agreed on.
        clock: Dates receipts and what is put aside.
        claim_seconds: How long another session may take to let go of a package.

    Attributes:
        arrival: The package that was announced; None before and after.
        read_bytes: Read from the disk for requests so far: a long answer shows life.
    """

    def __init__(self, store: FarStore, version: int, clock: Clock, claim_seconds: float) -> None:
        self.arrival: Arrival | None = None
        self.read_bytes = 0
        self._store = store
        self._clock = clock
        self._claim_seconds = claim_seconds
        self._listing: tuple[PackageName | None, Iterator[PackageName]] | None = None
        everything: Mapping[Verb, Callable[[Frame], Answer]] = {
            Verb.HAVE: self._have,
            Verb.PUT: self._put,
            Verb.COMMIT: self._commit,
            Verb.GET: self._get,
            Verb.AUDIT: self._audit,
            Verb.LIST: self._list,
            Verb.RECEIPTS: self._receipts,
            Verb.SCRUB: self._scrub,
            Verb.QUARANTINE: self._quarantine,
        }
        is_read_only = store.signing_key is None
        self._verbs: Mapping[str, Callable[[Frame], Answer]] = {
            verb: handler
            for verb, handler in everything.items()
            if VERB_VERSIONS[verb] <= version and (verb in READING_VERBS or not is_read_only)
        }

    def answer(self, frame: Frame) -> Answer:
        """Do what is asked.

        Raises:
            RemoteError: It cannot be done; the session is over.
            FrameError: It is not understood.
            OSError: The disk refused.
        """
        verb = frame.text("verb")
        handler = self._verbs.get(verb)
        if handler is None:
            what = "not for this session" if verb in VERB_VERSIONS else "unknown"
            raise refusal("FAR-REFUSED", f"the verb {verb[:40]!r} is {what}")
        return handler(frame)

    def let_go(self) -> None:
        """Let other sessions have the package that was announced."""
        if self.arrival is not None:
            self.arrival.release()
            self.arrival = None

    def _moved(self, size_bytes: int) -> None:
        self.read_bytes += size_bytes

    def _have(self, frame: Frame) -> Answer:
        self.let_go()
        self._store.check_marker()
        signed = SignedSidecar(_sidecar_in(frame), frame.text("signature"))
        self.arrival = Arrival(self._store, signed, self._claim_seconds, self._moved)
        state = "stored" if self.arrival.is_stored else "open"
        return {"reply": Verb.HAVE, "state": state}, self.arrival.held_bitmap()

    def _put(self, frame: Frame) -> Answer:
        index = frame.number("index")
        self._announced().put(index, frame.payload)
        return {"reply": Verb.PUT, "index": index}, b""

    def _commit(self, _frame: Frame) -> Answer:
        self._store.check_marker()
        signed = self._announced().commit(self._clock)
        self.let_go()
        return _receipt_answer(Verb.COMMIT, signed)

    def _audit(self, frame: Frame) -> Answer:
        self._store.check_marker()
        signed = audit_stored(self._store, _name_in(frame), self._clock, self._moved)
        return _receipt_answer(Verb.AUDIT, signed)

    def _get(self, frame: Frame) -> Answer:
        name = _name_in(frame)
        places = {
            "package": self._store.zip_path,
            "sidecar": self._store.sidecar_path,
            "signature": self._store.signature_path,
        }
        place = places.get(frame.text("part"))
        offset_bytes, length_bytes = frame.number("offset_bytes"), frame.number("length_bytes")
        if place is None or length_bytes > MAX_PAYLOAD_BYTES or offset_bytes >= 2**62:
            raise refusal("FAR-REFUSED", "no such part, or too much of it at once")
        size_bytes, data = _read_part(place(name), offset_bytes, length_bytes)
        return {"reply": Verb.GET, "size_bytes": size_bytes}, data

    def _list(self, frame: Frame) -> Answer:
        self._store.check_marker()
        is_start = not frame.text("objid")
        last = None if is_start else _name_in(frame)
        names = self._names_after(last)
        page = list(itertools.islice(names, NAMES_PER_PAGE))
        self._listing = (page[-1], names) if page else None
        rows = [[name.fonds_code, name.file_code, name.objid] for name in page]
        return {"reply": Verb.LIST}, canonical_json(rows)

    def _names_after(self, last: PackageName | None) -> Iterator[PackageName]:
        """Go on with the listing that the last page came from, or look through the disk anew."""
        if last is not None and self._listing is not None and self._listing[0] == last:
            return self._listing[1]
        return self._store.package_names(last)

    def _receipts(self, frame: Frame) -> Answer:
        self._store.check_marker()
        found = self._store.ledger().read(frame.number("after"))
        page = itertools.islice(found, RECEIPTS_PER_PAGE)
        rows = [[one.receipt.to_bytes().decode(), one.signature] for one in page]
        return {"reply": Verb.RECEIPTS}, canonical_json(rows)

    def _scrub(self, frame: Frame) -> Answer:
        self._store.check_marker()
        damaged = scrub_stored(self._store, _checked_sidecar_in(frame), self._moved)
        return {"reply": Verb.SCRUB}, flags_to_bitmap(damaged)

    def _quarantine(self, frame: Frame) -> Answer:
        self.let_go()
        self._store.check_marker()
        is_put_aside = quarantine_stored(
            self._store,
            _checked_sidecar_in(frame),
            self._clock,
            self._claim_seconds,
            self._moved,
        )
        state = "put_aside" if is_put_aside else "kept"
        return {"reply": Verb.QUARANTINE, "state": state}, b""

    def _announced(self) -> Arrival:
        if self.arrival is None:
            raise refusal("FAR-REFUSED", "no package was announced with have")
        return self.arrival


def _sidecar_in(frame: Frame) -> Sidecar:
    try:
        return Sidecar.from_bytes(bytes(frame.payload))
    except (ValueError, TypeError, RecursionError) as problem:
        raise refusal("FAR-REFUSED", f"not a sidecar: {type(problem).__name__}") from problem


def _checked_sidecar_in(frame: Frame) -> Sidecar:
    sidecar = _sidecar_in(frame)
    try:
        check_sidecar(sidecar)
    except ValueError as problem:
        raise refusal("FAR-REFUSED", f"impossible sidecar: {problem}") from problem
    return sidecar


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
