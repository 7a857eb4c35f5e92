"""Tables of the catalogue's own backups and of what is proved of them elsewhere."""

from __future__ import annotations

from appliance.catalogue.columns import Row, blob_column, number_column, text_column


class BackupRow(Row, table=True):
    """One sealed backup of the catalogue."""

    __tablename__ = "backup"
    id: int | None = number_column(default=None, primary_key=True)
    objid: str = text_column(unique=True)
    version: int = number_column(unique=True)
    base_id: int | None = number_column(default=None, foreign_key="backup.id")
    catalogue_bytes: int = number_column()
    catalogue_sha256: str = text_column()
    covers_counter: int = number_column()
    recovery_key: str = text_column()
    made_at: str = text_column()
    size_bytes: int = number_column()
    sidecar: bytes = blob_column()
    sidecar_signature: str = text_column()


class BackupCopyRow(Row, table=True):
    """One backup at one destination, tried or proved."""

    __tablename__ = "backup_copy"
    backup_id: int = number_column(primary_key=True, foreign_key="backup.id")
    destination: str = text_column(primary_key=True, foreign_key="destination.name")
    reason: str | None = text_column(default=None)
    next_attempt: str | None = text_column(default=None)
    tries: int = number_column(default=0)
    receipt: bytes | None = blob_column(default=None)
    receipt_signature: str | None = text_column(default=None)
    proved_at: str | None = text_column(default=None)
