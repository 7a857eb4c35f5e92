"""Scanners and target sheets in the settings: what is left out is as usual, nonsense is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config import load_settings
from appliance.domain.errors import ConfigError
from appliance.domain.targets import LAYOUT

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Settings

BOX = '[box]\nid = "box-01"\n'
TARGET = f"[[target]]\nid = 't1'\nreference = {[50.0] * (3 * len(LAYOUT.patches))}\n"


def read(folder: Path, text: str) -> Settings:
    """Load the settings of a box with a few more lines."""
    path = folder / "appliance.toml"
    path.write_text(BOX + text, encoding="utf-8")
    return load_settings(path)


def test_a_scanner_needs_only_its_name(tmp_path: Path) -> None:
    """Times that it leaves out are those of the intake, whatever they are."""
    (scanner,) = read(tmp_path, "[[scanner]]\nname = 'scan01'\n").scanner
    assert (scanner.settle_seconds, scanner.patience_seconds) == (None, None)
    assert (scanner.grouping, scanner.max_paper, scanner.max_dpi) == ("folder", "A0", 600)


def test_every_setting_of_a_scanner_is_read(tmp_path: Path) -> None:
    """A page-wise scanner whose names say what they are."""
    text = """[[scanner]]
name = "máy quét 1"
label = "Phòng 3"
settle_seconds = 30
patience_seconds = 60.5
temporary_names = ["*.writing"]
lock_names = ["*.LCK", "XEROX-LOCK"]
grouping = "name_template"
name_template = "{file_code}.{page}"
batch_quiet_seconds = 120
max_paper = "A3"
max_dpi = 400
is_duplex = true
"""
    (scanner,) = read(tmp_path, text).scanner
    assert (scanner.settle_seconds, scanner.patience_seconds) == (30.0, 60.5)
    assert scanner.lock_names == ("*.LCK", "XEROX-LOCK")
    assert (scanner.name_template, scanner.is_duplex) == ("{file_code}.{page}", True)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[scanner]]\nname = ''\n", "scanner.name"),
        ("[[scanner]]\nname = 'a/b'\n", "scanner.name"),
        ("[[scanner]]\nname = '.claimed'\n", "scanner.name"),
        ("[[scanner]]\nname = 'a'\n[[scanner]]\nname = 'a'\n", "scanner.name"),
        ("[[scanner]]\nname = 'a'\ngrouping = 'barcode'\n", "scanner.grouping"),
        ("[[scanner]]\nname = 'a'\nmax_paper = 'Letter'\n", "scanner.max_paper"),
        ("[[scanner]]\nname = 'a'\nsettle_seconds = -1\n", "settle_seconds"),
        ("[[scanner]]\nname = 'a'\nsettle_seconds = 'long'\n", "settle_seconds"),
        ("[[scanner]]\nname = 'a'\nname_template = '{page}'\n", "grouping"),
        ("[[target]]\nid = 't1'\nreference = [1.0]\n", "target.reference"),
        (TARGET + TARGET, "target.id"),
    ],
)
def test_nonsense_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The start stops with the name of the setting."""
    with pytest.raises(ConfigError, match=named):
        read(tmp_path, text)


def test_a_measured_target_sheet_is_read(tmp_path: Path) -> None:
    """Three numbers for each patch."""
    (target,) = read(tmp_path, TARGET).target
    assert (target.id, len(target.reference)) == ("t1", 3 * len(LAYOUT.patches))
