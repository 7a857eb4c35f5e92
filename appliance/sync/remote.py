"""The port to one destination; every implementation passes one contract suite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from appliance.sync.papers import NO_RECEIPT, PackageName, ReceiptHead, SignedReceipt, SignedSidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from appliance.domain.receipts import Sidecar

    Progress = Callable[[int, int], None]


def ignore_progress(done_bytes: int, total_bytes: int) -> None:
    """A progress callback that nobody watches."""
    del done_bytes, total_bytes


@dataclass(frozen=True, slots=True)
class Contact:
    """What a probe learnt: the line, the host and the receiver are there.

    Contact is no proof: it says nothing about what the store holds (invariant I4).

    Args:
        store_id: The store that answers, the one that was asked for.
        protocol_version: The version agreed on.
        software: What runs there, for people.
        free_bytes: Room on its disk.
        receipt_counter: The store's newest receipt; lower than one seen before means that it
            was restored from an old backup.
        partial_count: Packages that lie there unfinished.
        partial_bytes: What these hold of its disk.
        notes: Codes of ``domain.rules.deposit`` for what is odd there, but stops nothing.
    """

    store_id: str
    protocol_version: int
    software: str
    free_bytes: int
    receipt_counter: int
    partial_count: int = 0
    partial_bytes: int = 0
    notes: tuple[str, ...] = ()


class Remote(Protocol):
    """One destination. Not for several threads at once.

    Used as a context manager, calls inside share one connection; outside, each call makes its
    own. Every method raises ``RemoteError`` with a code of ``domain.rules.deposit``; a deposit
    also ``IntegrityError`` ``SOURCE-DAMAGED`` (invariant I6). After any error the next call
    starts afresh. What a place of an older protocol cannot do raises ``FAR-TOO-OLD``. Other calls
    may be made between two values of an iterator.
    """

    def __enter__(self) -> Self:
        """Keep the connection between calls."""
        ...

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        ...

    def probe(self) -> Contact:
        """Ask cheaply whether the destination is there and is the right one."""
        ...

    def deposit(
        self,
        package: Path,
        sidecar: Sidecar,
        sidecar_signature: str,
        *,
        head: ReceiptHead = NO_RECEIPT,
        progress: Progress = ignore_progress,
    ) -> SignedReceipt:
        """Send one package and bring back the receipt of its read-back, checked.

        Blocks that the far side holds already are not sent again. A package that is there
        already is only read back again.

        Args:
            package: The sealed ZIP.
            sidecar: What was sealed.
            sidecar_signature: The box's signature over it.
            head: The newest receipt of this store that the box holds.
            progress: Called with the bytes that the far side has confirmed, and the total.
        """
        ...

    def fetch(
        self, name: PackageName, target: Path, progress: Progress = ignore_progress
    ) -> SignedSidecar:
        """Bring a package back into a new file at ``target``, checked and durable.

        What an earlier try brought lies in a partial beside the target, named by the package's
        digest; its blocks are digested again, and only the others are fetched. It stays when
        the line is cut.

        Args:
            name: The package.
            target: A name that is free.
            progress: Called with the bytes that are here, and the total.

        Returns:
            The sidecar stored with it; the caller checks its signature.

        Raises:
            FileExistsError: There is something at the target.
            StorageError: The box's disk refused.
        """
        ...

    def audit(self, sidecar: Sidecar, *, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
        """Have the stored copy of a package read again; a fresh receipt says what was read."""
        ...

    def package_names(self) -> Iterator[PackageName]:
        """Every package stored there with its sidecar, in a stable order."""
        ...

    def sidecar(self, name: PackageName) -> SignedSidecar:
        """The sidecar stored with a package; the caller checks its signature.

        Raises:
            RemoteError: ``FAR-COPY-MISSING``, or ``FAR-COPY-DAMAGED``: it is of something else.
        """
        ...

    def receipts(self, after: int = 0) -> Iterator[SignedReceipt]:
        """The place's receipts with a higher counter, in order; the caller checks them.

        Args:
            after: The highest counter that is not wanted; 0 = all.
        """
        ...

    def scrub(self, sidecar: Sidecar) -> tuple[int, ...]:
        """Compare the stored blocks with the sidecar's quick digests; no proof, so no receipt.

        Returns:
            The indexes, 0-based, of blocks that differ or cannot be read; none = all agree.

        Raises:
            RemoteError: ``FAR-COPY-MISSING``.
        """
        ...

    def fetch_blocks(self, sidecar: Sidecar, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Bring single blocks of a package, each compared with the sidecar.

        Args:
            sidecar: Of the package.
            indexes: Which blocks, 0-based.

        Yields:
            Index and bytes, in the order asked for.

        Raises:
            RemoteError: ``FAR-COPY-MISSING``; ``FAR-COPY-DAMAGED``: a block differs, those
                before it were handed out.
        """
        ...

    def quarantine(self, sidecar: Sidecar) -> bool:
        """Have the place read its copy again and put it aside if it is really damaged.

        What is put aside is kept. Its good blocks are kept for the next deposit as well, which
        then sends only the others.

        Returns:
            Whether something was put aside; a whole copy, or none, stays as it is.

        Raises:
            RemoteError: ``FAR-CONFLICT``: the place knows another package under this name;
                ``FAR-DISK-FULL``: no room to keep both.
        """
        ...
