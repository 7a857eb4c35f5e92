"""Runs commands over one box, and brings pages up to where a command starts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.cli import main
from appliance.disk.durable import make_folder
from appliance.watchers import claims
from appliance.watchers.hotfolder import SettledDrop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from appliance.bootstrap import Appliance


class Command:
    """Runs commands over one box and reads what they say.

    Args:
        config: The settings.
        capture: Of the test.
    """

    def __init__(self, config: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.config = config
        self._capture = capture
        self.out = self.told = ""

    def __call__(self, *arguments: str) -> int:
        """The exit status; what was printed is in ``out`` and ``told``."""
        status = main(["--config", str(self.config), *arguments])
        self.out, self.told = self._capture.readouterr()
        return status

    def facts(self) -> Any:  # noqa: ANN401 - whatever JSON the command printed
        """What was printed, as JSON."""
        return json.loads(self.out)


def take(appliance: Appliance, file_code: str, name: str, data: bytes) -> None:
    """Drop a file and take it in."""
    parts = ("scan01", file_code, name)
    path = appliance.settings.paths.drop.joinpath(*parts)
    make_folder(path.parent)
    path.write_bytes(data)
    claim = claims.claim(SettledDrop(path, parts), appliance.settings.paths.claimed)
    assert claim is not None
    assert appliance.accept_stage().accept_many([claim]) == 1


def derive(appliance: Appliance) -> None:
    """Run the stages up to the seal."""
    with appliance.worker_pool() as pool:
        stages: list[Callable[[str], int]] = [
            appliance.inspect_stage(pool).run_once,
            appliance.assemble_stage().run_once,
            appliance.derive_stage(pool).run_once,
        ]
        while sum([stage("test:1") for stage in stages]):
            pass
