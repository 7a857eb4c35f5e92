"""The box's own package on its way out: re-hashed against what was sealed (invariant I6)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import xxhash

from appliance.sync.refusal import refusal, source_damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.receipts import Sidecar


def sealed_blocks(package: Path, sidecar: Sidecar) -> Iterator[tuple[int, bytes]]:
    """Every block of a package, each compared with the sidecar before it is handed out.

    When the iterator ends without an error, the whole file's SHA-256 was the sealed one.

    Yields:
        The block's index, 0-based, and its bytes.

    Raises:
        IntegrityError: ``SOURCE-DAMAGED``.
        RemoteError: ``SOURCE-MISSING``.
    """
    whole = hashlib.sha256()
    try:
        with package.open("rb", buffering=0) as stream:
            for index, expected in enumerate(sidecar.blocks):
                block = stream.read(sidecar.block_bytes)
                if xxhash.xxh3_128_hexdigest(block) != expected:
                    raise source_damaged(f"block {index} of {package} is not what was sealed")
                whole.update(block)
                yield index, block
            has_more = bool(stream.read(1))
    except OSError as problem:
        raise refusal("SOURCE-MISSING", f"cannot read {package}: {problem}") from problem
    if has_more or whole.hexdigest() != sidecar.sha256:
        raise source_damaged(f"{package} no longer has the sealed SHA-256: stop, check the disk")


def presend_check(package: Path, sidecar: Sidecar) -> None:
    """Read a whole package and compare it with what was sealed, without sending it.

    A deposit makes the same comparison while it sends; this is for asking beforehand.

    Raises:
        IntegrityError: ``SOURCE-DAMAGED``.
        RemoteError: ``SOURCE-MISSING``.
    """
    for _ in sealed_blocks(package, sidecar):
        pass
