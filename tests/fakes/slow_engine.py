"""A program in the place of tesseract that reads nothing until it is let."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_PROGRAM = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.3.0" ;;
--list-langs) echo 'List of available languages in "{folder}" (1):' ;;
*)
    cat > /dev/null
    echo $$ $(nice) >> {folder}/begun
    while [ ! -e {folder}/let ]; do sleep 0.05; done
    ;;
esac
"""


@dataclass(frozen=True, slots=True)
class SlowEngine:
    """The engine, with what it was asked.

    Args:
        folder: The program lies in it, and what it tells.
    """

    folder: Path

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let everything that is started from now on find it."""
        program = self.folder / "tesseract"
        program.write_text(_PROGRAM.format(folder=self.folder))
        program.chmod(0o755)
        (self.folder / "vie.traineddata").write_bytes(b"none")
        monkeypatch.setenv("PATH", f"{self.folder}:{os.environ['PATH']}")

    @property
    def niceness(self) -> list[int]:
        """Of each page whose reading began, in their order."""
        begun = self.folder / "begun"
        lines = begun.read_text().splitlines() if begun.exists() else []
        return [int(line.split()[1]) for line in lines]

    def let(self) -> None:
        """Let it end."""
        (self.folder / "let").touch()
