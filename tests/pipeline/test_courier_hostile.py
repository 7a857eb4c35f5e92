"""Disks that were in hostile hands: nothing outside is read or written, nothing believed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.domain.courier_papers import (
    MAX_PACKAGES,
    CarriedPackage,
    DiskMarker,
    Manifest,
    TakenReport,
)
from appliance.domain.errors import RuleError
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing import sshsig
from appliance.sync.disk import MAX_MANIFEST_BYTES, opened_disk
from appliance.sync.farstore import FarStore
from tests.pipeline.carrying import AGENT, Carrying, other_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = b"what must not be read"


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder of the same file system that is not on the disk."""
    for folder in other_disk():
        (folder / "secret").write_bytes(SECRET)
        yield folder


@pytest.fixture
def carrying(tmp_path: Path, mount: Path) -> Iterator[Carrying]:
    """A prepared disk with two packages."""
    made = Carrying(tmp_path, mount)
    made.seal(10_000, 200_000)
    made.prepare()
    yield made
    made.bench.close()


def unread(outside: Path) -> bool:
    """Whether the folder outside is as it was."""
    return [path.name for path in outside.iterdir()] == ["secret"] and (
        outside / "secret"
    ).read_bytes() == SECRET


def sign_again(carrying: Carrying, manifest: bytes) -> None:
    """Put a manifest on the disk that the box's own key signed."""
    path = carrying.on_disk / "manifest.json"
    path.write_bytes(manifest)
    text = sshsig.sign(carrying.bench.key, manifest, PACKAGE_NAMESPACE)
    path.with_name("manifest.json.sig").write_text(text)


def refusals(carrying: Carrying) -> list[str]:
    """Why packages were not taken."""
    return sorted(carrying.take_in().refusals.elements())  # type: ignore[attr-defined]  # a Counter


def link_away(path: Path, target: Path) -> None:
    """Put a link in place of a file or folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize("name", ["disk.json", "manifest.json", "manifest.json.sig"])
def test_papers_that_are_links_are_not_read(carrying: Carrying, outside: Path, name: str) -> None:
    """The disk is refused as a whole."""
    link_away(carrying.on_disk / name, outside / "secret")
    with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
        carrying.take_in()
    assert unread(outside)


@pytest.mark.parametrize("name", ["disk.json", "manifest.json"])
def test_papers_that_are_pipes_block_nobody(carrying: Carrying, name: str) -> None:
    """A pipe without a writer would wait for ever."""
    (carrying.on_disk / name).unlink()
    os.mkfifo(carrying.on_disk / name)
    with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
        carrying.take_in()


def test_the_whole_folder_as_a_link_is_refused(carrying: Carrying, outside: Path) -> None:
    """On either side, and nothing is made where it leads."""
    shutil.move(carrying.on_disk, carrying.mount / "elsewhere")
    carrying.on_disk.symlink_to(outside)
    for step in (carrying.take_in, carrying.bring_back, carrying.prepare):
        with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
            step()
    assert unread(outside)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_package_that_is_no_file_is_refused_alone(
    carrying: Carrying, outside: Path, kind: str
) -> None:
    """The other package is taken."""
    path = carrying.files("*.zip")[0]
    path.unlink()
    make: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to(outside / "secret"),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }
    make[kind]()
    assert refusals(carrying) == ["COURIER-DISK-UNSAFE"]
    assert carrying.bring_back().proved == 1
    assert unread(outside)


def test_the_packages_folder_as_a_link_is_not_followed(carrying: Carrying, outside: Path) -> None:
    """Every package is refused; the next filling does not write where it leads either."""
    link_away(carrying.on_disk / "packages", outside)
    assert refusals(carrying) == ["COURIER-DISK-UNSAFE", "COURIER-DISK-UNSAFE"]
    with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
        carrying.prepare()
    assert unread(outside)


def test_receipts_are_not_written_through_a_link(carrying: Carrying, outside: Path) -> None:
    """The folder for receipts leads elsewhere: nothing is written there."""
    (carrying.on_disk / "receipts").symlink_to(outside)
    with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
        carrying.take_in()
    assert unread(outside)


def test_a_receipt_that_is_a_link_is_not_read(carrying: Carrying, outside: Path) -> None:
    """An import refuses the disk and reads nothing outside it."""
    carrying.take_in()
    receipt = next(path for path in carrying.files("*.json") if "receipts" in str(path))
    link_away(receipt, outside / "secret")
    with pytest.raises(RuleError, match="COURIER-DISK-UNSAFE"):
        carrying.bring_back()
    assert unread(outside)


def test_a_report_that_is_a_link_is_replaced_not_followed(
    carrying: Carrying, outside: Path
) -> None:
    """What the store says goes onto the disk, never to where a link points."""
    (carrying.on_disk / "report.json").symlink_to(outside / "secret")
    carrying.take_in()
    assert unread(outside)
    assert not (carrying.on_disk / "report.json").is_symlink()


def test_a_huge_manifest_is_not_read(carrying: Carrying) -> None:
    """Its size is looked at first."""
    with (carrying.on_disk / "manifest.json").open("ab") as stream:
        stream.truncate(MAX_MANIFEST_BYTES + 1)
    with pytest.raises(RuleError, match="COURIER-MANIFEST-BAD"):
        carrying.take_in()


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[" * 100_000, b'{"format":"archive-appliance-courier-manifest/1"}', b"\xff"],
    ids=["empty", "other", "deep", "keys", "bytes"],
)
def test_a_manifest_that_is_none_is_refused(carrying: Carrying, data: bytes) -> None:
    """Even signed by the box itself."""
    sign_again(carrying, data)
    with pytest.raises(RuleError, match="COURIER-MANIFEST-BAD"):
        carrying.take_in()


def test_a_changed_manifest_is_refused(carrying: Carrying) -> None:
    """The box's signature covers every byte."""
    path = carrying.on_disk / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"trip":1', b'"trip":2'))
    with pytest.raises(RuleError, match="COURIER-MANIFEST-BAD"):
        carrying.take_in()


def test_a_manifest_of_another_disk_is_refused(carrying: Carrying) -> None:
    """A sound manifest that was copied from another disk of the same box."""
    manifest = Manifest.from_bytes((carrying.on_disk / "manifest.json").read_bytes())
    other = Manifest(
        "0" * 32, manifest.box_id, manifest.store_id, 9, manifest.prepared_at, manifest.packages
    )
    sign_again(carrying, other.to_bytes())
    with pytest.raises(RuleError, match="COURIER-MANIFEST-BAD"):
        carrying.take_in()


def test_swapped_packages_are_refused(carrying: Carrying) -> None:
    """Each under the other's name, papers and all or bytes alone."""
    first, second = carrying.files("*.zip")
    first.rename(first.with_suffix(".x"))
    second.rename(first)
    first.with_suffix(".x").rename(second)
    assert refusals(carrying) == ["COURIER-PACKAGE-DAMAGED", "COURIER-PACKAGE-DAMAGED"]
    assert not (carrying.root / "packages").exists()


def test_swapped_papers_are_refused(carrying: Carrying) -> None:
    """A sidecar of another package, although the box signed it."""
    one, two = carrying.files("*.zip")
    for suffix in (".json", ".json.sig"):
        shutil.copy(two.with_suffix(suffix), one.with_suffix(suffix))
    assert refusals(carrying) == ["COURIER-PACKAGE-DAMAGED"]


@pytest.mark.parametrize("change", [-1, 1, -150_000])
def test_a_package_of_another_length_is_refused(carrying: Carrying, change: int) -> None:
    """Cut short, or with more at its end."""
    path = carrying.files("*.zip")[1]
    size = path.stat().st_size
    with path.open("r+b") as stream:
        stream.truncate(size + change)
    assert refusals(carrying) == ["COURIER-PACKAGE-DAMAGED"]
    stored = (carrying.root / "packages").rglob("*.zip")
    assert len(list(stored)) == 1


def test_packages_beside_the_manifest_are_not_taken(carrying: Carrying) -> None:
    """Only what the box says is on the disk."""
    manifest = Manifest.from_bytes((carrying.on_disk / "manifest.json").read_bytes())
    shorter = Manifest(
        manifest.disk_id,
        manifest.box_id,
        manifest.store_id,
        manifest.trip,
        manifest.prepared_at,
        manifest.packages[:1],
    )
    sign_again(carrying, shorter.to_bytes())
    assert len(carrying.take_in().report.outcomes) == 1
    assert len(list((carrying.root / "packages").rglob("*.zip"))) == 1


def test_names_that_lead_out_are_no_names() -> None:
    """A paper that names a package as a path is no paper."""
    entry = ["../../../etc/passwd", 1, "0" * 64]
    good = Manifest("0" * 32, "box", "store", 1, "2026-11-22T10:00:00.000000Z", ())
    data = good.to_bytes().replace(
        b'"packages":[]',
        b'"packages":[["%s",1,"%s"]]' % (str(entry[0]).encode(), str(entry[2]).encode()),
    )
    with pytest.raises(ValueError, match="another form"):
        Manifest.from_bytes(data)


@pytest.mark.parametrize("kind", [DiskMarker, Manifest, TakenReport])
@pytest.mark.parametrize("data", [b"", b"null", b"{}", b'{"format":1}', b"[]", b"1" * 9000])
def test_what_is_no_paper_is_a_value_error(
    kind: type[DiskMarker | Manifest | TakenReport], data: bytes
) -> None:
    """Never another exception."""
    with pytest.raises(ValueError, match="not a"):
        kind.from_bytes(data)


def test_a_manifest_has_bounds() -> None:
    """The largest one fits into what is read; one package more is refused."""
    packages = tuple(
        CarriedPackage(f"urn:uuid:00000000-0000-0000-0000-{n:012X}", 2**40, "0" * 64)
        for n in range(MAX_PACKAGES + 1)
    )
    whole = Manifest("0" * 32, "b" * 63, "s" * 63, 1, "2026-11-22T10:00:00.000000Z", packages[1:])
    data = whole.to_bytes()
    assert len(data) < MAX_MANIFEST_BYTES
    assert Manifest.from_bytes(data) == whole
    over = Manifest("0" * 32, "b", "s", 1, "2026-11-22T10:00:00.000000Z", packages)
    with pytest.raises(ValueError, match="at most"):
        Manifest.from_bytes(over.to_bytes())


def test_receipts_in_great_numbers_are_refused(
    carrying: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk full of names of receipts does not fill the memory."""
    monkeypatch.setattr("appliance.sync.disk_receipts._MAX_RECEIPTS", 10)
    shard = carrying.on_disk / "receipts" / "00"
    shard.mkdir(parents=True)
    for number in range(1, 12):
        (shard / f"urn_uuid_00000000-0000-0000-0000-000000000000.{number}.json").touch()
    with pytest.raises(RuleError, match="COURIER-MANIFEST-BAD"):
        carrying.bring_back()


def test_a_temporary_name_of_somebody_else_s_is_swept_only_in_our_folder(
    carrying: Carrying,
) -> None:
    """What an interrupted write left goes; the same name at the top of the disk stays."""
    ours = carrying.on_disk / ".x.writing"
    theirs = carrying.mount / ".x.writing"
    for path in (ours, theirs):
        path.write_text("half")
    carrying.prepare()
    assert (ours.exists(), theirs.exists()) == (False, True)


def test_a_disk_that_is_not_there_is_told(carrying: Carrying) -> None:
    """A wrong path is a storage error with the path in it; an empty disk has its own sentence."""
    with pytest.raises(Exception, match="nowhere"):
        carrying.stage().prepare(carrying.mount / "nowhere", AGENT)
    shutil.rmtree(carrying.on_disk)
    with pytest.raises(RuleError, match="COURIER-DISK-EMPTY"):
        carrying.take_in()


def test_the_marker_is_checked_before_anything_else(carrying: Carrying) -> None:
    """A marker of a box that this store does not know."""
    store = FarStore.open(carrying.root)
    with (
        pytest.raises(RuleError, match="COURIER-OTHER-BOX"),
        opened_disk(carrying.mount, store.senders()[:0]),
    ):
        pass
