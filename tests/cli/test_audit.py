"""``audit`` against two real storage hosts."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import box
from appliance.cli import main
from appliance.domain.findings import Finding
from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from tests.cli.making import derive, take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.service.making import QuickSite


@pytest.mark.sshd
def test_audits_drills_and_halts(site: QuickSite, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole copies: 0; a damaged one is told, repaired and sent again; a drill passes."""
    appliance = site.opened()
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1}))
    approval = Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An")
    approve(appliance.catalogue, approval)
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    derive(appliance)
    appliance.seal_stage().run_once("test:1", "HS-01")
    start = ["--config", str(site.config)]
    assert main([*start, "sync", "--once"]) == 0
    assert main([*start, "audit", "--budget", "1"]) == 0
    assert "100% trong 90 ngày" in capsys.readouterr().out
    with appliance.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE package_check SET proved_at = '2020-01-01T00:00:00.000000Z'"
        )
    (package,) = appliance.store.root.glob("packages/*/*/*.zip")
    whole = package.read_bytes()
    package.unlink()
    package.write_bytes(whole[:-1])
    assert main([*start, "audit", "--json", "box"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["place"], one["damaged"], one["repaired"]) for one in told["slices"]] == [
        ("@box", 1, 1)
    ]
    assert package.read_bytes() == whole
    assert main([*start, "audit", "--drill", "province"]) == 0
    assert "province: passed" in capsys.readouterr().out
    with appliance.catalogue.write() as writing:
        box.put_notice(writing, Finding("AUDIT-MASS-DAMAGE", "province"))
    assert main([*start, "audit", "province"]) == 1
    assert main([*start, "audit", "--continue", "province"]) == 0
    assert main([*start, "audit", "--continue", "province"]) == 1
    assert main([*start, "audit", "nowhere"]) == 3
    appliance.close()
