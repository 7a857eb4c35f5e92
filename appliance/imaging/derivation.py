"""Derive one page: its image as the PDF will carry it, and its machine-read text.

Made to run in a worker process: plain values in, a picklable value and files in the work
folder out. The same master and options give the same bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyvips

from appliance.disk.durable import replace_file
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.imaging.conversion import ConversionPolicy, convert_image
from appliance.imaging.derivation_options import DerivationOptions
from appliance.imaging.headers import FrameSource, Kind
from appliance.imaging.ocr import TextOutcome, ocr_version
from appliance.imaging.page_derivative import DERIVATIVE, PageDerivative, words_to_bytes
from appliance.imaging.paper import Resolution, resolution_of
from appliance.imaging.passthrough import passage_of
from appliance.imaging.pdf_drop import open_pdf
from appliance.imaging.problems import BadStructure, refusal
from appliance.imaging.proving import proved_master
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.text_reading import read_page
from appliance.imaging.text_view import text_view

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.headers import FrameHeader
    from appliance.imaging.ocr import PageText
    from appliance.imaging.pdf_drop import PdfFrame
    from appliance.imaging.reading import ExpectedBytes

__all__ = ["DerivationOptions", "derive_page"]

_POINTS_PER_INCH = 72
_MAX_PAGE_POINTS = 14_400
"""ISO 19005-2 6.1.13: no side of a page is longer."""


def derive_page(
    path: Path,
    frame: int,
    work_folder: Path,
    options: DerivationOptions,
    expected: ExpectedBytes | None = None,
) -> PageDerivative:
    """Derive one frame of a master.

    Args:
        path: The master.
        frame: 1-based.
        work_folder: Where a derivative image and the words go, as ``<file name>-<frame>.…``;
            what is there under these names is replaced.
        options: How.
        expected: What the master must be; without it nothing is compared.

    Raises:
        RuleError: ``DERIVE-FAILED`` with a finding: the master does not decode, or has no
            such frame.
        IntegrityError: ``MASTER-DIFFERS``: the master is not what was recorded.
        ConfigError: ``OCR-MISSING``.
        MemoryError: There is not enough memory for it.
        OSError: The disk refused.
    """
    try:
        with proved_master(path, expected, is_first_page=frame == 1) as master:
            if kind_of(master.window) is Kind.PDF:
                is_inspected = expected is not None
                with open_pdf(master.window, path, is_inspected=is_inspected) as pdf:
                    page = pdf.frame(frame)
                return _derive_pdf_page(page, f"{path.name}-{frame}", work_folder, options)
            header = read_header(master.window)
            source = FrameSource(path, header, header.frames[frame - 1], master.data)
            return _derive(source, work_folder, f"{path.name}-{frame}", options)
    except BadStructure as bad:
        values = {**bad.problem.values()}
    except pyvips.Error as problem:
        values = {**refusal(problem, path).problem.values()}
    except IndexError:
        text = f"frame {frame}"
        values = {"problem": f"tệp không có {text}", "problem_en": f"there is no {text}"}
    finding = Finding("DERIVE-FAILED", f"{path.name}#{frame}", values)
    raise RuleError(f"{path.name} frame {frame} cannot be derived", (finding,), code=finding.code)


def _derive_pdf_page(
    page: PdfFrame, stem: str, work_folder: Path, options: DerivationOptions
) -> PageDerivative:
    """The image of a page becomes a file of its own, and is then derived as any other."""
    derived = _derive(page.source, work_folder, stem, options)
    if derived.image_name is not None:
        return derived
    taken = work_folder / f"{stem}.taken"
    replace_file(taken, page.taken.data)
    parts = tuple(
        replace(part, source=DERIVATIVE, is_inverted=part.is_inverted or page.taken.is_inverted)
        for part in derived.parts
    )
    return replace(derived, recipe="pdf-image-unchanged", parts=parts, image_name=taken.name)


def _derive(
    source: FrameSource, work_folder: Path, stem: str, options: DerivationOptions
) -> PageDerivative:
    frame = source.frame
    resolution = _printable(frame, resolution_of(frame))
    passage = passage_of(source, options.profile)
    image_name = None
    if passage is None:
        policy = ConversionPolicy(
            options.jpeg_quality, options.max_dpi, options.is_lossless, options.profile
        )
        passage, image_name = convert_image(source, resolution, work_folder, stem, policy)
    page = PageDerivative(
        frame=frame.frame,
        width_px=frame.width_px,
        height_px=frame.height_px,
        orientation=frame.orientation,
        dpi_x=resolution.x,
        dpi_y=resolution.y,
        is_passthrough=image_name is None,
        recipe=passage.recipe,
        parts=passage.parts,
        image_name=image_name,
    )
    if not options.reads_text:
        return page
    text = read_page(
        text_view(source, resolution),
        languages=options.languages,
        limit_seconds=options.text_seconds,
    )
    return _with_text(page, text, work_folder / f"{stem}.words.json", options.languages)


def _printable(frame: FrameHeader, resolution: Resolution) -> Resolution:
    """A resolution at which no side is longer than a PDF page may be."""
    lowest_x = -(-frame.width_px * _POINTS_PER_INCH // _MAX_PAGE_POINTS)
    lowest_y = -(-frame.height_px * _POINTS_PER_INCH // _MAX_PAGE_POINTS)
    return replace(resolution, x=max(resolution.x, lowest_x), y=max(resolution.y, lowest_y))


def _with_text(
    page: PageDerivative, text: PageText, target: Path, languages: tuple[str, ...]
) -> PageDerivative:
    if text.outcome is TextOutcome.FOUND:
        replace_file(target, words_to_bytes(text.words))
    return replace(
        page,
        words_name=target.name if text.words else None,
        text_outcome=text.outcome.value,
        word_count=len(text.words),
        mean_confidence=text.mean_confidence,
        text_engine=ocr_version(languages),
        text_turn_degrees=text.turn_degrees,
    )
