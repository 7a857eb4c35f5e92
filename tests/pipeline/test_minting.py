"""What was minted decides the bytes: an upgrade between two attempts at one seal changes none."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import leases
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.domain.records import PdfPer
from appliance.imaging.pdf_form import PdfaProfile, PdfForm
from appliance.imaging.pdf_volumes import VolumeLimits
from appliance.packaging.verify import verify_path
from appliance.pipeline import seal, sealing_sidecar
from appliance.pipeline.minting import Making
from appliance.pipeline.package_forms import PackageForms, Wanted
from appliance.pipeline.sweep import sweep
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from tests.pipeline.making import BOX_ID, Bench
from tests.pipeline.test_documents import listing, scanned, text_row

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from appliance.pipeline.seal import SealStage

OTHER_FORM = PdfForm(PdfaProfile.A1B, has_signature_field=False, volumes=VolumeLimits(max_pages=1))


@pytest.fixture
def ready(bench: Bench) -> Bench:
    """Two documents of one hồ sơ, derived: one PDF or two, as the setting says."""
    rows = (text_row(1, 1, 1), text_row(2, 2, 3))
    scanned(bench, listing(3, *rows), 3, seal=False)
    assert bench.unit("HS-01").state == "derived"
    return bench


def upgraded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> SealStage:
    """The stage of the next release, with other settings."""
    monkeypatch.setattr(seal, "__version__", "9.9.9")
    return replace(bench.seal_stage(), pdf_per=PdfPer.DOCUMENT, form=OTHER_FORM)


def die_before(
    monkeypatch: pytest.MonkeyPatch, bench: Bench, module: ModuleType, name: str
) -> None:
    """Seal until a function of the stage is called, as if the process were killed there."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, name, crash)
        with pytest.raises(KeyboardInterrupt):
            bench.seal_stage().run_once("seal:dead")
    assert bench.packages() == []
    with bench.catalogue.write() as writing:
        assert leases.give_back(writing, "seal") == 1
    bench.clock.advance(3600)


def files_of(bench: Bench) -> dict[str, bytes]:
    """Everything below the packages, by name."""
    below = (bench.store.root / "packages").rglob("*")
    return {path.name: path.read_bytes() for path in below if path.is_file()}


@pytest.mark.parametrize("is_swept", [False, True])
@pytest.mark.parametrize(
    "point", [(sealing_sidecar, "write_same"), (seal, "_write_sealed")], ids=lambda one: one[1]
)
def test_an_upgrade_between_publish_and_record_changes_no_byte(
    ready: Bench,
    monkeypatch: pytest.MonkeyPatch,
    point: tuple[ModuleType, str],
    *,
    is_swept: bool,
) -> None:
    """Another release with other settings ends the seal with the bytes that were published."""
    die_before(monkeypatch, ready, *point)
    before = files_of(ready)
    (package_name,) = [name for name in before if name.endswith(".zip")]
    if is_swept:
        assert sweep(ready.catalogue, ready.store, ready.work) == len(before)
    assert upgraded(ready, monkeypatch).run_once("seal:new") == 1
    assert (ready.unit("HS-01").state, ready.unit_findings("HS-01")) == ("sealed", ())
    after = files_of(ready)
    assert {name: after[name] for name in before} == before
    (package,) = ready.packages()
    assert package.name == package_name
    assert len([name for name in after if name.endswith(".zip")]) == 1
    assert ready.unit("HS-01").minted_with is None


def test_a_new_release_seals_in_its_own_way(
    ready: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is minted by it says its version and has its form; so do the forms written later."""
    upgraded(ready, monkeypatch).run_once("seal:new")
    (package,) = ready.packages()
    path = ready.package_path(package)
    with zipfile.ZipFile(path) as archive:
        pdfs = [name for name in archive.namelist() if name.endswith(".pdf")]
        (info,) = [name for name in archive.namelist() if name.endswith("bag-info.txt")]
        said = archive.read(info).decode()
    assert len(pdfs) == 3  # one page a volume
    assert "Bag-Software-Agent: archive-appliance 9.9.9" in said
    monkeypatch.undo()
    forms = PackageForms(ready.catalogue, ready.store, ready.work, BOX_ID)
    made = forms.write(Wanted("HS-01", "aip_hoso", tmp_path / "out", "", "person:tester"))
    with zipfile.ZipFile(made.path) as archive:
        texts = [archive.read(n) for n in archive.namelist() if n.endswith((".xml", ".txt"))]
    assert any(b"9.9.9" in text for text in texts)
    (report,) = verify_path(made.path, deep=True)
    assert report.findings == ()


def test_another_key_makes_another_package(ready: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a lost key half signed is left alone: the new key signs a package of its own."""
    die_before(monkeypatch, ready, seal, "_write_sealed")
    before = files_of(ready)
    old = ready.unit("HS-01").objid
    key = generate_key(ready.folder / "new-key", BOX_ID)
    stage = replace(ready.seal_stage(), key=key)
    assert stage.run_once("seal:new") == 1
    (package,) = ready.packages()
    assert package.objid != old
    assert ready.unit("HS-01").state == "sealed"
    assert before.items() <= files_of(ready).items()
    sidecar = Sidecar.from_bytes(package.sidecar)
    text = str(package.sidecar_signature)
    assert sshsig.verify(text, sidecar.to_bytes(), PACKAGE_NAMESPACE) == key.public
    assert sweep(ready.catalogue, ready.store, ready.work) == len(before)


def test_what_an_older_release_minted_keeps_its_id(ready: Bench) -> None:
    """It kept the id alone: id and time stay, the rest is as it is now."""
    with ready.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE file_unit SET objid = ?, minted_at = ?, "
            "minted_counter = (SELECT max(counter) FROM event)",
            ("urn:uuid:0198C0DE-0000-7000-8000-000000000001", writing.now),
        )
    minted = ready.unit("HS-01")
    ready.clock.advance(3600)
    assert ready.seal_stage().run_once("seal:1") == 1
    (package,) = ready.packages()
    assert (package.objid, package.sealed_at) == (minted.objid, minted.minted_at)


def test_what_is_minted_is_read_back_whole() -> None:
    """Every field survives the catalogue; the form of another release is no reason to stop."""
    making = Making("1.2.3", PdfPer.DOCUMENT, OTHER_FORM, BOX_ID, "ssh-ed25519 AAAA")
    assert Making.from_text(making.to_text()) == making
    assert Making.from_text('{"format":2,"more":"than we know"}') is None
