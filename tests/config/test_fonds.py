"""Fonds in the settings: what is left out is as for every fonds, nonsense is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.config import load_settings
from appliance.config.as_values import derivation_options
from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Settings

BOX = '[box]\nid = "box-01"\n'
COMMON = '[text]\nlanguages = ["vie", "fra"]\n[pdf]\njpeg_quality = 70\nmax_dpi = 300\n'


def read(folder: Path, text: str) -> Settings:
    """Load the settings of a box with a few more lines."""
    path = folder / "appliance.toml"
    path.write_text(BOX + text, encoding="utf-8")
    return load_settings(path)


def test_a_fonds_takes_what_it_leaves_out_from_all(tmp_path: Path) -> None:
    """A fonds that says one thing has everything else as every fonds has it."""
    settings = read(tmp_path, f'{COMMON}[[fonds]]\ncode = "PHÁP"\ntext = false\n')
    default, by_fonds = derivation_options(settings)
    assert (default.languages, default.jpeg_quality) == (("vie", "fra"), 70)
    assert by_fonds == {"PHÁP": replace(default, reads_text=False)}


def test_every_setting_of_a_fonds_is_used(tmp_path: Path) -> None:
    """What a fonds says holds for its pages, false and all."""
    text = """[text]
enabled = false
[pdf]
lossless = true
[[fonds]]
code = "TH"
text = true
languages = ["vie", "eng"]
jpeg_quality = 95
max_dpi = 400
lossless = false
[[fonds]]
code = "BT"
"""
    default, by_fonds = derivation_options(read(tmp_path, text))
    assert by_fonds["BT"] == default
    assert by_fonds["TH"] == replace(
        default,
        reads_text=True,
        languages=("vie", "eng"),
        jpeg_quality=95,
        max_dpi=400,
        is_lossless=False,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[fonds]]\n", "fonds[0].code is missing"),
        ('[[fonds]]\ncode = " "\n', "fonds.code"),
        ('[[fonds]]\ncode = "TH"\n[[fonds]]\ncode = "TH"\n', "once"),
        ('[[fonds]]\ncode = "TH"\nlanguages = []\n', "fonds.languages of 'TH'"),
        ('[[fonds]]\ncode = "TH"\nlanguages = ["vie -c x=y"]\n', "trained data"),
        ('[[fonds]]\ncode = "TH"\nlanguages = "vie"\n', "fonds[0].languages must be a list"),
        ('[[fonds]]\ncode = "TH"\nmax_dpi = 0\n', "max_dpi must lie between"),
        ('[[fonds]]\ncode = "TH"\njpeg_quality = 101\n', "jpeg_quality must lie between"),
        ('[[fonds]]\ncode = "TH"\ntext = 1\n', "fonds[0].text must be of type bool"),
        ('[text]\nlanguages = ["../vie"]\n', "text.languages"),
    ],
)
def test_nonsense_about_a_fonds_is_named(tmp_path: Path, text: str, told: str) -> None:
    """A key or value that cannot be meant stops the start and is named."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)
