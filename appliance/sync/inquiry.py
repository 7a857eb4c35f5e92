"""What a box asks of a store beside depositing: lists, papers, blocks, scrubs, quarantine."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final

from appliance.domain.receipts import Receipt, Sidecar
from appliance.sync.papers import PackageName, SignedReceipt, SignedSidecar, check_sidecar
from appliance.sync.partial import is_block
from appliance.sync.protocol import MAX_PAYLOAD_BYTES, FrameError, Verb, bitmap_to_flags
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.domain.canonical import JsonValue
    from appliance.sync.conversation import Conversation
    from appliance.sync.protocol import Frame

REQUESTS_IN_FLIGHT: Final = 4
"""Our own: blocks asked for in advance while fetching."""

_NAME_PARTS: Final = 3
_PAPER_PARTS: Final = 2


def name_header(name: PackageName) -> dict[str, JsonValue]:
    """How a request names a package."""
    return {"fonds_code": name.fonds_code, "file_code": name.file_code, "objid": name.objid}


def names_after(talk: Conversation, last: PackageName | None) -> list[PackageName]:
    """The next names in the store's order; none when there are no more.

    Args:
        talk: The session.
        last: The last name known; None = from the start.
    """
    header = name_header(last) if last else {"fonds_code": "", "file_code": "", "objid": ""}
    talk.say({"verb": Verb.LIST, **header})
    rows = _rows(talk.reply(Verb.LIST), _NAME_PARTS)
    try:
        names = [PackageName(*row) for row in rows]
    except ValueError as problem:
        raise FrameError(f"the list of packages: {problem}") from problem
    if last in names:
        raise FrameError("the list of packages comes round again")
    return names


def receipts_after(talk: Conversation, counter: int) -> list[SignedReceipt]:
    """The next receipts of the store in their order; none when there are no more.

    Args:
        talk: The session.
        counter: The last one known; 0 = from the first.
    """
    talk.say({"verb": Verb.RECEIPTS, "after": counter})
    found = []
    for data, signature in _rows(talk.reply(Verb.RECEIPTS), _PAPER_PARTS):
        try:
            receipt = Receipt.from_bytes(data.encode())
        except ValueError as problem:
            raise refusal("RECEIPT-INVALID", f"not a receipt: {problem}") from problem
        counter += 1
        if receipt.counter != counter:
            raise refusal("RECEIPT-INVALID", f"receipt {receipt.counter} comes as {counter}")
        found.append(SignedReceipt(receipt, signature))
    return found


def stored_sidecar(talk: Conversation, name: PackageName) -> SignedSidecar:
    """Bring a stored sidecar and its signature.

    Raises:
        RemoteError: ``FAR-COPY-MISSING`` or ``FAR-COPY-DAMAGED``.
    """
    data = _small_part(talk, name, "sidecar")
    signature = _small_part(talk, name, "signature")
    try:
        sidecar = Sidecar.from_bytes(data)
        found = check_sidecar(sidecar)
        text = signature.decode("ascii")
    except ValueError as problem:
        raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar: {problem}") from problem
    if found != name:
        raise refusal("FAR-COPY-DAMAGED", f"the stored sidecar is of {found}")
    return SignedSidecar(sidecar, text)


def blocks(
    talk: Conversation, sidecar: Sidecar, indexes: Sequence[int]
) -> Iterator[tuple[int, memoryview]]:
    """Bring blocks of a package, some asked for ahead; nothing else may be asked meanwhile.

    Yields:
        The index and the bytes, compared with the sidecar, valid until the next ones.

    Raises:
        RemoteError: ``FAR-COPY-MISSING`` or ``FAR-COPY-DAMAGED``.
    """
    waiting: deque[int] = deque()
    for index in indexes:
        _ask_block(talk, sidecar, index)
        waiting.append(index)
        if len(waiting) > REQUESTS_IN_FLIGHT:
            yield _next_block(talk, sidecar, waiting.popleft())
    while waiting:
        yield _next_block(talk, sidecar, waiting.popleft())


def scrub(talk: Conversation, sidecar: Sidecar) -> tuple[int, ...]:
    """Have the stored blocks compared with a sidecar; the indexes of those that differ."""
    talk.say({"verb": Verb.SCRUB}, sidecar.to_bytes())
    reply = talk.reply(Verb.SCRUB, sidecar.size_bytes)
    flags = bitmap_to_flags(reply.payload, len(sidecar.blocks))
    return tuple(index for index, is_damaged in enumerate(flags) if is_damaged)


def quarantine(talk: Conversation, sidecar: Sidecar) -> bool:
    """Have a damaged copy put aside; whether something was."""
    talk.say({"verb": Verb.QUARANTINE}, sidecar.to_bytes())
    return talk.reply(Verb.QUARANTINE, 2 * sidecar.size_bytes).text("state") == "put_aside"


def _ask_block(talk: Conversation, sidecar: Sidecar, index: int) -> None:
    offset_bytes = index * sidecar.block_bytes
    _ask_part(talk, PackageName.of(sidecar), "package", offset_bytes, sidecar.block_bytes)


def _next_block(talk: Conversation, sidecar: Sidecar, index: int) -> tuple[int, memoryview]:
    block = talk.reply(Verb.GET).payload
    if not is_block(sidecar, index, block):
        raise refusal("FAR-COPY-DAMAGED", f"block {index} of {sidecar.objid}")
    return index, block


def _small_part(talk: Conversation, name: PackageName, part: str) -> bytes:
    _ask_part(talk, name, part, 0, MAX_PAYLOAD_BYTES)
    reply = talk.reply(Verb.GET)
    if reply.number("size_bytes") != len(reply.payload):
        raise refusal("FAR-COPY-DAMAGED", f"the stored {part} is too long")
    return bytes(reply.payload)


def _ask_part(
    talk: Conversation, name: PackageName, part: str, offset_bytes: int, length_bytes: int
) -> None:
    span: dict[str, JsonValue] = {"offset_bytes": offset_bytes, "length_bytes": length_bytes}
    talk.say({"verb": Verb.GET, **name_header(name), "part": part, **span})


def _rows(frame: Frame, width: int) -> list[list[str]]:
    """The payload as a list of lists of so many texts each."""
    try:
        rows = json.loads(bytes(frame.payload))
    except (ValueError, RecursionError) as problem:
        raise FrameError(f"not a list: {type(problem).__name__}") from problem
    if not isinstance(rows, list) or not all(_is_row(row, width) for row in rows):
        raise FrameError("not a list of texts")
    return rows


def _is_row(row: object, width: int) -> bool:
    return isinstance(row, list) and len(row) == width and all(type(one) is str for one in row)
