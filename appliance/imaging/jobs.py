"""The work on images that is handed to worker processes, by name.

OpenCV, NumPy and libvips take 36 MiB of a process, and only workers decode. So whoever hands work
on names it here; the libraries are loaded where it is done, once in each worker and within its
walls. ``tests/floors/test_light.py`` holds that nothing else of the service loads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.targets import TargetFigures, TargetReference
    from appliance.imaging.derivation_options import DerivationOptions
    from appliance.imaging.facts import Inspection
    from appliance.imaging.limits import InspectionLimits
    from appliance.imaging.page_derivative import PageDerivative
    from appliance.imaging.problems import Problem
    from appliance.imaging.reading import ExpectedBytes


def inspect_image(
    path: Path,
    *,
    name: str,
    views_folder: Path | None,
    limits: InspectionLimits,
    expected: ExpectedBytes | None = None,
) -> Inspection:
    """Judge one image file: ``imaging.inspection.inspect_image``, which says what it takes.

    Raises:
        IntegrityError: As there.
        OSError: As there.
    """
    from appliance.imaging import inspection  # noqa: PLC0415 - loads the decoders, in workers only

    return inspection.inspect_image(
        path, name=name, views_folder=views_folder, limits=limits, expected=expected
    )


def derive_page(
    path: Path,
    frame: int,
    work_folder: Path,
    options: DerivationOptions,
    expected: ExpectedBytes | None = None,
) -> PageDerivative:
    """Derive one frame of a master: ``imaging.derivation.derive_page``, which says what it takes.

    Raises:
        ApplianceError: As there.
        MemoryError: As there.
        OSError: As there.
    """
    from appliance.imaging import derivation  # noqa: PLC0415 - loads the decoders, in workers only

    return derivation.derive_page(path, frame, work_folder, options, expected)


def measure_target(
    path: Path, frame_number: int, reference: TargetReference
) -> TargetFigures | Problem:
    """Read a target sheet: ``imaging.target.measure_target``, which says what it takes.

    Raises:
        OSError: As there.
    """
    from appliance.imaging import target  # noqa: PLC0415 - loads the decoders, in workers only

    return target.measure_target(path, frame_number, reference)
