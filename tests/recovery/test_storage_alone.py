"""The demo's storage hosts without its box: what a recovery is tried with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
    return {line[line.index("ssh-ed25519") :] for line in lines if "--read-only" not in line}


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


def test_no_demo_no_hosts(tmp_path: Path) -> None:
    """Nothing is made where nothing was: the sentence says what to run first."""
    with pytest.raises(ConfigError, match="run appliance demo first"):
        DemoSite(tmp_path / "none", 0).start_storage()
    assert not (tmp_path / "none").exists()
