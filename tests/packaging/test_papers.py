"""Sidecars, receipts and stores: what lies beside packages is held against them."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Report, Verdict
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import Receipt, Sidecar
from appliance.domain.rules import RULES, judge
from appliance.packaging.verify import verify_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.packaging.conftest import Sealed

ZEROS = "0" * 64


def _sidecar(sealed: Sealed) -> Sidecar:
    facts, whole = sealed.facts, sealed.whole
    return Sidecar(
        objid=facts.objid,
        file_code=facts.file_unit.file_code,
        fonds_code=facts.fonds.fonds_code,
        version=facts.version,
        name=sealed.path.name,
        size_bytes=whole.fingerprint.size_bytes,
        sha256=whole.fingerprint.sha256,
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=whole.blocks,
        sealed_at=facts.sealed_at,
        box_id=facts.box_id,
        event_counter=5,
        event_head=tuple(facts.events)[-1].digest(),
    )


def _receipt(sealed: Sealed) -> Receipt:
    return Receipt(
        objid=sealed.facts.objid,
        name=sealed.path.name,
        size_bytes=sealed.whole.fingerprint.size_bytes,
        sha256=sealed.whole.fingerprint.sha256,
        proof="read_back",
        attestor="far_side",
        cache_possible=False,
        read_at=sealed.facts.sealed_at,
        store_id="store-1",
        counter=1,
        previous=ZEROS,
        box_id=sealed.facts.box_id,
        event_counter=5,
        event_head=ZEROS,
    )


@pytest.fixture
def folder(sealed: Sealed, tmp_path: Path) -> Path:
    """A package with its signed sidecar in one folder."""
    shutil.copyfile(sealed.path, tmp_path / sealed.path.name)
    paper = tmp_path / f"{sealed.path.stem}.json"
    paper.write_bytes(_sidecar(sealed).to_bytes())
    paper.with_name(f"{paper.name}.sig").write_bytes(b"signature")
    return tmp_path


def _codes(reports: tuple[Report, ...]) -> set[str]:
    return {finding.code for report in reports for finding in report.findings}


def _verdicts(reports: tuple[Report, ...]) -> list[Verdict]:
    return [judge(one.findings, complete=not one.not_checked) for one in reports]


def test_a_sidecar_and_its_package_pass(folder: Path, sealed: Sealed) -> None:
    """With a good signature both reports pass; the right bytes and namespace were judged."""
    seen: list[tuple[bytes, bytes, str]] = []

    def check(data: bytes, signature: bytes, namespace: str) -> bool:
        seen.append((data, signature, namespace))
        return True

    reports = verify_path(folder / f"{sealed.path.stem}.json", check_signature=check)
    assert _verdicts(reports) == [Verdict.PASS, Verdict.PASS]
    assert seen == [(_sidecar(sealed).to_bytes(), b"signature", "appliance-package")]


def test_an_unchecked_signature_is_never_a_pass(folder: Path, sealed: Sealed) -> None:
    """Without a judge of signatures the sidecar is ``not_checked``, its package may pass."""
    reports = verify_path(folder / f"{sealed.path.stem}.json")
    assert _verdicts(reports) == [Verdict.NOT_CHECKED, Verdict.PASS]
    assert reports[0].not_checked == ("signature",)


def test_a_bad_signature_fails(folder: Path, sealed: Sealed) -> None:
    """What the judge refuses is an error."""
    reports = verify_path(folder / f"{sealed.path.stem}.json", check_signature=lambda *_: False)
    assert "SIGNATURE-BAD" in _codes(reports)
    assert _verdicts(reports)[0] is Verdict.FAIL


def test_a_missing_signature_fails(folder: Path, sealed: Sealed) -> None:
    """A sidecar that nobody signed proves nothing."""
    (folder / f"{sealed.path.stem}.json.sig").unlink()
    assert "SIGNATURE-MISSING" in _codes(verify_path(folder / f"{sealed.path.stem}.json"))


@pytest.mark.parametrize("field", ["sha256", "size_bytes", "blocks", "objid"])
def test_a_sidecar_of_other_bytes_fails(field: str, folder: Path, sealed: Sealed) -> None:
    """Each measure of the sidecar is held against the package."""
    wrong = {"sha256": ZEROS, "size_bytes": 7, "blocks": ("0" * 32,), "objid": "urn:uuid:X"}
    paper = dataclasses.replace(_sidecar(sealed), **{field: wrong[field]})  # type: ignore[arg-type]
    (folder / f"{sealed.path.stem}.json").write_bytes(paper.to_bytes())
    reports = verify_path(folder / f"{sealed.path.stem}.json")
    fields = [one.values["field"] for one in reports[0].findings if one.code == "SIDECAR-DIFFERS"]
    assert fields == [field]


def test_a_sidecar_without_package_fails(folder: Path, sealed: Sealed) -> None:
    """A sidecar whose ZIP is gone says so."""
    (folder / sealed.path.name).unlink()
    assert "SIDECAR-NO-PACKAGE" in _codes(verify_path(folder / f"{sealed.path.stem}.json"))


def test_a_sidecar_may_not_point_elsewhere(folder: Path, sealed: Sealed) -> None:
    """A name with a folder in it is never followed."""
    paper = dataclasses.replace(_sidecar(sealed), name=f"../{folder.name}/{sealed.path.name}")
    (folder / f"{sealed.path.stem}.json").write_bytes(paper.to_bytes())
    assert "SIDECAR-NO-PACKAGE" in _codes(verify_path(folder / f"{sealed.path.stem}.json"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"sha256": ZEROS}, "RECEIPT-DIFFERS"),
        ({"size_bytes": 7}, "RECEIPT-DIFFERS"),
        ({"proof": "sent"}, "RECEIPT-WEAK"),
    ],
)
def test_receipts(changes: dict[str, object], code: str, folder: Path, sealed: Sealed) -> None:
    """A receipt is held against the package beside it, and a weak proof is named."""
    paper = dataclasses.replace(_receipt(sealed), **changes)  # type: ignore[arg-type]
    (folder / "receipt.json").write_bytes(paper.to_bytes())
    (folder / "receipt.json.sig").write_bytes(b"signature")
    reports = verify_path(folder / "receipt.json", check_signature=lambda *_: True)
    assert _codes(reports) == ({code} if code else set())


def test_a_receipt_alone_leaves_the_package_unchecked(tmp_path: Path, sealed: Sealed) -> None:
    """With no package beside it a receipt is ``not_checked``, never a pass."""
    (tmp_path / "receipt.json").write_bytes(_receipt(sealed).to_bytes())
    (tmp_path / "receipt.json.sig").write_bytes(b"signature")
    reports = verify_path(tmp_path / "receipt.json", check_signature=lambda *_: True)
    assert _verdicts(reports) == [Verdict.NOT_CHECKED]


@pytest.mark.parametrize(
    "data", [b"{", b'{"format":"archive-appliance-sidecar/1"}', b"[]", b"9" * 5000]
)
def test_other_json_is_refused(data: bytes, tmp_path: Path) -> None:
    """JSON that is no paper of ours, or a broken one, never passes."""
    (tmp_path / "x.json").write_bytes(data)
    reports = verify_path(tmp_path / "x.json")
    assert _codes(reports) & {"PAPER-UNREADABLE", "PATH-UNKNOWN"}
    assert _verdicts(reports) == [Verdict.FAIL]


def test_a_store_reports_every_package(folder: Path, sealed: Sealed, tmp_path: Path) -> None:
    """Packages below a folder are each reported once, with or without a sidecar."""
    bare = tmp_path / "P64" / "other"
    bare.mkdir(parents=True)
    shutil.copyfile(sealed.path, bare / "bare.zip")
    (tmp_path / ".appliance").mkdir()
    (tmp_path / ".appliance" / "ignored.zip").write_bytes(b"not looked at")
    reports = verify_path(folder)
    assert sorted(one.subject for one in reports) == sorted(
        [f"{sealed.path.stem}.json", sealed.path.name, "bare.zip"]
    )
    assert "SIDECAR-MISSING" in _codes(reports)


@pytest.mark.parametrize(("name", "code"), [("none", "PATH-MISSING"), ("", "PATH-UNKNOWN")])
def test_nothing_to_check_is_no_pass(name: str, code: str, tmp_path: Path) -> None:
    """A missing path and an empty folder fail with a code."""
    reports = verify_path(tmp_path / name)
    assert _codes(reports) == {code}
    assert _verdicts(reports) == [Verdict.FAIL]


def test_every_finding_has_a_sentence() -> None:
    """Rules of packages say in two languages what happened and what to do."""
    rules = [one for code, one in RULES.items() if code.startswith(("ZIP", "BAG", "METS", "PDF"))]
    assert len(rules) > 40
    assert all(rule.vi and rule.todo_vi and rule.en and rule.todo_en for rule in rules)
