"""What the demo prints at its end: for a newcomer, in plain words."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue import masters
from appliance.catalogue.tables import DepositRow, FileUnitRow, PackageRow
from appliance.domain.receipts import Receipt, Sidecar
from appliance.domain.rules import sentence
from appliance.domain.verdict import LEVEL_WORDS, words

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.bootstrap import Appliance
    from appliance.service.demo_site import DemoSite

_SHOWN_PARKED = 50


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def summarise(appliance: Appliance, site: DemoSite) -> None:
    """Print every package with its proofs, every parked file with its reason, and the verdict."""
    with appliance.catalogue.read() as session:
        say("\nSealed packages, and who has proved by reading back from its own disk:")
        for package in session.exec(select(PackageRow).order_by(col(PackageRow.id))).all():
            _say_package(session, package)
        _say_parked(session)
    statement = appliance.verdict()
    say(f"\nVerdict: {LEVEL_WORDS[statement.level][0].upper()} · {words(statement)}")
    say(f"         {LEVEL_WORDS[statement.level][1]} · {words(statement, 'en')}")
    _say_how_to_check(appliance, site)


def _say_package(session: Session, package: PackageRow) -> None:
    unit = session.get_one(FileUnitRow, package.file_unit_id)
    size = package.size_bytes / 1024**2
    say(f"  {unit.file_code}  {unit.title[:60]}")
    say(f"      {package.page_count} pages, {size:.1f} MiB, sha256 {package.sha256[:16]}...")
    deposits = select(DepositRow).where(DepositRow.package_id == package.id)
    for deposit in session.exec(deposits.order_by(col(DepositRow.destination).desc())).all():
        if deposit.receipt is None:
            say(f"      {deposit.destination:<10} {deposit.state}")
            continue
        receipt = Receipt.from_bytes(deposit.receipt)
        say(
            f"      {deposit.destination:<10} proof {receipt.proof}, "
            f"receipt {receipt.counter} signed by {receipt.store_id}"
        )


def _say_parked(session: Session) -> None:
    rows = masters.parked(session, limit=_SHOWN_PARKED)
    if rows:
        say("\nParked, each with its reason (nothing dropped is ever lost):")
    for row in rows:
        reasons = "; ".join(sentence(f) for f in masters.findings_of(row.findings))
        say(f"  {row.place}: {reasons}")


def _say_how_to_check(appliance: Appliance, site: DemoSite) -> None:
    with appliance.catalogue.read() as session:
        package = session.exec(select(PackageRow).order_by(col(PackageRow.id))).first()
    if package is None:
        return
    sidecar = Sidecar.from_bytes(package.sidecar)
    path = appliance.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
    say("\nCheck one yourself, without trusting this program:")
    say(f"  sha256sum {path}")
    receipts = sorted(path.parent.glob(f"{path.stem}.*.receipt.json"))
    for receipt in receipts[:1]:
        store_id = Receipt.from_bytes(receipt.read_bytes()).store_id
        say(
            f"  ssh-keygen -Y verify -f {site.allowed_signers} -I {store_id} "
            f"-n appliance-receipt -s {receipt}.sig < {receipt}"
        )
    say(f"  .venv/bin/appliance verify {path}")
