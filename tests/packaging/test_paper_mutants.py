"""Signed papers spoiled in every way; real keys judge, and the right rule is named."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Verdict
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_NAMESPACE,
    Receipt,
    Sidecar,
)
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from appliance.signing.allowed import AllowedSigner, signer_of
from appliance.signing.keys import MachineKey, generate_key
from appliance.signing.sshsig import SignatureError, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.packaging.conftest import Sealed

ZEROS = "0" * 64


@dataclass
class Papers:
    """A package with its signed sidecar and a signed receipt, in one folder.

    Args:
        folder: Holds all of them.
        sidecar: Path of the sidecar.
        receipt: Path of the receipt.
        keys: The box's, the store's and a stranger's.
    """

    folder: Path
    sidecar: Path
    receipt: Path
    keys: dict[str, MachineKey]

    def is_believed(self, data: bytes, signature: bytes, namespace: str) -> bool:
        """What ``appliance verify --signers`` does."""
        limits = {"box": PACKAGE_NAMESPACE, "store": RECEIPT_NAMESPACE}
        signers = [
            AllowedSigner(name, self.keys[name].public, (namespace_,))
            for name, namespace_ in limits.items()
        ]
        try:
            signer_of(signers, signature.decode("ascii", "replace"), data, namespace)
        except SignatureError:
            return False
        return True

    def write(self, path: Path, data: bytes, signer: str, namespace: str) -> None:
        """Write a paper and sign it."""
        path.write_bytes(data)
        signature = sign(self.keys[signer], data, namespace)
        path.with_name(f"{path.name}.sig").write_text(signature)

    def change(self, **values: object) -> None:
        """Give the sidecar other values and sign it rightly again."""
        paper = dataclasses.replace(Sidecar.from_bytes(self.sidecar.read_bytes()), **values)  # type: ignore[arg-type]
        self.write(self.sidecar, paper.to_bytes(), "box", PACKAGE_NAMESPACE)

    def change_receipt(self, **values: object) -> None:
        """Give the receipt other values and sign it rightly again."""
        paper = dataclasses.replace(Receipt.from_bytes(self.receipt.read_bytes()), **values)  # type: ignore[arg-type]
        self.write(self.receipt, paper.to_bytes(), "store", RECEIPT_NAMESPACE)

    def rewrite(self, change: Callable[[dict[str, object]], object]) -> None:
        """Change the sidecar's JSON itself, and sign what comes of it."""
        values = json.loads(self.sidecar.read_bytes())
        change(values)
        data = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.write(self.sidecar, f"{data}\n".encode(), "box", PACKAGE_NAMESPACE)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, MachineKey]:
    """Three machines."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: generate_key(folder / name, name) for name in ("box", "store", "stranger")}


@pytest.fixture
def papers(sealed: Sealed, keys: dict[str, MachineKey], tmp_path: Path) -> Papers:
    """Everything right."""
    shutil.copyfile(sealed.path, tmp_path / sealed.path.name)
    facts, whole = sealed.facts, sealed.whole
    measures = {
        "objid": facts.objid,
        "name": sealed.path.name,
        "size_bytes": whole.fingerprint.size_bytes,
        "sha256": whole.fingerprint.sha256,
        "box_id": facts.box_id,
        "event_counter": 5,
        "event_head": ZEROS,
    }
    sidecar = Sidecar(
        file_code=facts.file_unit.file_code,
        fonds_code=facts.fonds.fonds_code,
        version=1,
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=whole.blocks,
        sealed_at=facts.sealed_at,
        **measures,  # type: ignore[arg-type]
    )
    receipt = Receipt(
        proof="read_back",
        attestor="far_side",
        cache_possible=False,
        read_at=facts.sealed_at,
        store_id="store",
        counter=1,
        previous=ZEROS,
        **measures,  # type: ignore[arg-type]
    )
    made = Papers(tmp_path, tmp_path / f"{sealed.path.stem}.json", tmp_path / "r.json", keys)
    made.write(made.sidecar, sidecar.to_bytes(), "box", PACKAGE_NAMESPACE)
    made.write(made.receipt, receipt.to_bytes(), "store", RECEIPT_NAMESPACE)
    return made


def _signature(path: Path) -> Path:
    return path.with_name(f"{path.name}.sig")


def _append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def _flip(path: Path) -> None:
    """Change one letter in the middle of the armour."""
    text = path.read_text()
    at = len(text) // 2
    path.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])


def _sign_again(papers: Papers, path: Path, signer: str, namespace: str) -> None:
    papers.write(path, path.read_bytes(), signer, namespace)


SIDECAR_MUTANTS: dict[str, tuple[str, Callable[[Papers], object]]] = {
    "digest": ("SIDECAR-DIFFERS", lambda p: p.change(sha256=ZEROS)),
    "size": ("SIDECAR-DIFFERS", lambda p: p.change(size_bytes=7)),
    "block-size": ("SIDECAR-DIFFERS", lambda p: p.change(block_bytes=4096)),
    "blocks": ("SIDECAR-DIFFERS", lambda p: p.change(blocks=("0" * 32,))),
    "objid": ("SIDECAR-DIFFERS", lambda p: p.change(objid=f"urn:uuid:{'A' * 8}")),
    "other-name": ("SIDECAR-NO-PACKAGE", lambda p: p.change(name="other.zip")),
    "name-elsewhere": ("SIDECAR-NO-PACKAGE", lambda p: p.change(name="../x.zip")),
    "name-absolute": ("SIDECAR-NO-PACKAGE", lambda p: p.change(name="/etc/passwd")),
    "no-format": ("PATH-UNKNOWN", lambda p: p.sidecar.write_bytes(b"{}\n")),
    "line-more": ("PAPER-UNREADABLE", lambda p: _append(p.sidecar, b"\n")),
    "blank-more": ("PAPER-UNREADABLE", lambda p: _append(p.sidecar, b" ")),
    "key-more": ("PAPER-UNREADABLE", lambda p: p.rewrite(lambda v: v.update(more=1))),
    "key-less": ("PAPER-UNREADABLE", lambda p: p.rewrite(lambda v: v.pop("blocks"))),
    "text-for-number": ("PAPER-UNREADABLE", lambda p: p.rewrite(lambda v: v.update(version="1"))),
    "no-signature": ("SIGNATURE-MISSING", lambda p: _signature(p.sidecar).unlink()),
    "empty-signature": ("SIGNATURE-BAD", lambda p: _signature(p.sidecar).write_bytes(b"")),
    "flipped-signature": ("SIGNATURE-BAD", lambda p: _flip(_signature(p.sidecar))),
    "strange-signature": ("SIGNATURE-BAD", lambda p: _signature(p.sidecar).write_bytes(b"\xff")),
    "strangers-key": (
        "SIGNATURE-BAD",
        lambda p: _sign_again(p, p.sidecar, "stranger", PACKAGE_NAMESPACE),
    ),
    "stores-key": (
        "SIGNATURE-BAD",
        lambda p: _sign_again(p, p.sidecar, "store", PACKAGE_NAMESPACE),
    ),
    "other-purpose": (
        "SIGNATURE-BAD",
        lambda p: _sign_again(p, p.sidecar, "box", RECEIPT_NAMESPACE),
    ),
    "receipts-signature": (
        "SIGNATURE-BAD",
        lambda p: shutil.copyfile(_signature(p.receipt), _signature(p.sidecar)),
    ),
}

RECEIPT_MUTANTS: dict[str, tuple[str, Callable[[Papers], object]]] = {
    "digest": ("RECEIPT-DIFFERS", lambda p: p.change_receipt(sha256=ZEROS)),
    "size": ("RECEIPT-DIFFERS", lambda p: p.change_receipt(size_bytes=7)),
    "no-signature": ("SIGNATURE-MISSING", lambda p: _signature(p.receipt).unlink()),
    "flipped-signature": ("SIGNATURE-BAD", lambda p: _flip(_signature(p.receipt))),
    "boxs-key": ("SIGNATURE-BAD", lambda p: _sign_again(p, p.receipt, "box", RECEIPT_NAMESPACE)),
    "other-purpose": (
        "SIGNATURE-BAD",
        lambda p: _sign_again(p, p.receipt, "store", PACKAGE_NAMESPACE),
    ),
    "line-more": ("PAPER-UNREADABLE", lambda p: _append(p.receipt, b"\n")),
}


@pytest.mark.parametrize("name", SIDECAR_MUTANTS)
def test_a_spoiled_sidecar_is_refused_by_its_rule(name: str, papers: Papers) -> None:
    """Whatever is wrong with a sidecar or its signature, that is what is said."""
    code, spoil = SIDECAR_MUTANTS[name]
    spoil(papers)
    reports = verify_path(papers.sidecar, check_signature=papers.is_believed)
    assert code in {finding.code for finding in reports[0].findings}
    assert judge(reports[0].findings, complete=not reports[0].not_checked) is Verdict.FAIL


@pytest.mark.parametrize("name", RECEIPT_MUTANTS)
def test_a_spoiled_receipt_is_refused_by_its_rule(name: str, papers: Papers) -> None:
    """Whatever is wrong with a receipt or its signature, that is what is said."""
    code, spoil = RECEIPT_MUTANTS[name]
    spoil(papers)
    (report,) = verify_path(papers.receipt, check_signature=papers.is_believed)
    assert code in {finding.code for finding in report.findings}
    assert judge(report.findings, complete=not report.not_checked) is Verdict.FAIL


def test_right_papers_pass(papers: Papers) -> None:
    """What the mutants start from is good, by the same keys."""
    for path in (papers.sidecar, papers.receipt):
        for report in verify_path(path, check_signature=papers.is_believed):
            assert (report.findings, report.not_checked) == ((), ())
