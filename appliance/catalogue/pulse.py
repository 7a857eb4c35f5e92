"""A connection that says "alive", and notices what every other connection commits.

SQLite's data version moves for a connection when another one commits, in this process or in any
other, and never by its own commits: so a beat on the same connection wakes nobody.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from appliance.catalogue import box
from appliance.catalogue.engine import Writing
from appliance.catalogue.turned_clock import move_back
from appliance.domain.clock import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.clock import Clock


class Pulse:
    """Made by ``opened_pulse``; belongs to one thread at a time.

    Args:
        connection: Its own; begins write transactions.
        clock: Of the box.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._seen = self._version()

    def has_changed(self) -> bool:
        """Whether anything was committed elsewhere since the last time this was asked."""
        version = self._version()
        has_changed, self._seen = version != self._seen, version
        return has_changed

    def beat(self) -> int:
        """Record that the service is alive now.

        Returns:
            How many pauses and leases were moved, since the clock stands before the last beat.
        """
        with self._writing() as writing:
            moved = move_back(writing, box.heartbeat(writing.session))
            box.beat(writing)
        return moved

    def end(self) -> None:
        """Record that the service has stopped, as it was told to."""
        with self._writing() as writing:
            box.stop_beating(writing)

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        with Session(self._connection) as session, session.begin():
            yield Writing(session, to_text(self._clock.now()), self._clock.is_trusted())

    def _version(self) -> int:
        """Asked past SQLAlchemy, which would begin a transaction: it is asked all day long."""
        cursor = self._connection.connection.cursor()
        try:
            cursor.execute("PRAGMA data_version")
            row: Any = cursor.fetchone()
            return int(row[0])
        finally:
            cursor.close()


@contextmanager
def opened_pulse(catalogue: Catalogue) -> Iterator[Pulse]:
    """A pulse for the length of a ``with`` block."""
    with catalogue.engine.execution_options(write=True).connect() as connection:
        yield Pulse(connection, catalogue.clock)
