"""Masters on their way through the workers: always enough of them, their outcomes in groups."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from appliance.catalogue.due import next_moment
from appliance.catalogue.work import TO_INSPECT
from appliance.domain.clock import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from appliance.catalogue.tables import MasterRow
    from appliance.imaging.facts import Inspection
    from appliance.pipeline.inspect import InspectStage

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_GROUP: Final = 16
_GROUP_SECONDS: Final = 1.0
"""Our own, both: how many outcomes are recorded at once, at most, and how long the first waits."""
_LAST: Final = 4
"""Our own: so many are recorded at the end of a round, when no worker has anything to do."""
_ASKED_AT: Final = frozenset({1, 2, 4, 8})
"""Our own: when so few masters are in work, the next are looked for; to ask costs 0.5 ms."""


class Coming(Protocol[T_co]):
    """Things that come one by one."""

    def __len__(self) -> int:
        """How many are still to come."""
        ...

    def get(self, timeout: float | None = None) -> T_co:
        """The next, after so many seconds at most; see ``SimpleQueue.get``."""
        ...


class Flow:
    """The masters of a round, on their way through the workers.

    While the last of them are in work the next are taken, so that no worker waits until the
    outcomes of the others are recorded; a round takes no more than a batch in all.

    Args:
        stage: Leases masters and hands them to workers.
        owner: Whose leases they are.
        folder: Where pictures are made.
    """

    def __init__(self, stage: InspectStage, owner: str, folder: Path) -> None:
        self.begun = 0
        self._stage, self._owner, self._folder = stage, owner, folder
        self._sha256s: set[str] = set()
        self._masters: dict[Future[Inspection], MasterRow] = {}
        self._done: SimpleQueue[Future[Inspection]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._masters)

    def add(self, masters: Iterable[MasterRow]) -> None:
        """Hand leased masters to the workers."""
        for master in masters:
            future = self._stage.submit(master, self._views_folder(master))
            self._masters[future] = master
            self.begun += 1
            future.add_done_callback(self._done.put)

    def get(self, timeout: float | None = None) -> tuple[MasterRow, Future[Inspection]]:
        """A master that a worker is done with, and its outcome; see ``SimpleQueue.get``."""
        self._top_up()
        future = self._done.get(timeout=timeout)
        return self._masters.pop(future), future

    def _top_up(self) -> None:
        left = self._stage.batch - self.begun
        in_work = len(self._masters) - self._done.qsize()
        if left and in_work in _ASKED_AT and self._is_more_due():
            self.add(self._stage.take(self._owner, left))

    def _is_more_due(self) -> bool:
        """Asked in a read transaction: mostly nothing is, and writers wait for each other."""
        catalogue = self._stage.catalogue
        with catalogue.read() as session:
            moment = next_moment(session, *TO_INSPECT)
        return moment is not None and moment <= to_text(catalogue.clock.now())

    def _views_folder(self, master: MasterRow) -> Path:
        """Pictures are named by the digest, so masters with the same bytes have folders apart."""
        if master.sha256 not in self._sha256s:
            self._sha256s.add(master.sha256)
            return self._folder
        own = self._folder / str(master.id)
        own.mkdir()
        return own


def grouped(flow: Coming[T]) -> Iterator[list[T]]:
    """Take all that comes in groups, none waiting long for the others.

    The last are a group of their own: little is left to be recorded when the last worker ends.
    """
    while len(flow):
        most = min(_GROUP, max(len(flow) - _LAST, _LAST))
        group = [flow.get()]
        end = time.monotonic() + _GROUP_SECONDS
        while len(flow) and len(group) < most:
            try:
                group.append(flow.get(timeout=max(end - time.monotonic(), 0)))
            except Empty:
                break
        yield group
