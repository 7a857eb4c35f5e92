"""What programs say that every Linux has: unzip, sha256sum, xmllint, ssh-keygen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE, Sidecar
from appliance.signing.allowed import AllowedSigner, write_signers
from tests.pipeline.making import BOX_ID
from tests.referees.conftest import SAMPLE
from tests.referees.installed import need, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench
    from tests.referees.subjects import Subject

SCHEMAS: Final = {
    "METS.xsd": "METS.xml",
    "PREMIS.xsd": "PREMIS*.xml",
    "EAD.xsd": "EAD.xml",
    "EAD_doc.xsd": "EAD_doc_*.xml",
    "EAD_pic.xsd": "EAD_pic_*.xml",
}
MANIFESTS: Final = ("manifest-sha256.txt", "tagmanifest-sha256.txt")


def flip(path: Path, target: Path) -> Path:
    """A copy in which one bit in the middle is another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    return target


def test_unzip_finds_no_error(subjects: dict[str, Subject]) -> None:
    """Info-ZIP reads every entry of every package and its CRC."""
    need("unzip")
    said = {name: run("unzip", "-tq", one.package) for name, one in subjects.items()}
    wrong = {name: text for name, (status, text) in said.items() if status}
    assert wrong == {}
    assert all("No errors detected" in text for _, text in said.values())


def test_unzip_would_have_noticed(subjects: dict[str, Subject], tmp_path: Path) -> None:
    """One changed bit of a master is a wrong CRC."""
    need("unzip")
    status, text = run("unzip", "-tq", flip(subjects["least"].package, tmp_path / "bad.zip"))
    assert status == 2, text
    assert "bad CRC" in text


def test_sha256sum_agrees(subjects: dict[str, Subject]) -> None:
    """Every line of every manifest is OK, of payload and of tags."""
    for one in subjects.values():
        for name in MANIFESTS:
            status, text = run("sha256sum", "-c", "--strict", name, folder=one.bag)
            assert status == 0, (one.name, text)
            lines = (one.bag / name).read_text().splitlines()
            assert len(text.splitlines()) == len(lines) > 2


def test_sha256sum_would_have_noticed(subjects: dict[str, Subject], tmp_path: Path) -> None:
    """A changed bit of a PDF is named."""
    bag = tmp_path / "bag"
    shutil.copytree(subjects["least"].bag, bag)
    (pdf,) = bag.glob("data/*/representations/rep1/data/*.pdf")
    flip(pdf, pdf)
    status, text = run("sha256sum", "-c", "--quiet", MANIFESTS[0], folder=bag)
    assert (status, text.splitlines()[0]) == (1, f"{pdf.relative_to(bag)}: FAILED")


def test_xmllint_accepts_all_metadata(subjects: dict[str, Subject]) -> None:
    """Every XML document follows the schema that travels with it, without the network."""
    need("xmllint")
    kinds = set()
    for one in subjects.values():
        checked = 0
        for schema, pattern in SCHEMAS.items():
            paths = sorted(one.aip.rglob(pattern))
            checked += len(paths)
            if paths:
                kinds.add(schema)
                judged = one.aip / "schemas" / schema
                status, text = run("xmllint", "--nonet", "--noout", "--schema", judged, *paths)
                assert status == 0, (one.name, text)
        assert checked == len(list(one.aip.rglob("*.xml"))) > 2
    assert kinds == set(SCHEMAS)


def test_xmllint_would_have_noticed(subjects: dict[str, Subject], tmp_path: Path) -> None:
    """In each kind of document an element that no schema knows is refused."""
    need("xmllint")
    everything = subjects["everything"].aip
    for schema, pattern in SCHEMAS.items():
        path = min(everything.rglob(pattern))
        text = path.read_text("utf-8")
        spoiled = tmp_path / path.name
        at = text.rindex("</")
        spoiled.write_text(f"{text[:at]}<strange/>{text[at:]}", "utf-8")
        judged = everything / "schemas" / schema
        status, said = run("xmllint", "--nonet", "--noout", "--schema", judged, spoiled)
        assert status == 3, said
        assert "strange" in said


def _believes(signers: Path, name: str, namespace: str, paper: Path) -> bool:
    command = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", name, "-n", namespace]
    signature = paper.with_name(f"{paper.name}.sig")
    status, _ = run(*command, "-s", signature, text=paper.read_text("utf-8"))
    return status == 0


def test_ssh_keygen_believes_every_sidecar_and_no_other(
    boxes: dict[str, Bench], subjects: dict[str, Subject], tmp_path: Path
) -> None:
    """Each sealed package has one signed by its box; for another box or purpose it is refused."""
    need("ssh-keygen")
    signers = tmp_path / "allowed_signers"
    checked = 0
    for box in boxes.values():
        signer = AllowedSigner(BOX_ID, box.key.public, (PACKAGE_NAMESPACE,))
        write_signers(signers, (signer,))
        for row in box.packages():
            paper = box.package_path(row).with_suffix(".json")
            assert _believes(signers, BOX_ID, PACKAGE_NAMESPACE, paper)
            assert not _believes(signers, "box-02", PACKAGE_NAMESPACE, paper)
            assert not _believes(signers, BOX_ID, RECEIPT_NAMESPACE, paper)
            checked += 1
    assert checked == len(subjects) - 4  # two other forms, the long one, format 1


def test_ssh_keygen_believes_a_receipt_and_no_changed_one(
    boxes: dict[str, Bench], subjects: dict[str, Subject], tmp_path: Path
) -> None:
    """A store signs for what it read back; one changed word and nobody believes it."""
    need("ssh-keygen")
    package = subjects["version-2"].package
    far = boxes["odd"].far_side()
    sidecar = Sidecar.from_bytes(package.with_suffix(".json").read_bytes())
    signed = far.deposit(package, sidecar, package.with_suffix(".json.sig").read_text())
    signers, paper = tmp_path / "allowed_signers", tmp_path / "receipt.json"
    store, key = far.pinned.store_id, far.pinned.public_key
    write_signers(signers, (AllowedSigner(store, key, (RECEIPT_NAMESPACE,)),))
    paper.write_bytes(signed.receipt.to_bytes())
    paper.with_name(f"{paper.name}.sig").write_text(signed.signature)
    assert _believes(signers, store, RECEIPT_NAMESPACE, paper)
    paper.write_bytes(paper.read_bytes().replace(b"read_back", b"read_bacK"))
    assert not _believes(signers, store, RECEIPT_NAMESPACE, paper)


def test_ssh_keygen_believes_the_papers_of_format_1() -> None:
    """Sidecar and receipt that were signed when format 1 was new."""
    need("ssh-keygen")
    (sidecar,) = SAMPLE.glob("urn*.json")
    signers = SAMPLE / "allowed_signers"
    assert _believes(signers, "box-01", PACKAGE_NAMESPACE, sidecar)
    assert _believes(signers, "province", RECEIPT_NAMESPACE, SAMPLE / "receipt-province.json")
