"""Follows one deposit while it is sent: how far it is, now and then, and how fast it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import sending

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import DepositRow
    from appliance.domain.pace import Bandwidth, Hours

SAVE_SECONDS: Final = 5.0
"""Our own: between two records of how far a package is; each wakes every open page."""


class SendingWatch:
    """The ``Progress`` of one deposit; also says that its sender is alive.

    Args:
        catalogue: Where it is recorded.
        deposit: What is sent.
        bandwidth: Tells the kinds of hours apart, for each has its own speed.
    """

    def __init__(self, catalogue: Catalogue, deposit: DepositRow, bandwidth: Bandwidth) -> None:
        self._catalogue = catalogue
        self._deposit = deposit
        self._bandwidth = bandwidth
        self._first_bytes: int | None = None
        self._done_bytes = 0
        self._counted_bytes = 0
        self._counted_at = self._saved_at = catalogue.clock.monotonic()
        self._stretches: dict[Hours, tuple[int, float]] = {}

    @property
    def has_sent(self) -> bool:
        """Whether the destination confirmed anything new."""
        return self._first_bytes is not None and self._done_bytes > self._first_bytes

    def __call__(self, done_bytes: int, total_bytes: int) -> None:
        """The destination has confirmed so many bytes of the package."""
        del total_bytes
        if self._first_bytes is None:
            self._first_bytes = self._counted_bytes = done_bytes
        self._done_bytes = done_bytes
        if self._catalogue.clock.monotonic() - self._saved_at >= SAVE_SECONDS:
            self._save()

    def settle(self, writing: Writing, *, is_whole: bool) -> None:
        """Add what was measured to the figures of the destination.

        Only what was really sent counts: a package that was there already says nothing.

        Args:
            writing: The transaction that records the outcome.
            is_whole: Whether the package is there: the time of its read-back counts then; else
                that after the last confirmation is silence.
        """
        if is_whole:
            self._count()
        if self.has_sent:
            for hours, (sent_bytes, seconds) in self._stretches.items():
                sending.note_pace(writing, self._deposit.destination, hours, sent_bytes, seconds)

    def _save(self) -> None:
        self._count()
        self._saved_at = self._counted_at
        with self._catalogue.write() as writing:
            sending.note_progress(writing, self._deposit, self._done_bytes)

    def _count(self) -> None:
        """Put what passed since the last time down to the hours that it is now."""
        clock = self._catalogue.clock
        now, hours = clock.monotonic(), self._bandwidth.kind(clock.now())
        sent_bytes, seconds = self._stretches.get(hours, (0, 0.0))
        sent_bytes += self._done_bytes - self._counted_bytes
        self._stretches[hours] = (sent_bytes, seconds + now - self._counted_at)
        self._counted_bytes, self._counted_at = self._done_bytes, now
