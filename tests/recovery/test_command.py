"""The command line on a bare machine: real sshd, a printed sheet, and nothing else of the box."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.catalogue import register
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.rebuilding import mark_unfinished
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.config.sheet_places import sheet_of, to_text
from appliance.domain.errors import ConfigError
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.domain.records import Approval
from appliance.domain.recovery_key import typed_lines
from appliance.pipeline.register import approve, import_workbook
from appliance.service.demo_site import BOX_ID
from appliance.service.running import Service
from appliance.signing.allowed import AllowedSigner, read_signers, write_signers
from appliance.signing.keys import PublicKey, load_key
from tests.pipeline.making import LIST_CODE, workbook_of
from tests.recovery.making import rows_of
from tests.service.making import QuickSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance

pytestmark = pytest.mark.sshd
UNITS = {"HS-01": 2, "HS-02": 1}
PATIENCE = 600
"""Half seconds: on a busy machine everything is slow."""


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickSite]:
    """The storage hosts of a box that is gone: two hồ sơ proved, and a backup of its catalogue."""
    site = QuickSite(tmp_path_factory.mktemp("lost"))
    site.start()
    try:
        with closing(site.opened()) as appliance:
            _live(appliance, site)
        yield site
    finally:
        site.stop()


def _live(appliance: Appliance, site: QuickSite) -> None:
    """What the box did before it was lost: the service itself, from scans to a proved backup."""
    import_workbook(appliance.catalogue, workbook_of(UNITS))
    day = SystemClock().now().date()
    approve(appliance.catalogue, Approval(LIST_CODE, "12/QĐ-SNV", day, "Nguyễn Văn An"))
    service = Service(
        appliance, frozenset({"watch", "inspect", "assemble", "derive", "seal", "sync"})
    )
    service.start()
    try:
        for number, (code, count) in enumerate(UNITS.items()):
            site.scan_pages(code, count, first_seed=1 + 100 * number)
        for _ in range(PATIENCE):
            if _proved(appliance) == 2 * len(UNITS):
                break
            time.sleep(0.5)
    finally:
        service.stop()
    assert _ran(site.command("backup")) == 0


def _proved(appliance: Appliance) -> int:
    return sum(row["state"] == "proved" for row in rows_of(appliance.catalogue, "deposit"))


def _ran(command: list[str]) -> int:
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.fixture(scope="module")
def sheet(lost: QuickSite) -> Path:
    """The text of the sheet, as its QR codes hold it."""
    settings = load_settings(lost.config)
    path = lost.folder / "phieu.toml"
    path.write_text(to_text(sheet_of(settings, [load_key(settings.paths.key).public])))
    return path


def recovered(
    site: QuickSite, sheet: Path, origin: str, into: Path, key: Path
) -> dict[str, object]:
    """Run the command; what it says."""
    options = ("--from", origin, "--into", str(into), "--key", str(key), "--json")
    done = subprocess.run(
        site.command_for(sheet, "recover", *options), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def check_records(into: Path, site: QuickSite) -> None:
    """Everything sealed is as it was, and its masters lie under their digests."""
    with closing(open_catalogue(into / "catalogue.db", SystemClock())) as catalogue:
        old = open_catalogue(site.folder / "state" / "catalogue.db", SystemClock())
        with closing(old):
            for table in (
                "fonds",
                "file_unit",
                "document",
                "master",
                "page",
                "package",
                "approval",
            ):
                assert rows_of(catalogue, table) == rows_of(old, table), table


def test_from_a_receiver_with_the_key_as_it_was_typed(
    lost: QuickSite, sheet: Path, tmp_path: Path
) -> None:
    """The read-only door lets the recovery key in, and everything comes back."""
    key = tmp_path / "khoa.txt"
    key.write_text("\n".join(typed_lines(load_key(lost.recovery_key).seed())).lower())
    facts = recovered(lost, sheet, "province", tmp_path / "new", key)
    assert (facts["packages"], facts["is_finished"], facts["rebuilt"]) == (2, True, [])
    check_records(tmp_path / "new", lost)


def test_from_the_folder_of_a_carried_disk(lost: QuickSite, sheet: Path, tmp_path: Path) -> None:
    """The disk of a storage host, brought to the machine: no line, no host."""
    disk = tmp_path / "disk"
    shutil.copytree(lost.store("ministry"), disk)
    facts = recovered(lost, sheet, str(disk), tmp_path / "new", lost.recovery_key)
    assert (facts["packages"], facts["is_finished"]) == (2, True)
    check_records(tmp_path / "new", lost)


def test_the_recovered_box_works_on(lost: QuickSite, sheet: Path, tmp_path: Path) -> None:
    """With its new key allowed at the stores it opens, sends, and is proved again."""
    into = tmp_path / "new"
    facts = recovered(lost, sheet, "province", into, lost.recovery_key)
    key = PublicKey.from_line(str(facts["box_key"]))
    assert key == load_key(into / "keys" / "box").public
    allowed = lost.store("province") / ".appliance" / "allowed_senders"
    write_signers(
        allowed, (*read_signers(allowed), AllowedSigner(BOX_ID, key, (PACKAGE_NAMESPACE,)))
    )
    text = lost.config.read_text("utf-8").replace(str(lost.folder / "state"), str(into))
    config = tmp_path / "appliance.toml"
    config.write_text(text.replace(str(lost.folder / "drop"), str(tmp_path / "drop")), "utf-8")
    with closing(open_appliance(load_settings(config))) as appliance:
        place = appliance.settings.destination[0]
        assert appliance.deposit_stage(place).probe()
        with appliance.catalogue.read() as session:
            assert register.file_unit_row(session, "HS-01") is not None
    assert _ran(lost.command_for(config, "status")) in {0, 1}


def test_an_unfinished_recovery_is_not_opened(lost: QuickSite, tmp_path: Path) -> None:
    """Nothing works on a catalogue that has not come back whole."""
    catalogue = open_catalogue(tmp_path / "new" / "catalogue.db", SystemClock())
    with closing(catalogue), catalogue.write() as writing:
        mark_unfinished(writing, "x")
    text = lost.config.read_text("utf-8").replace(str(lost.folder / "state"), str(tmp_path / "new"))
    config = tmp_path / "appliance.toml"
    config.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        open_appliance(load_settings(config))
    assert caught.value.code == "RECOVERY-UNFINISHED"


def test_the_wrong_words_are_told(
    lost: QuickSite, sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in the key, a place that the sheet does not name, a sheet that is none."""
    key = tmp_path / "khoa.txt"
    lines = typed_lines(load_key(lost.recovery_key).seed())
    key.write_text("\n".join((lines[0], lines[2], lines[3])))
    wrong = (
        (sheet, "province", key, "line 2"),
        (sheet, "moon", lost.recovery_key, "province, ministry"),
        (lost.config, "province", lost.recovery_key, "as it was printed"),
        (tmp_path / "none.toml", "province", lost.recovery_key, "QR code"),
    )
    for config, origin, key_path, said in wrong:
        options = ("--from", origin, "--into", str(tmp_path / "new"), "--key", str(key_path))
        assert main(["--config", str(config), "recover", *options]) == 2
        assert said in capsys.readouterr().err
