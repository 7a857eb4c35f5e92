"""The demo's storage hosts without its box: what a recovery is tried with."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.config import load_settings
from appliance.config.sheet_places import read_sheet
from appliance.domain.errors import ConfigError
from appliance.service.demo_site import BOX_ID, DemoSite
from appliance.signing.keys import load_key, new_key
from appliance.sync.farstore import allow_sender

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.signing.keys import PublicKey

pytestmark = pytest.mark.sshd


def let_in(site: DemoSite, place: str) -> set[str]:
    """The keys that may log in at one host, recovery's left out."""
    lines = (site.folder / "sshd" / place / "authorized_keys").read_text().splitlines()
    recovery = load_key(site.recovery_key).public.line()
    return {line[line.index("ssh-ed25519") :] for line in lines} - {recovery}


def lines_of(*keys: PublicKey) -> set[str]:
    """Keys as they stand in that file."""
    return {key.line() for key in keys}


def test_the_hosts_let_in_the_key_that_is_listed(tmp_path: Path) -> None:
    """First the lost box's, then the recovered one's where it was listed; ports stay."""
    site = DemoSite(tmp_path, 0)
    site.start()
    site.stop()
    sheet, new = (tmp_path / "phieu.toml").read_bytes(), new_key().public
    allow_sender(site.store("province"), BOX_ID, new)
    alone = DemoSite(tmp_path, 0)
    try:
        alone.start_storage()
        assert let_in(alone, "province") == lines_of(new)
        assert let_in(alone, "ministry") == lines_of(load_key(tmp_path / "keys" / "box").public)
    finally:
        alone.stop()
    assert (tmp_path / "phieu.toml").read_bytes() == sheet


def test_every_kind_stays(tmp_path: Path) -> None:
    """A receiver, plain SFTP and a folder: answering, on the sheet, and there the next time, too.

    The host of SFTP lists no keys of its own: it lets in the one that the first store lists.
    """
    site = DemoSite(tmp_path, 0, has_every_kind=True)
    try:
        site.start()
        with closing(open_appliance(load_settings(site.config))) as appliance:
            places = appliance.settings.destination
            assert {place.kind for place in places} == {"receiver", "sftp", "folder"}
            assert all(appliance.deposit_stage(place).probe() for place in places)
    finally:
        site.stop()
    sheet, new = (tmp_path / "phieu.toml").read_bytes(), new_key().public
    assert {place.name for place in read_sheet(tmp_path / "phieu.toml").places} == {
        place.name for place in places
    }
    allow_sender(site.store("province"), BOX_ID, new)
    for start in (DemoSite.start_storage, DemoSite.start):
        again = DemoSite(tmp_path, 0)
        try:
            start(again)
            expected = new if start is DemoSite.start_storage else load_key(box_key(again)).public
            assert let_in(again, "sftp") == lines_of(expected)
        finally:
            again.stop()
    assert (tmp_path / "phieu.toml").read_bytes() == sheet


def box_key(site: DemoSite) -> Path:
    """The key of the demo's box."""
    return site.folder / "keys" / "box"


def test_no_demo_no_hosts(tmp_path: Path) -> None:
    """Nothing is made where nothing was: the sentence says what to run first."""
    with pytest.raises(ConfigError, match="run appliance demo first"):
        DemoSite(tmp_path / "none", 0).start_storage()
    assert not (tmp_path / "none").exists()
