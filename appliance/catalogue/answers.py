"""What people said to questions about pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, select

from appliance.catalogue.intake_tables import AnswerRow
from appliance.catalogue.tables import MasterRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

QuestionKey: TypeAlias = "tuple[int, int, str]"
"""Master id, frame, rule code."""


def put(writing: Writing, key: QuestionKey, answer: str, agent: str) -> None:
    """Record an answer, in place of an earlier one to the same question."""
    master_id, frame, code = key
    said = {"answer": answer, "agent": agent, "answered_at": writing.now}
    statement = upsert(AnswerRow).values(master_id=master_id, frame=frame, code=code, **said)
    keys = ["master_id", "frame", "code"]
    writing.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=said))


def of_file_unit(session: Session, file_unit_id: int) -> Mapping[QuestionKey, AnswerRow]:
    """The answers about the masters of a hồ sơ."""
    statement = (
        select(AnswerRow)
        .join(MasterRow, col(MasterRow.id) == col(AnswerRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id)
    )
    return {(row.master_id, row.frame, row.code): row for row in session.exec(statement)}
