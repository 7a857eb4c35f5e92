"""The way of a page into its PDF, and what the settings change of it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest

from appliance.imaging.pdf_form import PdfaProfile, PdfForm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench


def reviewed(bench: Bench, pages: int) -> None:
    """A hồ sơ whose pages wait to be derived."""
    bench.register({"HS-01": pages})
    bench.drop_pages("HS-01", pages)
    bench.inspect_stage().run_once("test:1")
    while bench.assemble_stage().run_once("test:1"):
        pass


def test_a_master_that_changed_since_intake_is_not_derived(bench: Bench) -> None:
    """One bit that no decoder minds is found, said by name, and mended by the right bytes."""
    reviewed(bench, 2)
    path = bench.store.master_path(bench.masters()[0].sha256)
    before = path.read_bytes()
    path.chmod(0o640)
    path.write_bytes(before + b"\0")
    assert bench.derive_stage().run_once("test:1") == 2
    (finding,) = bench.unit_findings("HS-01")
    assert (finding.code, finding.values) == ("MASTER-DIFFERS", {"name": bench.masters()[0].name})
    path.write_bytes(before)
    bench.clock.advance(10)
    assert bench.derive_stage().run_once("test:1") == 1
    assert bench.unit("HS-01").state == "derived"


@pytest.mark.parametrize("profile", PdfaProfile)
def test_a_box_seals_either_archival_form(
    bench: Bench, tmp_path: Path, profile: PdfaProfile
) -> None:
    """The package verifies, its PDF claims the form that was set, and PREMIS names it."""
    reviewed(bench, 2)
    bench.settle(seal=False)
    form = PdfForm(profile, has_signature_field=profile is PdfaProfile.A2B)
    assert replace(bench.seal_stage(), form=form).run_once("test:1") == 1
    assert bench.unit("HS-01").state == "sealed", bench.unit_findings("HS-01")
    (package,) = (bench.folder / "state" / "store").rglob("*.zip")
    with zipfile.ZipFile(package) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".pdf")]
        archive.extract(name, tmp_path)
        premis = b"".join(
            archive.read(one) for one in archive.namelist() if "/preservation/" in one
        )
    assert f"PDF/A-{profile.value}".encode() in premis
    with pikepdf.open(tmp_path / name) as pdf:
        assert pdf.open_metadata().pdfa_status == profile.value.upper()
        assert ("/AcroForm" in pdf.Root) == form.has_signature_field
