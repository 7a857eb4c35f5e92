"""Killed at any point and started again, the appliance loses nothing and counts nothing twice."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pysqlite3.dbapi2 as sqlite
import pytest

from appliance.catalogue import events
from appliance.catalogue.engine import open_catalogue
from appliance.clock import SystemClock
from appliance.domain.custody import first_break
from appliance.watchers.marker import MARKER
from appliance.watchers.names import CANARY_PREFIX
from appliance.watchers.spare import SPARE
from tests.kill import correcting, driver
from tests.kill.dying import DURABLE_POINTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kill.conftest import Site

pytestmark = [pytest.mark.kill, pytest.mark.sshd]
"""Each test prints its seed."""

WRITES_OF_A_DEPOSIT = 5
"""Anchor, sidecar and receipt, and two signatures: a receiver replaces nothing."""


def dropped_digests(scans: Path) -> Counter[str]:
    """SHA-256 of every scan that was to be dropped."""
    return Counter(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in scans.rglob("*") if path.is_file()
    )


def packaged_digests(store: Path) -> Counter[str]:
    """SHA-256 of every master in every package of a store, read from the ZIP files."""
    found: Counter[str] = Counter()
    for package in store.rglob("*.zip"):
        with zipfile.ZipFile(package) as archive:
            assert archive.testzip() is None
            names = [n for n in archive.namelist() if "/representations/rep2/data/" in n]
            found.update(hashlib.sha256(archive.read(name)).hexdigest() for name in names)
    return found


def parked_digests(home: Path) -> Counter[str]:
    """SHA-256 of every parked master, as the catalogue has it."""
    with sqlite.connect(home / "state" / "catalogue.db") as connection:
        rows = connection.execute("SELECT sha256 FROM master WHERE state = 'parked'").fetchall()
    return Counter(row[0] for row in rows)


def assert_nothing_lost(site: Site) -> None:
    """Every scan is in exactly one proved package of every place, or parked; nothing else is."""
    home, wanted = site.home, dropped_digests(site.scans)
    parked = parked_digests(home)
    for store in (
        home / "state" / "store" / "packages",
        home / "storage" / "province" / "packages",
        home / "storage" / "ministry" / "packages",
    ):
        assert packaged_digests(store) + parked == wanted, f"{store}\n{site.log.read_text()}"
    for digest in wanted:
        master = home / "state" / "store" / "masters" / digest[:2] / digest[2:4] / digest
        assert hashlib.sha256(master.read_bytes()).hexdigest() == digest
    left = {path.name for path in (home / "drop").rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith(CANARY_PREFIX)} == {MARKER, SPARE}
    assert not list(home.rglob(".*.writing"))
    assert_records_agree(home)


def assert_records_agree(home: Path) -> None:
    """The catalogue is sound, its chain of events whole, its counters count, all is proved."""
    catalogue = open_catalogue(home / "state" / "catalogue.db", SystemClock())
    with catalogue.read() as session:
        head = events.head(session)[1]
        assert first_break(events.all_events(session), head=head) is None
    catalogue.close()
    with sqlite.connect(home / "state" / "catalogue.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counted = connection.execute("SELECT count(*) FROM master").fetchone()[0]
        kept = connection.execute("SELECT value FROM counter WHERE name='came_in'").fetchone()[0]
        states = connection.execute(
            "SELECT sum(value) FROM counter WHERE name LIKE 'master:%'"
        ).fetchone()[0]
        unread = connection.execute(
            "SELECT count(*) FROM master WHERE is_read_back = 0"
        ).fetchone()[0]
        proved = connection.execute(
            "SELECT count(*) FROM deposit WHERE state='proved' AND proof='read_back'"
        ).fetchone()[0]
        packages = connection.execute("SELECT count(*) FROM package").fetchone()[0]
    assert kept == counted == states
    assert unread == 0
    assert proved == 2 * packages == 4


def test_every_named_point_is_there() -> None:
    """A function that was renamed or moved is missed at once, not when its point is drawn."""
    tables = (driver.POINTS, DURABLE_POINTS, *correcting.POINTS.values())
    missing = [
        point
        for table in tables
        for point, (place, name, _side) in table.items()
        if not callable(getattr(place, name, None))
    ]
    assert not missing


def test_killed_at_named_points(
    site: Site, seed: int, points: tuple[str, ...], rounds: int
) -> None:
    """Killed once at each of several named points in turn, it still ends with everything proved.

    A point that an earlier kill left no work for is not passed: that run ends by itself, and a
    new site takes the points after it.
    """
    chosen = set(random.Random(seed).sample(points, min(rounds, len(points))))
    killed = 0
    for point in points:  # in the order of the pipeline, so that each finds work left
        if point in chosen:
            status = site.run(point, "1")
            print(f"{point}: {status}")  # noqa: T201 - pytest shows it on failure
            assert status in {0, -9}, site.log.read_text()
            killed += status == -9
            if status == 0:
                assert_nothing_lost(site)
                site = site.another()
    assert killed > len(chosen) // 2
    assert site.run() == 0, site.log.read_text()
    assert_nothing_lost(site)


def test_killed_at_random_moments(site: Site, seed: int, rounds: int) -> None:
    """Killed again and again after random times, it still ends with everything proved.

    Half of the times the storage hosts and their receivers die with it.

    Story: archivematica/Issues#1306, #112.
    """
    chooser = random.Random(seed)
    for _ in range(rounds):
        site.run_and_kill_after(chooser.uniform(0.5, 6.0), hosts_too=chooser.random() < 0.5)
    assert site.run() == 0, site.log.read_text()
    assert_nothing_lost(site)


def test_killed_in_the_durable_writes_of_the_box(site: Site, seed: int, rounds: int) -> None:
    """Killed at any step of any durable write, nothing unfinished stays anywhere in the end."""
    chooser = random.Random(seed)
    for _ in range(max(rounds // 2, 1)):
        point, count = chooser.choice(list(DURABLE_POINTS)), chooser.randint(1, 60)
        status = site.run(point, str(count))
        print(f"{point}, {count}: {status}")  # noqa: T201 - pytest shows it on failure
        assert status in {0, -9}, site.log.read_text()
        if status == 0:
            assert_nothing_lost(site)
            site = site.another()
    assert site.run() == 0, site.log.read_text()
    assert_nothing_lost(site)


def test_killed_in_the_durable_writes_of_receivers(
    site: Site, seed: int, rounds: int, tmp_path: Path
) -> None:
    """A receiver killed at any step of any durable write leaves nothing that the next one keeps."""
    chooser, note = random.Random(seed), tmp_path / "note"
    passed = [point for point, (_, name, _) in DURABLE_POINTS.items() if name != "_take_place"]
    for _ in range(max(rounds // 4, 1)):
        told = f"{chooser.choice(passed)}\n{chooser.randint(1, WRITES_OF_A_DEPOSIT)}\n"
        print(told)  # noqa: T201 - pytest shows it on failure
        note.write_text(told, encoding="utf-8")
        assert site.run(str(note)) == 0, site.log.read_text()
        assert not note.exists()
        assert_nothing_lost(site)
        site = site.another()


@pytest.mark.parametrize("point", ["after package is published", "before proof is recorded"])
def test_killed_at_the_narrowest_points(site: Site, point: str) -> None:
    """Killed between a durable write and its row, the same thing is adopted, not made twice."""
    assert site.run(point, "1") == -9, site.log.read_text()
    assert site.run() == 0, site.log.read_text()
    assert_nothing_lost(site)
