"""The chain of custody events as PREMIS tells it: each event's own words, and what it follows.

A package carries the events of one hồ sơ, while the chain runs through all events of a box. So
only neighbours can be held against each other here; that no event is missing between two
packages, the receipts' anchors tell.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.xml_texts import Texts, parents_of, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.xml import Element

_IDENTIFIER: Final = spelt_out("p:eventIdentifier/p:eventIdentifierValue")
_KIND: Final = spelt_out("p:eventType")
_AT: Final = spelt_out("p:eventDateTime")
_DETAIL: Final = spelt_out("p:eventDetailInformation/p:eventDetail")
_OUTCOME: Final = spelt_out("p:eventOutcomeInformation/p:eventOutcome")
_PARENTS: Final = parents_of(_IDENTIFIER, _DETAIL, _OUTCOME)
_KEYS: Final = frozenset(
    {
        "agent", "at", "clock_trusted", "counter", "detail", "object_id", "object_kind",
        "outcome", "previous", "type",
    }
)  # fmt: skip
"""What ``eventDetail`` holds when it is a custody event (``docs/format.md``)."""
DERIVED: Final = "normalization"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_GENESIS: Final = bytes(32)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


class EventWords:
    """One event in the words of its own elements; each empty where there is no such element.

    Args:
        event: The whole element.
    """

    __slots__ = ("at", "detail", "identifier", "kind", "outcome")

    def __init__(self, event: Element) -> None:
        told = Texts(event, _PARENTS)
        self.identifier = told.first(_IDENTIFIER)
        self.kind = told.first(_KIND)
        self.at = told.first(_AT)
        self.detail = told.first(_DETAIL)
        self.outcome = told.first(_OUTCOME)


class Chain:
    """Collects custody events from every PREMIS document of a package, then judges them.

    Of each event its digest is kept, and that of the one before it until this one is seen to have
    it: there may be a hundred thousand.
    """

    def __init__(self) -> None:
        self._digests: dict[str, dict[int, bytes]] = {}
        """By the box and the event's number there."""
        self._loose: dict[tuple[str, str], dict[int, bytes]] = {}
        """Digests of events before, by document and box and the number of the event behind."""
        self._subjects: set[str] = set()
        self._made: tuple[int, dict[str, Any]] = (0, {})
        self._findings: list[Finding] = []

    def take(self, path: str, event: EventWords, agents: list[str], digests: list[str]) -> None:
        """Take one event; those of other writers, with words of their own, are left alone.

        Args:
            path: Of the document.
            event: In its own words.
            agents: Identifiers of the agents that it names.
            digests: SHA-256 of the content files that it names; empty for other objects.
        """
        body = _custody_event(event.detail)
        if body is None:
            return
        identifier = event.identifier
        box, _, counter = identifier.rpartition(":")
        self._subjects.add(str(body["object_id"]))
        for name in _differences(event, body, agents, digests, counter):
            self._say(path, identifier, name)
        if not isinstance(body["counter"], int):
            return
        if body["type"] == DERIVED and isinstance(body["detail"], dict):
            self._made = max(self._made, (body["counter"], body["detail"]), key=itemgetter(0))
        detail = event.detail.encode("utf-8")
        previous = str(body["previous"])
        before = bytes.fromhex(previous) if _DIGEST.fullmatch(previous) else b""
        if not self._link(path, (box, body["counter"]), before, detail):
            self._say(path, identifier, "counter")

    def take_known(
        self, path: str, key: tuple[str, int], subject: str, previous: str, body: bytes
    ) -> bool:
        """Take the event of a master that was found to tell nothing otherwise than its body.

        Args:
            path: Of the document.
            key: The box, and the event's number there.
            subject: SHA-256 of the master.
            previous: Digest of the event before.
            body: Canonical form.

        Returns:
            Whether it was taken; not when another event had its number.
        """
        is_alone = self._link(path, key, bytes.fromhex(previous), body)
        if is_alone:
            self._subjects.add(subject)
        return is_alone

    def _link(self, path: str, key: tuple[str, int], before: bytes, body: bytes) -> bool:
        """Remember an event and the digest before it; whether no other one has its number."""
        box, counter = key
        digest = hashlib.sha256(body).digest()
        digests = self._digests.setdefault(box, {})
        first = digests.setdefault(counter, digest)
        if first is not digest:
            return first == digest
        if counter == 1 or before != digests.get(counter - 1):
            self._loose.setdefault((path, box), {})[counter] = before
        return True

    def images(self) -> dict[str, int]:
        """Pages by what was done with their image, as the last making of derivatives tells."""
        told = self._made[1].get("images")
        pairs = told.items() if isinstance(told, dict) else ()
        return {name: count for name, count in pairs if isinstance(count, int)}

    def untold(self, digests: dict[str, str]) -> list[str]:
        """Paths of masters of which no event tells, where events tell of masters at all.

        Args:
            digests: SHA-256 of each master by its path.
        """
        if not any(_DIGEST.fullmatch(one) for one in self._subjects):
            return []
        return [path for path, digest in digests.items() if digest not in self._subjects]

    def check(self) -> Iterator[Finding]:
        """Each event's ``previous`` is the digest of the one before it, where that is here."""
        told = (
            (box, counter, path)
            for (path, box), loose in self._loose.items()
            for counter, before in loose.items()
            if before != self._before(box, counter, before)
        )
        for box, counter, path in sorted(told):
            self._say(path, f"{box}:{counter}", "previous")
        yield from self._findings

    def _before(self, box: str, counter: int, told: bytes) -> bytes:
        """Digest of the event before; where that is not here, what was told of it."""
        return _GENESIS if counter == 1 else self._digests[box].get(counter - 1, told)

    def _say(self, path: str, identifier: str, name: str) -> None:
        self._findings.append(Finding("PREMIS-CHAIN", path, {"id": identifier, "name": name}))


def _custody_event(text: str) -> dict[str, Any] | None:
    """The body of a custody event; None for any other text."""
    if not text.startswith("{"):
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and body.keys() >= _KEYS else None


def _differences(
    event: EventWords, body: dict[str, Any], agents: list[str], digests: list[str], counter: str
) -> Iterator[str]:
    """Names of what the event's own elements tell otherwise than its canonical body."""
    told = {"type": event.kind, "outcome": event.outcome, "counter": counter}
    yield from (name for name, text in told.items() if text != str(body[name]))
    if body["agent"] not in agents:
        yield "agent"
    if not is_same_moment(event.at, str(body["at"])):
        yield "at"
    is_master = _DIGEST.fullmatch(str(body["object_id"])) is not None
    if is_master and any(digests) and body["object_id"] not in digests:
        yield "object_id"
    if _DIGEST.fullmatch(str(body["previous"])) is None:
        yield "previous"


def is_same_moment(local: str, recorded: str) -> bool:
    """Whether two texts name one moment, to the millisecond that PREMIS prints."""
    try:
        printed, kept = dt.datetime.fromisoformat(local), dt.datetime.fromisoformat(recorded)
    except ValueError:
        return False
    if printed.tzinfo is None or kept.tzinfo is None:
        return False
    return abs(printed - kept) < _MILLISECOND
