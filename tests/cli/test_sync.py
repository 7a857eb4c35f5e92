"""``sync`` and ``doctor`` against two real storage hosts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from appliance.cli import main
from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from tests.cli.making import derive, take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.service.making import QuickSite


@pytest.mark.sshd
def test_sync_proves_what_waits_and_says_what_is_not(
    site: QuickSite, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With both hosts up everything is proved: 0; what cannot be reached is not: 1."""
    appliance = site.opened()
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1, "HS-02": 1}))
    approval = Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An")
    approve(appliance.catalogue, approval)
    for number, code in enumerate(("HS-01", "HS-02")):
        take(appliance, code, "0001.png", page_bytes(number))
    derive(appliance)
    appliance.seal_stage().run_once("test:1", "HS-01")
    command = ["--config", str(site.config), "sync", "--once"]
    assert main(command) == 0
    assert "province: 1 proved, 0 not proved" in capsys.readouterr().out
    appliance.seal_stage().run_once("test:1", "HS-02")
    appliance.close()
    site.stop()
    assert main([*command, "province"]) == 1
    said = capsys.readouterr().out
    assert "province: 1 proved, 1 not proved" in said
    assert "ministry" not in said
    assert "LINE-DOWN" in caplog.text
    assert main(["--config", str(site.config), "doctor"]) == 1
    assert "BAD  destination province" in capsys.readouterr().out
