"""Tables of the sending: how fast places take packages, what is damaged here, and the stop."""

from __future__ import annotations

from appliance.catalogue.columns import Row, number_column, text_column


class SendingPaceRow(Row, table=True):
    """Bytes and time of sending to a place in one kind of hours, the older ones fading."""

    __tablename__ = "sending_pace"
    destination: str = text_column(primary_key=True, foreign_key="destination.name")
    hours: str = text_column(primary_key=True)
    sent_bytes: int = number_column()
    milliseconds: int = number_column()
    measured_at: str = text_column()


class SourceDamageRow(Row, table=True):
    """A package of this box that was not what was sealed when it was to be sent."""

    __tablename__ = "source_damage"
    package_id: int = number_column(primary_key=True, foreign_key="package.id")
    finding: str = text_column()
    found_at: str = text_column()
    seen_at: str | None = text_column(default=None)


class SyncHaltRow(Row, table=True):
    """While there is one, nothing is sent anywhere."""

    __tablename__ = "sync_halt"
    code: str = text_column(primary_key=True)
    finding: str = text_column()
    since: str = text_column()
