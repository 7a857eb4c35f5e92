"""Settings, state folder and catalogue that are not as they must be: what each command says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.making import Command


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[box]\nid = "a"\nidd = 1\n', "unknown setting box.idd"),
        ("[box]\n", "box.id is missing"),
        ("not toml", "is not valid TOML"),
        ('[box]\nid = "a"\n[paths]\nkey = "/nowhere/key"\n', "/nowhere/key"),
    ],
)
def test_wrong_settings_are_status_2_and_named(
    run: Command, config: Path, text: str, told: str
) -> None:
    """The message names the key or the place that is wrong."""
    config.write_text(text)
    assert run("status") == 2
    assert told in run.told


def test_missing_settings_are_status_2(run: Command, tmp_path: Path) -> None:
    """wellcomecollection/platform#4307: Without its settings a command says which it looked for."""
    run.config = tmp_path / "none.toml"
    assert run("status") == 2
    assert "none.toml" in run.told


def test_another_boxs_catalogue_is_status_2(run: Command, config: Path) -> None:
    """A box never takes over the catalogue of another."""
    run("status")
    config.write_text(config.read_text().replace("lone-box", "other-box"))
    assert run("status") == 2
    assert "OTHER-BOX" in run.told


def test_a_state_folder_that_cannot_be_reached_is_status_4(run: Command, config: Path) -> None:
    """A file where the state folder should be: storage, with what to check."""
    (config.parent / "state").write_text("in the way")
    assert run("status") == 4
    assert "STORAGE" in run.told


def test_a_catalogue_that_cannot_be_opened_is_status_4(run: Command, config: Path) -> None:
    """A folder under the catalogue's name: storage, with what to check."""
    (config.parent / "state" / "catalogue.db").mkdir(parents=True)
    assert run("status") == 4
    assert "check that its disk is mounted" in run.told


def test_a_damaged_catalogue_is_status_5(run: Command, config: Path) -> None:
    """Bytes that are no database: integrity, and nothing is touched."""
    path = config.parent / "state" / "catalogue.db"
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 1000)
    assert run("status") == 5
    assert "restore it from its backup" in run.told
    assert path.read_bytes() == b"this is no database" * 1000
