"""The writer: the same facts give the same bytes, and nothing bad is ever left behind."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
import re
import resource
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xxhash
from lxml import etree

from appliance.disk.digesting import fingerprint_of
from appliance.domain.errors import IntegrityError, RuleError, StorageError
from appliance.domain.findings import Verdict
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.records import FileUnit
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_new_package, verify_path
from appliance.packaging.write import pdf_name, write_package
from tests.packaging.making import make_facts

if TYPE_CHECKING:
    from appliance.packaging.facts import PackageFacts
    from tests.packaging.conftest import Sealed

PREMIS = {"p": "http://www.loc.gov/premis/v3"}


def _read(path: Path, ending: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(ending)]
        return archive.read(name)


def _with_fields(facts: PackageFacts, **changes: str) -> PackageFacts:
    fields = {**facts.file_unit.fields, **changes}
    unit = FileUnit(facts.file_unit.file_code, facts.file_unit.fonds_code, "1", fields)
    return dataclasses.replace(facts, file_unit=unit)


def test_same_facts_same_bytes(sealed: Sealed, tmp_path: Path) -> None:
    """A second run writes the same bytes."""
    write_package(tmp_path / "again.zip", sealed.facts)
    assert (tmp_path / "again.zip").read_bytes() == sealed.path.read_bytes()


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "America/Los_Angeles", "UTC"])
def test_the_time_zone_changes_nothing(
    zone: str, sealed: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zone that the machine is set to leaves no trace in the bytes."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        write_package(tmp_path / "again.zip", sealed.facts)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert fingerprint_of(tmp_path / "again.zip") == sealed.whole.fingerprint


def test_another_process_writes_the_same(sealed: Sealed, tmp_path: Path) -> None:
    """A fresh interpreter with another hash seed and locale writes the same bytes."""
    (tmp_path / "facts").write_bytes(pickle.dumps(sealed.facts))
    program = (
        "import pickle, sys; from pathlib import Path;"
        "from appliance.packaging.write import write_package;"
        "facts = pickle.loads(Path(sys.argv[1]).read_bytes());"
        "write_package(Path(sys.argv[2]), facts)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "facts"), str(tmp_path / "p.zip")],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert fingerprint_of(tmp_path / "p.zip") == sealed.whole.fingerprint


def test_what_a_new_package_measures(sealed: Sealed) -> None:
    """Size, digests and transfer blocks are those of the file on disk."""
    data = sealed.path.read_bytes()
    blocks = tuple(
        xxhash.xxh3_128_hexdigest(data[start : start + TRANSFER_BLOCK_BYTES])
        for start in range(0, len(data), TRANSFER_BLOCK_BYTES)
    )
    assert sealed.whole.fingerprint == fingerprint_of(sealed.path)
    assert sealed.whole.blocks == blocks


def test_masters_travel_bit_for_bit(sealed: Sealed) -> None:
    """Every master and PDF lies in the package as it was, under its safe name.

    Story: scantailor#142, spreads#140.
    """
    code = "LTLS.H49.1978_2FUBHC-12"
    with zipfile.ZipFile(sealed.path) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        for master, suffix in zip(sealed.facts.masters, ("tif", "tif", "jpg"), strict=True):
            name = names[f"{code}.{master.file_number:04d}.{suffix}"]
            assert archive.read(name) == master.path.read_bytes()
        for pdf in sealed.facts.pdfs:
            assert archive.read(names[pdf.name]) == pdf.path.read_bytes()
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_custody_events_keep_their_chain(sealed: Sealed) -> None:
    """The detail of each event has the digest that the next event names as the one before."""
    details = []
    for ending in ("/PREMIS.xml", "/PREMIS_rep1.xml", "/PREMIS_rep2.xml"):
        root = etree.fromstring(_read(sealed.path, ending))
        details += [one.text or "" for one in root.iterfind(".//p:eventDetail", PREMIS)]
    chained = [text for text in details if text.startswith("{")]
    ordered = sorted(chained, key=lambda text: int(json.loads(text)["counter"]))
    assert len(ordered) == len(tuple(sealed.facts.events))
    for event, text in zip(sealed.facts.events, ordered, strict=True):
        assert hashlib.sha256(text.encode()).hexdigest() == event.digest()


def test_times_are_vietnamese(sealed: Sealed) -> None:
    """Moments are written in +07:00, and the bag's date is the day in Việt Nam."""
    assert b'CREATEDATE="2026-11-23T03:13:01.094+07:00"' in _read(sealed.path, "rep1/METS.xml")
    assert b"Bagging-Date: 2026-11-23\n" in _read(sealed.path, "bag-info.txt")


def test_the_readme_names_its_own_package(sealed: Sealed) -> None:
    """The README tells its commands with this package's names, with nothing left to fill in."""
    text = _read(sealed.path, "documentation/README.txt").decode()
    assert f"unzip -t {sealed.path.name}" in text
    assert "ssh-keygen -Y verify -f allowed_signers -I box-dienbien-01 -n appliance-package" in text
    assert re.search(r"[{}]", text) is None


@pytest.mark.parametrize("one_pdf", [True, False])
@pytest.mark.parametrize("with_masters", [True, False])
def test_every_form_verifies(
    one_pdf: bool,  # noqa: FBT001 - a parameter of the test
    with_masters: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
) -> None:
    """One PDF or several, with masters or in the strict form: the verifier finds nothing."""
    facts = make_facts(tmp_path, one_pdf=one_pdf, with_masters=with_masters)
    write_package(tmp_path / "p.zip", facts)
    (report,) = verify_path(tmp_path / "p.zip", deep=True)
    assert report.findings == ()
    assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS


def test_a_correction_names_its_predecessor(tmp_path: Path, sealed: Sealed) -> None:
    """The second version says which package it corrects, in the bag and in PREMIS."""
    old = "urn:uuid:00000000-0000-4000-8000-000000000001"
    facts = dataclasses.replace(
        sealed.facts, version=2, record_status="REPLACEMENT", predecessor_objid=old
    )
    write_package(tmp_path / "p.zip", facts)
    assert f"Package-Predecessor: {old}".encode() in _read(tmp_path / "p.zip", "bag-info.txt")
    assert old.encode() in _read(tmp_path / "p.zip", "/PREMIS.xml")
    (report,) = verify_path(tmp_path / "p.zip")
    assert report.findings == ()


@pytest.mark.parametrize("change", ["longer", "shorter", "empty", "gone"])
def test_a_master_of_another_size_is_never_copied(change: str, tmp_path: Path) -> None:
    """A master that no longer has its recorded size stops the seal and leaves nothing."""
    facts = make_facts(tmp_path)
    data = facts.masters[1].path.read_bytes()
    changed = {
        "longer": data + b"x",
        "shorter": data[:-1],
        "empty": b"",
    }
    if change == "gone":
        facts.masters[1].path.unlink()
    else:
        facts.masters[1].path.write_bytes(changed[change])
    with pytest.raises(IntegrityError, match="nothing was sealed"):
        write_package(tmp_path / "p.zip", facts)
    assert not (tmp_path / "p.zip").exists()


@pytest.mark.parametrize("which", ["masters", "pdfs"])
def test_changed_bytes_are_named_by_the_first_reader(which: str, tmp_path: Path) -> None:
    """A part is copied under its digest on record: one bit less, and the reader refuses it."""
    facts = make_facts(tmp_path)
    path: Path = getattr(facts, which)[1].path
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    write_package(tmp_path / "p.zip", facts)
    report, _whole = verify_new_package(tmp_path / "p.zip")
    assert "BAG-DIGEST" in {finding.code for finding in report.findings}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


@pytest.mark.parametrize("unreadable", ["/proc/self", "/proc/self/mem"])
def test_a_master_that_cannot_be_read_is_named(unreadable: str, tmp_path: Path) -> None:
    """What a source refuses is not taken for the fault of the disk that is written to.

    The kernel refuses to open the first and to read the second, which opens and is empty.
    """
    facts = make_facts(tmp_path)
    master = dataclasses.replace(facts.masters[1], path=Path(unreadable), size_bytes=0)
    masters = (facts.masters[0], master, facts.masters[2])
    with pytest.raises(StorageError, match=f"cannot read {unreadable}:"):
        write_package(tmp_path / "p.zip", dataclasses.replace(facts, masters=masters))
    assert not (tmp_path / "p.zip").exists()


def test_a_taken_target_is_left_alone(sealed: Sealed, tmp_path: Path) -> None:
    """An existing file is neither overwritten nor removed."""
    (tmp_path / "p.zip").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        write_package(tmp_path / "p.zip", sealed.facts)
    assert (tmp_path / "p.zip").read_bytes() == b"mine"


def test_what_the_disk_refuses_is_a_storage_error(sealed: Sealed, tmp_path: Path) -> None:
    """A file that may not grow further stops the seal, and nothing is left behind."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError, match="cannot write"):
            write_package(tmp_path / "p.zip", sealed.facts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": ""}, "FIELD-MISSING"),
        ({"startDate": "hôm qua"}, "FIELD-NOT-DATE"),
        ({"mode": "03"}, "PACKAGE-SECRET"),
        ({"keyword": "a\x01b"}, "PACKAGE-BAD-TEXT"),
    ],
)
def test_bad_fields_are_refused_with_their_rule(
    changes: dict[str, str], code: str, sealed: Sealed, tmp_path: Path
) -> None:
    """What an archivist must mend is a rule error with findings, and nothing is written."""
    with pytest.raises(RuleError) as caught:
        write_package(tmp_path / "p.zip", _with_fields(sealed.facts, **changes))
    assert code in {finding.code for finding in caught.value.findings}
    assert not (tmp_path / "p.zip").exists()


def test_a_code_too_long_for_a_file_name_is_refused(sealed: Sealed, tmp_path: Path) -> None:
    """A legal file code whose safe name no file system takes is a finding, not a crash."""
    unit = dataclasses.replace(sealed.facts.file_unit, file_code="Ệ" * 100)
    with pytest.raises(RuleError) as caught:
        write_package(tmp_path / "p.zip", dataclasses.replace(sealed.facts, file_unit=unit))
    assert [finding.code for finding in caught.value.findings] == ["PACKAGE-LONG-NAME"]


def test_a_missing_folder_is_a_storage_error(sealed: Sealed, tmp_path: Path) -> None:
    """A target that cannot be made is what the disk refuses, with a code."""
    with pytest.raises(StorageError, match="cannot write"):
        write_package(tmp_path / "none" / "p.zip", sealed.facts)


@pytest.mark.parametrize(
    "changes",
    [
        {"objid": "urn:uuid:9c13e70e-08b2-4c54-8baf-979b35d01b4d"},
        {"record_status": "FRESH"},
        {"documents": ()},
        {"pdfs": ()},
    ],
)
def test_impossible_facts_are_refused(
    changes: dict[str, object], sealed: Sealed, tmp_path: Path
) -> None:
    """Facts that no correct caller hands in are a ``ValueError``."""
    facts = dataclasses.replace(sealed.facts, **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"."):
        write_package(tmp_path / "p.zip", facts)


def test_pdf_names() -> None:
    """A PDF is named after the hồ sơ, with the document's ordinal when there are several."""
    assert pdf_name("A/1") == "A_2F1.pdf"
    assert pdf_name("A/1", 12) == "A_2F1.0012.pdf"


def test_memory_does_not_grow_with_a_master(tmp_path: Path) -> None:
    """A large master passes through in pieces: the peak stays far below its size."""
    facts = make_facts(tmp_path)
    big = tmp_path / "big.tif"
    with big.open("wb") as stream:
        stream.truncate(48 * 1024 * 1024)
    found = fingerprint_of(big)
    master = dataclasses.replace(
        facts.masters[0], path=big, sha256=found.sha256, size_bytes=found.size_bytes
    )
    facts = dataclasses.replace(facts, masters=(master, *facts.masters[1:]))
    tracemalloc.start()
    try:
        write_package(tmp_path / "p.zip", facts)
        verify_path(tmp_path / "p.zip")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 16 * 1024 * 1024
