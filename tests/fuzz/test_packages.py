"""Packages of hostile bytes: judged to the end, never passed, and what they still hold is found."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.packaging.write import write_package
from appliance.pipeline.master_copies import extracted, manifest_of
from tests.fuzz.making import EXAMPLES, Mutation, fuzzing, mutated, mutations
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from pathlib import Path

NAME = "urn_uuid_9C13E70E-08B2-4C54-8BAF-979B35D01B4D.zip"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed package."""
    folder = tmp_path_factory.mktemp("good")
    write_package(folder / NAME, make_facts(folder))
    return folder / NAME


def directory_at(data: bytes) -> int:
    """Where the central directory of a ZIP begins."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.start_dir


def members_of(path: Path) -> dict[str, bytes]:
    """What a stock program unpacks."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_damaged_directory_passes(good: Path, tmp_path: Path) -> None:
    """Whatever is changed in the directory, the package is refused, or unpacks to the same."""
    data, path = good.read_bytes(), tmp_path / NAME
    start, members = directory_at(data), members_of(good)

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def judges(changes: list[Mutation]) -> None:
        path.write_bytes(data[:start] + mutated(data[start:], changes))
        (report,) = verify_path(path)
        if judge(report.findings, complete=not report.not_checked) is Verdict.PASS:
            assert members_of(path) == members

    judges()


def test_a_master_is_never_taken_wrongly_from_a_rotten_package(good: Path, tmp_path: Path) -> None:
    """A rotten package gives the very master or none; the next package can then be asked."""
    data, path, target = good.read_bytes(), tmp_path / NAME, tmp_path / "master"
    start = directory_at(data)
    with zipfile.ZipFile(good) as archive:
        sha256, name = next(iter(manifest_of(archive).items()))
        master = archive.read(name)

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def takes(changes: list[Mutation]) -> None:
        path.write_bytes(data[:start] + mutated(data[start:], changes))
        target.unlink(missing_ok=True)
        assert not extracted(path, sha256, target) or target.read_bytes() == master

    takes()


@pytest.mark.parametrize(
    ("place", "value"), [(8, 1), (10, 8), (10, 12), (10, 14), (10, 99), (46, 65)]
)
def test_a_bit_of_the_directory_costs_one_package(
    good: Path, tmp_path: Path, place: int, value: int
) -> None:
    """Entries called encrypted, packed or otherwise named give nothing, and raise nothing."""
    data = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        sha256 = next(iter(manifest_of(archive)))
    entry = directory_at(bytes(data))
    while (entry := data.find(b"PK\1\2", entry)) != -1:
        data[entry + place] = value
        entry += 4
    path = tmp_path / NAME
    path.write_bytes(data)
    assert not extracted(path, sha256, tmp_path / "master")
