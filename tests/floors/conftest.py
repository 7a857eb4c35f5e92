"""A small package with the same floors, to break on purpose."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def small_project(checkout: Path, tmp_path: Path) -> Path:
    """A checkout with the project's contracts and an empty module for each floor."""
    settings = (checkout / "pyproject.toml").read_text("utf-8")
    start = settings.index("[tool.importlinter]")
    (tmp_path / "pyproject.toml").write_text(settings[start:], "utf-8")
    package = tmp_path / "appliance"
    for name in floor_modules(settings):
        folder = package.joinpath(*name.split("."))
        folder.mkdir(parents=True, exist_ok=True)
    for folder in [package, *(path for path in package.rglob("*") if path.is_dir())]:
        (folder / "__init__.py").touch()
    return tmp_path


def floor_modules(settings: str) -> list[str]:
    """Every module that the contracts name, below the package."""
    contracts = tomllib.loads(settings)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    floors = [name.strip(" ()") for layer in layers for name in layer.split("|")]
    return [*floors, "packaging.write", "packaging.verify", "packaging.facts"]
