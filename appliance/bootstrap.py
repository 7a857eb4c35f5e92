"""The object graph: the only place that names concrete adapters and reads settings for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import box, deposits, rebuilding
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.opening import catalogue_errors
from appliance.catalogue.overview import box_facts
from appliance.clock import SystemClock
from appliance.config.as_values import (
    carried_places,
    derivation_options,
    destination_facts,
    pdf_form,
    scanner_profiles,
    target_references,
)
from appliance.config.remotes import remote_of
from appliance.config.sending import bandwidth, rate_limits
from appliance.disk.store import Store
from appliance.domain.errors import ConfigError, RuleError
from appliance.domain.records import PdfPer
from appliance.domain.verdict import judge_box
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.ocr import WAIT_FACTOR
from appliance.pipeline.accept import AcceptStage
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.assemble import AssembleStage
from appliance.pipeline.batches import BatchStage
from appliance.pipeline.couriers import Couriers
from appliance.pipeline.deposit import DepositStage, never
from appliance.pipeline.derive import DeriveStage
from appliance.pipeline.inspect import InspectStage
from appliance.pipeline.looking import look_at
from appliance.pipeline.package_forms import PackageForms
from appliance.pipeline.parked import ParkedStage
from appliance.pipeline.restored import accept_restored
from appliance.pipeline.seal import SealStage
from appliance.pipeline.signed_pdfs import SignedOutcome, SignedPdfStage
from appliance.pipeline.targets import TargetStage
from appliance.signing.keys import PublicKey, load_key
from appliance.watchers.hotfolder import HotFolder
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.config import DestinationSettings, Settings
    from appliance.domain.clock import Clock
    from appliance.domain.scanners import ScannerProfiles
    from appliance.domain.verdict import Statement
    from appliance.pipeline.backup import BackupStage
    from appliance.signing.keys import MachineKey
    from appliance.sync.rate import RateLimit
    from appliance.sync.remote import Remote

__all__ = ["LOWEST_PRIORITY", "Appliance", "look_at", "open_appliance"]

_MIB: Final = 1024 * 1024
_BATCH: Final = 64
"""Our own: records taken at a time; one lease transaction for many."""
_PAGES_PER_PROCESS: Final = 8
"""Our own: pages taken at a time to be derived; at the end of a round processes wait for the last
one, and a stop gives back what has not begun."""
LOWEST_PRIORITY: Final = 19
"""setpriority(2): a hundredth of the processor while others want it, all of it when none does."""


@dataclass(frozen=True, slots=True)
class Appliance:
    """An opened appliance: catalogue, store and the ways to make its stages.

    Args:
        settings: As read.
        catalogue: Open, its schema up to date.
        store: Masters, derivatives, packages.
        clock: The box's.
        key: The machine's.
        limits: How fast bytes may go to each destination, one limit for whatever is sent there.
    """

    settings: Settings
    catalogue: Catalogue
    store: Store
    clock: Clock
    key: MachineKey
    limits: Mapping[str, RateLimit]

    def hot_folder(self) -> HotFolder:
        """The scan of the hot folder."""
        return HotFolder(self.settings.paths.drop, self.profiles(), self.clock, look_at)

    def profiles(self) -> ScannerProfiles:
        """The configured scanners, and what holds for every other one."""
        return scanner_profiles(self.settings)

    def accept_stage(self) -> AcceptStage:
        """Claims become masters."""
        return AcceptStage(
            self.catalogue, self.store, self.settings.paths.claimed, look_at, self.profiles()
        )

    def worker_pool(self) -> WorkerPool:
        """The processes that decode what comes in; the caller shuts it down."""
        workers = self.settings.workers
        return WorkerPool(self.worker_count(), workers.memory_mib * _MIB, workers.task_seconds)

    def derive_pool(self) -> WorkerPool:
        """The processes that derive and read text; the caller shuts it down.

        A pool of their own, on one core fewer and with what is left of the others: however many
        pages wait to be read, what comes in finds its own processes free.
        """
        workers = self.settings.workers
        longest = workers.task_seconds + WAIT_FACTOR * self.settings.text.page_seconds
        memory_bytes = workers.memory_mib * _MIB
        return WorkerPool(self.derive_count(), memory_bytes, longest, LOWEST_PRIORITY)

    def derive_count(self) -> int:
        """Every worker but one, and at least one."""
        return max(1, self.worker_count() - 1)

    def worker_count(self) -> int:
        """As configured, or one per core that this process may use."""
        return self.settings.workers.count or len(os.sched_getaffinity(0))

    def inspect_stage(self, executor: Executor) -> InspectStage:
        """Masters are decoded."""
        return InspectStage(
            self.catalogue,
            self.store,
            executor,
            self.settings.paths.claimed,
            self.profiles(),
            InspectionLimits(),
            _BATCH,
        )

    def target_stage(self, executor: Executor) -> TargetStage:
        """Target sheets are measured."""
        references = target_references(self.settings)
        return TargetStage(self.catalogue, self.store, executor, references)

    def batch_stage(self) -> BatchStage:
        """Batches are split by their cover sheets."""
        return BatchStage(self.catalogue, _BATCH)

    def assemble_stage(self) -> AssembleStage:
        """Hồ sơ become complete and reviewed."""
        return AssembleStage(self.catalogue, _BATCH, self.profiles())

    def derive_stage(self, executor: Executor) -> DeriveStage:
        """Pages are derived, each as its fonds asks."""
        default, by_fonds = derivation_options(self.settings)
        work, batch = self.settings.paths.work, _PAGES_PER_PROCESS * self.derive_count()
        return DeriveStage(self.catalogue, self.store, executor, work, default, batch, by_fonds)

    def seal_stage(self) -> SealStage:
        """Hồ sơ become packages."""
        work, box_id = self.settings.paths.work, self.settings.box.id
        pdf_per = PdfPer(self.settings.package.pdf_per)
        form = pdf_form(self.settings)
        return SealStage(self.catalogue, self.store, work, self.key, box_id, pdf_per, form)

    def package_forms(self) -> PackageForms:
        """Other forms of sealed packages."""
        work, box_id = self.settings.paths.work, self.settings.box.id
        return PackageForms(self.catalogue, self.store, work, box_id)

    def deposit_stage(
        self, place: DestinationSettings, is_stopping: Callable[[], bool] = never
    ) -> DepositStage:
        """Packages go to one destination, until ``is_stopping`` says that none is to be begun."""
        return DepositStage(
            self.catalogue,
            self.store,
            place.name,
            lambda: self.remote(place),
            _BATCH,
            bandwidth(self.settings.sync, place),
            is_stopping,
        )

    def couriers(self, backup_stage: BackupStage | None = None) -> Couriers:
        """Disks are carried to destinations; they take along what ``backup_stage`` makes."""
        return Couriers(
            self.catalogue,
            self.store,
            self.settings.box.id,
            self.key,
            carried_places(self.settings),
            self.settings.courier.late_days,
            self.settings.courier.mounts,
            backup_stage,
            self.earlier_keys(),
        )

    def remote(self, place: DestinationSettings) -> Remote:
        """The port to one destination; ``remote_of`` says what it raises."""
        limit, earlier = self.limits[place.name], self.earlier_keys()
        return remote_of(self.settings, place, self.key, limit, earlier)

    def earlier_keys(self) -> tuple[PublicKey, ...]:
        """What this box signed with before it was recovered; its old papers are still its own."""
        with self.catalogue.read() as session:
            return tuple(map(PublicKey.from_line, rebuilding.former_keys(session)))

    def accept_restored(self, name: str, agent: str) -> int:
        """Accept the restored store of a destination; how many packages are owed again.

        Raises:
            RuleError: There is no such destination, or its store did not go back.
            RemoteError: It cannot be reached.
        """
        for place in self.settings.destination:
            if place.name == name:
                with self.remote(place) as remote:
                    return accept_restored(self.catalogue, name, remote, agent)
        raise RuleError(f"there is no destination {name!r}")

    def signed_pdf_stage(self, executor: Executor) -> SignedPdfStage:
        """PDFs that come back signed are verified and taken in."""
        work, roots = self.settings.paths.work, self.settings.signing.trust_roots
        return SignedPdfStage(self.catalogue, self.store, executor, work, roots)

    def take_signed(self, path: Path) -> SignedOutcome:
        """Verify one PDF that came back signed, in a process of its own, and take it in."""
        workers = self.settings.workers
        with WorkerPool(1, workers.memory_mib * _MIB, workers.task_seconds) as pool:
            (outcome,) = self.signed_pdf_stage(pool).take([path], LOCAL_AGENT)
        return outcome

    def parked_stage(self, agent: str) -> ParkedStage:
        """Parked files are looked at again."""
        return ParkedStage(self.catalogue, self.store, look_at, self.profiles(), agent)

    def verdict(self) -> Statement:
        """The one verdict on this box, now."""
        with self.catalogue.read() as session:
            return judge_box(box_facts(session, self.clock.now()))

    def close(self) -> None:
        """Close the catalogue."""
        self.catalogue.close()


def open_appliance(settings: Settings) -> Appliance:
    """Open the catalogue and hold it against the settings.

    Raises:
        ConfigError: The key is missing, the catalogue belongs to another box, or this machine
            cannot run it safely.
        StorageError: The catalogue cannot be reached.
        IntegrityError: The catalogue is damaged.
    """
    clock = SystemClock()
    key = load_key(settings.paths.key)
    with catalogue_errors(settings.paths.catalogue):
        catalogue = open_catalogue(settings.paths.catalogue, clock)
    try:
        _check_box(catalogue, settings)
    except BaseException:
        catalogue.close()
        raise
    store = Store(settings.paths.store, settings.workers.reserve_mib * _MIB)
    limits = rate_limits(settings, clock)
    return Appliance(settings, catalogue, store, clock, key, limits)


def _check_box(catalogue: Catalogue, settings: Settings) -> None:
    with catalogue.write() as writing:
        rebuilding.refuse_unfinished(writing.session)
        known = box.box_id(writing.session)
        if known is None:
            box.set_box_id(writing, settings.box.id)
        elif known != settings.box.id:
            raise ConfigError(
                f"the catalogue belongs to the box {known!r}, the settings name "
                f"{settings.box.id!r}: a box's id never changes",
                code="OTHER-BOX",
            )
        deposits.configure_destinations(writing, destination_facts(settings))
