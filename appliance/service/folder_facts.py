"""What the page is told of each scanner's folder: written on change, and not too often."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import hot_folders
from appliance.catalogue.hot_folders import FolderFacts
from appliance.domain.clock import to_text
from appliance.domain.drop_names import visible
from appliance.domain.scanners import WatchWay
from appliance.watchers.values import LOOSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from appliance.catalogue.engine import Catalogue

_WRITE_SECONDS: Final = 2.0
"""Our own: between two writes; a burst changes the counts many times a second."""


@dataclass(slots=True)
class FolderBook:
    """The facts of every scanner's folder, as last written and as they are now.

    Args:
        catalogue: Where they are written.
    """

    catalogue: Catalogue
    _waiting: dict[str, int] = field(default_factory=dict)
    _probed_at: dict[str, str] = field(default_factory=dict)
    _arrived_at: dict[str, str] = field(default_factory=dict)
    _facts: tuple[FolderFacts, ...] | None = None
    _written: tuple[FolderFacts, ...] | None = None
    _write_at: float = 0.0
    _is_gone: bool = False

    def waits(self, scanner: str, count: int) -> None:
        """So many files of a scanner are not taken yet."""
        self._waiting[scanner] = count

    def arrived(self, scanner: str) -> None:
        """A file of a scanner was taken now."""
        self._arrived_at[scanner] = self._now()

    def probed(self, scanner: str) -> None:
        """It was found out how a scanner's folder is watched."""
        self._probed_at[scanner] = self._now()

    def write(self, ways: Mapping[str, WatchWay], configured: Collection[str]) -> None:
        """Write down what has changed, unless that was done a moment ago.

        Args:
            ways: How each scanner's folder is watched, those that are gone included.
            configured: Scanners that the settings name.
        """
        self._is_gone = False
        twins: dict[str, list[str]] = {}
        for name in sorted(name for name in ways if name != LOOSE):
            twins.setdefault(visible(name), []).append(name)
        self._facts = tuple(self._fact(twins[one], ways, configured) for one in twins)
        if self.next_seconds() == 0:
            with self.catalogue.write() as writing:
                hot_folders.record_folders(writing, self._facts)
            self._written = self._facts
            self._write_at = self._monotonic() + _WRITE_SECONDS

    def write_gone(self) -> None:
        """Write down, once, that the hot folder itself is gone."""
        if not self._is_gone:
            with self.catalogue.write() as writing:
                hot_folders.mark_all_gone(writing)
        self._is_gone, self._written = True, None

    def next_seconds(self) -> float | None:
        """When there is something to write; None when all is written."""
        if self._facts is None or self._facts == self._written:
            return None
        return max(self._write_at - self._monotonic(), 0.0)

    def _fact(
        self, names: Sequence[str], ways: Mapping[str, WatchWay], configured: Collection[str]
    ) -> FolderFacts:
        """The facts of a folder, or of several whose names look alike (NFC and NFD): one line."""
        shown_name = visible(names[0])
        found = [ways[name] for name in names]
        there = [name for name in names if ways[name] is not WatchWay.GONE]
        return FolderFacts(
            scanner=shown_name,
            is_configured=shown_name in configured,
            way=str(next((way for way in found if way is not WatchWay.EVENTS), WatchWay.EVENTS)),
            probed_at=_latest(self._probed_at, names),
            waiting=sum(self._waiting.get(name, 0) for name in there),
            last_arrival_at=_latest(self._arrived_at, names),
        )

    def _now(self) -> str:
        return to_text(self.catalogue.clock.now())

    def _monotonic(self) -> float:
        return self.catalogue.clock.monotonic()


def _latest(moments: Mapping[str, str], names: Sequence[str]) -> str | None:
    return max((moments[name] for name in names if name in moments), default=None)
