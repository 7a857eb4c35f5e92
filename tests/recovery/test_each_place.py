"""The demo's fonds from each kind of place alone: killed, gone on with, every record as it was."""

from __future__ import annotations

import filecmp
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from appliance.bootstrap import open_appliance
from appliance.catalogue import rebuilding
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.snapshot import KEPT_TABLES
from appliance.cli.main import main
from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.disk.store import Store
from appliance.domain.records import Approval
from appliance.packaging.verify import verify_path
from appliance.pipeline.register import approve, import_workbook
from appliance.samples.script import FILE_UNITS
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.signing.keys import load_key
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.making import BOX_ID, FONDS_ROW, list_row, unit_row
from tests.recovery.making import rows_of
from tests.recovery.places import AS_SCANNED, PACKAGES, PLACES, SPLIT, copied_roots
from tests.recovery.test_recover import check_chain
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from appliance.catalogue.engine import Catalogue
    from tests.recovery.places import Site

pytestmark = [pytest.mark.sshd, pytest.mark.kill]

GOES_ON: Final = "so"
"""From this place the box comes back that works on."""

PATIENCE_SECONDS: Final = 400
"""From a scan to its last proof, with a service that has few cores and other work beside it."""

SINCE_THE_BACKUP: Final = {
    "backup": "the row of a backup is written when the copy in it was taken",
    "backup_copy": "that a backup was proved is known after it was made",
    "event": "events after the copy are in no paper; the restoration is added: compared by hand",
    "meta": "the recovery says there that it was one",
}
"""Tables that cannot be equal, and why."""
AFTER_THE_BACKUP: Final = {
    "destination": {
        "is_line_up", "last_attempt_at", "last_contact_at", "free_bytes", "receipt_counter",
        "receipt_sha256",
    },
}  # fmt: skip
"""Columns that the way of the backup itself changed, after it was made."""


def command(*arguments: str) -> list[str]:
    """A command line in a process of its own."""
    return [sys.executable, "-P", "-m", "appliance", *arguments]


def recovery(site: Site, name: str, into: Path) -> list[str]:
    """What a technician types, for one place; for one of them the key was typed, too."""
    key = site.typed_key if name == "province" else site.recovery_key
    return recovery_from(site.origin(name), site.sheet(name), into, key)


def recovery_from(origin: str, sheet: Path, into: Path, key: Path) -> list[str]:
    """A recovery with everything that it needs, and nothing of the lost box."""
    options = ("--from", origin, "--into", str(into), "--key", str(key))
    return ["--config", str(sheet), "recover", *options, "--no-views"]


def kill_in_the_middle(line: list[str]) -> None:
    """Start a recovery, and kill it when it begins with its third package."""
    process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    told = []
    for said in process.stderr:
        told.append(said)
        if said.startswith("Gói 3/"):
            break
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, told


def ended(arguments: list[str], into: Path) -> dict[str, Any]:
    """Recover to the end; what its report says."""
    assert main(arguments) == 0
    facts: dict[str, Any] = json.loads((into / "recovery" / "report.json").read_bytes())
    return facts


def came_back(site: Site, name: str, into: Path) -> None:
    """A recovery that is killed in the middle, and ended by the same command: all is there."""
    arguments = recovery(site, name, into)
    kill_in_the_middle(command(*arguments))
    check_all_is_there(site, into, ended(arguments, into))


def check_rows(old: Catalogue, new: Catalogue) -> None:
    """Every table of records, row by row."""
    for table in sorted(KEPT_TABLES - SINCE_THE_BACKUP.keys()):
        without = frozenset(AFTER_THE_BACKUP.get(table, ()))
        assert rows_of(new, table, without) == rows_of(old, table, without), table
    *events, restoration = rows_of(new, "event")
    assert events == rows_of(old, "event")[: len(events)]
    assert restoration["type"] == "restoration"
    assert len(rows_of(old, "package")) == PACKAGES


@pytest.mark.parametrize("name", [name for name in PLACES if name != GOES_ON])
def test_everything_comes_back(lost: Site, tmp_path: Path, name: str) -> None:
    """Killed in the middle and begun again: rows, packages, masters and receipts are there."""
    came_back(lost, name, tmp_path / "new")


def check_all_is_there(lost: Site, into: Path, facts: dict[str, Any]) -> None:
    """What the command says at its end, every row, every package and every master."""
    assert (facts["packages"], facts["is_finished"]) == (PACKAGES, True)
    assert (facts["rebuilt"], facts["findings"]) == ([], [])
    assert facts["receipts"] >= PACKAGES
    assert facts["backup"]
    old = open_catalogue(lost.folder / "old" / "state" / "catalogue.db", SystemClock())
    new = open_catalogue(into / "catalogue.db", SystemClock())
    with closing(old), closing(new):
        check_rows(old, new)
        check_chain(new)
        with new.read() as session:
            assert rebuilding.unfinished(session) is None
        store = Store(into / "store")
        check_packages(lost.folder / "old" / "state" / "store" / "packages", store)
        masters = rows_of(new, "master")
        assert facts["masters"] >= len(masters)
        for row in masters:
            store.prove_master(row["sha256"], row["size_bytes"])


def check_packages(old: Path, store: Store) -> None:
    """Each package is there again, byte for byte."""
    sealed = sorted(old.rglob("*.zip"))
    assert len(sealed) == PACKAGES
    for path in sealed:
        package = store.root / "packages" / path.relative_to(old)
        assert filecmp.cmp(path, package, shallow=False), package


def test_the_disk_of_a_receiver_is_as_good(lost: Site, tmp_path: Path) -> None:
    """The storage host is gone too, its disk is not: what it signed is believed as before."""
    into, disk = tmp_path / "new", str(lost.roots["province"])
    arguments = recovery_from(disk, lost.sheet("province"), into, lost.recovery_key)
    check_all_is_there(lost, into, ended(arguments, into))


def test_what_was_lost_is_good(lost: Site) -> None:
    """The very bytes that come back from each place verify, and are of six hồ sơ of the demo."""
    packages = sorted((lost.folder / "old" / "state" / "store" / "packages").rglob("*.zip"))
    assert [report.findings for path in packages for report in verify_path(path)] == (
        [()] * PACKAGES
    )
    assert len({path.parent for path in packages}) == len(FILE_UNITS)


def test_split_packages_lie_in_parts(lost: Site) -> None:
    """The disk of FAT32 is what it is meant to be."""
    names = [path.name for path in lost.roots[SPLIT].rglob("*.zip.*")]
    assert any(name.endswith(".002") for name in names), names


def test_the_recovered_box_goes_on(
    lost: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its new key let in: an honest verdict, old copies mended, a new hồ sơ everywhere."""
    into, config, drop = tmp_path / "new", tmp_path / "appliance.toml", tmp_path / "drop"
    came_back(lost, GOES_ON, into)
    key = into / "keys" / "box"
    with copied_roots(lost, tmp_path) as roots:
        site = replace(lost, roots=roots)
        allow = ("--store", str(roots["province"]), "--box", BOX_ID, "--key", f"{key}.pub")
        assert main(["allow-sender", *allow]) == 0
        site.receiver, site.sftp = site.let_in(load_key(key).public, tmp_path / "sshd")
        if os.geteuid() != 0:
            site.sftp_path = str(roots["so"])
        with site.receiver, site.sftp:
            site.write_settings(config, into, key, drop)
            (drop / "scan01").mkdir(parents=True)
            capsys.readouterr()
            check_verdict_is_honest(config, capsys)
            check_an_old_package_is_sent_again(config, roots["province"], capsys)
            with closing(open_appliance(load_settings(config))) as appliance:
                assert appliance.earlier_keys() == (load_key(lost.folder / "old" / "key").public,)
                check_a_new_unit_is_proved(appliance, drop / "scan01")


def check_verdict_is_honest(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has run the service yet: what came back is there, and nothing says all is well."""
    assert main(["--config", str(config), "status", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"]["level"] == "unknown"
    codes = {one["code"]: one["level"] for one in told["verdict"]["children"]}
    assert codes["SERVICE-NEVER"] == "unknown"
    assert codes["FILE-UNITS-SEALED"] == "good"


def check_an_old_package_is_sent_again(
    config: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the old key signed is still this box's own: a copy that is gone there is replaced."""
    (package,) = (store / "packages").rglob(f"{AS_SCANNED}/*.zip")
    for path in package.parent.glob(f"{package.stem}*"):
        path.unlink()
    main(["--config", str(config), "audit", "province", "--json"])
    (told,) = json.loads(capsys.readouterr().out)["slices"]
    assert (told["damaged"], told["repaired"]) == (1, 1), told
    assert package.exists()


def check_a_new_unit_is_proved(appliance: Appliance, scanner: Path) -> None:
    """A scan of today goes the whole way, to every place."""
    rows, items = (unit_row("HS-09", 1),), (list_row("HS-09", "DM-02"),)
    import_workbook(
        appliance.catalogue, Workbook(fonds=(FONDS_ROW,), file_units=rows, list_items=items)
    )
    day = SystemClock().now().date()
    approve(appliance.catalogue, Approval("DM-02", "13/QĐ-SNV", day, "Trần Thị Bình"))

    def proved() -> int:
        return sum(row["state"] == "proved" for row in rows_of(appliance.catalogue, "deposit"))

    service = Service(appliance, frozenset(PARTS) - {"web", "audit"})
    service.start()
    try:
        (scanner / "HS-09").mkdir()
        (scanner / "HS-09" / "0001.png").write_bytes(page_bytes(77))
        wanted = len(PLACES) * (PACKAGES + 1)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (count := proved()) < wanted:
            assert time.monotonic() < deadline, f"only {count} copies are proved"
            time.sleep(0.5)
    finally:
        service.stop()
