"""What goes into the central register: papers that were read, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.domain.receipts import Attestor

if TYPE_CHECKING:
    from appliance.domain.receipts import Receipt, Sidecar


@dataclass(frozen=True, slots=True)
class Described:
    """What a package's own metadata say.

    Args:
        title: Of the hồ sơ; None when it cannot be read.
        start_date: As ``EAD.xml`` has it; None when it cannot be read.
        end_date: The same.
        page_count: The same.
    """

    title: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    page_count: int | None = None


@dataclass(frozen=True, slots=True)
class PaperFile:
    """Where a paper lies, and what tells that it changed.

    Args:
        path: Below its source, with ``/``.
        size_bytes: Of the paper.
        modified_ns: When it was last written, nanoseconds since 1970.
        has_metadata: Whether its package lay beside it, so that its metadata were read.
    """

    path: str
    size_bytes: int
    modified_ns: int
    has_metadata: bool = False


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """A sidecar that its box signed.

    Args:
        sidecar: As read.
        sidecar_sha256: Of its bytes, hexadecimal.
        described: What the package beside it says of itself.
    """

    sidecar: Sidecar
    sidecar_sha256: str
    described: Described = field(default_factory=Described)


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """A receipt whose signature was believed.

    Args:
        receipt: As read.
        receipt_sha256: Of its bytes, hexadecimal.
        signer: Who signed it: a store, or a box that read its own copy back.
    """

    receipt: Receipt
    receipt_sha256: str
    signer: str

    @property
    def ledger(self) -> str:
        """The list that it is numbered in: a store's own, or a box's at that store."""
        receipt = self.receipt
        is_box = receipt.attestor == Attestor.BOX
        return f"{receipt.store_id}/{receipt.box_id}" if is_box else receipt.store_id


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a paper does not count.

    Args:
        code: A rule code.
        text: For people.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PaperRead:
    """One paper that was looked at.

    Args:
        file: Which.
        content: What it says; None when it does not count.
        problem: Why it does not count, or what else is wrong; None when nothing is.
    """

    file: PaperFile
    content: PackageEntry | ReceiptEntry | None
    problem: Problem | None = None
