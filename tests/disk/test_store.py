"""The store: masters under their digests, once, re-read, and nothing left of what failed."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.disk import digesting
from appliance.disk import store as store_module
from appliance.disk.durable import temporary_beside
from appliance.disk.store import Store
from appliance.domain.errors import IntegrityError, StorageError
from appliance.domain.policy import COPY_CHUNK_BYTES
from tests.disk.conftest import every_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.disk.digesting import Fingerprint

PAGE = os.urandom(3 * COPY_CHUNK_BYTES + 17)
PAGE_SHA256 = hashlib.sha256(PAGE).hexdigest()
MIB = 1024 * 1024


def _add(store: Store, data: bytes = PAGE) -> Fingerprint:
    copy = store.copy_master(io.BytesIO(data), len(data))
    store.publish_masters([copy])
    return copy.fingerprint


class TestMasters:
    """Masters come in once and stay."""

    def test_a_master_lies_under_its_digest(self, store: Store) -> None:
        """Whole, read-only, and alone."""
        found = _add(store)
        assert found.size_bytes == len(PAGE)
        path = store.master_path(found.sha256)
        assert path == store.root / "masters" / PAGE_SHA256[:2] / PAGE_SHA256[2:4] / PAGE_SHA256
        assert path.read_bytes() == PAGE
        assert stat.S_IMODE(path.stat().st_mode) == 0o440
        assert every_file(store.root) == [path]

    def test_the_same_bytes_are_kept_once(self, store: Store) -> None:
        """A second copy is read, compared and dropped; the first is not touched."""
        path = store.master_path(_add(store).sha256)
        before = path.stat()
        assert _add(store).sha256 == PAGE_SHA256
        after = path.stat()
        assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
        assert every_file(store.root) == [path]

    def test_the_same_bytes_are_durable_again(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one who wrote them first may have died before the folder was durable."""
        path = store.master_path(_add(store).sha256)
        synced: list[Path] = []
        real = os.fsync

        def fsync(descriptor: int) -> None:
            synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        _add(store)
        assert path.parent.resolve() in synced

    def test_many_masters_are_durable_together(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every folder with a new name in it is made durable once, after all names are given."""
        pages = [bytes([number]) * 100 for number in range(8)]
        copies = [store.copy_master(io.BytesIO(page), 100) for page in (*pages, pages[0])]
        synced: list[Path] = []
        real = os.fsync

        def fsync(descriptor: int) -> None:
            synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
            assert len(every_file(store.root)) == len(pages)
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        store.publish_masters(copies)
        finals = {store.master_path(copy.fingerprint.sha256).resolve() for copy in copies}
        wanted = {folder for final in finals for folder in list(final.parents)[:3]}
        assert set(synced) == wanted
        assert len(synced) == len(wanted)

    def test_a_copy_that_was_not_published_is_no_master(self, store: Store) -> None:
        """A copy that is dropped leaves nothing, and dropping a published one harms nothing."""
        copy = store.copy_master(io.BytesIO(PAGE), len(PAGE))
        assert not store.master_path(PAGE_SHA256).exists()
        store.drop(copy)
        assert every_file(store.root) == []
        copy = store.copy_master(io.BytesIO(PAGE), len(PAGE))
        store.publish_masters([copy])
        store.drop(copy)
        assert every_file(store.root) == [store.master_path(PAGE_SHA256)]

    @pytest.mark.parametrize("rotten", [b"rot" + PAGE[3:], PAGE[:-1], b""])
    def test_a_damaged_master_does_not_prove(self, store: Store, rotten: bytes) -> None:
        """Bytes that are not those that were written are told, and not touched."""
        path = store.master_path(_add(store).sha256)
        store.prove_master(PAGE_SHA256, len(PAGE))
        path.chmod(0o640)
        path.write_bytes(rotten)
        with pytest.raises(IntegrityError, match="check this disk") as refused:
            store.prove_master(PAGE_SHA256, len(PAGE))
        assert refused.value.code == "MASTER-DIFFERS"
        _add(store)
        assert path.read_bytes() == rotten

    def test_a_fresh_copy_puts_an_unproved_one_right(self, store: Store) -> None:
        """It takes the place in one step, and nothing else is left."""
        path = store.master_path(_add(store).sha256)
        path.chmod(0o640)
        path.write_bytes(b"rot" + PAGE[3:])
        store.put_right(store.copy_master(io.BytesIO(PAGE), len(PAGE)))
        store.prove_master(PAGE_SHA256, len(PAGE))
        assert every_file(store.root) == [path]

    def test_a_missing_master_can_be_put_right(self, store: Store) -> None:
        """Its folder need not be there either."""
        store.put_right(store.copy_master(io.BytesIO(PAGE), len(PAGE)))
        store.prove_master(PAGE_SHA256, len(PAGE))

    def test_a_failing_disk_leaves_nothing(
        self, store: Store, failing_fsync: Callable[[int], None]
    ) -> None:
        """The error says storage, and no file stays."""
        _add(store, b"other bytes")  # so that every folder is there
        before = every_file(store.root)
        failing_fsync(1)
        with pytest.raises(StorageError) as refused:
            _add(store)
        assert refused.value.code == "STORAGE"
        assert every_file(store.root) == before

    def test_eight_copies_at_once_are_one(self, store: Store) -> None:
        """Threads that bring the same page end with one master."""
        start, found = threading.Barrier(8), []

        def add() -> None:
            start.wait()
            found.append(_add(store).sha256)

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [PAGE_SHA256] * 8
        assert every_file(store.root) == [store.master_path(PAGE_SHA256)]

    def test_memory_does_not_grow_with_the_file(self, store: Store, tmp_path: Path) -> None:
        """A file of 300 MiB passes through a few chunks."""
        sparse = tmp_path / "sparse.tif"
        with sparse.open("wb") as stream:
            stream.truncate(300 * MIB)
        tracemalloc.start()
        try:
            with sparse.open("rb", buffering=0) as source:
                found = store.copy_master(source, 300 * MIB).fingerprint
            _now, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert found.size_bytes == 300 * MIB
        assert peak_bytes < 4 * MIB


class TestDerivatives:
    """Derivatives come in from the outside, or from a worker on the same disk."""

    def test_a_derivative_lies_beside_the_masters(self, store: Store, tmp_path: Path) -> None:
        """Under its own digest, in its own folder."""
        (tmp_path / "page.jpg").write_bytes(PAGE)
        found = store.add_derivative(tmp_path / "page.jpg")
        assert every_file(store.root) == [store.derivative_path(found.sha256)]
        assert (tmp_path / "page.jpg").exists()

    def test_what_reads_back_differently_is_not_kept(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A disk that returns other bytes stops the copy and leaves nothing."""
        real = digesting.copy_fingerprinted

        def flip(source: io.BytesIO, target: Path) -> Fingerprint:
            written = real(source, target)
            target.chmod(0o640)
            with target.open("r+b") as stream:
                stream.write(bytes([PAGE[0] ^ 1]))
            return written

        monkeypatch.setattr(store_module, "copy_fingerprinted", flip)
        (tmp_path / "page.jpg").write_bytes(PAGE)
        with pytest.raises(IntegrityError, match=PAGE_SHA256):
            store.add_derivative(tmp_path / "page.jpg")
        assert every_file(store.root) == []

    def test_what_a_worker_made_is_adopted_unread(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is renamed to its digest, read-only; the second of equal bytes is dropped."""
        monkeypatch.setattr(digesting, "chunks", None)  # nothing is read
        with store.views_folder() as folder:
            made = [folder / "view.jpg", folder / "same.jpg", folder / "not-asked-for.jpg"]
            for path in made:
                path.write_bytes(PAGE)
            inode = made[0].stat().st_ino
            store.adopt_derivatives((path, PAGE_SHA256) for path in made[:2])
            assert every_file(folder) == [made[2]]
        final = store.derivative_path(PAGE_SHA256)
        assert every_file(store.root) == [final]
        assert (final.stat().st_ino, stat.S_IMODE(final.stat().st_mode)) == (inode, 0o440)

    def test_a_folder_of_views_is_gone_after_a_failure_too(self, store: Store) -> None:
        """Whatever ended the work, nothing unfinished stays."""

        def work_and_fail() -> None:
            with store.views_folder() as folder:
                (folder / "view.jpg").write_bytes(PAGE)
                raise RuntimeError("the worker died")

        with pytest.raises(RuntimeError, match="worker"):
            work_and_fail()
        assert list((store.root / "derivatives" / "incoming").iterdir()) == []


class TestRoom:
    """No room is refused before and while bytes are written."""

    def test_the_reserve_is_kept(self, tmp_path: Path) -> None:
        """Copies leave the reserve alone; the refusal says needed and free."""
        store = Store(tmp_path / "store", reserve_bytes=2**60)
        with pytest.raises(StorageError, match="kept in reserve") as refused:
            _add(store)
        assert refused.value.code == "STORAGE-FULL"
        assert refused.value.values["needed_bytes"] == len(PAGE)
        assert refused.value.values["free_bytes"] > 0
        assert every_file(store.root) == []

    def test_a_full_disk_leaves_nothing(self, tiny_disk: Path) -> None:
        """A source larger than it said fills the disk: told as full, and all of it given back."""
        store = Store(tiny_disk / "store")
        small = _add(store, b"small")
        with pytest.raises(StorageError) as refused:
            store.copy_master(io.BytesIO(os.urandom(2 * MIB)), 10)
        assert refused.value.code == "STORAGE-FULL"
        assert every_file(store.root) == [store.master_path(small.sha256)]
        assert _add(store, os.urandom(MIB // 2)).size_bytes == MIB // 2

    def test_too_large_a_source_is_refused_unread(self, tiny_disk: Path) -> None:
        """What would not fit is not even begun."""
        source = io.BytesIO(bytes(2 * MIB))
        with pytest.raises(StorageError) as refused:
            Store(tiny_disk / "store").copy_master(source, 2 * MIB)
        assert refused.value.code == "STORAGE-FULL"
        assert source.tell() == 0

    def test_a_store_that_cannot_be_made_is_storage_trouble(self, tmp_path: Path) -> None:
        """A file where the store's folder should be is told as such, not as a crash."""
        (tmp_path / "box").write_bytes(b"")
        with pytest.raises(StorageError) as refused:
            _add(Store(tmp_path / "box" / "store"))
        assert refused.value.code == "STORAGE"


class TestPackages:
    """Packages lie under their names."""

    def test_a_packages_path_is_safe_on_every_disk(self, store: Store) -> None:
        """Fonds, hồ sơ and OBJID, each without a sign that a system reads otherwise."""
        path = store.package_path("P/01", "../hồ sơ", "urn:uuid:0A")
        expected = store.root / "packages" / "P_2F01" / "_2E._2Fh_E1_BB_93_20s_C6_A1"
        assert path == expected / "urn_uuid_0A.zip"


def test_a_sweep_removes_what_a_crash_left(store: Store) -> None:
    """Unfinished copies and packages go; masters and packages stay."""
    master = store.master_path(_add(store).sha256)
    package = store.package_path("P01", "H1", "urn:uuid:0A")
    package.parent.mkdir(parents=True)
    package.write_bytes(b"package")
    incoming = store.root / "masters" / "incoming" / "copy"
    unfinished = {temporary_beside(incoming), temporary_beside(package)}
    for path in unfinished:
        path.write_bytes(b"half")
    views = store.root / "derivatives" / "incoming" / "views"
    views.mkdir(parents=True)
    (views / "view.jpg").write_bytes(b"half")
    assert set(store.sweep()) == {*unfinished, views}
    assert set(every_file(store.root)) == {master, package}


def test_an_empty_store_has_nothing_to_sweep(store: Store) -> None:
    """A first start finds no folder at all."""
    assert store.sweep() == ()
