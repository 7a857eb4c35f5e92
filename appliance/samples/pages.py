"""Turns the script of a hồ sơ into pages, and pages into scans."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.disk.durable import make_folder
from appliance.samples.drawing import draw_plan
from appliance.samples.encoding import write_scan
from appliance.samples.inking import InkSheet, a3_landscape, a4
from appliance.samples.marks import number_sheet, scribble
from appliance.samples.offices import compose, harvest_table
from appliance.samples.paper import scan_page
from appliance.samples.script import MAP_TYPE
from appliance.samples.typesetting import typeset
from appliance.samples.wording import PROVINCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.samples.script import DocumentScript, FileUnitScript

MAP_DPI: Final = 300
"""What the circular asks for maps (``policy.MIN_DRAWING_DPI``)."""


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """One document as it came out.

    Args:
        script: What was asked for.
        number: The number it was given; empty for a map.
        notation: What follows the number.
        first_page: Number of its first page in the hồ sơ, 1-based.
        last_page: Number of its last page, inclusive.
    """

    script: DocumentScript
    number: str
    notation: str
    first_page: int
    last_page: int


@dataclass(frozen=True, slots=True)
class MadeFileUnit:
    """One hồ sơ as it came out.

    Args:
        script: What was asked for.
        documents: Its documents.
        pages: How many pages it has.
        papers: How many sheets of paper they are on.
        scans: The names of its scans, in order.
    """

    script: FileUnitScript
    documents: tuple[MadeDocument, ...]
    pages: int
    papers: int
    scans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """One page and what is on the other side of its sheet, if that is known."""

    front: InkSheet
    back: InkSheet | None


def make_file_unit(script: FileUnitScript, folder: Path, seed: int) -> MadeFileUnit:
    """Make the pages of a hồ sơ and write their scans.

    Args:
        script: What to make.
        folder: Where its scans go, named ``0001.jpg`` and so on.
        seed: Equal seeds give equal scans.
    """
    random = _random(script, seed)
    sides, documents, papers = _draw(script, random)
    make_folder(folder)
    names = tuple(_write_scans(script, sides, folder, random))
    return MadeFileUnit(script, documents, len(sides), papers, names)


def drawn_sheets(script: FileUnitScript, seed: int) -> tuple[InkSheet, ...]:
    """The pages of a hồ sơ before they are scanned: what is truly written on them.

    Args:
        script: What to make.
        seed: The pages are those that ``make_file_unit`` scans with the same seed.
    """
    sides, _, _ = _draw(script, _random(script, seed))
    return tuple(side.front for side in sides)


def _random(script: FileUnitScript, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, *script.file_code.encode()])


def _draw(
    script: FileUnitScript, random: np.random.Generator
) -> tuple[list[_Side], tuple[MadeDocument, ...], int]:
    sides: list[_Side] = []
    documents: list[MadeDocument] = []
    papers = 0
    for index, document in enumerate(script.documents):
        drawn, number, notation = _draw_document(script, document, random)
        if index == 0 and script.blank_reverse:
            drawn.append(InkSheet(a4(script.dpi)))
        for front in drawn[:: 2 if script.two_sided else 1]:
            papers += 1
            number_sheet(front, papers)
        first = len(sides) + 1
        sides += _paired(drawn) if script.two_sided else [_Side(page, None) for page in drawn]
        documents.append(MadeDocument(document, number, notation, first, len(sides)))
    return sides, tuple(documents), papers


def _paired(drawn: list[InkSheet]) -> list[_Side]:
    """The pages of a document typed on both sides of each sheet."""
    other = {index: drawn[index ^ 1] for index in range(len(drawn)) if index ^ 1 < len(drawn)}
    return [_Side(front, other.get(index)) for index, front in enumerate(drawn)]


def _draw_document(
    script: FileUnitScript, document: DocumentScript, random: np.random.Generator
) -> tuple[list[InkSheet], str, str]:
    if document.type_code == MAP_TYPE:
        line = f"{script.head.organ}, năm {document.issued.year}"
        plan = draw_plan(a3_landscape(MAP_DPI), document.subject.upper(), line, random)
        return [plan], "", ""
    letter = compose(
        script.head,
        document.type_code,
        document.subject,
        document.issued,
        random,
        paragraphs=document.paragraphs,
        table=harvest_table(PROVINCE, random) if document.tabled else None,
    )
    drawn = typeset(letter, script.look, a4(script.dpi), random)
    scribble(drawn[0], (24, 9), random)
    return drawn, letter.number, letter.notation


def _write_scans(
    script: FileUnitScript, sides: list[_Side], folder: Path, random: np.random.Generator
) -> Iterator[str]:
    forms = itertools.cycle(script.forms)
    for index, start in enumerate(range(0, len(sides), script.pages_per_scan), start=1):
        form = next(forms)
        pages = [
            scan_page(side.front, side.back, script.paper, random, in_colour=form.in_colour)
            for side in sides[start : start + script.pages_per_scan]
        ]
        name = f"{index:04d}.{form.extension}"
        write_scan(folder / name, pages, form, sides[start].front.size.dpi)
        yield name
