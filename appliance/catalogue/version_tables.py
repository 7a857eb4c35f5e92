"""Tables of what happens after a seal: corrections, and PDFs that came back signed."""

from __future__ import annotations

from appliance.catalogue.columns import Row, number_column, text_column


class CorrectionRow(Row, table=True):
    """A correction of a sealed hồ sơ; a package of its version ends it."""

    __tablename__ = "correction"
    id: int | None = number_column(default=None, primary_key=True)
    file_unit_id: int = number_column(foreign_key="file_unit.id")
    version: int = number_column()
    reason: str = text_column()
    agent: str = text_column()
    opened_at: str = text_column()
    content: str = text_column()
    finished_at: str | None = text_column(default=None)
    withdrawn_at: str | None = text_column(default=None)


class SignedPdfRow(Row, table=True):
    """A PDF of a package that came back signed."""

    __tablename__ = "signed_pdf"
    id: int | None = number_column(default=None, primary_key=True)
    file_unit_id: int = number_column(foreign_key="file_unit.id")
    name: str = text_column()
    sha256: str = text_column()
    size_bytes: int = number_column()
    base_sha256: str = text_column()
    base_version: int = number_column()
    pages_sha256: str = text_column()
    signatures: str = text_column()
    findings: str = text_column()
    agent: str = text_column()
    received_at: str = text_column()
