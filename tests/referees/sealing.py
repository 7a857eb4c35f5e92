"""Packages of every kind, sealed as the appliance seals: through its stages, from dropped files."""

from __future__ import annotations

import dataclasses
import zipfile
from typing import TYPE_CHECKING, Final

from appliance.domain.identifiers import safe_name
from appliance.imaging.derivation import DerivationOptions
from appliance.imaging.pdf_form import DEFAULT_FORM, PdfaProfile, PdfForm
from appliance.imaging.pdf_signature import FIELD_NAME
from appliance.imaging.pdf_volumes import VolumeLimits
from appliance.pipeline import corrections
from appliance.pipeline.package_forms import FORMS, PackageForms, Wanted
from appliance.pipeline.register import approve, import_workbook
from appliance.pipeline.signed_pdfs import SignedPdfStage
from appliance.spreadsheet.reading import read_workbook
from tests.pipeline.making import BOX_ID, Bench
from tests.referees import odd_pages, odd_register
from tests.signing.authority import Authority, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.samples.values import SampleFonds

EVERYTHING: Final = "everything"
VOLUMES: Final = "volumes"
_PLAIN_PAGES: Final = {"HS-01": 1, "HS-02": 2, "HS-03": 5, "HS-06": 2}
_NAMES: Final = {"HS-01": "least", "HS-02": "version-1", "HS-03": VOLUMES, "HS-06": "unsigned"}
_LEVEL_1B_CODE: Final = "HS-04"
_LONG_CODE: Final = "HS-05"
_PAGES_PER_VOLUME: Final = 2
_PDF_PAGES: Final = 3
_UNCLAIMED_PAGES: Final = 3


def seal_demo_fonds(bench: Bench, sample: SampleFonds) -> dict[str, Path]:
    """Seal the six hồ sơ of the demo; their packages by file code."""
    bench.with_places()
    import_workbook(bench.catalogue, read_workbook(sample.register))
    approve(bench.catalogue, sample.approval)
    for drop in sample.plan:
        bench.drop(drop.file_code, drop.name, drop.source.read_bytes())
    bench.settle()
    found = {package.name: bench.package_path(package) for package in bench.packages()}
    assert len(found) == len(sample.file_units)
    return {path.parent.name: path for path in found.values()}


def seal_odd_units(bench: Bench) -> dict[str, Path]:
    """Seal what is allowed and seldom seen; the packages by what is odd about them.

    One with everything and the longest words, its two other forms, one of the least there may
    be, a correction and what it corrects, one in volumes, one whose PDF came back signed.
    """
    register = odd_register.odd_workbook(_UNCLAIMED_PAGES, _PLAIN_PAGES)
    pages = len(register.documents) + len(register.pictures) + _UNCLAIMED_PAGES
    bench.with_places()
    import_workbook(bench.catalogue, register)
    bench.approve()
    for number, (suffix, data) in enumerate(_odd_scans(bench.folder, pages), start=1):
        bench.drop(safe_name(odd_register.FILE_CODE), f"{number:04d}.{suffix}", data)
    for unit, (file_code, count) in enumerate(_PLAIN_PAGES.items(), start=2):
        _drop_mixed(bench, file_code, count, 100 * unit)
    bench.settle(seal=False)
    for file_code in (odd_register.FILE_CODE, *_PLAIN_PAGES):
        _seal(bench, file_code)
    found = {_name_of(path): path for path in map(bench.package_path, bench.packages())}
    found["version-2"] = _correct(bench, "HS-02")
    found["signed"] = _sign(bench, "HS-06", found["unsigned"])
    found |= _other_forms(bench)
    return found


def seal_level_1b(bench: Bench) -> Path:
    """Seal a page of every odd form as PDF/A-1b; the package."""
    bench.options = DerivationOptions(reads_text=False, profile=PdfaProfile.A1B)
    count = len(odd_pages.SINGLE_PAGES)
    bench.with_places()
    import_workbook(bench.catalogue, odd_register.plain_workbook({_LEVEL_1B_CODE: count}))
    bench.approve()
    for seed, name in enumerate(odd_pages.SINGLE_PAGES, start=1):
        data = odd_pages.single_page(name, seed)
        bench.drop(_LEVEL_1B_CODE, f"{seed:04d}.{name.rpartition('.')[2]}", data)
    bench.settle(seal=False)
    _seal(bench, _LEVEL_1B_CODE)
    (package,) = bench.packages()
    return bench.package_path(package)


def seal_long_unit(bench: Bench, pages: int) -> Path:
    """Drop, inspect, derive and seal a hồ sơ of so many pages, each a scan; the package."""
    bench.with_places()
    import_workbook(bench.catalogue, odd_register.plain_workbook({_LONG_CODE: pages}))
    bench.approve()
    scans = (odd_pages.small_page(number) for number in range(1, pages + 1))
    claims = [
        bench.claim(data, "scan01", _LONG_CODE, f"{number:05d}.jpg")
        for number, data in enumerate(scans, start=1)
    ]
    assert bench.accept_stage().accept_many(claims) == pages
    bench.settle()
    assert bench.unit(_LONG_CODE).state == "sealed", bench.unit_findings(_LONG_CODE)
    (package,) = bench.packages()
    return bench.package_path(package)


def _odd_scans(folder: Path, pages: int) -> Iterator[tuple[str, bytes]]:
    """Suffix and bytes of every drop of the hồ sơ with everything."""
    singles = odd_pages.SINGLE_PAGES
    for seed, name in enumerate(singles, start=1):
        yield name.rpartition(".")[2], odd_pages.single_page(name, seed)
    yield "tif", odd_pages.wide_page(50)
    yield "pdf", odd_pages.scanned_pdf(folder, 60)
    yield "tif", odd_pages.many_frames(70, pages - len(singles) - 1 - _PDF_PAGES)


def _drop_mixed(bench: Bench, file_code: str, count: int, first_seed: int) -> None:
    for index in range(count):
        name = list(odd_pages.SINGLE_PAGES)[5 + index]  # JPEG 2000 and transparency among them
        data = odd_pages.single_page(name, first_seed + index)
        bench.drop(file_code, f"{index + 1:04d}.{name.rpartition('.')[2]}", data)


def _seal(bench: Bench, file_code: str) -> None:
    forms = {
        "HS-03": PdfForm(volumes=VolumeLimits(max_pages=_PAGES_PER_VOLUME)),
        _LEVEL_1B_CODE: PdfForm(profile=PdfaProfile.A1B),
    }
    stage = dataclasses.replace(bench.seal_stage(), form=forms.get(file_code, DEFAULT_FORM))
    stage.run_once("seal:1", file_code)
    assert bench.unit(file_code).state == "sealed", bench.unit_findings(file_code)


def _name_of(path: Path) -> str:
    return _NAMES.get(path.parent.name, EVERYTHING)


def _correct(bench: Bench, file_code: str) -> Path:
    """Open the hồ sơ, scan a page again, change its title, seal the second version."""
    agent = "person:Trần Thị Đoàn"
    with bench.catalogue.write() as writing:
        corrections.start(writing, file_code, "Trang 2 quét mờ & <lệch>", agent)
    register = odd_register.plain_workbook({file_code: _PLAIN_PAGES[file_code]})
    (row,) = register.file_units
    changed = dataclasses.replace(row, values={**row.values, "title": "Tiêu đề đã sửa"})
    corrected = dataclasses.replace(register, file_units=(changed,), list_items=())
    import_workbook(bench.catalogue, corrected)
    bench.drop(file_code, "0002.tif", odd_pages.single_page("strips.tif", 999))
    bench.settle()
    with bench.catalogue.write() as writing:
        corrections.finish(writing, file_code, agent)
    bench.settle()
    newest = bench.packages()[-1]
    assert newest.version == 2, bench.unit_findings(file_code)
    return bench.package_path(newest)


def _sign(bench: Bench, file_code: str, package: Path) -> Path:
    """Sign the PDF in the place reserved for it, hand it in, seal the second version."""
    authority = Authority()
    roots, pdf = bench.folder / "roots.pem", bench.folder / f"{file_code}.pdf"
    roots.write_bytes(authority.pem)
    with zipfile.ZipFile(package) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(f"/rep1/data/{pdf.name}"))
        data = archive.read(name)
    officer = authority.person()
    pdf.write_bytes(signed(data, officer, authority.root, field=FIELD_NAME, is_shown=True))
    stage = SignedPdfStage(bench.catalogue, bench.store, bench.executor, bench.work, (roots,))
    (outcome,) = stage.take([pdf], "person:x")
    assert outcome.version == 2, outcome
    bench.settle()
    return bench.package_path(bench.packages()[-1])


def _other_forms(bench: Bench) -> dict[str, Path]:
    """The hồ sơ with everything as AIP_hoso to the letter and as SIP_hoso."""
    writer = PackageForms(bench.catalogue, bench.store, bench.work, BOX_ID)
    target = bench.folder / "forms"
    wanted = (Wanted(odd_register.FILE_CODE, form, target, "NL-01", "person:x") for form in FORMS)
    return {one.form: writer.write(one).path for one in wanted}
