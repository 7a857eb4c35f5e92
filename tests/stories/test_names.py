"""Names and rights: equal names, forms of letters, shares that refuse, folders with many files."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from tests.watchers.making import SETTLE_SECONDS, Watched, page_bytes

if TYPE_CHECKING:
    import pytest

    from tests.service.watching import Watching

CODE = "Hồ sơ số 01"
CALLS_OF_A_LOOK = 20
"""More than four folders need, and a hundredth of what 2,000 files would."""


def test_the_same_name_in_two_folders_is_two_pages(watching: Watching) -> None:
    """keeps/roda#3090: a second ``1.tiff`` of another folder is neither dropped nor mixed up."""
    bench = watching.bench
    bench.register({"HS-01": 1, "HS-02": 1})
    pages = {"HS-01": page_bytes(1), "HS-02": page_bytes(2)}
    for file_code, data in pages.items():
        watching.put(f"scan01/{file_code}/1.png", data)
    assert watching.rounds() == 2
    for master, data in zip(bench.masters(), pages.values(), strict=True):
        assert (master.state, master.name) == ("accepted", "1.png")
        assert bench.store.master_path(master.sha256).read_bytes() == data


def test_a_package_of_decomposed_names_matches_its_manifests(watching: Watching) -> None:
    """LibraryOfCongress/bagit-python#51, bagitspec#13: no path depends on a form of letters."""
    bench = watching.bench
    bench.with_places()
    bench.register({CODE: 2})
    for number, form in enumerate(("NFC", "NFD"), start=1):
        folder = unicodedata.normalize(form, CODE)  # type: ignore[arg-type]  # one of the forms
        watching.put(f"scan01/{folder}/{number:04d}.png", page_bytes(number))
    assert watching.rounds() == 2
    bench.settle()
    (package,) = bench.packages()
    path = bench.package_path(package)
    (report,) = verify_path(path, deep=True)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (manifest,) = [name for name in names if name.endswith("/manifest-sha256.txt")]
        listed = [line.split("  ", 1)[1] for line in archive.read(manifest).decode().splitlines()]
    assert listed
    assert all(name.isascii() for name in (*names, *listed))
    top = manifest.rpartition("/")[0]
    assert {f"{top}/{name}" for name in listed} <= set(names)


def _below(folder: Path, target: int | str | bytes | os.PathLike[Any]) -> bool:
    """Whether a path or an open descriptor leads below a folder."""
    path = Path(f"/proc/self/fd/{target}").readlink() if isinstance(target, int) else target
    return os.fsdecode(path).startswith(f"{folder}/")


def test_a_share_that_refuses_rights_and_times_is_taken_from(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SMBSync2#244: intake never asks a share to change the rights or times of a drop."""
    refused = []

    def refusing(name: str) -> None:
        true_call = getattr(os, name)

        def call(target: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as os has it
            if _below(watching.drop, target):
                refused.append((name, target))
                raise PermissionError(1, "Operation not permitted", str(target))
            return true_call(target, *arguments, **named)

        monkeypatch.setattr(os, name, call)

    watching.bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.png", page_bytes(1))
    for name in ("chmod", "fchmod", "chown", "fchown", "lchown", "utime"):
        refusing(name)
    assert watching.rounds() == 1
    watching.bench.settle(seal=False)
    (master,) = watching.bench.masters()
    assert (master.is_read_back, path.exists(), refused) == (1, False, [])
    assert not any(path.is_file() for path in (watching.drop / "scan01").rglob("*"))


def test_a_folder_of_many_files_is_listed_not_asked_one_by_one(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """xbmc#24236, jborean93/smbprotocol#288: a look is one listing a folder, and opens nothing."""
    for number in range(2000):
        watched.drop(f"scan01/HS-{number % 2}/{number:04d}.png", b"\x89PNG")
    watched.folder.scan()
    calls = {"scandir": 0, "stat": 0, "lstat": 0, "open": 0}

    def counting(name: str) -> None:
        true_call = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as os has it
            calls[name] += 1
            return true_call(*arguments, **named)

        monkeypatch.setattr(os, name, call)

    for name in calls:
        counting(name)
    watched.clock.advance(SETTLE_SECONDS / 2)
    result = watched.folder.scan()
    assert (result.ready, watched.opened) == ((), [])
    assert all(count < CALLS_OF_A_LOOK for count in calls.values()), calls
