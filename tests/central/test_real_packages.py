"""The register over packages that were really sealed, and by its commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.central.asking import Question, held
from appliance.central.engine import open_register
from appliance.cli import main
from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE
from appliance.pipeline.central import build
from appliance.signing.allowed import AllowedSigner, write_signers
from tests.pipeline.conftest import bench, pool
from tests.pipeline.making import BOX_ID

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.pipeline.making import Bench

__all__ = ["bench", "pool"]


def test_titles_dates_and_pages_come_from_the_packages(bench: Bench, tmp_path: Path) -> None:
    """What EAD.xml inside the ZIP says; the ZIP alone makes no copy proved."""
    bench.sealed({"HS-01": 2})
    signer = AllowedSigner(BOX_ID, bench.key.public, (PACKAGE_NAMESPACE,))
    with open_register(f"sqlite:{tmp_path / 'central.db'}") as register:
        assert build(register, [bench.store.root], [signer]).refused == 0
        with register.session() as session:
            (one,) = held(session, Question())
    package = one.package
    assert package.title == "Tập công văn về thủy lợi, HS-01"
    assert (package.start_date, package.end_date, package.page_count) == (
        "02/01/1983",
        "30/12/1983",
        2,
    )
    assert one.holdings == ()


def test_the_commands(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Build from what a box keeps of its deposits, then ask; the status answers."""
    bench.sealed({"HS-01": 1, "HS-02": 1})
    far = bench.far_side()
    url = f"sqlite:{tmp_path / 'central.db'}"
    command = ["central", "build", "--from", str(bench.store.root), "--into", url]
    assert main(command) == 1
    assert "CENTRAL-SIGNER-UNKNOWN" in capsys.readouterr().out
    query = ["central", "query", "--in", url]
    bench.deposit_stage(far).run_once("sync:province:1")
    signers = (
        AllowedSigner(BOX_ID, bench.key.public, (PACKAGE_NAMESPACE,)),
        AllowedSigner("store-province", far.pinned.public_key, (RECEIPT_NAMESPACE,)),
    )
    write_signers(tmp_path / "box", signers[:1])
    write_signers(tmp_path / "signers", signers)
    assert main([*command, "--signers", str(tmp_path / "box")]) == 1
    assert main([*query, "--not-proved-within", "36500"]) == 1
    assert "not proved anywhere" in capsys.readouterr().out
    assert main([*command, "--signers", str(tmp_path / "signers")]) == 0
    assert "2 packages, 2 proved copies" in capsys.readouterr().out
    assert main([*command, "--signers", str(tmp_path / "signers"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["built"]["unchanged"] == 4
    assert main([*query, "--file-code", "HS-02"]) == 0
    said = capsys.readouterr().out
    assert "store-province: read back" in said
    assert "HS-01" not in said
    assert main([*query, "--fonds", "TH", "--box", BOX_ID, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["packages"]
    assert [one["holdings"][0]["signer"] for one in listed] == ["store-province"] * 2
    assert main([*query, "--not-proved-within", "36500"]) == 0
    assert main(["central", "query", "--in", f"sqlite:{tmp_path / 'none.db'}"]) == 2
    assert "CENTRAL-NONE" in capsys.readouterr().err
