"""A whole hồ sơ that comes as one PDF from the scanner."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from tests.imaging import scanned_pdfs as made
from tests.pipeline.making import codes_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench


def _scan(path: Path, pages: int) -> bytes:
    pictures = []
    for seed in range(pages):
        page = Image.effect_noise((700, 1000), 60 + seed).convert("L")
        pictures.append(made.fax(page.convert("1")) if seed % 2 else made.jpeg(page))
    return made.write_pdf(path, pictures, dpi=200).read_bytes()


def test_one_pdf_becomes_a_sealed_package(bench: Bench, tmp_path: Path) -> None:
    """pdfcpu#1092: three pages in are three pages sealed, and pass the deep verification."""
    bench.with_places()
    bench.register({"HS-01": 3})
    data = _scan(tmp_path / "scan.pdf", 3)
    bench.drop("HS-01", "0001.pdf", data)
    bench.settle()
    (master,) = bench.masters()
    assert (master.state, master.image_format, master.frame_count) == ("sealed", "pdf", 3)
    (package,) = bench.packages()
    path = bench.package_path(package)
    (report,) = verify_path(path, deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    with zipfile.ZipFile(path) as archive:
        kept = [name for name in archive.namelist() if "/rep2/data/" in name]
        described = b"".join(archive.read(n) for n in archive.namelist() if n.endswith(".xml"))
        assert [archive.read(name) for name in kept] == [data]
    assert b"application/pdf" in described
    assert b"Portable Document Format 1." in described


def test_a_locked_pdf_is_parked_with_its_rule(bench: Bench, tmp_path: Path) -> None:
    """A PDF with a password waits in the list of parked files, and stops nobody."""
    bench.register({"HS-01": 1})
    picture = made.jpeg(Image.effect_noise((700, 1000), 60))
    path = made.write_pdf(
        tmp_path / "locked.pdf", [picture], encryption=pikepdf.Encryption(owner="a", user="b")
    )
    bench.drop("HS-01", "0001.pdf", path.read_bytes())
    bench.settle()
    (master,) = bench.masters()
    assert (master.state, codes_of(master)) == ("parked", ["PDF-DROP-ENCRYPTED"])
