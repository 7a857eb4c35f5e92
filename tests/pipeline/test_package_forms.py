"""Other forms of a sealed package: verified before they are named, always the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.findings import Finding, Report
from appliance.packaging.verify import verify_path
from appliance.pipeline import package_forms
from appliance.pipeline.package_forms import FORMS, PackageForms, Wanted, form_objid
from tests.pipeline.making import BOX_ID, Bench
from tests.pipeline.test_documents import listing, picture_row, scanned, text_row

if TYPE_CHECKING:
    from pathlib import Path


class _Killed(BaseException):
    """Takes the place of SIGKILL: nobody handles it."""


def forms_of(bench: Bench) -> PackageForms:
    """What writes forms on this box."""
    return PackageForms(bench.catalogue, bench.store, bench.work, BOX_ID)


def wanted(folder: Path, form: str = "aip_hoso", file_code: str = "HS-01") -> Wanted:
    """A form of the hồ sơ."""
    return Wanted(file_code, form, folder, "DK-7" if form == "sip_hoso" else "", "person:tester")


def pdfs_in(path: Path) -> dict[str, str]:
    """Digests of the PDFs of a package, by name."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".pdf")]
        return {
            name.rpartition("/")[2]: hashlib.sha256(archive.read(name)).hexdigest()
            for name in names
        }


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_written_beside_the_sealed_package(
    bench: Bench, tmp_path: Path, form: str
) -> None:
    """It verifies, holds the very PDFs that were sealed, and its digest lies beside it."""
    rows = (text_row(1, 1, 2), picture_row(2, 3))
    scanned(bench, listing(3, *rows, pdf_per="document"), 3)
    (package,) = bench.packages()
    sealed = bench.package_path(package)
    before = sealed.read_bytes()
    folder = tmp_path / "out" / form
    found = forms_of(bench).write(wanted(folder, form))
    (report,) = verify_path(found.path, deep=True)
    assert (report.findings, report.not_checked) == ((), ())
    assert found.objid == form_objid(package.objid, form) != package.objid
    assert pdfs_in(found.path) == pdfs_in(sealed)
    assert sealed.read_bytes() == before
    command = ["sha256sum", "--strict", "-c", f"{found.path.name}.sha256"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    assert sorted(path.name for path in folder.iterdir()) == [
        found.path.name,
        f"{found.path.name}.sha256",
    ]
    assert not list(bench.work.iterdir())
    (_seal, made) = bench.events("information package creation")
    assert (made["form"], made["sha256"]) == (form, found.sha256)


def test_a_form_is_always_the_same_bytes(bench: Bench, tmp_path: Path) -> None:
    """Written again elsewhere and later, it is the same file."""
    bench.sealed({"HS-01": 2})
    first = forms_of(bench).write(wanted(tmp_path / "first", "sip_hoso"))
    bench.clock.advance(86_400)
    second = forms_of(bench).write(wanted(tmp_path / "second", "sip_hoso"))
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.objid, first.sha256) == (second.objid, second.sha256)


def test_packages_of_the_first_release_have_forms_too(bench: Bench, tmp_path: Path) -> None:
    """Where no PDF is on record there is the one that the first release wrote."""
    bench.sealed({"HS-01": 2})
    with bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql("UPDATE package SET pdfs = '[]'")
    found = forms_of(bench).write(wanted(tmp_path / "out"))
    assert list(pdfs_in(found.path)) == ["HS-01.pdf"]


@pytest.mark.parametrize(
    ("file_code", "code"),
    [("HS-99", "INTAKE-UNKNOWN-FILE-UNIT"), ("HS-02", "PACKAGE-NOT-SEALED")],
)
def test_only_what_is_sealed_has_forms(
    bench: Bench, tmp_path: Path, file_code: str, code: str
) -> None:
    """An unknown hồ sơ and one that is not sealed are refused by name."""
    bench.register({"HS-02": 2})
    with pytest.raises(RuleError) as caught:
        forms_of(bench).write(wanted(tmp_path / "out", file_code=file_code))
    assert [finding.code for finding in caught.value.findings] == [code]


def test_nothing_is_written_over(bench: Bench, tmp_path: Path) -> None:
    """A form that lies there already stays as it is."""
    bench.sealed({"HS-01": 1})
    found = forms_of(bench).write(wanted(tmp_path / "out"))
    found.path.chmod(0o600)
    found.path.write_bytes(b"kept")
    with pytest.raises(RuleError) as caught:
        forms_of(bench).write(wanted(tmp_path / "out"))
    assert caught.value.findings[0].code == "PACKAGE-FORM-EXISTS"
    assert found.path.read_bytes() == b"kept"


def test_a_damaged_package_has_no_forms(bench: Bench, tmp_path: Path) -> None:
    """One flipped bit in the sealed package is found before anything is taken from it."""
    (package,) = bench.sealed({"HS-01": 1})
    path = bench.package_path(package)
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        forms_of(bench).write(wanted(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_form_that_fails_its_check_is_not_kept(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the reader refuses is never named, and the command says what it was."""
    bench.sealed({"HS-01": 1})
    bad = Report("x", (Finding("METS-DIGEST", "METS.xml", {"path": "a"}),), ("mets",), ())
    monkeypatch.setattr(package_forms, "verify_new_package", lambda _path: (bad, None))
    with pytest.raises(RuleError) as caught:
        forms_of(bench).write(wanted(tmp_path / "out"))
    assert caught.value.findings[0].code == "PACKAGE-FORM-NOT-VALID"
    assert list((tmp_path / "out").iterdir()) == []
    assert not list(bench.work.iterdir())


def test_a_call_killed_before_the_digest_is_made_good(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call finds its very bytes, and adds the digest; the one after that is refused."""

    def dies(*_: object) -> None:
        raise _Killed

    bench.sealed({"HS-01": 1})
    folder = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(package_forms, "write_once", dies)
        with pytest.raises(_Killed):
            forms_of(bench).write(wanted(folder))
    (left,) = folder.iterdir()
    number = left.stat().st_ino
    found = forms_of(bench).write(wanted(folder))
    assert (found.path, found.path.stat().st_ino) == (left, number)
    assert sorted(path.suffix for path in folder.iterdir()) == [".sha256", ".zip"]
    with pytest.raises(RuleError):
        forms_of(bench).write(wanted(folder))
    _seal, *made = bench.events("information package creation")
    assert {one["sha256"] for one in made} == {found.sha256}


def test_what_a_killed_call_was_writing_is_removed(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither half a package in the person's folder nor PDFs in the box's own stay for ever."""
    growing: list[Path] = []

    def dies(temporary: Path, _final: Path) -> None:
        growing.extend([temporary, *bench.work.iterdir()])
        raise _Killed

    bench.sealed({"HS-01": 1})
    folder = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(package_forms, "publish", dies)
        with pytest.raises(_Killed):
            forms_of(bench).write(wanted(folder))
    temporary, work = growing
    temporary.write_bytes(b"half")  # as SIGKILL would have left them
    (work / "HS-01.pdf").mkdir(parents=True)
    found = forms_of(bench).write(wanted(folder))
    assert sorted(folder.iterdir()) == [found.path, found.path.with_suffix(".zip.sha256")]
    assert not list(bench.work.iterdir())


def test_a_form_without_its_digest_may_be_another_one(bench: Bench, tmp_path: Path) -> None:
    """Other bytes under its name stay, and so does a digest whose form was moved away."""
    bench.sealed({"HS-01": 1})
    found = forms_of(bench).write(wanted(tmp_path / "out"))
    digest = found.path.with_suffix(".zip.sha256")
    line = digest.read_bytes()
    digest.unlink()
    found.path.chmod(0o600)
    found.path.write_bytes(b"kept")
    with pytest.raises(RuleError) as caught:
        forms_of(bench).write(wanted(tmp_path / "out"))
    assert caught.value.findings[0].code == "PACKAGE-FORM-EXISTS"
    assert [path.read_bytes() for path in (tmp_path / "out").iterdir()] == [b"kept"]
    found.path.rename(digest)
    with pytest.raises(RuleError) as caught:
        forms_of(bench).write(wanted(tmp_path / "out"))
    assert caught.value.findings[0].where == str(digest)
    assert digest.read_bytes() == b"kept" != line


def test_two_calls_for_one_form_write_it_once(bench: Bench, tmp_path: Path) -> None:
    """The later one waits for the first, and is refused."""
    bench.sealed({"HS-01": 1})

    def write(_: int) -> str:
        try:
            return forms_of(bench).write(wanted(tmp_path / "out")).sha256
        except RuleError as problem:
            return problem.findings[0].code

    with ThreadPoolExecutor(2) as pool:
        told = set(pool.map(write, range(2)))
    assert (len(told), "PACKAGE-FORM-EXISTS" in told) == (2, True)
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert not list(bench.work.iterdir())
