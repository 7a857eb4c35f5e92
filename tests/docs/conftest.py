"""The checkout as the documentation tests see it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def documentation(checkout: Path) -> str:
    """The text of every page of ``docs/``, decisions left out."""
    return "\n".join(page.read_text("utf-8") for page in sorted((checkout / "docs").glob("*.md")))


@pytest.fixture(scope="session")
def own_files(checkout: Path) -> tuple[Path, ...]:
    """Every text of the project that a person wrote."""
    folders = ("appliance", "benchmarks", "docs", "systemd", "tests", "tools", ".ci")
    kinds = {".py", ".md", ".sh", ".conf", ".service", ".html", ".txt", ".toml", ""}
    below = (path for folder in folders for path in (checkout / folder).rglob("*"))
    top = (checkout / name for name in ("Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    return tuple(p for p in (*top, *below, checkout / "pyproject.toml") if _is_text(p, kinds))


def _is_text(path: Path, kinds: set[str]) -> bool:
    return path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts
