"""Keys and the stock ``ssh-keygen`` for the signing tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from appliance.signing.keys import MachineKey, generate_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def key(tmp_path: Path) -> MachineKey:
    """A fresh machine key at ``tmp_path/box``."""
    return generate_key(tmp_path / "box", "box of a test")


@pytest.fixture
def ssh_keygen() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run the real ``ssh-keygen`` with some arguments; its output is captured."""

    def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["ssh-keygen", *map(str, arguments)], input=stdin, capture_output=True, check=False
        )

    return run
