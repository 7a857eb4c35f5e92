"""Splitting a batch: which pages follow which sheet, or why nobody can say. Pure decisions.

The files of a batch are taken in natural order of their names, then as they arrived. A sheet
opens a segment: the pages after it are its hồ sơ's, up to the next sheet. A target sheet opens
nothing. Two sheets in a row that say the same are one (printed on both sides).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.domain.drop_names import natural_key, shortened
from appliance.domain.findings import Finding
from appliance.domain.sheets import Sheet, SheetKind, parse_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.domain.canonical import JsonValue

CORRECTABLE: Final = frozenset({"BATCH-SHEET-UNREADABLE", "BATCH-PAGE-PARKED"})
"""Findings on one file that the same name, scanned again alone, settles."""


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One file of a batch.

    Args:
        master_id: Its row; ids grow as files arrive.
        name: As people read it.
        sha256: Of its bytes.
        marks: For each of its frames what its sheet says, or None for a page; text that is no
            sheet of the grammar stands for a sheet that cannot be read.
        is_parked: Whether it is broken; then nothing is known of its frames.
        said: What a person said that this file's sheet says, or the sheet missing before it.
    """

    master_id: int
    name: str
    sha256: str
    marks: tuple[str | None, ...] = (None,)
    is_parked: bool = False
    said: str | None = None

    @property
    def is_sheet(self) -> bool:
        """Whether it is a sheet and nothing else."""
        return len(self.marks) == 1 and self.marks[0] is not None

    @property
    def opening(self) -> Sheet | None:
        """The readable sheet that its first frame is, or that a person said it is."""
        text = self.said if self.said is not None else self.marks[0] if self.marks else None
        return parse_sheet(text) if text is not None else None


@dataclass(frozen=True, slots=True)
class Segment:
    """The pages behind one sheet.

    Args:
        sheet: What it says.
        sheet_name: The name of the file that says it.
        pages: In order.
    """

    sheet: Sheet
    sheet_name: str
    pages: tuple[BatchFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """A batch, split; with findings nothing of it may be assigned.

    Args:
        segments: In order.
        sheet_ids: The masters that are sheets and no pages.
        findings: Why it cannot be split.
    """

    segments: tuple[Segment, ...]
    sheet_ids: tuple[int, ...]
    findings: tuple[Finding, ...]


def in_order(files: Iterable[BatchFile]) -> tuple[BatchFile, ...]:
    """Files in natural order of their names, then as they arrived."""
    return tuple(sorted(files, key=lambda file: (natural_key(file.name), file.master_id)))


def split(files: Iterable[BatchFile], place: str) -> Split:
    """Split a batch by its sheets.

    Args:
        files: Of the batch, in any order.
        place: The batch's place, for findings.
    """
    segments: list[Segment] = []
    findings: list[Finding] = []
    sheet_ids: list[int] = []
    for file in in_order(files):
        finding = _obstacle(file, place)
        if finding is not None:
            findings.append(finding)
            continue
        if file.is_sheet:
            sheet_ids.append(file.master_id)
        _open_segment(segments, file)
        if file.is_sheet:
            continue
        if not segments:
            if not findings:
                findings.append(batch_finding("BATCH-NO-SHEET", file.name, place))
            continue
        last = segments[-1]
        segments[-1] = replace(last, pages=(*last.pages, file))
    return Split(tuple(segments), tuple(sheet_ids), tuple(findings))


def _open_segment(segments: list[Segment], file: BatchFile) -> None:
    sheet = file.opening
    if sheet is None or sheet.kind is SheetKind.TARGET:
        return
    is_back = bool(segments) and segments[-1].sheet == sheet and not segments[-1].pages
    if not is_back:
        segments.append(Segment(sheet, file.name))


def _obstacle(file: BatchFile, place: str) -> Finding | None:
    if file.is_parked:
        return batch_finding("BATCH-PAGE-PARKED", file.name, place)
    for frame, mark in enumerate(file.marks, start=1):
        if mark is not None and frame > 1:
            return batch_finding("BATCH-SHEET-INSIDE", file.name, place, frame=frame)
    is_marked = bool(file.marks) and file.marks[0] is not None
    if is_marked and file.opening is None:
        return batch_finding("BATCH-SHEET-UNREADABLE", file.name, place)
    return None


def batch_finding(code: str, name: str, place: str, **values: JsonValue) -> Finding:
    """A finding on a batch: ``where`` is the name of the file that it is about."""
    return Finding(code, name, {"name": shortened(name), "place": place, **values})


@dataclass(frozen=True, slots=True)
class Holder:
    """A live master of a hồ sơ: its number, its bytes."""

    master_id: int
    number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """What becomes of one page of a batch.

    Args:
        file: The page.
        number: Its number in the hồ sơ.
        repeats: The live master whose bytes it repeats: it is not counted again.
        replaces: The live master whose number it takes: that one is kept in history.
        notes: What a person may want to know of it.
    """

    file: BatchFile
    number: int
    repeats: Holder | None = None
    replaces: Holder | None = None
    notes: tuple[Finding, ...] = ()


def assign(segment: Segment, holders: Sequence[Holder]) -> tuple[Assignment, ...]:
    """Number the pages of a segment.

    Behind a cover sheet pages follow the highest number. When they repeat, in order and byte by
    byte, neighbouring numbers that are there already, the batch was dropped twice and nothing
    is added. Behind a rescan sheet each page takes the next number from the sheet's on.

    Args:
        segment: Of one hồ sơ.
        holders: The live masters of that hồ sơ in the order of their numbers.
    """
    pages = segment.pages
    if segment.sheet.kind is SheetKind.RESCAN:
        first = segment.sheet.number or 1
        by_number = {holder.number: holder for holder in holders}
        return tuple(_rescanned(page, first + i, by_number) for i, page in enumerate(pages))
    repeated = _repeated(pages, holders)
    if repeated:
        return tuple(
            Assignment(page, holder.number, repeats=holder)
            for page, holder in zip(pages, repeated, strict=True)
        )
    highest = max((holder.number for holder in holders), default=0)
    return tuple(Assignment(page, highest + i) for i, page in enumerate(pages, start=1))


def _rescanned(page: BatchFile, number: int, by_number: Mapping[int, Holder]) -> Assignment:
    holder = by_number.get(number)
    if holder is not None and holder.sha256 == page.sha256:
        return Assignment(page, number, repeats=holder)
    return Assignment(page, number, replaces=holder)


def _repeated(pages: Sequence[BatchFile], holders: Sequence[Holder]) -> Sequence[Holder]:
    """The neighbouring holders that have the bytes of all these pages in order, or none."""
    wanted = [page.sha256 for page in pages]
    found = [holder.sha256 for holder in holders]
    for start in range(len(found) - len(wanted) + 1):
        if wanted and found[start : start + len(wanted)] == wanted:
            return holders[start : start + len(wanted)]
    return ()


def corrects(files: Sequence[BatchFile], findings: Iterable[Finding]) -> bool:
    """Whether a small batch is what a parked one waits for.

    Args:
        files: Of the small batch.
        findings: Of the parked batch at the same place.

    Returns:
        True when every file was scanned again under the name of a file that the findings ask
        for, or when it is one sheet alone and the parked batch only lacks its first sheet.
    """
    asked = tuple(findings)
    if not files or any(file.is_parked for file in files):
        return False
    names = {finding.where for finding in asked if finding.code in CORRECTABLE}
    if names:
        return all(file.name in names for file in files)
    is_sheet_alone = len(files) == 1 and files[0].is_sheet and files[0].opening is not None
    return is_sheet_alone and [finding.code for finding in asked] == ["BATCH-NO-SHEET"]
