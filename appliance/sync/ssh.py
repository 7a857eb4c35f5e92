"""A destination behind SSH: the ``Remote`` over paramiko and a receiver."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.disk.durable import publish, temporary_beside
from appliance.domain.errors import RemoteError
from appliance.sync.conversation import Conversation, Pace
from appliance.sync.line import Line, LineTimeouts
from appliance.sync.papers import NO_RECEIPT, SignedSidecar, check_receipt
from appliance.sync.protocol import FrameError
from appliance.sync.refusal import refusal
from appliance.sync.remote import ignore_progress
from appliance.sync.retrieval import retrieve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from appliance.domain.receipts import Sidecar
    from appliance.sync.line import SshAddress
    from appliance.sync.papers import PackageName, PinnedStore, ReceiptHead, SignedReceipt
    from appliance.sync.remote import Contact, Progress

DEFAULT_TIMEOUTS: Final = LineTimeouts()


class SshRemote:
    """A destination behind SSH. Implements ``Remote``; not for several threads at once.

    Args:
        address: Where it is; its host key is pinned.
        store: Which store must answer, and the key that signs its receipts.
        timeouts: When the line counts as dead.
    """

    def __init__(
        self, address: SshAddress, store: PinnedStore, timeouts: LineTimeouts = DEFAULT_TIMEOUTS
    ) -> None:
        self._address = address
        self._store = store
        self._timeouts = timeouts
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
        if target.exists():
            raise FileExistsError(errno.EEXIST, "already there", str(target))
        temporary = temporary_beside(target)
        try:
            with self._session() as talk:
                signed = retrieve(talk, name, temporary, progress)
            publish(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        return signed

    def audit(self, sidecar: Sidecar, *, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
        """As of ``Remote``."""
        with self._session() as talk:
            receipt = talk.audit(sidecar)
            check_receipt(receipt, sidecar, self._store, head)
            return receipt

    @contextmanager
    def _session(self) -> Iterator[Conversation]:
        """A greeted session, mapped errors; after any of them the connection is dropped."""
        try:
            with _line_errors(self._address):
                yield self._talk()
        except BaseException:
            self._close()
            raise
        if not self._is_kept:
            self._close()

    def _talk(self) -> Conversation:
        if self._open is None:
            line = Line.open(self._address, self._timeouts)
            try:
                self._open = (line, self._greet(line))
            except BaseException:
                line.close()
                raise
        return self._open[1]

    def _greet(self, line: Line) -> Conversation:
        try:
            return Conversation(line, self._store.store_id, Pace(self._timeouts.silence_seconds))
        except RemoteError as problem:
            if problem.code != "FAR-RECEIVER-MISSING":
                raise
            if not line.is_alive():
                raise refusal("LINE-CUT", "the line was cut at the greeting") from problem
            raise refusal(problem.code, f"{problem}; it says: {line.complaint()}") from problem

    def _close(self) -> None:
        if self._open is not None:
            line, _ = self._open
            self._open = None
            line.close()


@contextmanager
def _line_errors(address: SshAddress) -> Iterator[None]:
    try:
        yield
    except FrameError as problem:
        raise refusal("FAR-REFUSED", f"{address.known_name} breaks the protocol: {problem}") from (
            problem
        )
    except (EOFError, OSError, paramiko.SSHException) as problem:
        told = str(problem) or type(problem).__name__
        raise refusal("LINE-CUT", f"{address.known_name}: {told}") from problem
