"""``appliance verify``: several paths, one document of facts, progress for who watches."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.cli.progress import ReadProgress
from appliance.packaging.write import write_package
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.making import Command


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One good package."""
    folder = tmp_path_factory.mktemp("verify")
    path = folder / "good.zip"
    write_package(path, make_facts(folder))
    return path


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("jobs", ["0", "1", "2"])
def test_several_paths_are_one_document(
    jobs: str, package: Path, tmp_path: Path, run: Command
) -> None:
    """Each path has its reports, in the order given, in one JSON document."""
    spoiled = tmp_path / "spoiled.zip"
    shutil.copyfile(package, spoiled)
    with spoiled.open("r+b") as stream:
        stream.truncate(5000)
    assert run("verify", "--json", "--jobs", jobs, str(package), str(spoiled)) == 1
    reports = json.loads(run.out)["reports"]
    assert [(one["subject"], one["verdict"]) for one in reports] == [
        ("good.zip", "pass"),
        ("spoiled.zip", "fail"),
    ]


def test_a_missing_path_among_others_is_a_mistake_of_use(package: Path, run: Command) -> None:
    """Nothing is checked when one of the paths is not there."""
    assert run("verify", str(package), str(package.with_name("none.zip"))) == 2


def test_a_store_is_told_file_by_file(package: Path, run: Command) -> None:
    """A folder of packages is a store; a package without sidecar is said so, and passes."""
    assert run("verify", "--json", str(package.parent)) == 0
    (report,) = json.loads(run.out)["reports"]
    assert [one["code"] for one in report["findings"]] == ["SIDECAR-MISSING"]


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is written over and wiped; in a file or a pipe there is none."""
    seconds = iter([0.0, 0.1, 1.0, 1.2])
    monkeypatch.setattr("appliance.cli.progress.time.monotonic", lambda: next(seconds))
    watched, piped = _Terminal(), io.StringIO()
    with ReadProgress(watched) as progress:
        for _ in range(3):
            progress.add(2_000_000)
    assert watched.getvalue() == "\r\x1b[Kđã đọc / read 4 MB, 4 MB/s\r\x1b[K"
    monkeypatch.undo()
    with ReadProgress(piped) as progress:
        progress.add(2_000_000)
    assert piped.getvalue() == ""


def test_a_finding_is_told_with_its_clause(package: Path, tmp_path: Path, run: Command) -> None:
    """Facts and sentences name who asks for what was not kept."""
    cut = tmp_path / "cut.zip"
    cut.write_bytes(package.read_bytes()[:5000])
    assert run("verify", "--json", str(cut)) == 1
    (report,) = json.loads(run.out)["reports"]
    assert [one["source"] for one in report["findings"]] == ["APPNOTE 6.3.10 §4.3"]
    assert run("verify", str(cut)) == 1
    assert "(APPNOTE 6.3.10 §4.3)" in run.out
