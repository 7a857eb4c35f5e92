"""A package sealed when format 1 was new: every later reader still calls it whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from appliance.domain.receipts import Receipt, Sidecar

SAMPLE: Final = Path(__file__).with_name("format-1")
NAME: Final = "urn_uuid_20C7E0D9-E382-44C4-9E44-E2D7E9E46BD1"
RECEIPT: Final = "receipt-province.json"
DIGESTS: Final = {
    "allowed_signers": "f8e1f35a73f43bbb32073f25f3efa55460a586e44ff12b17ceb25f7328dad508",
    RECEIPT: "f2d8cab4c5b7b73a13ac9109718334900dddb53ccbc6e134331c110f283ba020",
    f"{RECEIPT}.sig": "b601e885deb424a4f260768a32ef8332827a3e68fb6de677118042164ccb381f",
    f"{NAME}.json": "d57c1df9182aa0101313773cd27ef271f75dfe4556d78cb0aaa88608456959ed",
    f"{NAME}.json.sig": "acf55caebf693983616a8db469bbe2704eca9003a7d5b2417fff2313f6f60c80",
    f"{NAME}.zip": "8c42ef02b05dacaa99550dd3b6993e6977db579177f4a0a6427f8d51c130fee2",
}
"""SHA-256 of the sample as it was sealed. No change of the project may change them."""


def verify(path: Path, *options: str) -> list[dict[str, object]]:
    """What ``appliance verify`` of today says of a path."""
    command = [sys.executable, "-m", "appliance", "verify", "--json", *options, str(path)]
    answer = subprocess.run(command, capture_output=True, check=False)
    reports: list[dict[str, object]] = json.loads(answer.stdout)["reports"]
    return reports


def test_the_sample_is_the_one_that_was_sealed() -> None:
    """Nobody made it anew: every part has the digest written here, and there is no other part."""
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in SAMPLE.iterdir()
        if path.name != "README.md"
    }
    assert found == DIGESTS


@pytest.mark.parametrize(("name", "count"), [(f"{NAME}.zip", 1), (f"{NAME}.json", 2), (RECEIPT, 1)])
def test_today_s_verifier_passes_it_and_its_papers(name: str, count: int) -> None:
    """Package, signed sidecar and signed receipt pass, masters and PDF streams decoded."""
    reports = verify(SAMPLE / name, "--deep", "--signers", str(SAMPLE / "allowed_signers"))
    assert [one["verdict"] for one in reports] == ["pass"] * count, reports
    assert not any(one["not_checked"] for one in reports)


def test_today_s_verifier_passes_it_unpacked(tmp_path: Path) -> None:
    """The folder that unzip makes of it passes too."""
    with zipfile.ZipFile(SAMPLE / f"{NAME}.zip") as archive:
        archive.extractall(tmp_path)
    (report,) = verify(tmp_path / NAME, "--deep")
    assert report["verdict"] == "pass", report


def test_today_s_verifier_notices_one_changed_bit(tmp_path: Path) -> None:
    """The reader that passes the sample is awake: one bit of a master and it fails."""
    for name in (f"{NAME}.zip", f"{NAME}.json", f"{NAME}.json.sig"):
        shutil.copyfile(SAMPLE / name, tmp_path / name)
    data = bytearray((tmp_path / f"{NAME}.zip").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / f"{NAME}.zip").write_bytes(data)
    reports = verify(tmp_path / f"{NAME}.json", "--signers", str(SAMPLE / "allowed_signers"))
    assert [one["verdict"] for one in reports] == ["fail", "fail"]


def test_its_papers_are_read_and_written_as_they_were() -> None:
    """Sidecar and receipt of format 1 mean the same package, and keep their bytes."""
    sidecar_bytes = (SAMPLE / f"{NAME}.json").read_bytes()
    receipt_bytes = (SAMPLE / RECEIPT).read_bytes()
    sidecar, receipt = Sidecar.from_bytes(sidecar_bytes), Receipt.from_bytes(receipt_bytes)
    assert (sidecar.to_bytes(), receipt.to_bytes()) == (sidecar_bytes, receipt_bytes)
    assert sidecar.sha256 == receipt.sha256 == DIGESTS[f"{NAME}.zip"]
    assert (sidecar.objid, sidecar.event_head) == (receipt.objid, receipt.event_head)
