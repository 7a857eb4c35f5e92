"""A good package, sealed once, and what tests make of it."""

from __future__ import annotations

import pathlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from appliance.packaging.verify import verify_new_package
from appliance.packaging.write import write_package
from tests.packaging.bags import Bag
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.facts import PackageFacts
    from appliance.packaging.verify.whole import WholeFile


@dataclass(frozen=True)
class Sealed:
    """A package as written.

    Args:
        path: The ZIP.
        facts: What it was written from.
        whole: What it measures.
    """

    path: Path
    facts: PackageFacts
    whole: WholeFile


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """One good package, written once; tests copy before they change."""
    folder = tmp_path_factory.mktemp("sealed")
    facts = make_facts(folder)
    path = folder / "urn_uuid_9C13E70E-08B2-4C54-8BAF-979B35D01B4D.zip"
    write_package(path, facts)
    return Sealed(path, facts, verify_new_package(path)[1])


@pytest.fixture
def bag(sealed: Sealed, tmp_path: Path) -> Bag:
    """A fresh unpacked copy of the good package."""
    with zipfile.ZipFile(sealed.path) as archive:
        archive.extractall(tmp_path)
    return Bag(tmp_path / sealed.path.stem)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of test material beside the checkout; without it the test is skipped."""
    folder = pathlib.Path(__file__).parents[2].parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus does not lie beside the checkout (../shared/corpus)")
    return folder
