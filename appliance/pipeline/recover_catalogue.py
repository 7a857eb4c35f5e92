"""The catalogue comes back from the newest backup that opens, verifies and fits its papers.

It is put together beside its place and gets its name last: a catalogue that is there is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from appliance.catalogue import box, events
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.opening import catalogue_errors
from appliance.catalogue.rebuilding import mark_unfinished
from appliance.catalogue.tables import EventRow
from appliance.disk.durable import fsync_folder, make_folder, replace_file, storage_errors
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType, Gap, first_break
from appliance.domain.errors import (
    ApplianceError,
    IntegrityError,
    RemoteError,
    RuleError,
    StorageError,
)
from appliance.domain.findings import Finding, Verdict
from appliance.domain.identifiers import object_folder
from appliance.domain.rules import judge
from appliance.packaging.backup_names import BASE_LABEL, CHANGES_PATH, WHOLE_PATH
from appliance.packaging.verify import verify_new_package
from appliance.pipeline.catalogue_blocks import apply_changes, measured, unpack_whole
from appliance.pipeline.recover_far import FOREIGN, genuine
from appliance.pipeline.recover_values import problem_of
from appliance.signing.encryption import decrypt_file
from appliance.sync.papers import PackageName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.canonical import JsonValue
    from appliance.domain.custody import CustodyEvent
    from appliance.domain.receipts import Sidecar
    from appliance.pipeline.recover_far import Anchors
    from appliance.pipeline.recover_values import Recovered, RecoveryPlan
    from appliance.signing.keys import MachineKey
    from appliance.sync.papers import SignedSidecar
    from appliance.sync.remote import Remote

_CHUNK_BYTES: Final = 1024 * 1024
_BATCH: Final = 500
_ORIGIN: Final = "catalogue.json"
"""What is remembered of where the catalogue came from, for a run that goes on."""
_OF_THE_CATALOGUE: Final = frozenset({"RECOVER-BACKUP-PASSED", "RECOVER-NO-BACKUP"})


def restore_catalogue(
    remote: Remote,
    names: Sequence[PackageName],
    plan: RecoveryPlan,
    anchors: Anchors,
    found: Recovered,
) -> None:
    """Bring a catalogue to its place, from a backup or empty; one that is there stays.

    Args:
        remote: The place.
        names: Of the backups there.
        plan: The recovery.
        anchors: Gets what the backups' sidecars say of the event chain.
        found: Gets which backup was taken, and which were passed over.

    Raises:
        RuleError: ``RECOVER-OLD-SHEET``: backups are signed by a key that the sheet does not
            name; ``RECOVER-BACKUP-NEEDED``: there is a key, and no backup here opens with it.
        RemoteError: The line is gone; what was fetched stays for the next try.
        StorageError: The disk refused.
    """
    trusted = [one for name in names if (one := genuine(remote, name, plan, found)) is not None]
    for one in trusted:
        sidecar = one.sidecar
        anchors.take(sidecar.event_counter, sidecar.event_head, sidecar.objid)
    if plan.catalogue_path.exists():
        _recall(plan, found)
        return
    if not plan.accepts_foreign:
        _refuse_old_sheet(plan, found)
    by_objid = {one.sidecar.objid: one for one in trusted}
    order = sorted(trusted, key=lambda one: (one.sidecar.event_counter, one.sidecar.version))
    for one in reversed(order if plan.recovery_key is not None else ()):
        if _is_restored(remote, one, by_objid, plan, found):
            return
    if plan.recovery_key is not None:
        raise _refused("RECOVER-BACKUP-NEEDED", "no backup is of use with this key", plan, found)
    found.findings.append(Finding("RECOVER-NO-BACKUP", plan.source.name))
    _make_empty(plan, found)


def _refuse_old_sheet(plan: RecoveryPlan, found: Recovered) -> None:
    if any(finding.code == FOREIGN for finding in found.findings):
        raise _refused("RECOVER-OLD-SHEET", "the sheet lacks a key of the box", plan, found)


def _refused(code: str, problem: str, plan: RecoveryPlan, found: Recovered) -> RuleError:
    place = plan.source.name
    return RuleError(f"{place}: {problem}", (Finding(code, place), *found.findings), code=code)


def _recall(plan: RecoveryPlan, found: Recovered) -> None:
    """Where the catalogue came from that an earlier run put there."""
    with storage_errors(f"cannot read below {plan.own_folder}"):
        told = json.loads((plan.own_folder / _ORIGIN).read_bytes())
    found.backup, found.backup_made_at = told["backup"], told["made_at"]
    found.findings += [Finding.from_json(one) for one in told["findings"]]


def _is_restored(
    remote: Remote,
    one: SignedSidecar,
    by_objid: Mapping[str, SignedSidecar],
    plan: RecoveryPlan,
    found: Recovered,
) -> bool:
    """Whether this backup was of use; if not, why is told and the next older one is tried.

    A disk that refuses says nothing of the backup.
    """
    work = plan.own_folder / "backup"
    sidecar = one.sidecar
    try:
        catalogue = _put_together(remote, one, by_objid, plan, work)
        _adopt(catalogue, sidecar, plan, found)
    except ApplianceError as problem:
        is_of_the_copy = problem.code.startswith("FAR-COPY")
        if isinstance(problem, RemoteError | StorageError) and not is_of_the_copy:
            raise
        values = problem_of(problem, plan.source.name)
        found.findings.append(Finding("RECOVER-BACKUP-PASSED", sidecar.objid, values))
        return False
    shutil.rmtree(work)
    return True


def _put_together(
    remote: Remote,
    one: SignedSidecar,
    by_objid: Mapping[str, SignedSidecar],
    plan: RecoveryPlan,
    work: Path,
) -> Path:
    """The catalogue of one backup, as it was when it was made."""
    package = _fetched(remote, one.sidecar, plan, work)
    told = _bag_info(package)
    catalogue = work / "catalogue.db"
    catalogue.unlink(missing_ok=True)
    base = told.get(BASE_LABEL, "")
    if base and base not in by_objid:
        raise IntegrityError(f"the whole backup {base} is not there", code="BACKUP-DAMAGED")
    key = plan.recovery_key
    if key is None:
        raise IntegrityError("no backup opens without the recovery key", code="BACKUP-KEY")
    whole = _fetched(remote, by_objid[base].sidecar, plan, work) if base else package
    with storage_errors(f"cannot write {catalogue}"):
        unpack_whole(_opened(whole, WHOLE_PATH, key, work), catalogue)
        if base:
            apply_changes(_opened(package, CHANGES_PATH, key, work), catalogue)
    if measured(catalogue).sha256 != told.get("Catalogue-SHA256"):
        raise IntegrityError(f"{package.name} unpacks to other bytes", code="BACKUP-DAMAGED")
    return catalogue


def _fetched(remote: Remote, sidecar: Sidecar, plan: RecoveryPlan, work: Path) -> Path:
    """A backup's package on this disk, verified; one from an earlier try is taken again."""
    target = work / f"{object_folder(sidecar.objid)}.zip"
    with storage_errors(f"cannot write below {work}"):
        make_folder(work)
    if not target.exists():
        plan.say(f"Lấy bản sao lưu {sidecar.sealed_at[:10]} ({sidecar.size_bytes} byte) ...")
        remote.fetch(PackageName.of(sidecar), target)
    report, whole = verify_new_package(target)
    is_same = whole.fingerprint.sha256 == sidecar.sha256
    if not is_same or judge(report.findings, complete=not report.not_checked) is not Verdict.PASS:
        target.unlink()
        raise IntegrityError(f"{target.name} does not verify", code="BACKUP-DAMAGED")
    return target


def _bag_info(package: Path) -> dict[str, str]:
    with zipfile.ZipFile(package) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/bag-info.txt"))
        lines = archive.read(name).decode("utf-8").splitlines()
    return {label: text for label, _, text in (line.partition(": ") for line in lines)}


def _opened(package: Path, path: str, key: MachineKey, work: Path) -> Path:
    """Take the encrypted part out of a package, and decrypt it."""
    encrypted, packed = work / "encrypted", work / "packed"
    for leftover in (encrypted, packed):
        leftover.unlink(missing_ok=True)
    with storage_errors(f"cannot write below {work}"), zipfile.ZipFile(package) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(f"/{path}"))
        with archive.open(name) as source, encrypted.open("xb") as copy:
            shutil.copyfileobj(source, copy, _CHUNK_BYTES)
    decrypt_file(encrypted, packed, key)
    encrypted.unlink()
    return packed


def _adopt(path: Path, sidecar: Sidecar, plan: RecoveryPlan, found: Recovered) -> None:
    """Bring the schema up to date, hold the chain against the sidecar, give it its name."""
    with catalogue_errors(path), closing(open_catalogue(path, plan.clock)) as catalogue:
        with catalogue.read() as session:
            _check(session, sidecar, plan)
        _mark(catalogue, found)
    found.backup, found.backup_made_at = sidecar.objid, sidecar.sealed_at
    _publish(path, plan, found)


def _check(session: Session, sidecar: Sidecar, plan: RecoveryPlan) -> None:
    if box.box_id(session) != plan.box_id:
        raise IntegrityError(f"it is the catalogue of {box.box_id(session)!r}", code="OTHER-BOX")
    counter, digest = events.head(session)
    if (counter, digest) != (sidecar.event_counter, sidecar.event_head):
        raise IntegrityError("its events do not end where its sidecar says", code="BACKUP-DAMAGED")
    broken = first_break(_every_event(session), head=digest, gaps=gaps_of(session))
    if broken is not None:
        raise IntegrityError(f"its events do not follow at {broken}", code="BACKUP-DAMAGED")


def _every_event(session: Session) -> Iterator[CustodyEvent]:
    """The events in order, a batch at a time: there may be millions."""
    last = 0
    while True:
        statement = select(EventRow.counter).where(col(EventRow.counter) > last)
        counters = session.exec(statement.order_by(col(EventRow.counter)).limit(_BATCH)).all()
        if not counters:
            return
        yield from events.by_counters(session, counters)
        last = counters[-1]


def gaps_of(session: Session) -> tuple[Gap, ...]:
    """What earlier recoveries could not bring back."""
    rows = session.exec(select(EventRow.counter).where(EventRow.type == EventType.RESTORATION))
    return tuple(Gap.of(event) for event in events.by_counters(session, rows.all()))


def _make_empty(plan: RecoveryPlan, found: Recovered) -> None:
    path = plan.own_folder / "empty.db"
    with storage_errors(f"cannot write {path}"):
        for leftover in path.parent.glob("empty.db*"):
            leftover.unlink()
    with catalogue_errors(path), closing(open_catalogue(path, plan.clock)) as catalogue:
        with catalogue.write() as writing:
            box.set_box_id(writing, plan.box_id)
        _mark(catalogue, found)
    _publish(path, plan, found)


def _mark(catalogue: Catalogue, found: Recovered) -> None:
    with catalogue.write() as writing:
        mark_unfinished(writing, found.recovery_id)


def _publish(path: Path, plan: RecoveryPlan, found: Recovered) -> None:
    """A closed catalogue is one file; it, and where it is from, are durable before it is named."""
    origin: dict[str, JsonValue] = {
        "backup": found.backup,
        "made_at": found.backup_made_at,
        "findings": [one.to_json() for one in found.findings if one.code in _OF_THE_CATALOGUE],
    }
    with storage_errors(f"cannot write below {plan.folder}"):
        replace_file(plan.own_folder / _ORIGIN, canonical_json(origin) + b"\n")
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
        path.rename(plan.catalogue_path)
        fsync_folder(plan.folder)
        fsync_folder(path.parent)
