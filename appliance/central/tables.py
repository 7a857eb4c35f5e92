"""The tables of the central register, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Table, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


def _text(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    return Field(sa_type=Text, **options)


def _number(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    return Field(sa_type=BigInteger, **options)


class CentralRow(SQLModel, registry=registry()):
    """The base of every table here; apart from those of a box's catalogue."""

    __table__: ClassVar[Table]


class CentralMetaRow(CentralRow, table=True):
    """Facts of the register itself: its schema version."""

    __tablename__ = "central_meta"
    name: str = _text(primary_key=True)
    value: str = _text()


class CentralPackageRow(CentralRow, table=True):
    """A package whose sidecar its box signed; what its metadata says, where they could be read."""

    __tablename__ = "central_package"
    objid: str = _text(primary_key=True)
    box_id: str = _text(index=True)
    fonds_code: str = _text(index=True)
    file_code: str = _text(index=True)
    version: int = _number()
    name: str = _text()
    size_bytes: int = _number()
    sha256: str = _text()
    sealed_at: str = _text()
    event_counter: int = _number()
    event_head: str = _text()
    sidecar_sha256: str = _text()
    title: str | None = _text(default=None)
    start_date: str | None = _text(default=None)
    end_date: str | None = _text(default=None)
    page_count: int | None = _number(default=None)


class CentralReceiptRow(CentralRow, table=True):
    """A receipt whose signature was believed; ``ledger`` is the list that it is numbered in."""

    __tablename__ = "central_receipt"
    ledger: str = _text(primary_key=True)
    counter: int = _number(primary_key=True)
    objid: str = _text(index=True)
    receipt_sha256: str = _text()


class CentralHoldingRow(CentralRow, table=True):
    """The newest receipt of one package in one list: who says that it is held where."""

    __tablename__ = "central_holding"
    objid: str = _text(primary_key=True)
    ledger: str = _text(primary_key=True)
    store_id: str = _text(index=True)
    attestor: str = _text()
    signer: str = _text()
    counter: int = _number()
    sha256: str = _text()
    size_bytes: int = _number()
    read_at: str = _text(index=True)
    cache_possible: int = _number()


class CentralPaperRow(CentralRow, table=True):
    """A paper that was looked at, and why it does not count; empty when it does."""

    __tablename__ = "central_paper"
    source: str = _text(primary_key=True)
    path: str = _text(primary_key=True)
    size_bytes: int = _number()
    modified_ns: int = _number()
    has_metadata: int = _number()
    code: str = _text()
    problem: str = _text()
