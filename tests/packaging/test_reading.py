"""One read of every byte: the same digests and findings however many threads take part."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import zipfile
from typing import TYPE_CHECKING

import pikepdf
import pytest
import xxhash

from appliance.domain.findings import Verdict
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_new_package, verify_path
from appliance.packaging.verify.folder_contents import folder_members
from appliance.packaging.verify.options import unheeded
from appliance.packaging.verify.pdf_text import MAX_FORM_DEPTH, shows_unembedded_text
from appliance.packaging.verify.zip_contents import zip_as_a_whole, zip_members

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.verify.reading import Reading
    from tests.packaging.bags import Bag
    from tests.packaging.conftest import Sealed

SIZES = [0, 1, TRANSFER_BLOCK_BYTES - 1, 3 * TRANSFER_BLOCK_BYTES, 5_000_000, 0, 700, 9_000_000]


@pytest.fixture(scope="session")
def parts() -> dict[str, bytes]:
    """Members of many sizes: empty, within a block, over many blocks."""
    return {f"data/{number}.bin": os.urandom(size) for number, size in enumerate(SIZES)}


@pytest.fixture(scope="session")
def archive(parts: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP of them, written by the standard library."""
    path = tmp_path_factory.mktemp("reading") / "top.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name, data in parts.items():
            target.writestr(f"top/{name}", data)
    return path


def _finished(reading: Reading) -> dict[str, str]:
    """SHA-256 of each member after the read."""
    with reading:
        reading.finish()
    assert reading.contents.findings == []
    return {path: one.digests["sha256"] for path, one in reading.contents.members.items()}


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_members_have_their_digests(jobs: int, archive: Path, parts: dict[str, bytes]) -> None:
    """Every member gets the digest of its own bytes, from any number of threads."""
    told = {path: hashlib.sha256(data).hexdigest() for path, data in parts.items()}
    assert _finished(zip_members(archive, jobs, unheeded)) == told
    assert _finished(zip_as_a_whole(archive, jobs, unheeded)) == told


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_whole_is_measured_with_its_blocks(jobs: int, archive: Path) -> None:
    """Size, both digests and the digest of each block are those of the file."""
    reading = zip_as_a_whole(archive, jobs, unheeded)
    _finished(reading)
    data, whole = archive.read_bytes(), reading.result()
    starts = range(0, len(data), TRANSFER_BLOCK_BYTES)
    blocks = [xxhash.xxh3_128_hexdigest(data[at : at + TRANSFER_BLOCK_BYTES]) for at in starts]
    assert whole.fingerprint.size_bytes == len(data)
    assert whole.fingerprint.sha256 == hashlib.sha256(data).hexdigest()
    assert whole.fingerprint.xxh3 == xxhash.xxh3_128_hexdigest(data)
    assert list(whole.blocks) == blocks


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_byte_is_read_once(jobs: int, archive: Path, parts: dict[str, bytes]) -> None:
    """What is told of progress adds up to the bytes there are, read once."""
    told: list[int] = []
    _finished(zip_members(archive, jobs, told.append))
    assert sum(told) == sum(map(len, parts.values()))
    told.clear()
    _finished(zip_as_a_whole(archive, jobs, told.append))
    assert sum(told) == archive.stat().st_size


def test_every_damaged_member_is_named_in_order(
    archive: Path, parts: dict[str, bytes], tmp_path: Path
) -> None:
    """Damage in several members is told of each, in their order, whichever thread met it."""
    path, data = tmp_path / "top.zip", bytearray(archive.read_bytes())
    damaged = ["data/3.bin", "data/4.bin", "data/7.bin"]
    for name in damaged:
        data[data.index(parts[name][:64]) + 50] ^= 1
    path.write_bytes(data)
    for jobs in (1, 2, 4):
        for reading in (zip_members(path, jobs, unheeded), zip_as_a_whole(path, jobs, unheeded)):
            with reading:
                reading.finish()
            found = [(one.code, one.where) for one in reading.contents.findings]
            assert found == [("ZIP-CRC", name) for name in damaged]


def test_reports_do_not_depend_on_threads(bag: Bag) -> None:
    """A package that is wrong in many places has one report, whoever reads it."""
    for path in sorted(bag.folder.rglob("*.tif")):
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    bag.path("bag:note.txt").write_text("unlisted")
    reports = [verify_path(bag.folder, jobs=jobs) for jobs in (1, 2, 3, 4)]
    assert len(reports[0][0].findings) > 3
    assert all(one == reports[0] for one in reports)


def test_a_member_that_ends_early_is_told(tmp_path: Path) -> None:
    """A file that is shorter than it was when it was listed ends the check with a finding."""
    (tmp_path / "bagit.txt").write_text("x" * 100)
    reading = folder_members(tmp_path, 1, unheeded)
    (tmp_path / "bagit.txt").write_text("x" * 60)
    with reading:
        reading.finish()
    (finding,) = reading.contents.findings
    assert (finding.code, finding.where) == ("READ-FAILED", "bagit.txt")
    assert not reading.contents.complete


def test_a_member_that_cannot_be_read_is_told(bag: Bag) -> None:
    """What the disk does not give back is a finding with the reason, and no pass."""
    reading = folder_members(bag.folder, 2, unheeded)
    gone = bag.first("representations/rep2/data/*.tif")
    bag.path(gone).unlink()
    with reading:
        reading.finish()
    codes = {(one.code, one.where) for one in reading.contents.findings}
    assert codes == {("READ-FAILED", f"{bag.aip}/{gone}")}


def test_leaving_early_leaves_no_thread(archive: Path) -> None:
    """A reading that is left before its end stops its threads."""
    before = threading.active_count()
    for _ in range(5):
        with zip_members(archive, 4, unheeded):
            pass
        with zip_as_a_whole(archive, 2, unheeded):
            pass
    assert threading.active_count() == before


def test_a_new_package_is_measured_and_checked(sealed: Sealed) -> None:
    """A package read back after writing passes, and measures what the writer measured."""
    report, whole = verify_new_package(sealed.path)
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    assert whole.fingerprint.sha256 == hashlib.sha256(sealed.path.read_bytes()).hexdigest()
    assert len(whole.blocks) == -(-sealed.path.stat().st_size // TRANSFER_BLOCK_BYTES)


def test_a_new_package_that_reads_back_wrong_fails(sealed: Sealed, tmp_path: Path) -> None:
    """One flipped bit on the disk is found, and the measure is of what lies there."""
    path = tmp_path / sealed.path.name
    shutil.copyfile(sealed.path, path)
    data = bytearray(path.read_bytes())
    data[data.index(b"II*\0") + 40] ^= 1
    path.write_bytes(data)
    report, whole = verify_new_package(path)
    assert "ZIP-CRC" in {finding.code for finding in report.findings}
    assert whole.fingerprint.sha256 == hashlib.sha256(data).hexdigest()


def test_a_new_package_that_is_no_zip_is_measured_all_the_same(tmp_path: Path) -> None:
    """Whatever lies there has a digest, and a report that says what it is not."""
    path = tmp_path / "x.zip"
    path.write_bytes(b"x" * 100)
    report, whole = verify_new_package(path)
    assert [finding.code for finding in report.findings] == ["ZIP-UNREADABLE"]
    assert whole.fingerprint.size_bytes == 100


def test_fields_that_only_a_local_header_has_are_told(tmp_path: Path) -> None:
    """Bytes hidden in a local header, of which the directory knows nothing, are named."""
    path = tmp_path / "top.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name in ("top/a", "top/b"):
            entry = zipfile.ZipInfo(name)
            entry.extra = b"\xfe\xca\x04\x00here" if name == "top/a" else b""
            target.writestr(entry, b"x")
            entry.extra = b""
    with zip_members(path, 1, unheeded) as reading:
        reading.finish()
    found = [(one.code, one.where) for one in reading.contents.findings]
    assert found == [("ZIP-EXTRA-FIELD", "top/a")]
    assert reading.contents.complete


@pytest.mark.parametrize(
    ("name", "pattern", "new", "code"),
    [
        ("bag:bagit.txt", "UTF-8", "hex", "BAG-MANIFEST"),
        ("bag:bagit.txt", "UTF-8", "punycode", "BAG-MANIFEST"),
        ("bag:bagit.txt", r"1\.0", "1." + "0" * 5000, "BAG-DECLARATION"),
        ("bag:bag-info.txt", r"(Oxum: )[0-9]+", r"\g<1>" + "9" * 5000, "BAG-OXUM"),
    ],
)
def test_what_no_tag_file_may_say_ends_no_check(
    name: str, pattern: str, new: str, code: str, bag: Bag
) -> None:
    """Encodings of no text and endless numbers are findings, and everything else is checked."""
    bag.substitute(name, pattern, new)
    (report,) = verify_path(bag.folder)
    assert code in {one.code for one in report.findings}
    assert "pdfa" in report.checked


@pytest.mark.timeout(30)
def test_forms_that_draw_each_other_are_looked_at_once() -> None:
    """Twenty forms, each of which draws twenty more, eight deep, end no check."""
    with pikepdf.new() as pdf:
        page, resources = pdf.add_blank_page(), pikepdf.Dictionary()
        for _ in range(MAX_FORM_DEPTH):
            shared = pdf.make_indirect(resources)
            forms = {f"/F{number}": pdf.make_stream(b"") for number in range(20)}
            for form in forms.values():
                form.Subtype, form.Resources = pikepdf.Name.Form, shared
            resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(forms))
        page.obj.Resources = resources
        assert not shows_unembedded_text(page, 0)
