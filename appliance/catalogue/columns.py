"""What the columns and rows of all tables have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Integer, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel


def text_column(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    """A column of a STRICT table: TEXT."""
    return Field(sa_type=Text, **options)


def number_column(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    """A column of a STRICT table: INTEGER."""
    return Field(sa_type=Integer, **options)


def blob_column(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    """A column of a STRICT table: BLOB."""
    return Field(sa_type=LargeBinary, **options)


class Row(SQLModel):
    """The base of every table."""

    __table__: ClassVar[Table]


class Lease(SQLModel):
    """The columns of a record that is worked on: whose it is, and when to try again."""

    owner: str | None = text_column(default=None)
    lease_until: str | None = text_column(default=None)
    next_attempt: str | None = text_column(default=None)
    tries: int = number_column(default=0)
