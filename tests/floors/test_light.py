"""The box itself runs without the libraries that decode images: only its workers load them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Final

from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

HEAVY: Final = ("cv2", "imagecodecs", "numpy", "openpyxl", "pyvips", "simplejpeg", "zxingcpp")
LOADED: Final = f"print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
"""Says which of them a process has loaded."""

AT_WORK: Final = f"""
import sys
from pathlib import Path
import appliance.cli.operating
from appliance.domain.targets import nominal_reference
from appliance.imaging.derivation_options import DerivationOptions
from appliance.imaging.jobs import derive_page, inspect_image, measure_target
from appliance.imaging.limits import InspectionLimits
from appliance.pipeline.drill_values import DrillSubject
from appliance.pipeline.jobs import look_at_package
from appliance.pipeline.looking import look_at
from appliance.workers.pool import WorkerPool

folder, package = map(Path, sys.argv[1:])
subject = DrillSubject(package, "ministry", "1.pdf", None, "0" * 64, "1.png", 1, 1, 1, None)
options, limits = DerivationOptions(reads_text=False), InspectionLimits()
with WorkerPool(1, 2**31, 300) as pool:
    for page in sorted(folder.glob("page.*")):
        assert look_at(page).is_whole, page
        seen = pool.submit(inspect_image, page, name="page", views_folder=None, limits=limits)
        assert seen.result().frames, page
        assert pool.submit(derive_page, page, 1, folder, options).result().parts, page
    pool.submit(measure_target, page, 1, nominal_reference("T1")).result()
    found = pool.submit(look_at_package, subject, folder).result().findings
    assert {{one.code for one in found}} == {{"DRILL-UNREADABLE"}}
{LOADED}
"""


def said_by(program: str, *arguments: Path) -> list[str]:
    """Run a program in a fresh interpreter; the words it prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()


def test_the_program_tells_what_is_loaded() -> None:
    """A process that loads the decoders is seen to have done so."""
    loaded = said_by(f"import sys, appliance.imaging.inspection\n{LOADED}")
    assert {"cv2", "numpy", "pyvips"} <= set(loaded)


def test_commands_of_the_box_load_no_decoder() -> None:
    """The service, the seal and what stands beside them begin without OpenCV, NumPy and libvips."""
    commands = ("operating", "checking", "auditing", "packing", "syncing", "verifying")
    modules = ", ".join(f"appliance.cli.{command}" for command in commands)
    assert said_by(f"import sys, {modules}\n{LOADED}") == []


def test_work_that_is_handed_on_loads_no_decoder(tmp_path: Path) -> None:
    """New files are looked at, and workers' answers read, without what the workers have loaded."""
    folder, package = tmp_path / "pages", tmp_path / "package.zip"
    folder.mkdir()
    for form in ("PNG", "JPEG", "TIFF"):
        (folder / f"page.{form.lower()}").write_bytes(page_bytes(1, form))
    zipfile.ZipFile(package, "w").close()
    assert said_by(AT_WORK, folder, package) == []
