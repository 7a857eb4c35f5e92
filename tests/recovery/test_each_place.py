"""From each kind of place alone: a killed recovery goes on, and every record is as it was."""

from __future__ import annotations

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
from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.disk.store import Store
from appliance.domain.records import Approval
from appliance.packaging.verify import verify_path
from appliance.pipeline.register import approve, import_workbook
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.signing.keys import load_key
from appliance.spreadsheet.workbook import Workbook
from tests.pipeline.making import BOX_ID, FONDS_ROW, list_row, unit_row
from tests.recovery.making import rows_of
from tests.recovery.places import PLACES, SPLIT, UNITS, Site, copied_roots, live, storage
from tests.recovery.test_recover import check_chain
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from appliance.catalogue.engine import Catalogue

pytestmark = [pytest.mark.sshd, pytest.mark.kill]

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


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory, pool: Executor) -> Iterator[Site]:
    """A box that is gone, and every place that has its copies; only to be read."""
    with storage(tmp_path_factory.mktemp("lost")) as site:
        live(site, pool)
        yield site


def command(config: Path, *arguments: str) -> list[str]:
    """A command line in a process of its own."""
    return [sys.executable, "-P", "-m", "appliance", "--config", str(config), *arguments]


def recovery(site: Site, name: str, into: Path) -> list[str]:
    """The command that a technician types, for one place."""
    options = ("--from", site.origin(name), "--into", str(into), "--key", str(site.recovery_key))
    return command(site.sheet(name), "recover", *options, "--no-views", "--json")


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


def recovered(site: Site, name: str, into: Path) -> dict[str, Any]:
    """Recover to the end; what the command says."""
    done = subprocess.run(recovery(site, name, into), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def check_rows(old: Catalogue, new: Catalogue) -> None:
    """Every table of records, row by row."""
    for table in sorted(KEPT_TABLES - SINCE_THE_BACKUP.keys()):
        without = frozenset(AFTER_THE_BACKUP.get(table, ()))
        assert rows_of(new, table, without) == rows_of(old, table, without), table
    *events, restoration = rows_of(new, "event")
    assert events == rows_of(old, "event")[: len(events)]
    assert restoration["type"] == "restoration"
    sealed = [row["objid"] for row in rows_of(old, "package")]
    assert len(sealed) == len(UNITS) + 2


@pytest.mark.parametrize("name", PLACES)
def test_everything_comes_back(lost: Site, tmp_path: Path, name: str) -> None:
    """Killed in the middle and begun again: rows, packages, masters and receipts are there."""
    into = tmp_path / "new"
    kill_in_the_middle(recovery(lost, name, into))
    facts = recovered(lost, name, into)
    assert (facts["packages"], facts["is_finished"]) == (len(UNITS) + 2, True)
    assert (facts["rebuilt"], facts["findings"]) == ([], [])
    assert facts["receipts"] >= len(UNITS) + 2
    old = open_catalogue(lost.folder / "old" / "state" / "catalogue.db", SystemClock())
    new = open_catalogue(into / "catalogue.db", SystemClock())
    with closing(old), closing(new):
        check_rows(old, new)
        check_chain(new)
        with new.read() as session:
            assert rebuilding.unfinished(session) is None
        store = Store(into / "store")
        for package in (store.root / "packages").rglob("*.zip"):
            assert [report.findings for report in verify_path(package)] == [()]
        for row in rows_of(new, "master"):
            store.prove_master(row["sha256"], row["size_bytes"])


def test_the_disk_of_a_receiver_has_its_receipts(lost: Site, tmp_path: Path) -> None:
    """The storage host is gone too, its disk is not: what it signed is believed as before."""
    disk = ("--from", str(lost.roots["province"]), "--into", str(tmp_path / "new"))
    key = ("--key", str(lost.recovery_key))
    line = command(lost.sheet("province"), "recover", *disk, *key, "--no-views", "--json")
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    facts = json.loads(done.stdout)
    assert (done.returncode, facts["findings"]) == (0, [])
    assert facts["receipts"] >= len(UNITS) + 2


def test_split_packages_lie_in_parts(lost: Site) -> None:
    """The disk of FAT32 is what it is meant to be."""
    names = [path.name for path in lost.roots[SPLIT].rglob("*.zip.*")]
    assert any(name.endswith(".002") for name in names), names


def test_the_recovered_box_goes_on(lost: Site, tmp_path: Path) -> None:
    """With its new key let in: an honest verdict, old copies mended, a new hồ sơ everywhere."""
    into, config, drop = tmp_path / "new", tmp_path / "appliance.toml", tmp_path / "drop"
    recovered(lost, "so", into)
    key = into / "keys" / "box"
    with copied_roots(lost, tmp_path) as roots:
        site = replace(lost, roots=roots)
        allow = ("--store", str(roots["province"]), "--box", BOX_ID, "--key", f"{key}.pub")
        assert subprocess.run(command(config, "allow-sender", *allow), check=False).returncode == 0
        site.receiver, site.sftp = site.let_in(load_key(key).public, tmp_path / "sshd")
        if os.geteuid() != 0:
            site.sftp_path = str(roots["so"])
        with site.receiver, site.sftp:
            site.write_settings(config, into, key, drop)
            (drop / "scan01").mkdir(parents=True)
            check_verdict_is_honest(config)
            check_an_old_package_is_sent_again(config, roots["province"])
            with closing(open_appliance(load_settings(config))) as appliance:
                assert appliance.earlier_keys() == (load_key(lost.folder / "old" / "key").public,)
                check_a_new_unit_is_proved(appliance, drop / "scan01")


def check_verdict_is_honest(config: Path) -> None:
    """Nobody has run the service yet: what came back is there, and nothing says all is well."""
    done = subprocess.run(
        command(config, "status", "--json"), check=False, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    assert done.returncode == 1, told
    assert told["verdict"]["level"] == "unknown"
    codes = {one["code"]: one["level"] for one in told["verdict"]["children"]}
    assert codes["SERVICE-NEVER"] == "unknown"
    assert codes["FILE-UNITS-SEALED"] == "good"


def check_an_old_package_is_sent_again(config: Path, store: Path) -> None:
    """What the old key signed is still this box's own: a copy that is gone there is replaced."""
    (package,) = (store / "packages").rglob("HS-01/*.zip")
    for path in package.parent.glob(f"{package.stem}*"):
        path.unlink()
    line = command(config, "audit", "province", "--json")
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    (told,) = json.loads(done.stdout)["slices"]
    assert (told["damaged"], told["repaired"]) == (1, 1), done.stderr
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
        # SPLIT takes no file as large as a block of a package of today: it gets no new ones
        wanted = len(PLACES) * (len(UNITS) + 3) - 1
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (count := proved()) < wanted:
            assert time.monotonic() < deadline, f"only {count} copies are proved"
            time.sleep(0.5)
    finally:
        service.stop()
