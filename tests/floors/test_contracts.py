"""The contracts on imports hold for the project, and notice when they are broken."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a checkout."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"],
        cwd=project,
        env={"PYTHONPATH": str(project), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_floors_without_imports_are_kept(small_project: Path) -> None:
    """Empty floors break no contract."""
    result = lint(small_project)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("domain", "appliance.disk"),
        ("disk", "appliance.clock"),
        ("catalogue", "appliance.imaging"),
        ("sync", "appliance.config"),
        ("pipeline", "appliance.bootstrap"),
        ("web", "appliance.cli"),
        ("packaging/write", "appliance.packaging.verify"),
        ("packaging/verify", "appliance.packaging.write"),
        ("packaging/verify", "appliance.packaging.facts"),
        ("watchers", "asyncio"),
        ("pipeline", "litestar"),
    ],
)
def test_a_forbidden_import_is_noticed(module: str, imported: str, small_project: Path) -> None:
    """One import that goes up, sideways or to a foreign floor breaks a contract."""
    source = small_project / "appliance" / module / "__init__.py"
    source.write_text(f"import {imported}\n", "utf-8")
    result = lint(small_project)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_a_module_without_a_floor_is_noticed(small_project: Path) -> None:
    """A module that nobody gave a floor breaks the contract."""
    (small_project / "appliance" / "plugins.py").touch()
    result = lint(small_project)
    assert result.returncode == 1
    assert "plugins" in result.stdout
