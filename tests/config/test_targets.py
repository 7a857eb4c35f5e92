"""``[[target]]``: reference values of measured target sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config import load_settings
from appliance.domain.errors import ConfigError
from appliance.domain.targets import LAYOUT

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = 3 * len(LAYOUT.patches)


def settings_text(*targets: tuple[str, int]) -> str:
    """Settings with some targets, each of so many numbers."""
    parts = ['[box]\nid = "archive-01"\n']
    parts += [
        f'[[target]]\nid = "{name}"\nreference = {[50.5] * count}\n' for name, count in targets
    ]
    return "\n".join(parts)


def test_references_are_read(tmp_path: Path) -> None:
    """Each target keeps its numbers in order."""
    path = tmp_path / "appliance.toml"
    path.write_text(settings_text(("T1", NUMBERS), ("T2", NUMBERS)), "utf-8")
    found = load_settings(path).target
    assert [(one.id, len(one.reference)) for one in found] == [("T1", NUMBERS), ("T2", NUMBERS)]
    assert found[0].reference[0] == 50.5


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ((("T1", NUMBERS - 1),), "must hold"),
        ((("T1", NUMBERS), ("T1", NUMBERS)), "must occur once"),
    ],
)
def test_wrong_references_stop_the_start(
    targets: tuple[tuple[str, int], ...], said: str, tmp_path: Path
) -> None:
    """A number too few, or one sheet twice, is an error that names it."""
    path = tmp_path / "appliance.toml"
    path.write_text(settings_text(*targets), "utf-8")
    with pytest.raises(ConfigError, match=f"T1.*{said}"):
        load_settings(path)
