"""Deep checks run in child processes: a decoder that fails costs one finding."""

from __future__ import annotations

import struct
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.domain.rules import is_blocking
from appliance.packaging.verify import verify_path
from appliance.packaging.verify.deep import Decoder, _awaited
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.options import Options, unheeded
from appliance.packaging.verify.package import check_package
from appliance.packaging.verify.ranges import Extent
from appliance.workers.pool import WorkerCrashed

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.findings import Finding, Report
    from tests.packaging.bags import Bag
    from tests.packaging.conftest import Sealed


def _deep(bag: Bag, decoder: Decoder) -> Report:
    options = Options(decoder, None, 1, unheeded)
    return check_package("x", folder_members(bag.folder, 1, unheeded), options)


def test_a_good_package_passes_in_children(sealed: Sealed) -> None:
    """Masters and PDFs of a good package decode, and nothing is left unchecked."""
    (report,) = verify_path(sealed.path, deep=True, jobs=2)
    assert (report.findings, report.not_checked) == ((), ())
    assert report.checked[-1] == "masters"


def test_what_takes_too_long_is_not_checked(bag: Bag) -> None:
    """A member whose time is over is told so; it is neither damaged nor a pass."""
    with Decoder(1, decode_seconds=0.001) as decoder:
        report = _deep(bag, decoder)
    assert {one.code for one in report.findings} == {"DECODE-STOPPED"}
    assert report.not_checked == ("pdfa", "masters")


def test_what_needs_too_much_memory_is_not_damaged(tmp_path: Path) -> None:
    """A legal page that does not fit into the limit is not decoded, and not called damaged."""
    side = 24_000
    entries = [(256, 4, side), (257, 4, side), (258, 3, 1), (259, 3, 1), (262, 3, 1)]
    entries += [(273, 4, 200), (277, 3, 1), (278, 4, side), (279, 4, side * side // 8)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    path = tmp_path / "large.tif"
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4))
    with path.open("r+b") as stream:
        stream.truncate(200 + side * side // 8)
    with Decoder(1, memory_bytes=512 * 1024**2) as decoder:
        findings, frames = decoder.master("m", Extent(path, 0, path.stat().st_size))()
    assert ([one.code for one in findings], frames) == (["DECODE-STOPPED"], 0)
    assert findings[0].values["problem_en"] == "it needs more memory than allowed"


@pytest.mark.parametrize("problem", [WorkerCrashed("gone"), MemoryError()])
def test_a_crash_costs_one_finding(problem: Exception) -> None:
    """A child that dies is told in two languages under one code."""
    future: Future[tuple[tuple[Finding, ...], int]] = Future()
    future.set_exception(problem)
    (finding,), pages = _awaited("m", future)()
    assert (finding.code, finding.where, pages) == ("DECODE-STOPPED", "m", 0)
    assert finding.values["problem"] != finding.values["problem_en"]


def test_a_master_that_its_decoder_stumbles_over_is_damaged(tmp_path: Path) -> None:
    """A second page without a width makes Pillow raise what it raises for no other: one finding."""
    path = tmp_path / "bare.tif"
    page, width = Image.new("RGB", (8, 8)), struct.pack("<HHI", 256, 4, 1)
    page.save(path, save_all=True, append_images=[page])
    first, second, third = path.read_bytes().split(width)
    path.write_bytes(first + width + second + struct.pack("<HHI", 255, 4, 1) + third)
    with Decoder(1) as decoder:
        findings, frames = decoder.master("m", Extent(path, 0, path.stat().st_size))()
    assert ([one.code for one in findings], frames) == (["MASTER-DAMAGED"], 0)


@pytest.mark.parametrize("text", ["\u00b2", "\u0664", "9" * 5000])
@pytest.mark.parametrize("where", ["EAD.xml", "EAD_doc"])
def test_numbers_that_python_does_not_read_are_findings(bag: Bag, where: str, text: str) -> None:
    """Digits of other scripts and endless ones are refused by their rule, and end no check."""
    name = bag.first(f"**/{where}*")
    bag.substitute(name, "numberOfPage>[0-9]+<", f"numberOfPage>{text}<")
    bag.relink()
    (report,) = verify_path(bag.folder)
    assert {one.code for one in report.findings if is_blocking(one)}
