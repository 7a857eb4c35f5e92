"""Tables around the intake: batches, answers of people, hot folders, target sheets."""

from __future__ import annotations

from appliance.catalogue.columns import Lease, Row, number_column, text_column


class BatchRow(Row, Lease, table=True):
    """What one scanner dropped in one go, to be split into hồ sơ by its cover sheets."""

    __tablename__ = "batch"
    id: int | None = number_column(default=None, primary_key=True)
    scanner: str = text_column()
    place: str = text_column()
    state: str = text_column()
    opened_at: str = text_column()
    last_arrival_at: str = text_column()
    findings: str = text_column(default="[]")


class AnswerRow(Row, table=True):
    """What a person said to a question about a page."""

    __tablename__ = "answer"
    master_id: int = number_column(primary_key=True, foreign_key="master.id")
    frame: int = number_column(primary_key=True)
    code: str = text_column(primary_key=True)
    answer: str = text_column()
    agent: str = text_column()
    answered_at: str = text_column()


class HotFolderRow(Row, table=True):
    """How one scanner's folder is watched, as last probed."""

    __tablename__ = "hot_folder"
    scanner: str = text_column(primary_key=True)
    is_configured: int = number_column(default=0)
    way: str = text_column()
    probed_at: str | None = text_column(default=None)
    waiting: int = number_column(default=0)
    last_arrival_at: str | None = text_column(default=None)


class TargetReadingRow(Row, table=True):
    """What a target sheet said about a scanner on a day."""

    __tablename__ = "target_reading"
    id: int | None = number_column(default=None, primary_key=True)
    master_id: int = number_column(unique=True, foreign_key="master.id")
    scanner: str = text_column()
    target_id: str = text_column()
    read_at: str = text_column()
    figures: str = text_column()
    findings: str = text_column(default="[]")
