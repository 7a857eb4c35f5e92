"""``package``: another form of a sealed hồ sơ, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from tests.cli.making import derive, take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from tests.cli.making import Command


def test_a_form_is_written_and_verified(appliance: Appliance, run: Command, tmp_path: Path) -> None:
    """Not sealed: 3 and why. Sealed: 0, the ZIP passes ``verify``. Again: 3, it is kept."""
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1}))
    approve(appliance.catalogue, Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An"))
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    derive(appliance)
    folder = tmp_path / "handed over"
    command = ("package", "HS-01", "--profile", "sip_hoso", "--to", str(folder))
    assert run(*command) == 3
    assert "PACKAGE-NOT-SEALED" in run.told
    assert appliance.seal_stage().run_once("test:1") == 1
    assert run(*command, "--agreement", "DK-2026-17", "--json") == 0
    facts = run.facts()
    assert (facts["profile"], facts["objid"][:5]) == ("sip_hoso", "uuid-")
    assert run("verify", facts["path"]) == 0
    assert run.out.startswith("PASS")
    assert run(*command) == 3
    assert "PACKAGE-FORM-EXISTS" in run.told
    assert run("package", "HS-01", "--profile", "aip_hoso", "--to", str(folder)) == 0
    assert "aip_hoso verified and written" in run.out
    assert sorted(path.suffix for path in folder.iterdir()) == [".sha256"] * 2 + [".zip"] * 2


@pytest.mark.parametrize("profile", ["full", "dip"])
def test_only_the_other_forms_are_written(run: Command, profile: str) -> None:
    """The sealed form is sealed and nothing else; unknown ones are a usage error."""
    with pytest.raises(SystemExit) as stopped:
        run("package", "HS-01", "--profile", profile, "--to", "x")
    assert stopped.value.code == 2
