"""Inspect one file: read it once, decode every frame to its last row, state facts and problems.

Everything here is made to run in a worker process: plain values in, a picklable value out.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.imaging.facts import FrameFacts, Inspection, Integrity, MadeFile
from appliance.imaging.frames import inspect_frame, refused
from appliance.imaging.headers import FrameSource, Kind
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.packing import fewest_bytes
from appliance.imaging.problems import BadStructure
from appliance.imaging.reading import ExpectedBytes, held_unproved
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.windows import held_window, open_window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.imaging.headers import ImageHeader
    from appliance.imaging.reading import Proof
    from appliance.imaging.windows import ByteWindow

__all__ = [
    "ExpectedBytes",
    "FrameFacts",
    "Inspection",
    "InspectionLimits",
    "Integrity",
    "MadeFile",
    "inspect_image",
]

_BOMBS: Final = {"IMAGE-TOO-MANY-FRAMES", "IMAGE-PIXELS-IMPOSSIBLE"}


def inspect_image(
    path: Path,
    *,
    name: str,
    views_folder: Path | None,
    limits: InspectionLimits,
    expected: ExpectedBytes | None = None,
) -> Inspection:
    """Judge one image file.

    Args:
        path: The bytes; their extension does not matter.
        name: How findings call it; frames of a multi-page file are ``name#2``.
        views_folder: An existing folder where pictures for the screen go, as
            ``<file name>-<frame>.thumb.jpg`` and ``….view.jpg``, not durable yet, replacing what
            an earlier try left; None for none.
        limits: What to hold it to.
        expected: What the bytes must be; with it they are read from the disk itself.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those expected.
        OSError: It cannot be read, or a picture cannot be written.
    """
    with (
        held_unproved(path, limits.max_held_bytes, expected) as (data, proof),
        open_window(path) if data is None else nullcontext(held_window(data)) as window,
    ):
        return _inspect(
            window, path, data, proof, name=name, views_folder=views_folder, limits=limits
        )


def _inspect(
    window: ByteWindow,
    path: Path,
    data: memoryview | None,
    proof: Proof,
    *,
    name: str,
    views_folder: Path | None,
    limits: InspectionLimits,
) -> Inspection:
    kind = Kind.UNKNOWN
    try:
        kind = kind_of(window)
        if kind is Kind.PDF:
            proof.settle()
            return _inspect_pdf(window, path, name, views_folder, limits)
        header = read_header(window)
    except BadStructure as bad:
        return Inspection(kind.value, findings=(refused(name, bad),))
    facts: list[FrameFacts] = []
    findings = list(_header_findings(header, window.size_bytes, name, limits))
    is_bomb = any(finding.code in _BOMBS for finding in findings)
    for frame in () if is_bomb else header.frames:
        where = name if len(header.frames) == 1 else f"{name}#{frame.frame}"
        source = FrameSource(path, header, frame, data, proof)
        one, more = inspect_frame(source, where, views_folder, limits)
        facts.extend((one,) if one else ())
        findings.extend(more)
    return Inspection(kind.value, tuple(facts), tuple(findings), header.trailing_bytes)


def _inspect_pdf(
    window: ByteWindow, path: Path, name: str, views_folder: Path | None, limits: InspectionLimits
) -> Inspection:
    from appliance.imaging.pdf_drop_inspection import inspect_pdf  # noqa: PLC0415 - slow to import, and few drops are PDFs

    return inspect_pdf(window, path, name, views_folder, limits)


def _header_findings(
    header: ImageHeader, size_bytes: int, name: str, limits: InspectionLimits
) -> Iterator[Finding]:
    """What the header alone tells, before a byte of pixels is decoded."""
    if header.trailing_bytes:
        yield Finding("IMAGE-TRAILING-BYTES", name, {"bytes": header.trailing_bytes})
    if len(header.frames) > limits.max_frames:
        values = {"frames": len(header.frames), "limit": limits.max_frames}
        yield Finding("IMAGE-TOO-MANY-FRAMES", name, {**values})
    least_bytes = sum(map(fewest_bytes, header.frames))
    if least_bytes > size_bytes:
        values = {"bytes": size_bytes, "least_bytes": least_bytes}
        yield Finding("IMAGE-PIXELS-IMPOSSIBLE", name, {**values})
