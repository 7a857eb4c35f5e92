"""Recover: catalogue and store come back on a bare machine from one place and a sheet of paper.

Steps in their order, each safe to repeat: the newest backup that opens; every package, read
back and verified, its masters under their digests; rows of what is newer than the backup, from
the packages themselves; receipts; and an event that says what nobody can know any more. Killed
anywhere, the same command goes on. Until the last step nothing else opens the catalogue.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlmodel import select

from appliance.catalogue import deposits
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.opening import catalogue_errors
from appliance.catalogue.tables import DestinationRow, PackageRow
from appliance.disk.durable import make_folder, replace_file, storage_errors, sweep_temporaries
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import ConfigError, IntegrityError, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.pipeline.recover_catalogue import restore_catalogue
from appliance.pipeline.recover_end import check_anchors, finish, park_lost, take_receipts
from appliance.pipeline.recover_far import (
    FOREIGN,
    MISSING,
    Anchors,
    believed_receipts,
    genuine,
    listed,
    refuse_nothing,
)
from appliance.pipeline.recover_files import (
    Done,
    Progress,
    fetch_package,
    take_out_derivatives,
    take_out_masters,
    wanted_of,
)
from appliance.pipeline.recover_rows import rebuild
from appliance.pipeline.recover_told import tell
from appliance.pipeline.recover_values import MARKER_FORMAT, Recovered, problem_of
from appliance.pipeline.recover_views import make_views
from appliance.sync.papers import SignedSidecar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.recover_values import RecoveryPlan
    from appliance.sync.papers import PackageName
    from appliance.sync.remote import Remote

_NOBODYS: Final = frozenset({"locks", "recovery", "lost+found"})
"""What a folder may hold and still be empty: a try that was stopped, a disk that is new."""


@dataclass(slots=True)
class Recovery:
    """One recovery; the caller holds a lock on its folder.

    Args:
        plan: What is to come back.
        executor: Decodes masters anew where their rows are rebuilt.
    """

    plan: RecoveryPlan
    executor: Executor
    _anchors: Anchors = field(default_factory=Anchors)
    _progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        self._progress = Progress(self.plan.own_folder / "done.jsonl")

    def run(self, *, accept_missing: bool = False, with_views: bool = True) -> Recovered:
        """Bring everything back that the place still has.

        Args:
            accept_missing: End the recovery even when packages did not come back; else it stays
                open, so that another place can give them.
            with_views: Make the pictures for the screen again, which takes longest.

        Raises:
            ConfigError: ``RECOVER-NOT-EMPTY``: the folder holds something else.
            RuleError: ``RECOVER-NOTHING``, ``RECOVER-OLD-SHEET``, ``RECOVER-BACKUP-NEEDED``: most
                likely a wrong sheet; nothing was recovered.
            RemoteError: The line is gone; the same command goes on where it was.
            StorageError: The disk refused.
        """
        found = Recovered(begun(self.plan))
        with self.plan.source.open_remote() as remote:
            remote.probe()
            backups, packages = listed(remote)
            if not self.plan.catalogue_path.exists():
                refuse_nothing(remote, [*backups, *packages], self.plan)
            restore_catalogue(remote, backups, self.plan, self._anchors, found)
            with closing(self._opened()) as catalogue:
                self._configure(catalogue)
                self._bring_packages(remote, packages, catalogue, found)
                self._rebuild(catalogue, found)
                receipts = believed_receipts(remote, self.plan, found)
                take_receipts(catalogue, receipts, self.plan, self._anchors, found)
                self._end(catalogue, found, accept_missing=accept_missing)
                if found.next_counter and with_views:
                    self.plan.say("Làm lại hình xem trên màn hình ...")
                    found.views = make_views(catalogue, self.plan.store, self.executor)
        return found

    def _opened(self) -> Catalogue:
        path = self.plan.catalogue_path
        with catalogue_errors(path):
            return open_catalogue(path, self.plan.clock)

    def _configure(self, catalogue: Catalogue) -> None:
        """A catalogue that knows no destinations learns those of the sheet."""
        with catalogue.write() as writing:
            if writing.session.get(DestinationRow, self.plan.source.name) is None:
                deposits.configure_destinations(writing, self.plan.places)

    def _bring_packages(
        self,
        remote: Remote,
        names: Sequence[PackageName],
        catalogue: Catalogue,
        found: Recovered,
    ) -> None:
        progress = self._progress
        for number, name in enumerate(names, start=1):
            self.plan.say(f"Gói {number}/{len(names)}: {name.file_code}")
            if name.objid not in progress.done:
                signed = genuine(remote, name, self.plan, found)
                if signed is None:
                    continue
                brought = self._brought(remote, signed, catalogue, found)
                if brought is None:
                    continue
                progress.add(name.objid, brought)
            done = progress.done[name.objid]
            self._anchors.take(done.counter, done.head, name.objid)
            found.packages += 1
            found.masters += done.masters
            found.derivatives += done.derivatives

    def _brought(
        self, remote: Remote, signed: SignedSidecar, catalogue: Catalogue, found: Recovered
    ) -> Done | None:
        """One package that is back; None when the place's copy is of no use, which is told."""
        sidecar, store = signed.sidecar, self.plan.store
        try:
            package = fetch_package(remote, signed, store)
        except (RemoteError, IntegrityError) as problem:
            if isinstance(problem, RemoteError) and not problem.code.startswith("FAR-COPY"):
                raise
            values = {"file_code": sidecar.file_code, **problem_of(problem, self.plan.source.name)}
            found.findings.append(Finding(MISSING, sidecar.objid, values))
            return None
        masters = len(take_out_masters(package, store))
        with catalogue.read() as session:
            wanted = wanted_of(session, sidecar.file_code, store)
        derivatives = take_out_derivatives(package, store, wanted, self.plan.own_folder)
        return Done(sidecar.event_counter, sidecar.event_head, masters, derivatives)

    def _rebuild(self, catalogue: Catalogue, found: Recovered) -> None:
        """Rows of packages that the backup does not know, oldest first."""
        for signed in self._unrecorded(catalogue):
            sidecar = signed.sidecar
            self.plan.say(f"Lập lại từ gói: {sidecar.file_code} (phiên bản {sidecar.version})")
            told = tell(signed, self.plan.store, self.executor)
            self._progress.add_rebuilt(sidecar.objid, sidecar.file_code)
            with catalogue.write() as writing:
                forks = rebuild(writing, told, self.plan.store)
            self._anchors.forks += [(event.counter, sidecar.objid) for event in forks]
        found.rebuilt += self._progress.rebuilt.values()
        found.findings += [Finding("RECOVER-REBUILT", code) for code in found.rebuilt]

    def _unrecorded(self, catalogue: Catalogue) -> list[SignedSidecar]:
        with catalogue.read() as session:
            known = set(session.exec(select(PackageRow.objid)))
        found = []
        for path in (self.plan.store.root / "packages").glob("*/*/*.json"):
            signature = path.with_name(f"{path.name}.sig")
            if path.with_suffix(".zip").exists() and signature.exists():
                sidecar = Sidecar.from_bytes(path.read_bytes())
                if sidecar.objid not in known:
                    found.append(SignedSidecar(sidecar, signature.read_text("ascii")))
        return sorted(found, key=lambda one: (one.sidecar.event_counter, one.sidecar.version))

    def _end(self, catalogue: Catalogue, found: Recovered, *, accept_missing: bool) -> None:
        self._name_missing(catalogue, found)
        with catalogue.read() as session:
            check_anchors(session, self._anchors)
        codes = {finding.code for finding in found.findings}
        is_whole = MISSING not in codes or accept_missing
        if is_whole and (FOREIGN not in codes or self.plan.accepts_foreign):
            park_lost(catalogue, self.plan, found)
            finish(catalogue, self.plan, self._anchors, found)

    def _name_missing(self, catalogue: Catalogue, found: Recovered) -> None:
        """Packages on record that this place does not have, or did not give back."""
        told = {finding.where for finding in found.findings if finding.code == MISSING}
        with catalogue.read() as session:
            recorded = list(session.exec(select(PackageRow.objid, PackageRow.sidecar)))
        for objid, data in recorded:
            sidecar = Sidecar.from_bytes(data)
            path = self.plan.store.package_path(sidecar.fonds_code, sidecar.file_code, objid)
            if objid not in told and not path.exists():
                values = {
                    "file_code": sidecar.file_code,
                    "problem": f"không có ở {self.plan.source.name}",
                    "problem_en": f"it is not at {self.plan.source.name}",
                }
                found.findings.append(Finding(MISSING, objid, {**values}))


def begun(plan: RecoveryPlan) -> str:
    """The id of the recovery into a folder: a new one, or the one that was interrupted.

    A try with another box's sheet that brought nothing is forgotten.

    Raises:
        ConfigError: ``RECOVER-NOT-EMPTY``: the folder holds something else.
        StorageError: The disk refused.
    """
    marker = plan.own_folder / "recovery.json"
    with storage_errors(f"cannot write below {plan.folder}"):
        if marker.exists():
            told = json.loads(marker.read_bytes())
            sweep_temporaries(plan.own_folder)
            if told.get("box_id") == plan.box_id:
                return str(told["recovery_id"])
        if plan.folder.exists() and any(one.name not in _NOBODYS for one in plan.folder.iterdir()):
            raise _not_empty(plan)
        make_folder(plan.own_folder)
        body = {
            "format": MARKER_FORMAT,
            "recovery_id": uuid4().hex,
            "box_id": plan.box_id,
            "source": plan.source.name,
        }
        replace_file(marker, canonical_json({**body}) + b"\n")
    return str(body["recovery_id"])


def _not_empty(plan: RecoveryPlan) -> ConfigError:
    return ConfigError(
        f"{plan.folder} holds something else than a recovery of {plan.box_id}: name a new folder",
        code="RECOVER-NOT-EMPTY",
    )
