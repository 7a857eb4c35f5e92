"""Every command by its exit status, its plain words and its ``--json``."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.cli import main
from appliance.pipeline.register import import_workbook
from appliance.spreadsheet.writing import write_workbook
from tests.cli.making import Command, derive, take
from tests.pipeline.making import unit_row, workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance

APPROVE = ("register", "approve", "DM-01", "--decision", "12", "--date", "16/03/2026")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A register of one hồ sơ with one page, as a spreadsheet."""
    path = tmp_path / "register.xlsx"
    write_workbook(path, workbook_of({"HS-01": 1}))
    return path


def test_status_says_yes_only_when_all_is_good(run: Command) -> None:
    """A box that never ran is not known to be good: status 1, in words and in facts."""
    assert run("status") == 1
    assert "CHƯA RÕ" in run.out
    assert run("status", "--json") == 1
    facts = run.facts()
    assert facts["verdict"]["level"] == "unknown"
    assert facts["counts"]["came_in"] == 0
    assert {child["code"] for child in facts["verdict"]["children"]} >= {"SERVICE-NEVER"}


def test_a_register_is_imported_approved_and_not_twice(run: Command, workbook: Path) -> None:
    """Import and approval end with 0; the second approval is refused by a rule: 3."""
    assert run("register", "import", str(workbook), "--json") == 0
    assert {key: run.facts()[key] for key in ("fonds", "file_units", "lists", "freed")} == {
        "fonds": 1,
        "file_units": 1,
        "lists": 1,
        "freed": 0,
    }
    assert run(*APPROVE, "--signer", "Nguyễn Văn An") == 0
    assert run(*APPROVE, "--signer", "Nguyễn Văn An") == 3
    assert "LIST-APPROVED" in run.told
    assert "→" in run.told


def test_a_refused_register_names_every_cell(run: Command, tmp_path: Path) -> None:
    """Status 3, and each finding with what to do; as JSON too, on standard error."""
    path = tmp_path / "bad.xlsx"
    good = workbook_of({})
    write_workbook(path, type(good)(fonds=good.fonds, file_units=(unit_row("A", 1, endDate="x"),)))
    assert run("register", "import", str(path)) == 3
    assert "FIELD-NOT-DATE" in run.told
    assert "nhập lại" in run.told
    assert run("register", "import", str(path), "--json") == 3
    told = json.loads(run.told)
    assert told["error"] == "RULE"
    assert [finding["code"] for finding in told["findings"]] == ["FIELD-NOT-DATE"]
    assert run("register", "import", str(tmp_path / "none.xlsx")) == 3
    assert "SHEET-UNREADABLE" in run.told


def test_importing_the_register_frees_what_waited_for_it(
    run: Command, appliance: Appliance, workbook: Path
) -> None:
    """Parked pages of an unknown hồ sơ go on by themselves, and the list is empty then."""
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    assert run("parked", "list") == 1
    assert "INTAKE-UNKNOWN-FILE-UNIT" in run.out
    assert "1 parked" in run.out
    assert run("register", "import", str(workbook)) == 0
    assert "1 parked files went on" in run.out
    assert run("parked", "list", "--json") == 0
    assert run.facts() == {"parked": [], "total": 0}


def test_parked_files_are_retried_all_or_by_number(run: Command, appliance: Appliance) -> None:
    """What stays parked gives status 1; when nothing is left it is 0."""
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    take(appliance, "HS-01", "bad name.png", page_bytes(2))
    assert run("parked", "retry") == 1
    assert "0 of 2" in run.out
    assert run("parked", "list", "--json") == 1
    first = run.facts()["parked"][0]
    assert first["findings"][0]["vi"]
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1}))
    assert run("parked", "retry", str(first["id"])) == 0
    assert "1 of 1" in run.out


def test_seal_says_what_it_waits_for_then_seals(
    run: Command, appliance: Appliance, workbook: Path
) -> None:
    """Unknown 3, not ready 1, not approved 1 with the reason, sealed 0, sealed before 0."""
    assert run("seal", "HS-01") == 3
    assert "INTAKE-UNKNOWN-FILE-UNIT" in run.told
    run("register", "import", str(workbook))
    assert run("seal", "HS-01") == 1
    assert "it is registered" in run.out
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    derive(appliance)
    assert run("seal", "HS-01") == 1
    assert "SEAL-NOT-APPROVED" in run.out
    run(*APPROVE, "--signer", "Nguyễn Văn An")
    assert run("seal", "HS-01") == 0
    assert "HS-01: sealed" in run.out
    assert run("seal", "HS-01") == 0
    assert "sealed before" in run.out


def test_verify_needs_no_settings_and_finds_damage(
    run: Command, appliance: Appliance, workbook: Path, tmp_path: Path
) -> None:
    """A whole package 0, a damaged one 1, nothing there 2; as facts and in words."""
    run("register", "import", str(workbook))
    run(*APPROVE, "--signer", "Nguyễn Văn An")
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    derive(appliance)
    run("seal", "HS-01")
    (package,) = (tmp_path / "state" / "store" / "packages").rglob("*.zip")
    run.config = tmp_path / "no such settings.toml"
    assert run("verify", "--deep", str(package)) == 0
    assert "PASS" in run.out
    copy = tmp_path / package.name
    data = bytearray(package.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(data)
    assert run("verify", str(copy), "--json") == 1
    (report,) = run.facts()["reports"]
    assert (report["verdict"], bool(report["findings"])) == ("fail", True)
    assert run("verify", str(tmp_path / "nothing")) == 2
    assert "there is no" in run.told


def test_inspect_needs_no_settings_and_judges_as_intake_does(run: Command, tmp_path: Path) -> None:
    """Good pages 0, a bad one among them 1, nothing to look at 2."""
    run.config = tmp_path / "no such settings.toml"
    folder = tmp_path / "scans"
    folder.mkdir()
    assert run("inspect", str(folder)) == 2
    (folder / "0001.png").write_bytes(page_bytes(1))
    assert run("inspect", str(folder)) == 0
    assert "PASS" in run.out
    (folder / "0002.tif").write_bytes(page_bytes(2, "TIFF")[:-4000])
    assert run("inspect", str(folder), "--json") == 1
    verdicts = {row["subject"][-8:]: row["verdict"] for row in run.facts()["files"]}
    assert verdicts == {"0001.png": "pass", "0002.tif": "fail"}
    assert run("inspect", str(tmp_path / "nothing")) == 2


def test_doctor_names_what_must_be_done(run: Command, config: Path) -> None:
    """A box without destinations is not in order: 1, each check with its advice."""
    assert run("doctor") == 1
    assert "BAD  destinations" in run.out
    assert run("doctor", "--json") == 1
    checks = {row["check"]: row for row in run.facts()["checks"]}
    assert (checks["settings"]["ok"], checks["hot folder"]["ok"]) == (True, True)
    assert "no copy leaves" in checks["destinations"]["advice"]
    shutil.rmtree(config.parent / "drop")
    run("doctor", "--json")
    checks = {row["check"]: row for row in run.facts()["checks"]}
    assert checks["hot folder"]["ok"] is False
    config.write_text("[box]\n")
    assert run("doctor") == 1
    assert "box.id is missing" in run.out


def test_sync_without_destinations_is_refused(run: Command) -> None:
    """A destination that is not configured cannot be sent to."""
    assert run("sync", "nowhere") == 3
    assert "nowhere" in run.told


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("register",), (*APPROVE[:-1], "31/02/2026", "--signer", "X")]
)
def test_wrong_usage_is_status_2(run: Command, arguments: tuple[str, ...]) -> None:
    """What cannot be understood is told before anything is opened."""
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "demo",
        "status",
        "register import",
        "register approve",
        "seal",
        "inspect",
        "verify",
        "parked list",
        "parked retry",
        "sync",
        "receive",
        "doctor",
    ],
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains itself and ends with 0."""
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert f"appliance {command}" in capsys.readouterr().out
