"""The box's own package on its way out: re-hashed against what was sealed (invariant I6)."""

from __future__ import annotations

import hashlib
import queue
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.sync.refusal import refusal, source_damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.domain.receipts import Sidecar

    Block = tuple[int, bytes]

BLOCKS_AHEAD: Final = 4
"""Our own: blocks read and compared while the ones before them are being sent."""

_LOOK_SECONDS: Final = 0.1


def sealed_blocks(package: Path, sidecar: Sidecar) -> Iterator[Block]:
    """Every block of a package, each compared with the sidecar before it is handed out.

    When the iterator ends without an error, the whole file's SHA-256 was the sealed one. Reading
    and comparing go on in a thread of their own, a few blocks ahead.

    Yields:
        The block's index, 0-based, and its bytes.

    Raises:
        IntegrityError: ``SOURCE-DAMAGED``.
        RemoteError: ``SOURCE-MISSING``.
    """
    with closing(_Ahead(lambda: _compared_blocks(package, sidecar))) as ahead:
        yield from ahead.blocks()


def presend_check(package: Path, sidecar: Sidecar) -> None:
    """Read a whole package and compare it with what was sealed, without sending it.

    A deposit makes the same comparison while it sends; this is for asking beforehand.

    Raises:
        IntegrityError: ``SOURCE-DAMAGED``.
        RemoteError: ``SOURCE-MISSING``.
    """
    for _ in _compared_blocks(package, sidecar):
        pass


def _compared_blocks(package: Path, sidecar: Sidecar) -> Iterator[Block]:
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


class _Ahead:
    """Runs an iterator of blocks in a thread, a few of them ahead of whoever takes them."""

    def __init__(self, make: Callable[[], Iterator[Block]]) -> None:
        self._make = make
        self._made: queue.Queue[Block | BaseException | None] = queue.Queue(BLOCKS_AHEAD)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="package-reader", daemon=True)
        self._thread.start()

    def blocks(self) -> Iterator[Block]:
        """What was made, in order; an error where the iterator raised it."""
        while (made := self._made.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made

    def close(self) -> None:
        """Stop the thread, and wait for it."""
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for block in self._make():
                if not self._put(block):
                    return
        except BaseException as problem:  # noqa: BLE001 - raised again where blocks are taken
            self._put(problem)
        else:
            self._put(None)

    def _put(self, made: Block | BaseException | None) -> bool:
        """Hand one over; whether anybody still wants it."""
        while not self._is_over.is_set():
            try:
                self._made.put(made, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False
