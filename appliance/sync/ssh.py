"""A destination behind SSH: the ``Remote`` over paramiko and a receiver."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.domain.errors import RemoteError
from appliance.sync import inquiry
from appliance.sync.connecting import LineTimeouts
from appliance.sync.conversation import Conversation, Pace
from appliance.sync.line import Line
from appliance.sync.papers import NO_RECEIPT, SignedSidecar, check_receipt
from appliance.sync.protocol import FrameError
from appliance.sync.rate import UNLIMITED
from appliance.sync.refusal import refusal
from appliance.sync.remote import ignore_progress
from appliance.sync.retrieval import bring, give_name, refuse_taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from appliance.domain.receipts import Sidecar
    from appliance.sync.connecting import SshAddress
    from appliance.sync.papers import PackageName, PinnedStore, ReceiptHead, SignedReceipt
    from appliance.sync.rate import RateLimit
    from appliance.sync.remote import Contact, Progress

DEFAULT_TIMEOUTS: Final = LineTimeouts()

BLOCKS_AT_ONCE: Final = 8
"""Our own: single blocks brought before any is handed out, so that other calls may come between;
8 MiB of memory."""


class SshRemote:
    """A destination behind SSH. Implements ``Remote``; not for several threads at once.

    Args:
        address: Where it is; its host key is pinned.
        store: Which store must answer, and the key that signs its receipts.
        timeouts: When the line counts as dead.
        limit: How fast bytes may go out.
    """

    def __init__(
        self,
        address: SshAddress,
        store: PinnedStore,
        timeouts: LineTimeouts = DEFAULT_TIMEOUTS,
        limit: RateLimit = UNLIMITED,
    ) -> None:
        self._address = address
        self._store = store
        self._timeouts = timeouts
        self._limit = limit
        self._is_kept = False
        self._open: tuple[Line, Conversation] | None = None

    def __enter__(self) -> Self:
        """Keep the connection between calls."""
        self._is_kept = True
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._is_kept = False
        self._close()

    def probe(self) -> Contact:
        """As of ``Remote``; always over a fresh connection, since an old one proves nothing."""
        self._close()
        with self._session() as talk:
            return talk.contact

    def deposit(
        self,
        package: Path,
        sidecar: Sidecar,
        sidecar_signature: str,
        *,
        head: ReceiptHead = NO_RECEIPT,
        progress: Progress = ignore_progress,
    ) -> SignedReceipt:
        """As of ``Remote``."""
        with self._session() as talk:
            receipt = talk.deposit(package, SignedSidecar(sidecar, sidecar_signature), progress)
            check_receipt(receipt, sidecar, self._store, head)
            return receipt

    def fetch(
        self, name: PackageName, target: Path, progress: Progress = ignore_progress
    ) -> SignedSidecar:
        """As of ``Remote``.

        Raises:
            FileExistsError: The target exists.
            StorageError: The box's disk refused.
        """
        refuse_taken(target)
        with self._session() as talk:
            signed = inquiry.stored_sidecar(talk, name)
            brought = bring(target, signed.sidecar, partial(inquiry.blocks, talk), progress)
        give_name(brought, target)
        return signed

    def audit(self, sidecar: Sidecar, *, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
        """As of ``Remote``."""
        with self._session() as talk:
            receipt = talk.audit(sidecar)
            check_receipt(receipt, sidecar, self._store, head)
            return receipt

    def package_names(self) -> Iterator[PackageName]:
        """As of ``Remote``."""
        last: PackageName | None = None
        while True:
            with self._session() as talk:
                names = inquiry.names_after(talk, last)
            if not names:
                return
            yield from names
            last = names[-1]

    def sidecar(self, name: PackageName) -> SignedSidecar:
        """As of ``Remote``."""
        with self._session() as talk:
            return inquiry.stored_sidecar(talk, name)

    def receipts(self, after: int = 0) -> Iterator[SignedReceipt]:
        """As of ``Remote``."""
        while True:
            with self._session() as talk:
                found = inquiry.receipts_after(talk, after)
            if not found:
                return
            yield from found
            after = found[-1].receipt.counter

    def scrub(self, sidecar: Sidecar) -> tuple[int, ...]:
        """As of ``Remote``."""
        with self._session() as talk:
            return inquiry.scrub(talk, sidecar)

    def fetch_blocks(self, sidecar: Sidecar, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """As of ``Remote``."""
        for start in range(0, len(indexes), BLOCKS_AT_ONCE):
            wanted = indexes[start : start + BLOCKS_AT_ONCE]
            found, problem = self._try_blocks(sidecar, wanted)
            yield from found
            if problem is not None:
                raise problem

    def quarantine(self, sidecar: Sidecar) -> bool:
        """As of ``Remote``."""
        with self._session() as talk:
            return inquiry.quarantine(talk, sidecar)

    def _try_blocks(
        self, sidecar: Sidecar, indexes: Sequence[int]
    ) -> tuple[list[tuple[int, bytes]], RemoteError | None]:
        """A few blocks, and what stopped the rest: what was good before it still serves."""
        found: list[tuple[int, bytes]] = []
        try:
            with self._session() as talk:
                for index, block in inquiry.blocks(talk, sidecar, indexes):
                    found.append((index, bytes(block)))
        except RemoteError as problem:
            return found, problem
        return found, None

    @contextmanager
    def _session(self) -> Iterator[Conversation]:
        """A greeted session, mapped errors; after any of them the connection is dropped."""
        try:
            with session_errors(self._address.known_name):
                yield self._talk()
        except BaseException:
            self._close()
            raise
        if not self._is_kept:
            self._close()

    def _talk(self) -> Conversation:
        if self._open is None:
            line = Line.open(self._address, self._timeouts, self._limit)
            try:
                self._open = (line, self._greet(line))
            except BaseException:
                line.close()
                raise
        return self._open[1]

    def _greet(self, line: Line) -> Conversation:
        pace = Pace(self._timeouts.silence_seconds, self._timeouts.stall_seconds)
        try:
            return Conversation(line, self._store.store_id, pace)
        except TimeoutError as problem:
            late = TimeoutError(f"nothing greets within {pace.silence_seconds:.0f} s")
            raise line.no_receiver(late) from problem
        except OSError as problem:  # it ended so soon that nothing could be said to it
            raise line.no_receiver(problem) from problem
        except RemoteError as problem:
            if problem.code != "FAR-RECEIVER-MISSING":
                raise
            raise line.no_receiver(problem) from problem

    def _close(self) -> None:
        if self._open is not None:
            line, _ = self._open
            self._open = None
            line.close()


@contextmanager
def session_errors(known_name: str) -> Iterator[None]:
    """Turn whatever ends a session into the error of its code.

    Raises:
        RemoteError: ``FAR-REFUSED`` for what breaks the protocol, ``LINE-CUT`` for what ends it.
    """
    try:
        yield
    except FrameError as problem:
        raise refusal("FAR-REFUSED", f"{known_name} breaks the protocol: {problem}") from problem
    except (EOFError, OSError, paramiko.SSHException) as problem:
        told = str(problem) or type(problem).__name__
        raise refusal("LINE-CUT", f"{known_name}: {told}") from problem
