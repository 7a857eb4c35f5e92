"""Killed while a sealed hồ sơ is corrected or its signed PDF taken: version 2 is made once."""

from __future__ import annotations

import random
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from appliance.catalogue import events
from appliance.catalogue.version_tables import CorrectionRow, SignedPdfRow
from appliance.domain.custody import first_break
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_path
from tests.kill.correcting import CODE, ROOT_NAME, SIGNED_NAME
from tests.pipeline.making import Bench
from tests.pipeline.test_signed_pdfs import pdf_in
from tests.signing.authority import Authority, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.kill


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Bench]:
    """A box with one sealed hồ sơ of two pages."""
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(tmp_path, executor)
        bench.sealed({CODE: 2})
        yield bench
        bench.close()


def run(job: str, *more: str) -> subprocess.CompletedProcess[str]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "tests.kill.correcting", job, *more]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def kill_again_and_again(job: str, bench: Bench, seed: int, rounds: int) -> None:
    """Several points in turn, in the order a run passes them, then a run that ends by itself."""
    listed = run(job).stdout.splitlines()
    chosen = set(random.Random(seed).sample(listed, min(rounds // 2, len(listed))))
    for point in listed:
        if point in chosen:
            done = run(job, str(bench.folder), point)
            assert done.returncode == -9, (point, done.stderr)
    done = run(job, str(bench.folder))
    assert done.returncode == 0, done.stderr


def assert_two_versions(bench: Bench, first: bytes) -> None:
    """Version 1 as it was, one version 2 that names it, one correction, a whole chain."""
    before, after = bench.packages()
    assert (before.version, after.version, bench.unit(CODE).state) == (1, 2, "sealed")
    assert bench.package_path(before).read_bytes() == first
    for package in (before, after):
        (report,) = verify_path(bench.package_path(package), deep=True)
        assert judge(report.findings, complete=not report.not_checked) is Verdict.PASS
    with zipfile.ZipFile(bench.package_path(after)) as archive:
        (info,) = [name for name in archive.namelist() if name.endswith("/bag-info.txt")]
        named = f"Package-Version: 2\nPackage-Predecessor: {before.objid}\n"
        assert named in archive.read(info).decode("utf-8")
    files = [path for path in (bench.store.root / "packages").rglob("*") if path.is_file()]
    assert len(files) == 6
    assert not list(bench.folder.rglob(".*.writing"))
    with bench.catalogue.read() as session:
        (correction,) = session.exec(select(CorrectionRow))
        assert (correction.version, correction.withdrawn_at) == (2, None)
        assert correction.finished_at is not None
        digest = events.head(session)[1]
        assert first_break(events.all_events(session), head=digest) is None


def test_a_correction_survives_kills(sealed: Bench, seed: int, rounds: int) -> None:
    """Opened, rescanned, finished and sealed, with kills at its steps: one version 2."""
    first = sealed.package_path(sealed.packages()[0]).read_bytes()
    kill_again_and_again("correction", sealed, seed, rounds)
    assert_two_versions(sealed, first)
    states = sorted(row.state for row in sealed.masters())
    assert states == ["replaced", "sealed", "sealed"]
    steps = [event["step"] for event in sealed.events("modification")]
    assert steps == ["opened", "finished"]


def test_a_signed_pdf_survives_kills(sealed: Bench, seed: int, rounds: int) -> None:
    """Kept, recorded and sealed, with kills at its steps: its very bytes are in version 2."""
    authority = Authority()
    (package,) = sealed.packages()
    first = sealed.package_path(package).read_bytes()
    data = signed(pdf_in(sealed, package), authority.person(), authority.root)
    (sealed.folder / SIGNED_NAME).write_bytes(data)
    (sealed.folder / ROOT_NAME).write_bytes(authority.pem)
    kill_again_and_again("signed", sealed, seed, rounds)
    assert_two_versions(sealed, first)
    assert pdf_in(sealed, sealed.packages()[1]) == data
    with sealed.catalogue.read() as session:
        (row,) = session.exec(select(SignedPdfRow))
    assert row.base_version == 1
