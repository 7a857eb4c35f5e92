"""The values of one hồ sơ's screen: description, pages, masters, packages, proofs, events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, deposits, file_unit_details, lists, register
from appliance.catalogue.masters import findings_of
from appliance.domain.fields import FILE_UNIT_FIELDS, split_codes
from appliance.domain.findings import Severity
from appliance.domain.receipts import Receipt
from appliance.domain.rules import HOLDING_CODES, rule_of
from appliance.domain.shelving import PaperFacts, judge_paper
from appliance.domain.states import DepositState, FileUnitState
from appliance.web.correction_view import VersionsView, read_versions
from appliance.web.deposit_marks import DepositMark
from appliance.web.document_view import DocumentList, read_documents
from appliance.web.list_views import ROWS_PER_SCREEN, MasterList, master_list
from appliance.web.place_names import with_label

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.tables import (
        DepositRow,
        EventRow,
        FileUnitRow,
        MasterRow,
        PackageRow,
        PageRow,
    )
    from appliance.domain.canonical import JsonValue
    from appliance.domain.fields import Field
    from appliance.domain.findings import Finding
    from appliance.domain.records import Approval
    from appliance.domain.verdict import Statement

PAGES_PER_SCREEN: Final = 60
"""Our own: thumbnails of one screen."""

EVENTS_PER_SCREEN: Final = 50
"""Our own: custody events of one screen."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the parts of the screen begin that go over several screens.

    Args:
        after_page: The (file number, frame) before the first page shown.
        after_master: The row id before the first master shown.
        before_event: The counter after the newest event shown; None for the newest of all.
    """

    after_page: tuple[int, int] = (0, 0)
    after_master: int = 0
    before_event: int | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """One page: its record, the file it is a frame of, and what was found of it."""

    row: PageRow
    master: MasterRow
    findings: tuple[Finding, ...]

    @property
    def is_warned(self) -> bool:
        """Whether somebody should look: not where all that is said needs nothing done."""
        return any(rule_of(finding).severity is not Severity.INFO for finding in self.findings)


@dataclass(frozen=True, slots=True)
class DepositView:
    """One package at one destination.

    Args:
        row: Its record.
        mark: How it stands there.
        place_label: How people call the place.
        reason: What stands in the way, if anything.
        receipt: The facts of the stored receipt; None before the proof, and when what is stored
            is no receipt, which the screen then says.
    """

    row: DepositRow
    mark: DepositMark
    place_label: str
    reason: Finding | None
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class PackageView:
    """One sealed package and its way to every destination."""

    row: PackageRow
    deposits: tuple[DepositView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """One custody event and its facts."""

    row: EventRow
    detail: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class FileUnitView:
    """Everything on the screen of one hồ sơ.

    Args:
        row: Its record.
        fonds_name: The name of its fonds.
        fields: The 18 fields with their texts, codes in words.
        findings: What holds it up or was noted.
        approval: The decision that approves its list; None before it.
        drafts: The codes of the lists that name it and wait for a decision; none after one.
        pages: The pages of this screen.
        next_page: Where the next pages begin; None at the end.
        masters: The dropped files of this screen.
        documents: The documents that are listed.
        versions: Which version is proved, and an open correction.
        packages: Its packages, the newest first.
        events: The custody events of this screen, the newest first.
        next_event: Where older events begin; None at the end.
    """

    row: FileUnitRow
    fonds_name: str
    fields: tuple[tuple[Field, str], ...]
    findings: tuple[Finding, ...]
    approval: Approval | None
    drafts: Sequence[str]
    pages: tuple[PageView, ...]
    next_page: tuple[int, int] | None
    masters: MasterList
    documents: DocumentList
    versions: VersionsView
    packages: tuple[PackageView, ...]
    events: tuple[EventView, ...]
    next_event: int | None

    @property
    def paper(self) -> Statement:
        """Whether its paper may go back on the shelf."""
        facts = PaperFacts(
            state=FileUnitState(self.row.state),
            found=self.row.pages_found,
            expected=self.row.number_of_page,
            is_held=any(found.code in HOLDING_CODES for found in self.findings),
            was_sealed=bool(self.packages),
            proof=self.versions.statement.level,
            deposits=frozenset(
                DepositState(one.row.state)
                for package in self.packages[:1]
                for one in package.deposits
            ),
        )
        return judge_paper(facts)


def read_file_unit(
    session: Session, row: FileUnitRow, position: Position, now: dt.datetime
) -> FileUnitView:
    """Read everything that the screen of one hồ sơ shows."""
    unit_id = row.id or 0
    pages = file_unit_details.live_pages(
        session, unit_id, after=position.after_page, limit=PAGES_PER_SCREEN + 1
    )
    masters = file_unit_details.masters_of(
        session, unit_id, after_id=position.after_master, limit=ROWS_PER_SCREEN + 1
    )
    events = file_unit_details.events_about(
        session, row, before=position.before_event, limit=EVENTS_PER_SCREEN + 1
    )
    shown = pages[:PAGES_PER_SCREEN]
    approval = register.approval_of(session, unit_id)
    return FileUnitView(
        row=row,
        fonds_name=browse.fonds_names(session).get(row.fonds_code, ""),
        fields=_fields(row),
        findings=findings_of(row.findings),
        approval=approval,
        drafts=() if approval is not None else lists.drafts_naming(session, unit_id),
        pages=tuple(PageView(p, m, findings_of(p.findings)) for p, m in shown),
        next_page=_key(shown[-1]) if len(pages) > len(shown) else None,
        masters=master_list(session, masters),
        documents=read_documents(session, row),
        versions=read_versions(session, row, now),
        packages=_packages(session, unit_id, now),
        events=tuple(EventView(e, json.loads(e.detail)) for e in events[:EVENTS_PER_SCREEN]),
        next_event=events[-2].counter if len(events) > EVENTS_PER_SCREEN else None,
    )


def _key(page: tuple[PageRow, MasterRow]) -> tuple[int, int]:
    return page[1].file_number or 0, page[0].frame


def _fields(row: FileUnitRow) -> tuple[tuple[Field, str], ...]:
    texts = register.as_file_unit(row).fields
    return tuple((field, _in_words(field, texts[field.name])) for field in FILE_UNIT_FIELDS)


def _in_words(field: Field, text: str) -> str:
    """A code with what it stands for, ``01 – Vĩnh viễn``; any other text as it is."""
    if field.code_list is None or not text:
        return text
    known = field.code_list
    return "; ".join(f"{c} – {known[c]}" if c in known else c for c in split_codes(text))


def _packages(session: Session, unit_id: int, now: dt.datetime) -> tuple[PackageView, ...]:
    labels = {place.name: place.label for place in deposits.destinations(session)}
    return tuple(
        PackageView(
            row,
            tuple(
                _deposit(one, labels, now)
                for one in file_unit_details.deposits_of(session, row.id or 0)
            ),
        )
        for row in file_unit_details.packages_of(session, unit_id)
    )


def _deposit(row: DepositRow, labels: Mapping[str, str], now: dt.datetime) -> DepositView:
    return DepositView(
        row=row,
        mark=DepositMark.of(DepositState(row.state), row.proved_at, now),
        place_label=labels.get(row.destination, row.destination),
        reason=with_label(deposits.finding_from(row.reason), labels),
        receipt=_receipt(row.receipt),
    )


def _receipt(data: bytes | None) -> Receipt | None:
    try:
        return Receipt.from_bytes(data) if data is not None else None
    except ValueError:
        return None
