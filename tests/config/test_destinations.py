"""Kinds of destinations: what each needs, and what it does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config import load_settings
from appliance.config.remotes import plain_files_of, remote_of
from appliance.domain.errors import ConfigError
from appliance.signing.keys import generate_key
from appliance.sync.plain import PlainRemote
from appliance.sync.rate import UNLIMITED
from appliance.sync.ssh import SshRemote

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Settings
    from appliance.sync.remote import Remote

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBaFaxjtEJQGr8XqWIb5rkha8K+BvIXJAyqlSa0nJINS"
LOGIN = {"host": "10.0.0.2", "user": "archive", "known_hosts": "/etc/appliance/known_hosts"}
NEEDED = {
    "receiver": {**LOGIN, "store_key": KEY},
    "sftp": {**LOGIN, "path": "upload"},
    "folder": {"path": "/media/usb"},
    "courier": {"store_key": KEY},
}
ALL = {**LOGIN, "store_key": KEY, "path": "/media/usb"}


def _load(folder: Path, kind: str, facts: dict[str, str]) -> Settings:
    lines = {"name": "place", "label": "Nơi nhận", "store_id": "place-1", "kind": kind, **facts}
    text = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    path = folder / "appliance.toml"
    path.write_text(f'[box]\nid = "box-01"\n\n[[destination]]\n{text}')
    return load_settings(path)


def _remote(folder: Path, settings: Settings) -> Remote:
    key = generate_key(folder / "key", "a box")
    return remote_of(settings, settings.destination[0], key, UNLIMITED)


@pytest.mark.parametrize(
    ("kind", "port"), [("receiver", SshRemote), ("sftp", PlainRemote), ("folder", PlainRemote)]
)
def test_each_kind_has_its_port(tmp_path: Path, kind: str, port: type) -> None:
    """What a kind needs is all that it takes to be reached."""
    assert type(_remote(tmp_path, _load(tmp_path, kind, NEEDED[kind]))) is port


def test_no_line_leads_to_a_carried_place(tmp_path: Path) -> None:
    """Disks are carried there."""
    settings = _load(tmp_path, "courier", NEEDED["courier"])
    with pytest.raises(ConfigError, match="disks are carried to 'place'"):
        _remote(tmp_path, settings)


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, facts in NEEDED.items() for key in facts]
)
def test_what_a_kind_needs_must_be_there(tmp_path: Path, kind: str, key: str) -> None:
    """The message names the destination, its kind and the key."""
    facts = {name: value for name, value in NEEDED[kind].items() if name != key}
    message = f"destination 'place' of kind '{kind}' needs {key}"
    with pytest.raises(ConfigError, match=message):
        _load(tmp_path, kind, facts)


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, facts in NEEDED.items() for key in ALL if key not in facts],
)
def test_what_a_kind_does_not_use_is_refused(tmp_path: Path, kind: str, key: str) -> None:
    """A key without effect is a misunderstanding, and said to be one."""
    message = f"destination 'place' of kind '{kind}' does not use {key}"
    with pytest.raises(ConfigError, match=message):
        _load(tmp_path, kind, {**NEEDED[kind], key: ALL[key]})


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    """The message names those that are known."""
    with pytest.raises(ConfigError, match="one of receiver, sftp, folder, courier"):
        _load(tmp_path, "cloud", {})


@pytest.mark.parametrize(
    ("kind", "path"), [("folder", "media/usb"), ("folder", "/media/../etc"), ("sftp", "../up")]
)
def test_a_path_leads_where_it_says(tmp_path: Path, kind: str, path: str) -> None:
    """Folders of this machine are absolute, and no path climbs."""
    with pytest.raises(ConfigError, match="the path of destination 'place'"):
        _load(tmp_path, kind, {**NEEDED[kind], "path": path})


def test_only_plain_places_are_prepared_from_here(tmp_path: Path) -> None:
    """A receiver prepares its own store."""
    settings = _load(tmp_path, "receiver", NEEDED["receiver"])
    with pytest.raises(ConfigError, match="of kind 'receiver'"):
        plain_files_of(settings, settings.destination[0])


def test_a_key_that_is_none_is_told(tmp_path: Path) -> None:
    """The message names the destination."""
    settings = _load(tmp_path, "receiver", {**LOGIN, "store_key": "ssh-ed25519 AAAA"})
    with pytest.raises(ConfigError, match="the store_key of destination 'place'"):
        _remote(tmp_path, settings)
