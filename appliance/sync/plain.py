"""A destination where nothing of ours runs: the ``Remote`` over plain files.

What a receiver does by itself is done from here: the package is read back through the same files
it was written by, and the receipt is signed by the box's own key (attestor ``box``). Nothing at
such a place keeps anybody from changing what lies there; that is what audits are for.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.clock import SystemClock
from appliance.domain.clock import to_text
from appliance.domain.receipts import PACKAGE_NAMESPACE, Attestor, Proof, Receipt
from appliance.signing import sshsig
from appliance.sync.papers import (
    NO_RECEIPT,
    PackageName,
    PinnedStore,
    SignedSidecar,
    check_own_receipt,
    check_sidecar,
)
from appliance.sync.plain_arrival import take_in
from appliance.sync.plain_errors import meaning_of
from appliance.sync.plain_files import INCOMING
from appliance.sync.plain_ledger import PlainLedger
from appliance.sync.plain_listing import stored_names
from appliance.sync.plain_place import PlainPlace
from appliance.sync.plain_plan import refuse_conflict
from appliance.sync.plain_quarantine import put_damaged_aside
from appliance.sync.plain_stored import (
    blocks_of,
    find_package,
    read_stored,
    stored_sidecar,
)
from appliance.sync.plain_unfinished import Unfinished
from appliance.sync.refusal import refusal
from appliance.sync.remote import Contact, ignore_progress
from appliance.sync.retrieval import refuse_taken, retrieve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from appliance.domain.clock import Clock
    from appliance.domain.receipts import Sidecar
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.papers import ReceiptHead, SignedReceipt
    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.plain_stored import Reading
    from appliance.sync.remote import Progress

LAYOUT_VERSION: Final = 1
"""Of what lies at a plain place; told where a receiver tells its protocol's version."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The box that a plain place belongs to.

    Args:
        box_id: Its id.
        key: Signs its receipts.
        earlier_keys: Keys that this box had before; packages sealed then are its own as well.
    """

    box_id: str
    key: MachineKey
    earlier_keys: tuple[PublicKey, ...] = ()


class PlainRemote:
    """A destination of plain files. Implements ``Remote``; not for several threads at once.

    Args:
        connect: Opens the place's files.
        store_id: Which store it must be.
        sender: This box.
        clock: Dates the receipts.
        is_receivers_store: Whether a receiver fills it: only read here, with its receipts.
    """

    def __init__(
        self,
        connect: Callable[[], PlainFiles],
        store_id: str,
        sender: Sender,
        clock: Clock | None = None,
        *,
        is_receivers_store: bool = False,
    ) -> None:
        self._connect = connect
        self._is_receivers_store = is_receivers_store
        self._store = PinnedStore(store_id, sender.key.public)
        self._sender = sender
        self._clock = clock or SystemClock()
        self._users = 0
        self._files: PlainFiles | None = None
        self._open: tuple[PlainPlace, PlainLedger] | None = None

    def __enter__(self) -> Self:
        """Keep the connection between calls."""
        self._users += 1
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection, unless somebody further out keeps it too."""
        self._users -= 1
        if self._users == 0:
            self._close()

    def probe(self) -> Contact:
        """As of ``Remote``; always over a fresh connection, since an old one proves nothing."""
        self._close()
        with self._session() as (place, ledger):
            files = place.files
            left = [one for one in files.entries(INCOMING) if one.name.endswith(".part")]
            return Contact(
                self._store.store_id,
                LAYOUT_VERSION,
                files.abilities(),
                files.free_bytes() or 0,
                ledger.head().counter,
                len(left),
                sum(one.size_bytes for one in left),
            )

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
        signed = SignedSidecar(sidecar, sidecar_signature)
        self._check_own(signed)
        with self._session() as (place, ledger):
            place.check_marker()
            ledger.check_past(head)
            reading = take_in(place, package, signed, progress)
            return self._receipt(place, ledger, sidecar, reading, head)

    def fetch(
        self, name: PackageName, target: Path, progress: Progress = ignore_progress
    ) -> SignedSidecar:
        """As of ``Remote``.

        Raises:
            FileExistsError: The target exists.
            StorageError: The box's disk refused.
        """
        refuse_taken(target)
        with self:
            signed = self.sidecar(name)
            retrieve(target, signed.sidecar, self.fetch_blocks, progress)
        return signed

    def audit(self, sidecar: Sidecar, *, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
        """As of ``Remote``: everything is read from here."""
        with self._session() as (place, ledger):
            place.check_marker()
            ledger.check_past(head)
            stored = find_package(place, PackageName.of(sidecar))
            if not refuse_conflict(place, sidecar):
                raise refusal("FAR-COPY-MISSING", f"the sidecar of {sidecar.objid} is gone")
            reading = read_stored(stored, sidecar)
            place.check_marker()
            if not reading.is_sealed(sidecar):
                raise refusal("FAR-COPY-DAMAGED", f"{sidecar.objid} reads as {reading.told()}")
            return self._receipt(place, ledger, sidecar, reading, head)

    def package_names(self) -> Iterator[PackageName]:
        """As of ``Remote``."""
        with self._session() as (place, _):
            yield from stored_names(place)

    def sidecar(self, name: PackageName) -> SignedSidecar:
        """As of ``Remote``."""
        with self._session() as (place, _):
            return stored_sidecar(place, name)

    def receipts(self, after: int = 0) -> Iterator[SignedReceipt]:
        """As of ``Remote``: those that this box keeps there, or a receiver's, of every box."""
        with self._session() as (_, ledger):
            yield from ledger.after(after)

    def scrub(self, sidecar: Sidecar) -> tuple[int, ...]:
        """As of ``Remote``."""
        with self._session() as (place, _):
            place.check_marker()
            damaged = read_stored(find_package(place, PackageName.of(sidecar)), sidecar).damaged
            place.check_marker()
            return damaged

    def fetch_blocks(self, sidecar: Sidecar, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """As of ``Remote``."""
        with self._session() as (place, _):
            yield from blocks_of(find_package(place, PackageName.of(sidecar)), sidecar, indexes)

    def quarantine(self, sidecar: Sidecar) -> bool:
        """As of ``Remote``; over a line the good blocks are kept where the server can copy."""
        with self._session() as (place, _):
            place.check_marker()
            return put_damaged_aside(place, sidecar, to_text(self._clock.now()))

    def _check_own(self, signed: SignedSidecar) -> None:
        """Refuse what this box did not seal: nobody at the place would.

        Raises:
            RemoteError: ``FAR-REFUSED`` or ``FAR-SENDER-UNKNOWN``.
        """
        sidecar = signed.sidecar
        try:
            check_sidecar(sidecar)
        except ValueError as problem:
            raise refusal("FAR-REFUSED", f"impossible sidecar: {problem}") from problem
        try:
            key = sshsig.verify(signed.signature, sidecar.to_bytes(), PACKAGE_NAMESPACE)
        except sshsig.SignatureError as problem:
            raise refusal("FAR-SENDER-UNKNOWN", str(problem)) from problem
        own_keys = {self._sender.key.public, *self._sender.earlier_keys}
        if key not in own_keys or sidecar.box_id != self._sender.box_id:
            raise refusal(
                "FAR-SENDER-UNKNOWN", f"{sidecar.objid} was not sealed by {self._sender.box_id}"
            )

    def _receipt(
        self,
        place: PlainPlace,
        ledger: PlainLedger,
        sidecar: Sidecar,
        reading: Reading,
        head: ReceiptHead,
    ) -> SignedReceipt:
        place.check_marker()

        def make(counter: int, previous: str) -> Receipt:
            return Receipt(
                objid=sidecar.objid,
                name=sidecar.name,
                size_bytes=reading.size_bytes,
                sha256=reading.sha256,
                proof=str(Proof.READ_BACK),
                attestor=str(Attestor.BOX),
                cache_possible=not place.files.reads_the_medium(),
                read_at=to_text(self._clock.now()),
                store_id=self._store.store_id,
                counter=counter,
                previous=previous,
                box_id=sidecar.box_id,
                event_counter=sidecar.event_counter,
                event_head=sidecar.event_head,
            )

        signed = ledger.append(make)
        check_own_receipt(signed, sidecar, self._store, head)
        return signed

    @contextmanager
    def _session(self) -> Iterator[tuple[PlainPlace, PlainLedger]]:
        """An open place and mapped errors; after any of them the connection is dropped."""
        self._users += 1
        try:
            yield self._opened()
        except GeneratorExit:
            raise  # whoever reads no further has done nothing wrong
        except OSError as problem:
            meant = meaning_of(problem, None if self._open is None else self._open[0])
            self._close()
            raise meant from problem
        except BaseException:
            self._close()
            raise
        finally:
            self.__exit__()

    def _opened(self) -> tuple[PlainPlace, PlainLedger]:
        if self._open is None:
            self._files = self._connect()
            box_id, key = self._sender.box_id, self._sender.key
            unfinished = Unfinished(self._files, box_id, self._clock)
            place = PlainPlace(self._files, self._store.store_id, unfinished)
            ledger = PlainLedger(place, box_id, key, is_of_store=self._is_receivers_store)
            self._open = place, ledger
        return self._open

    def _close(self) -> None:
        files, self._files, self._open = self._files, None, None
        if files is not None:
            files.close()
