"""Rights: a share that makes files which nobody else may take is found before it is used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.service.doctor import examine
from appliance.watchers.rights import try_folder
from tests.service.making import lone_settings

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = {"write": "open", "rename": "rename", "remove": "unlink"}


def refusing_below(folder: Path, true_call: Callable[..., object]) -> Callable[..., object]:
    """A call of the system that is refused for names in one folder."""

    def call(*arguments: object, **named: object) -> object:
        inside = named.get("dir_fd", named.get("src_dir_fd"))
        is_canary = str(arguments[0]).startswith(".appliance-canary-")
        if is_canary and Path(f"/proc/self/fd/{inside}").readlink() == folder:
            raise PermissionError(13, "Permission denied", arguments[0])
        return true_call(*arguments, **named)

    return call


def folders_said(config: Path) -> list[tuple[bool | None, str]]:
    """What the examination says of each scanner's folder."""
    return [(r.is_ok, r.advice) for r in examine(config) if r.name.startswith("scanner ")]


@pytest.mark.parametrize("refused", CALLS)
def test_a_folder_that_refuses_is_named_before_the_first_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """docker-samba#30, #39: writing, renaming and removing are tried, and what fails is said."""
    config = lone_settings(tmp_path)
    folder = tmp_path / "drop" / "scan02"
    folder.mkdir()
    assert [is_ok for is_ok, _advice in folders_said(config)] == [True, True]
    name = CALLS[refused]
    with monkeypatch.context() as patched:
        patched.setattr(os, name, refusing_below(folder, getattr(os, name)))
        good, bad = folders_said(config)
    assert good == (True, str(tmp_path / "drop" / "scan01"))
    assert bad[0] is False
    assert bad[1].startswith(f"{folder}: Permission denied; ")
    assert [is_ok for is_ok, _advice in folders_said(config)] == [True, True]


def test_a_trial_leaves_nothing_and_follows_no_link(tmp_path: Path) -> None:
    """What lies in the folder stays; a link in a scanner's place is not written through."""
    (tmp_path / "drop" / "scan01" / "HS-01").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "drop" / "scan02").symlink_to(tmp_path / "elsewhere")
    try_folder(tmp_path / "drop", "scan01")
    assert os.listdir(tmp_path / "drop" / "scan01") == ["HS-01"]  # noqa: PTH208 - names suffice
    with pytest.raises(OSError, match="scan02"):
        try_folder(tmp_path / "drop", "scan02")
    assert os.listdir(tmp_path / "elsewhere") == []  # noqa: PTH208 - names suffice


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")
def test_a_folder_of_another_mode_is_named(tmp_path: Path) -> None:
    """A hồ sơ's folder that a share made for its owner alone is found before its files are."""
    folder = tmp_path / "drop" / "scan01" / "HS-01"
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    with pytest.raises(PermissionError) as refused:
        try_folder(tmp_path / "drop", "scan01")
    assert refused.value.filename == "scan01/HS-01"
