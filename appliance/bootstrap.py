"""The object graph: the only place that names concrete adapters and reads settings for them."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DatabaseError, OperationalError

from appliance.catalogue import box, deposits
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.overview import box_facts
from appliance.clock import SystemClock
from appliance.config.as_values import (
    derivation_options,
    destination_facts,
    pdf_form,
    scanner_profiles,
    ssh_address,
    target_references,
)
from appliance.disk.durable import storage_errors
from appliance.disk.store import Store
from appliance.domain.errors import ConfigError, IntegrityError, StorageError
from appliance.domain.records import PdfPer
from appliance.domain.verdict import judge_box
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.ocr import WAIT_FACTOR
from appliance.imaging.structure import WholenessState, wholeness
from appliance.pipeline.accept import AcceptStage
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.assemble import AssembleStage
from appliance.pipeline.batches import BatchStage
from appliance.pipeline.deposit import DepositStage
from appliance.pipeline.derive import DeriveStage
from appliance.pipeline.inspect import InspectStage
from appliance.pipeline.package_forms import PackageForms
from appliance.pipeline.parked import ParkedStage
from appliance.pipeline.seal import SealStage
from appliance.pipeline.signed_pdfs import SignedOutcome, SignedPdfStage
from appliance.pipeline.targets import TargetStage
from appliance.signing.keys import PublicKey, load_key
from appliance.sync.papers import PinnedStore
from appliance.sync.ssh import SshRemote
from appliance.watchers.hotfolder import HotFolder, Look
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.config import DestinationSettings, Settings
    from appliance.domain.clock import Clock
    from appliance.domain.scanners import ScannerProfiles
    from appliance.domain.verdict import Statement
    from appliance.signing.keys import MachineKey
    from appliance.sync.remote import Remote

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
    """

    settings: Settings
    catalogue: Catalogue
    store: Store
    clock: Clock
    key: MachineKey

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

    def deposit_stage(self, place: DestinationSettings) -> DepositStage:
        """Packages go to one destination."""
        return DepositStage(
            self.catalogue, self.store, place.name, lambda: self.remote(place), _BATCH
        )

    def remote(self, place: DestinationSettings) -> Remote:
        """The port to one destination."""
        store = PinnedStore(place.store_id, PublicKey.from_line(place.store_key))
        return SshRemote(ssh_address(self.settings, place), store)

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
    with _catalogue_errors(settings.paths.catalogue):
        catalogue = open_catalogue(settings.paths.catalogue, clock)
    try:
        _check_box(catalogue, settings)
    except BaseException:
        catalogue.close()
        raise
    store = Store(settings.paths.store, settings.workers.reserve_mib * _MIB)
    return Appliance(settings, catalogue, store, clock, key)


@contextmanager
def _catalogue_errors(path: Path) -> Iterator[None]:
    """Say what to do about a catalogue that does not open."""
    try:
        with storage_errors(f"cannot open the catalogue {path}"):
            yield
    except OperationalError as problem:
        raise StorageError(
            f"the catalogue {path} cannot be opened ({problem.orig}): check that its disk is "
            "mounted and that this account may write there"
        ) from problem
    except DatabaseError as problem:
        raise IntegrityError(
            f"the catalogue {path} is damaged ({problem.orig}): move nothing, and restore it "
            "from its backup"
        ) from problem


def _check_box(catalogue: Catalogue, settings: Settings) -> None:
    with catalogue.write() as writing:
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


def _unreadable(problem: Exception) -> dict[str, str]:
    name = type(problem).__name__
    return {
        "problem": f"bộ đọc cấu trúc ảnh gặp lỗi {name}",
        "problem_en": f"the reader of its structure failed: {name}",
    }


def look_at(path: Path) -> Look:
    """The structural look that watchers and stages ask for.

    Raises:
        OSError: It cannot be opened or read.
    """
    try:
        found = wholeness(path)
    except OSError:
        raise
    except Exception as problem:  # a reader's fault costs the one file, never the intake
        logging.getLogger(__name__).exception("the structure of %s cannot be read", path)
        return Look(is_image=False, is_whole=False, **_unreadable(problem))
    return Look(
        is_image=found.state is not WholenessState.NOT_IMAGE,
        is_whole=found.state is WholenessState.WHOLE,
        problem=found.problem,
        problem_en=found.problem_en,
    )
