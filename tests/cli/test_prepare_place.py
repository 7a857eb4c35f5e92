"""``appliance prepare-place``: a folder, and a configured destination over its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.cli import main
from appliance.config import load_settings
from appliance.service.doctor import examine
from appliance.signing.keys import load_key
from appliance.sync.sshd import ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = """
[[destination]]
name = "backup"
label = "Máy chủ SFTP"
store_id = "backup-1"
"""


def _prepare(*arguments: str | Path) -> int:
    return main(["prepare-place", *map(str, arguments)])


def _configured(config: Path, facts: dict[str, object]) -> None:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in facts.items())
    with config.open("a") as stream:
        stream.write(PLAIN + lines)


@pytest.fixture
def sftp(config: Path, tmp_path: Path) -> Iterator[Path]:
    """A real SFTP server that the settings name; where its copies would lie."""
    key = load_key(load_settings(config).paths.key)
    root = tmp_path / "upload"
    root.mkdir()
    server = LoopbackSshd(tmp_path / "sshd", [ForcedCommand(key.public, ("internal-sftp",))])
    with server:
        facts: dict[str, object] = {"kind": "sftp", "host": "127.0.0.1", "port": server.port}
        facts |= {"user": server.user, "known_hosts": str(server.known_hosts_path)}
        _configured(config, {**facts, "path": str(root)})
        yield root


def test_a_folder_is_prepared_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The marker says which store it is; doing it again changes nothing."""
    assert _prepare(tmp_path, "--store-id", "usb-1", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["store_id"], facts["largest_file_bytes"]) == ("usb-1", 0)
    marker = tmp_path / ".appliance" / "store.json"
    before = marker.read_bytes()
    assert _prepare(tmp_path, "--store-id", "usb-1", "--largest-file-mib", "9") == 0
    assert marker.read_bytes() == before


def test_a_limit_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is split is said to whoever prepares the place."""
    assert _prepare(tmp_path, "--store-id", "usb-1", "--largest-file-mib", "100") == 0
    assert "above 100 MiB are split" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["{folder}"], 2),
        (["--store-id", "usb-1"], 2),
        (["{folder}", "--store-id", "Not an id"], 2),
        (["{folder}", "--store-id", "usb-1", "--destination", "x"], 2),
        (["{folder}/not-mounted", "--store-id", "usb-1"], 4),
    ],
)
def test_what_cannot_be_prepared_is_refused(
    tmp_path: Path, arguments: list[str], status: int
) -> None:
    """Nothing is written, and no folder is made."""
    assert _prepare(*(one.format(folder=tmp_path) for one in arguments)) == status
    assert list(tmp_path.iterdir()) == []


def test_a_place_of_another_id_is_refused(tmp_path: Path) -> None:
    """A disk keeps its id."""
    assert _prepare(tmp_path, "--store-id", "usb-1") == 0
    assert _prepare(tmp_path, "--store-id", "usb-2") == 2


@pytest.mark.sshd
def test_a_configured_place_is_prepared_over_its_line(sftp: Path, config: Path) -> None:
    """Before it, doctor says what to do; after it, that the place is well."""
    (before,) = (one for one in examine(config) if one.name == "destination backup")
    assert before.is_ok is False
    assert "prepare-place" in before.advice
    assert main(["--config", str(config), "prepare-place", "--destination", "backup"]) == 0
    assert (sftp / ".appliance" / "store.json").exists()
    (after,) = (one for one in examine(config) if one.name == "destination backup")
    assert after.is_ok
    assert "SFTP with fsync" in after.advice


def test_an_unknown_destination_is_refused(config: Path) -> None:
    """The name is that of a configured one."""
    assert main(["--config", str(config), "prepare-place", "--destination", "nowhere"]) == 2


def test_doctor_warns_of_a_folder_on_the_boxs_own_disk(config: Path, tmp_path: Path) -> None:
    """A second copy on the same disk is lost together with the first."""
    place = tmp_path / "place"
    place.mkdir()
    _configured(config, {"kind": "folder", "path": str(place)})
    assert _prepare(place, "--store-id", "backup-1") == 0
    (found,) = (one for one in examine(config) if one.name == "destination backup")
    assert found.is_ok is None
    assert "no second copy" in found.advice
