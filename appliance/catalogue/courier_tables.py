"""Tables of the courier: fillings of carried disks, and what each holds."""

from __future__ import annotations

from appliance.catalogue.columns import Row, number_column, text_column


class CourierTripRow(Row, table=True):
    """One filling of a disk that is carried to a destination."""

    __tablename__ = "courier_trip"
    id: int | None = number_column(default=None, primary_key=True)
    disk_id: str = text_column()
    destination: str = text_column(foreign_key="destination.name")
    state: str = text_column(default="filling")
    mount: str = text_column()
    agent: str = text_column()
    begun_at: str = text_column()
    prepared_at: str | None = text_column(default=None)
    manifest_sha256: str | None = text_column(default=None)
    package_count: int = number_column(default=0)
    size_bytes: int = number_column(default=0)
    carrier: str = text_column(default="")
    carried_at: str | None = text_column(default=None)
    imported_at: str | None = text_column(default=None)
    proved_count: int = number_column(default=0)
    taken_at: str | None = text_column(default=None)
    findings: str = text_column(default="[]")


class CourierPackageRow(Row, table=True):
    """A package that one filling carries, or asks to be read again."""

    __tablename__ = "courier_package"
    trip_id: int = number_column(primary_key=True, foreign_key="courier_trip.id")
    package_id: int = number_column(primary_key=True, foreign_key="package.id")
    purpose: str = text_column()
