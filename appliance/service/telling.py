"""Telling systemd in one sentence how the box is: the line ``Status:`` of ``systemctl status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.service.notify import notify

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.domain.clock import Clock

_TELL_SECONDS: Final = 60.0
"""Our own: the verdict counts every record, which is not worth doing for each of them."""
_FIRST_SECONDS: Final = 10.0
"""Our own: by then a service that has just started has said that it is alive."""


class TellStep:
    """Says the verdict's sentence now and then, however often it is woken.

    Args:
        sentence: The verdict in words, now.
        clock: Says when it is time again.
    """

    def __init__(self, sentence: Callable[[], str], clock: Clock) -> None:
        self._sentence = sentence
        self._clock = clock
        self._due_at = clock.monotonic() + _FIRST_SECONDS

    def run(self, _owner: str) -> int:
        """Tell when it is time; never any work for the other parts."""
        if self._clock.monotonic() >= self._due_at:
            notify(f"STATUS={self._sentence()}")
            self._due_at = self._clock.monotonic() + _TELL_SECONDS
        return 0

    def idle_seconds(self) -> float:
        """Until it is time again."""
        return max(0.0, self._due_at - self._clock.monotonic())
