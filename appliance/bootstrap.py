"""The object graph: the only place that names concrete adapters and reads settings for them."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DatabaseError, OperationalError

from appliance.catalogue import box, deposits
from appliance.catalogue.deposits import DestinationFacts
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.overview import box_facts
from appliance.clock import SystemClock
from appliance.disk.durable import storage_errors
from appliance.disk.store import Store
from appliance.domain.errors import ConfigError, IntegrityError, StorageError
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.domain.targets import measured_reference
from appliance.domain.verdict import judge_box
from appliance.imaging.derivation import DerivationOptions
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.pool import WorkerPool
from appliance.imaging.structure import WholenessState, wholeness
from appliance.pipeline.accept import AcceptStage
from appliance.pipeline.assemble import AssembleStage
from appliance.pipeline.batches import BatchStage
from appliance.pipeline.deposit import DepositStage
from appliance.pipeline.derive import DeriveStage
from appliance.pipeline.inspect import InspectStage
from appliance.pipeline.parked import ParkedStage
from appliance.pipeline.seal import SealStage
from appliance.pipeline.targets import TargetStage
from appliance.signing.keys import PublicKey, load_key
from appliance.sync.line import SshAddress
from appliance.sync.papers import PinnedStore
from appliance.sync.ssh import SshRemote
from appliance.watchers.hotfolder import HotFolder, Look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.config import DestinationSettings, ScannerSettings, Settings
    from appliance.domain.clock import Clock
    from appliance.domain.verdict import Statement
    from appliance.signing.keys import MachineKey
    from appliance.sync.remote import Remote

_MIB: Final = 1024 * 1024
_BATCH: Final = 64
"""Our own: records taken at a time; one lease transaction for many."""


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
        intake = self.settings.intake
        default = ScannerProfile(
            settle_seconds=intake.settle_seconds, patience_seconds=intake.patience_seconds
        )
        configured = {one.name: _profile(one, default) for one in self.settings.scanner}
        return ScannerProfiles(default, configured)

    def accept_stage(self) -> AcceptStage:
        """Claims become masters."""
        return AcceptStage(
            self.catalogue, self.store, self.settings.paths.claimed, look_at, self.profiles()
        )

    def worker_pool(self) -> WorkerPool:
        """The processes that decode and derive; the caller shuts it down."""
        workers = self.settings.workers
        return WorkerPool(self.worker_count(), workers.memory_mib * _MIB, workers.task_seconds)

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
        references = {
            one.id: measured_reference(one.id, one.reference) for one in self.settings.target
        }
        return TargetStage(self.catalogue, self.store, executor, references)

    def batch_stage(self) -> BatchStage:
        """Batches are split by their cover sheets."""
        return BatchStage(self.catalogue, _BATCH)

    def assemble_stage(self) -> AssembleStage:
        """Hồ sơ become complete and reviewed."""
        return AssembleStage(self.catalogue, _BATCH, self.profiles())

    def derive_stage(self, executor: Executor) -> DeriveStage:
        """Pages are derived; one batch is two rounds of the workers, so intake waits little."""
        text = self.settings.text
        options = DerivationOptions(
            jpeg_quality=self.settings.pdf.jpeg_quality,
            reads_text=text.enabled,
            languages=text.languages,
            text_seconds=text.page_seconds,
        )
        batch = 2 * self.worker_count()
        work = self.settings.paths.work
        return DeriveStage(self.catalogue, self.store, executor, work, options, batch)

    def seal_stage(self) -> SealStage:
        """Hồ sơ become packages."""
        return SealStage(
            self.catalogue, self.store, self.settings.paths.work, self.key, self.settings.box.id
        )

    def deposit_stage(self, place: DestinationSettings) -> DepositStage:
        """Packages go to one destination."""
        return DepositStage(
            self.catalogue, self.store, place.name, lambda: self.remote(place), _BATCH
        )

    def remote(self, place: DestinationSettings) -> Remote:
        """The port to one destination."""
        address = SshAddress(
            host=place.host,
            port=place.port,
            user=place.user,
            key_path=self.settings.paths.key,
            known_hosts_path=place.known_hosts,
        )
        store = PinnedStore(place.store_id, PublicKey.from_line(place.store_key))
        return SshRemote(address, store)

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


def _profile(scanner: ScannerSettings, default: ScannerProfile) -> ScannerProfile:
    settle, patience = scanner.settle_seconds, scanner.patience_seconds
    return ScannerProfile(
        name=scanner.name,
        label=scanner.label or scanner.name,
        settle_seconds=default.settle_seconds if settle is None else settle,
        patience_seconds=default.patience_seconds if patience is None else patience,
        temporary_names=scanner.temporary_names,
        lock_names=scanner.lock_names,
        grouping=Grouping(scanner.grouping),
        name_template=scanner.name_template,
        file_code_template=scanner.file_code_template,
        batch_quiet_seconds=scanner.batch_quiet_seconds,
        max_paper=scanner.max_paper,
        max_dpi=scanner.max_dpi,
        is_duplex=scanner.is_duplex,
    )


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
        places = [
            DestinationFacts(place.name, place.label, "ssh", place.store_id)
            for place in settings.destination
        ]
        deposits.configure_destinations(writing, places)


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
