"""``sync`` when a person must decide, against two real storage hosts: damage, a restored store."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.cli import main
from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from tests.cli.making import derive, take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.making import QuickSite

pytestmark = pytest.mark.sshd
CODES = ("HS-01", "HS-02", "HS-03", "HS-04")


def sealed(site: QuickSite, *codes: str) -> None:
    """Seal some of the hồ sơ."""
    appliance = site.opened()
    for code in codes:
        assert appliance.seal_stage().run_once("test:1", code)
    appliance.close()


@pytest.fixture
def archive(site: QuickSite) -> QuickSite:
    """A site with four hồ sơ that can be sealed."""
    appliance = site.opened()
    import_workbook(appliance.catalogue, workbook_of(dict.fromkeys(CODES, 1)))
    approve(appliance.catalogue, Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An"))
    for number, code in enumerate(CODES):
        take(appliance, code, "0001.png", page_bytes(number))
    derive(appliance)
    appliance.close()
    return site


def flip(package: Path) -> None:
    """Change one bit of a package, or change it back."""
    package.chmod(0o600)
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    package.write_bytes(data)


def test_a_person_decides(
    archive: QuickSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store that went back is noticed, accepted and made whole; damage stops all with status 5.

    One story, since a site is slow to start.
    """
    command = ["--config", str(archive.config)]
    sealed(archive, "HS-01")
    assert main([*command, "sync"]) == 0
    backup = tmp_path / "backup"
    shutil.copytree(archive.store("province"), backup)
    sealed(archive, "HS-02")
    assert main([*command, "sync"]) == 0
    capsys.readouterr()

    shutil.rmtree(archive.store("province"))
    shutil.copytree(backup, archive.store("province"))
    assert main([*command, "sync", "province"]) == 0
    assert "RECEIPT-ROLLED-BACK" in capsys.readouterr().out
    assert main([*command, "sync", "--accept-restored", "ministry"]) == 3
    assert main([*command, "sync", "--accept-restored", "province"]) == 0
    said = capsys.readouterr().out
    assert "province: 1 packages are sent again" in said
    assert "province: 2 proved, 0 not proved" in said

    sealed(archive, "HS-03", "HS-04")
    packages = sorted((archive.folder / "state").glob("store/packages/*/HS-0[34]/*.zip"))
    assert len(packages) == 2
    for package in packages:
        flip(package)
    assert main([*command, "sync"]) == 5
    assert "SYNC-DAMAGE-SPREADS" in capsys.readouterr().out
    for package in packages:
        flip(package)
    assert main([*command, "sync"]) == 5
    assert main([*command, "sync", "--resume-after-damage"]) == 0
    capsys.readouterr()
    main([*command, "status", "--json"])
    facts = json.loads(capsys.readouterr().out)["sending"]
    assert facts["province"]["queue_bytes"] == 0
    assert facts["province"]["bytes_per_second"] > 0
