"""``correct`` and ``signed import``: what they say, and the status they end with."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import file_unit_details, register
from appliance.pipeline.register import import_workbook
from tests.cli.making import derive, take
from tests.pipeline.making import LIST_CODE, workbook_of
from tests.signing.authority import Authority, signed
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from tests.cli.making import Command

CODE = "HS-01"


@pytest.fixture
def sealed(run: Command, appliance: Appliance) -> Appliance:
    """A box with one sealed hồ sơ of one page."""
    import_workbook(appliance.catalogue, workbook_of({CODE: 1}))
    status = run(
        "register",
        "approve",
        LIST_CODE,
        "--decision",
        "12",
        "--date",
        "16/03/2026",
        "--signer",
        "A",
    )
    assert status == 0
    take(appliance, CODE, "0001.png", page_bytes(1))
    derive(appliance)
    assert run("seal", CODE) == 0
    return appliance


def sealed_pdf(appliance: Appliance) -> bytes:
    """The PDF of the newest package."""
    with appliance.catalogue.read() as session:
        unit = register.file_unit_row(session, CODE)
        assert unit is not None
        package = file_unit_details.packages_of(session, unit.id or 0)[0]
        path = appliance.store.package_path(unit.fonds_code, CODE, package.objid)
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(one for one in archive.namelist() if one.endswith(".pdf")))


def test_a_correction_is_opened_filled_and_finished(run: Command, sealed: Appliance) -> None:
    """Each step says which version is made and what differs; the next seal makes it."""
    assert run("correct", CODE, "--reason", "Trang 1 bị quét mờ") == 0
    assert "correction open, version 2" in run.out
    assert run("correct", CODE, "--finish") == 3
    assert "CORRECTION-NOTHING-CHANGED" in run.told
    take(sealed, CODE, "0001.png", page_bytes(2))
    assert run("correct", CODE, "--finish", "--json") == 0
    assert (run.facts()["version"], run.facts()["replaced"]) == (2, [1])
    derive(sealed)
    assert run("seal", CODE) == 0
    with sealed.catalogue.read() as session:
        unit = register.file_unit_row(session, CODE)
        assert unit is not None
        packages = file_unit_details.packages_of(session, unit.id or 0)
    assert [package.version for package in packages] == [2, 1]


def test_a_correction_is_withdrawn(run: Command, sealed: Appliance) -> None:
    """A sealed hồ sơ that was opened by mistake is sealed again as it was."""
    assert run("correct", CODE, "--reason", "Mở nhầm hồ sơ") == 0
    assert run("correct", CODE, "--withdraw") == 0
    assert "withdrawn" in run.out
    assert run("seal", CODE) == 0
    assert sealed.settings.box.id


def test_a_signed_pdf_is_taken_and_its_signer_not_taken_for_known(
    run: Command, sealed: Appliance, tmp_path: Path
) -> None:
    """Without trusted roots the answer is 1 and says why; with the root it is 0."""
    authority = Authority()
    path = tmp_path / f"{CODE}.pdf"
    once = signed(sealed_pdf(sealed), authority.person(), authority.root)
    path.write_bytes(once)
    assert run("signed", "import", str(path)) == 1
    assert f"NOT_CHECKED  {path.name} → {CODE}, version 2" in run.out
    assert "SIGNED-TRUST-NOT-CHECKED" in run.out
    root = tmp_path / "root.pem"
    root.write_bytes(authority.pem)
    with run.config.open("a", encoding="utf-8") as settings:
        settings.write(f'\n[signing]\ntrust_roots = ["{root}"]\n')
    path.write_bytes(signed(once, authority.person("Trung tâm"), authority.root, field="ChuKy2"))
    assert run("signed", "import", "--json", str(path)) == 0
    (row,) = run.facts()["files"]
    assert (row["verdict"], row["version"]) == ("pass", 2)
    assert [one["trust"] for one in row["signatures"]] == ["trusted", "trusted"]


def test_what_is_refused_says_why(run: Command, sealed: Appliance, tmp_path: Path) -> None:
    """Our own PDF, unsigned, is nothing new; a path without a file is wrong usage."""
    path = tmp_path / f"{CODE}.pdf"
    path.write_bytes(sealed_pdf(sealed))
    assert run("signed", "import", str(path)) == 1
    assert run.out.startswith("FAIL")
    assert "SIGNED-ALREADY" in run.out
    assert run("signed", "import", str(tmp_path / "none.pdf")) == 2


def test_a_root_that_cannot_be_read_is_a_setting_to_mend(
    run: Command, sealed: Appliance, tmp_path: Path
) -> None:
    """The message names the setting."""
    path = tmp_path / f"{CODE}.pdf"
    path.write_bytes(sealed_pdf(sealed) + b"x")
    with run.config.open("a", encoding="utf-8") as settings:
        settings.write('\n[signing]\ntrust_roots = ["/nowhere/root.pem"]\n')
    assert run("signed", "import", str(path)) == 2
    assert "signing.trust_roots" in run.told
