"""Tables of audits: the box's own copies, slices of work, damage, restore drills."""

from __future__ import annotations

from appliance.catalogue.columns import Row, number_column, text_column


class PackageCheckRow(Row, table=True):
    """The box's own copy of one package, and when it was last read."""

    __tablename__ = "package_check"
    package_id: int = number_column(primary_key=True, foreign_key="package.id")
    state: str = text_column(default="good")
    proved_at: str = text_column()
    scrubbed_at: str | None = text_column(default=None)
    cache_possible: int = number_column(default=0)


class MasterWalkRow(Row, table=True):
    """How far the walk over all masters is; there is one row."""

    __tablename__ = "master_walk"
    id: int = number_column(primary_key=True)
    cursor: int = number_column(default=0)
    round_started_at: str | None = text_column(default=None)
    earlier_started_at: str | None = text_column(default=None)


class AuditSliceRow(Row, table=True):
    """One night's work at one place, or one that a person asked for."""

    __tablename__ = "audit_slice"
    id: int | None = number_column(default=None, primary_key=True)
    place: str = text_column()
    kind: str = text_column()
    started_at: str = text_column()
    budget_seconds: int = number_column()
    spent_milliseconds: int = number_column(default=0)
    ended_at: str | None = text_column(default=None)
    outcome: str | None = text_column(default=None)
    proved: int = number_column(default=0)
    scrubbed: int = number_column(default=0)
    damaged: int = number_column(default=0)
    repaired: int = number_column(default=0)
    read_bytes: int = number_column(default=0)
    finding: str | None = text_column(default=None)


class DamageRow(Row, table=True):
    """A copy that was found not to be as it was sealed, and what became of it."""

    __tablename__ = "damage"
    id: int | None = number_column(default=None, primary_key=True)
    place: str = text_column()
    object_kind: str = text_column()
    object_id: str = text_column()
    file_code: str = text_column()
    finding: str = text_column()
    found_at: str = text_column()
    ended_at: str | None = text_column(default=None)
    repaired_from: str | None = text_column(default=None)


class DrillRow(Row, table=True):
    """One restore drill: a package brought back from a destination, verified and looked at."""

    __tablename__ = "drill"
    id: int | None = number_column(default=None, primary_key=True)
    destination: str = text_column(foreign_key="destination.name")
    package_id: int | None = number_column(default=None, foreign_key="package.id")
    seed: str = text_column()
    candidates: int = number_column()
    started_at: str = text_column()
    ended_at: str = text_column()
    outcome: str = text_column()
    findings: str = text_column(default="[]")
    facts: str = text_column(default="{}")
