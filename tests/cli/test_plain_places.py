"""From a sealed hồ sơ to proved copies on a disk and behind plain SFTP, by the commands alone."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.catalogue import deposits
from appliance.cli import main
from appliance.config import load_settings
from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from appliance.signing.keys import load_key
from appliance.sync.sshd import ForcedCommand, LoopbackSshd
from tests.cli.making import derive, take
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = """
[[destination]]
name = "usb"
label = "Ổ cứng rời"
kind = "folder"
store_id = "usb-1"
path = {path}
"""
SFTP = """
[[destination]]
name = "backup"
label = "Máy chủ SFTP"
kind = "sftp"
store_id = "backup-1"
path = {path}
host = "127.0.0.1"
port = {port}
user = "{user}"
known_hosts = {known_hosts}
"""


@pytest.fixture
def places(config: Path, tmp_path: Path) -> Iterator[dict[str, Path]]:
    """A box with a disk and a plain SFTP server, and one sealed hồ sơ."""
    roots = {"usb": tmp_path / "usb", "backup": tmp_path / "backup"}
    for root in roots.values():
        root.mkdir()
    key = load_key(load_settings(config).paths.key)
    server = LoopbackSshd(tmp_path / "sshd", [ForcedCommand(key.public, ("internal-sftp",))])
    with server:
        known_hosts = json.dumps(str(server.known_hosts_path))
        text = FOLDER.format(path=json.dumps(str(roots["usb"])))
        text += SFTP.format(
            path=json.dumps(str(roots["backup"])),
            port=server.port,
            user=server.user,
            known_hosts=known_hosts,
        )
        with config.open("a") as stream:
            stream.write(text)
        _seal(config)
        yield roots


def _seal(config: Path) -> None:
    appliance = open_appliance(load_settings(config))
    import_workbook(appliance.catalogue, workbook_of({"HS-01": 1}))
    approval = Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An")
    approve(appliance.catalogue, approval)
    take(appliance, "HS-01", "0001.png", page_bytes(1))
    derive(appliance)
    appliance.seal_stage().run_once("test:1", "HS-01")
    appliance.close()


@pytest.mark.sshd
def test_copies_are_proved_once_the_places_are_prepared(
    config: Path,
    places: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing goes to a place that nobody prepared; then everything is proved and verifies."""
    command = ["--config", str(config)]
    assert main([*command, "sync", "--once"]) == 1
    assert "FAR-STORE-MISSING" in caplog.text
    assert [list(root.iterdir()) for root in places.values()] == [[], []]
    for name in places:
        assert main([*command, "prepare-place", "--destination", name]) == 0
    assert main([*command, "sync", "--once"]) == 0
    said = capsys.readouterr().out
    for name, root in places.items():
        assert f"{name}: 1 proved, 0 not proved" in said
        assert len(list(root.glob("packages/*/*/*.zip"))) == 1
        receipts = list(root.glob(".appliance/receipts-*/*/*.json"))
        assert [json.loads(path.read_bytes())["attestor"] for path in receipts] == ["box"]
        assert main(["verify", "--json", str(root)]) == 1  # signatures are not checked
        reports = json.loads(capsys.readouterr().out)["reports"]
        assert {report["subject"].rpartition(".")[2] for report in reports} == {
            *("json", "zip", "receipts")
        }
        assert all(not report["findings"] for report in reports)


@pytest.mark.sshd
def test_the_catalogue_keeps_the_boxs_own_receipts(config: Path, places: dict[str, Path]) -> None:
    """What was proved is recorded with who attests it."""
    command = ["--config", str(config)]
    for name in places:
        assert main([*command, "prepare-place", "--destination", name]) == 0
    assert main([*command, "sync", "--once"]) == 0
    appliance = open_appliance(load_settings(config))
    with appliance.catalogue.read() as session:
        counts = [deposits.counts(session, name) for name in places]
    appliance.close()
    assert counts == [{"proved": 1}, {"proved": 1}]
