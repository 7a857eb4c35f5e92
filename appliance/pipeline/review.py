"""Review: findings are settled by a recorded rule, questions by a person alone.

A question names the master and frame it is about, and the page it is held against, so that an
answer holds for those bytes and no others: a rescan of either page is asked about anew.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlmodel import and_, col, or_, select

from appliance.catalogue import answers, events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.page_order import page_findings
from appliance.domain.page_twins import twin_findings
from appliance.domain.pages_seen import Elsewhere, PageSeen, UnitSeen
from appliance.domain.rules import rule_of
from appliance.domain.states import FileUnitEvent, FileUnitState, MasterEvent, MasterState
from appliance.pipeline.agents import SOFTWARE_AGENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.answers import QuestionKey
    from appliance.catalogue.engine import Writing
    from appliance.catalogue.file_units import SameBytes
    from appliance.domain.scanners import ScannerProfiles

TOO_MANY: Final = "PAGES-TOO-MANY"
"""The rule under which pages that look scanned twice are asked about before the pages are right."""
REVIEW_RULE: Final = "accept-warnings/2"
"""The recorded rule: warnings are accepted as they stand and named; questions never are."""


class Answer(StrEnum):
    """What a person may say to a question."""

    KEEP = "keep"
    """The pages stay as they are; nothing is missing."""
    DROP = "drop"
    """The later page is left out; its bytes are kept."""


def findings_over(
    session: Session, unit: FileUnitRow, profiles: ScannerProfiles
) -> tuple[Finding, ...]:
    """What the live pages of a hồ sơ say together."""
    return page_findings(*_seen(session, unit, profiles))


def unanswered_twins(
    session: Session, unit: FileUnitRow, profiles: ScannerProfiles
) -> tuple[Finding, ...]:
    """Pages that look scanned twice and that nobody answered for; of a hồ sơ with too many."""
    found = twin_findings(*_seen(session, unit, profiles))
    said = answers.of_file_unit(session, unit.id or 0)
    return tuple(finding for finding in found if _kept_under(finding) not in said)


def _seen(
    session: Session, unit: FileUnitRow, profiles: ScannerProfiles
) -> tuple[UnitSeen, tuple[PageSeen, ...]]:
    elsewhere = file_units.same_bytes_elsewhere(session, unit.id or 0)
    seen = tuple(
        PageSeen(
            master_id=master.id or 0,
            frame=page.frame,
            number=number,
            file_number=master.file_number or 0,
            sha256=master.sha256,
            page_hash=page.page_hash or "",
            paper_size=page.paper_size,
            is_duplex=profiles.of(master.scanner).is_duplex,
            counts_sheets="{sheet" in profiles.of(master.scanner).name_template,
            shorter_px=min(page.width_px, page.height_px),
            elsewhere=_elsewhere(elsewhere.get(master.id or 0)),
            inked_master_id=_inked_before(session, page, master),
        )
        for number, (page, master) in enumerate(masters.pages_of(session, unit.id or 0), start=1)
    )
    sizes, left_out = tuple(unit.paper_sizes.split()), _left_out(session, unit)
    return UnitSeen(unit.file_code, unit.number_of_paper, sizes, left_out), seen


def _elsewhere(found: SameBytes | None) -> Elsewhere | None:
    return found and Elsewhere(found.file_code, found.other_master_id, found.number)


def _inked_before(session: Session, page: PageRow, master: MasterRow) -> int | None:
    """The scan with ink whose place a blank page took; None for any other page."""
    if page.page_hash != "":  # what was not measured has none, and says nothing
        return None
    before = master
    while before.other_id is not None and before.other_id < (before.id or 0):
        before = session.get_one(MasterRow, before.other_id)
        same = select(PageRow).where(PageRow.master_id == before.id, PageRow.frame == page.frame)
        earlier = session.exec(same).first()
        if earlier is not None:
            return before.id if earlier.page_hash else None
    return None


def _left_out(session: Session, unit: FileUnitRow) -> frozenset[int]:
    """Numbers of files that gave their place up; those with a rescan are not missing anyway."""
    numbers = select(MasterRow.file_number).where(
        MasterRow.file_unit_id == unit.id, MasterRow.state == str(MasterState.REPLACED)
    )
    return frozenset(number for number in session.exec(numbers) if number is not None)


def key_of(finding: Finding) -> QuestionKey:
    """What this question is called among those of its hồ sơ."""
    return int(str(finding.values["master_id"])), int(str(finding.values["frame"])), finding.code


def _kept_under(finding: Finding) -> QuestionKey:
    """What an answer is kept under: beside another page, the same page is another question."""
    master_id, frame, code = key_of(finding)
    return master_id, frame, f"{code} {finding.values.get('about', '')}"


def review(writing: Writing, unit: FileUnitRow, profiles: ScannerProfiles) -> bool:
    """Settle a complete hồ sơ, or hold it with the questions that nobody answered yet.

    Returns:
        Whether it is settled.
    """
    session, unit_id = writing.session, unit.id or 0
    found = findings_over(session, unit, profiles)
    said = answers.of_file_unit(session, unit_id)
    asked = [finding for finding in found if rule_of(finding).asks]
    unanswered = [finding for finding in asked if _kept_under(finding) not in said]
    if unanswered:
        file_units.release(writing, unit, unanswered)
        return False
    settled = [*_settled_on_masters(session, unit_id), *(_named(one) for one in found)]
    answered = {_named(finding): said[_kept_under(finding)].answer for finding in asked}
    draft = EventDraft(
        EventType.REVIEW,
        "file_unit",
        unit.file_code,
        SOFTWARE_AGENT,
        detail={
            "rule": REVIEW_RULE,
            "settled": settled,
            "answered": answered,
            "pages": unit.pages_found,
        },
    )
    events.record(writing, draft)
    file_units.transit(writing, unit, FileUnitEvent.SETTLE, findings="[]")
    masters.wake_pages(writing, unit_id)
    return True


def _settled_on_masters(session: Session, unit_id: int) -> list[str]:
    return [
        f"{finding.code} {finding.where}"
        for row in masters.live_masters(session, unit_id)
        for finding in masters.findings_of(row.findings)
    ]


def _named(finding: Finding) -> str:
    page = finding.values.get("page")
    return finding.code if page is None else f"{finding.code} {page}"


def units_with_questions(session: Session) -> Sequence[FileUnitRow]:
    """The hồ sơ that wait for an answer, by their codes."""
    waits = and_(
        col(FileUnitRow.state) == str(FileUnitState.SCANNING),
        col(FileUnitRow.findings).contains(TOO_MANY, autoescape=True),
    )
    is_asking = or_(col(FileUnitRow.state) == str(FileUnitState.COMPLETE), waits)
    held = select(FileUnitRow).where(is_asking, FileUnitRow.findings != "[]")
    in_order = session.exec(held.order_by(col(FileUnitRow.file_code)))
    return [unit for unit in in_order if open_questions(unit)]


def open_questions(unit: FileUnitRow) -> list[Finding]:
    """What a person is asked about a hồ sơ now; nothing while its pages are to be counted anew."""
    is_counted = unit.state == FileUnitState.SCANNING and unit.next_attempt is None
    if not (is_counted or unit.state == FileUnitState.COMPLETE):
        return []
    return [finding for finding in masters.findings_of(unit.findings) if rule_of(finding).asks]


def answer(
    writing: Writing, file_unit_id: int, keys: Sequence[QuestionKey], said: Answer, agent: str
) -> None:
    """Record a person's answer to some questions, act on it, and let the hồ sơ go on.

    Args:
        writing: The transaction.
        file_unit_id: Row id of the hồ sơ.
        keys: The questions: master id, frame, rule code.
        said: The answer to each of them.
        agent: Who says so, in the words of custody events.

    Raises:
        RuleError: One of them is no open question now, or a page cannot be left out alone;
            nothing was changed.
    """
    unit = file_units.by_id(writing.session, file_unit_id)
    asked = {key_of(question): question for question in open_questions(unit)}
    for key in keys:
        if key not in asked:
            missing = Finding("REVIEW-NO-QUESTION", unit.file_code)
            raise RuleError("there is no such question now", (missing,))
        _record(writing, unit, asked[key], said, agent)
    if said is Answer.DROP:
        for key in {key[:2]: key for key in keys}.values():
            _leave_out(writing, asked[key], agent)
    file_units.changed(writing, file_unit_id)


def _record(
    writing: Writing, unit: FileUnitRow, question: Finding, said: Answer, agent: str
) -> None:
    answers.put(writing, _kept_under(question), str(said), agent)
    detail = {"question": question.code, "answer": str(said), **dict(question.values)}
    draft = EventDraft(EventType.REVIEW, "file_unit", unit.file_code, agent, detail=detail)
    events.record(writing, draft)


def _leave_out(writing: Writing, question: Finding, agent: str) -> None:
    """The page's file gives its place up; its bytes and its history stay."""
    master = writing.session.get_one(MasterRow, key_of(question)[0])
    other = question.values.get("other_master_id")
    if other is None or (master.frame_count or 1) > 1:
        values = {"page": question.values["page"], "name": master.name}
        refused = Finding("REVIEW-CANNOT-DROP", question.where, values)
        raise RuleError("this page cannot be left out alone", (refused,))
    masters.transit(
        writing, master, MasterEvent.REPLACE, other_id=int(str(other)), **leases.waits()
    )
    draft = EventDraft(EventType.REPLACEMENT, "master", master.sha256, agent)
    events.record(writing, draft)
