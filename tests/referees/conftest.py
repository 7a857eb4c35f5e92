"""Packages for the referees: every form the writer knows, unpacked."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.identifiers import object_folder
from appliance.packaging.write import write_package
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from pathlib import Path

FORMS = {
    "several-pdfs": {"one_pdf": False, "with_masters": True},
    "one-pdf": {"one_pdf": True, "with_masters": True},
    "strict": {"one_pdf": False, "with_masters": False},
}


@pytest.fixture(scope="session", params=FORMS)
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh package's ZIP."""
    folder = tmp_path_factory.mktemp(str(request.param))
    facts = make_facts(folder, **FORMS[request.param])
    path = folder / f"{object_folder(facts.objid)}.zip"
    write_package(path, facts)
    return path


@pytest.fixture(scope="session")
def bag_folder(package: Path) -> Path:
    """The same, unpacked: the bag."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(package.parent)
    return package.with_suffix("")


@pytest.fixture(scope="session")
def aip_folder(bag_folder: Path) -> Path:
    """The AIP in the bag."""
    return bag_folder / "data" / bag_folder.name
