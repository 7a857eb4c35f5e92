"""Derive one page: its image as the PDF will carry it, and its machine-read text.

Made to run in a worker process: plain values in, a picklable value and files in the work
folder out. The same master and options give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyvips

from appliance.disk.durable import replace_file
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.imaging.conversion import convert_image
from appliance.imaging.decoding import eight_bit, open_frame
from appliance.imaging.headers import FrameSource, Kind
from appliance.imaging.ocr import TextOutcome, ocr_version, read_text
from appliance.imaging.page_derivative import DERIVATIVE, PageDerivative, words_to_bytes
from appliance.imaging.paper import Resolution, resolution_of
from appliance.imaging.passthrough import passage_of
from appliance.imaging.pdf_drop import open_pdf
from appliance.imaging.problems import BadStructure, refusal
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.windows import open_window

if TYPE_CHECKING:
    from appliance.imaging.headers import FrameHeader
    from appliance.imaging.ocr import PageText
    from appliance.imaging.windows import ByteWindow

TEXT_DPI = 200
"""Our own: text is read best at 150 to 200 dpi for the time it takes; measured."""
_POINTS_PER_INCH = 72
_MAX_PAGE_POINTS = 14_400
"""ISO 19005-2 6.1.13: no side of a page is longer."""
_TURNS = {2: "h", 3: "180", 4: "v", 5: "h270", 6: "90", 7: "h90", 8: "270"}


@dataclass(frozen=True, slots=True)
class DerivationOptions:
    """How pages are derived.

    Args:
        jpeg_quality: Of derivatives of gray and colour masters that PDF cannot carry.
        reads_text: Whether machine-read text is made.
        languages: Names of tesseract's trained data.
        text_seconds: The limit for reading one page.
    """

    jpeg_quality: int = 85
    reads_text: bool = True
    languages: tuple[str, ...] = ("vie",)
    text_seconds: int = 120


def derive_page(
    path: Path, frame: int, work_folder: Path, options: DerivationOptions
) -> PageDerivative:
    """Derive one frame of a master.

    Args:
        path: The master.
        frame: 1-based.
        work_folder: Where a derivative image and the words go, as ``<file name>-<frame>.…``;
            what is there under these names is replaced.
        options: How.

    Raises:
        RuleError: ``DERIVE-FAILED`` with a finding: the master does not decode, or has no
            such frame.
        ConfigError: ``OCR-MISSING``.
        MemoryError: There is not enough memory for it.
        OSError: The disk refused.
    """
    try:
        with open_window(path) as window:
            if kind_of(window) is Kind.PDF:
                return _derive_pdf_page(window, path, frame, work_folder, options)
            header = read_header(window)
        source = FrameSource(path, header, header.frames[frame - 1])
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
    window: ByteWindow, path: Path, frame: int, work_folder: Path, options: DerivationOptions
) -> PageDerivative:
    """The image of a page becomes a file of its own, and is then derived as any other."""
    stem = f"{path.name}-{frame}"
    with open_pdf(window, path) as pdf:
        page = pdf.frame(frame)
    taken = work_folder / f"{stem}.taken"
    replace_file(taken, page.taken.data)
    source = replace(page.source, path=taken, data=None)
    derived = _derive(source, work_folder, stem, options)
    if derived.image_name is not None:
        taken.unlink()
        return derived
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
    passage = passage_of(source)
    image_name = None
    if passage is None:
        passage, image_name = convert_image(source, work_folder, stem, options.jpeg_quality)
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
    text = _read(source, resolution, work_folder, options)
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
    )


def _read(
    source: FrameSource, resolution: Resolution, work_folder: Path, options: DerivationOptions
) -> PageText:
    """Read the upright gray view; unequal resolutions are evened out by the finer one."""
    finer = max(resolution.x, resolution.y)
    dpi = min(finer, TEXT_DPI)
    across, down = resolution.y, resolution.x
    if not source.frame.is_turned:
        across, down = down, across
    with TemporaryDirectory(dir=work_folder, prefix=".text-") as folder:
        view = Path(folder) / "view.png"
        _write_view(source, (dpi / resolution.x, dpi / resolution.y), view)
        return read_text(
            view,
            dpi=dpi,
            scales=(across / dpi, down / dpi),
            languages=options.languages,
            limit_seconds=options.text_seconds,
        )


def _write_view(source: FrameSource, scales: tuple[float, float], target: Path) -> None:
    image = eight_bit(open_frame(source)).colourspace("b-w")
    across, down = scales
    if across < 1 or down < 1:
        image = image.resize(across, vscale=down, kernel="linear")
    upright(image.copy_memory(), source.frame.orientation).pngsave(str(target), compression=1)


def upright(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn and mirror a stored picture so that it reads, by its TIFF/EXIF orientation."""
    turn = _TURNS.get(orientation, "")
    if turn.startswith("h"):
        image, turn = image.fliphor(), turn[1:]
    if turn == "v":
        return image.flipver()
    return image.rot(f"d{turn}") if turn else image
