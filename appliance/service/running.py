"""The service: its parts started in order, watched, and stopped cleanly."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import box, leases
from appliance.config.destinations import DestinationKind
from appliance.config.sending import bandwidths
from appliance.domain.errors import ConfigError
from appliance.domain.verdict import words
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.rescan import RescanDrop
from appliance.pipeline.sweep import sweep
from appliance.service.auditing import audit_steps
from appliance.service.backing_up import backup_stage, backup_step
from appliance.service.beating import Beating
from appliance.service.carrying import CarriedStep
from appliance.service.notify import is_heard, notify
from appliance.service.part_lock import PartLock
from appliance.service.parts import PARTS
from appliance.service.resting import LONGEST_SECONDS, WORK, Resting
from appliance.service.sending import SendStep
from appliance.service.telling import TellStep
from appliance.service.watch import WatchStep
from appliance.service.worker import Step, Worker
from appliance.web.app import create_app
from appliance.web.screen import WebContext
from appliance.web.security import is_loopback
from appliance.web.server import WebServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.bootstrap import Appliance
    from appliance.watchers.wake import Waker
    from appliance.workers.pool import WorkerPool

_WRITERS: Final = frozenset({"watch", "inspect", "derive", "seal", "sync", "audit"})
"""Parts that write to store or work folder; the start sweeps both only under all their locks."""

_JOIN_SECONDS: Final = 60.0


class Service:
    """Runs some parts of an appliance until it is stopped.

    Args:
        appliance: Opened.
        parts: Names of ``PARTS``.
    """

    def __init__(self, appliance: Appliance, parts: frozenset[str]) -> None:
        unknown = parts - frozenset(PARTS)
        if unknown or not parts:
            raise ConfigError(f"no such part: {sorted(unknown)}; known: {', '.join(PARTS)}")
        self._appliance = appliance
        self._parts = parts
        self._instance = uuid4().hex[:12]
        self._stopping = threading.Event()
        self._locks: list[PartLock] = []
        self._workers: list[Worker] = []
        self._pools: list[WorkerPool] = []
        self._waker: Waker | None = None
        self._is_stopping = False
        self._server: WebServer | None = None
        self._beating = Beating(appliance.catalogue, self._is_alive, self.wake)

    @property
    def address(self) -> str | None:
        """Where the page is, if this process serves it."""
        return self._server.address if self._server is not None else None

    def start(self) -> None:
        """Start every part.

        Raises:
            ConfigError: A part already runs elsewhere, or a port is taken; nothing stays up.
        """
        try:
            self._take_locks()
            self._recover()
            self._start_parts()
        except BaseException:
            self.stop()
            raise
        notify("READY=1")
        self._beating.start()

    def stop(self) -> None:
        """Stop every part after the round at hand; leases of what was not finished go back."""
        notify("STOPPING=1")
        self._is_stopping = True
        self._stopping.set()
        for worker in self._workers:
            worker.stop()
        if self._server is not None:
            self._server.stop()
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.join(_JOIN_SECONDS)
        self._beating.stop(_JOIN_SECONDS)
        if self._waker is not None:
            self._waker.stop()
        for lock in self._locks:
            lock.release()

    def wake(self) -> None:
        """Let every part look for work at once."""
        for worker in self._workers:
            worker.bell.ring()

    def _take_locks(self) -> None:
        folder = self._appliance.settings.paths.state / "locks"
        for part in sorted(self._parts):
            lock = PartLock(folder, part)
            lock.take()
            self._locks.append(lock)

    def _recover(self) -> None:
        """Under the locks the earlier holders are known to be dead: take back what they held."""
        appliance = self._appliance
        if self._parts >= _WRITERS:
            sweep(appliance.catalogue, appliance.store, appliance.settings.paths.work)
        if "web" in self._parts:
            RescanDrop(appliance.settings.paths.drop).sweep()
        with appliance.catalogue.write() as writing:
            for part in self._parts:
                box.clear_part_notices(writing, part)
                leases.give_back(writing, part)
        if "sync" in self._parts:
            for place in appliance.settings.destination:
                appliance.deposit_stage(place).start()
            backup_step(appliance).start()

    def _start_parts(self) -> None:
        self._workers = [
            Worker(name, self._instance, step, self._appliance.catalogue, self.wake)
            for name, step in self._steps()
        ]
        for worker in self._workers:
            worker.start()
        if "web" in self._parts:
            self._server = self._web_server()
            self._server.start()

    def _steps(self) -> Iterator[tuple[str, Step]]:
        appliance = self._appliance
        if "watch" in self._parts:
            step = self._watch_step()
            yield "watch", Step(step.run, step.idle_seconds)
        if "inspect" in self._parts:
            yield from self._inspect_steps(self._kept(appliance.worker_pool()))
        if "assemble" in self._parts:
            yield self._resting("assemble", appliance.assemble_stage().run_once)
        if "derive" in self._parts:
            pool = self._kept(appliance.derive_pool())
            yield self._resting("derive", appliance.derive_stage(pool).run_once)
        if "seal" in self._parts:
            yield self._resting("seal", appliance.seal_stage().run_once)
        if "sync" in self._parts:
            yield from self._send_steps()
        if "audit" in self._parts:
            for name, audit in audit_steps(appliance):
                yield name, Step(audit.run, audit.idle_seconds)
        if is_heard():
            telling = TellStep(lambda: words(appliance.verdict()), appliance.clock)
            yield "status", Step(telling.run, telling.idle_seconds)

    def _kept(self, pool: WorkerPool) -> WorkerPool:
        """The same pool, shut down when the service stops."""
        self._pools.append(pool)
        return pool

    def _inspect_steps(self, pool: WorkerPool) -> Iterator[tuple[str, Step]]:
        appliance = self._appliance
        yield self._resting("inspect", appliance.inspect_stage(pool).run_once)
        yield self._resting("inspect:batches", appliance.batch_stage().run_once)
        targets = appliance.target_stage(pool)
        yield "inspect:targets", Step(targets.run_once, lambda: LONGEST_SECONDS)
        parked = appliance.parked_stage(SOFTWARE_AGENT)
        yield self._resting("inspect:parked", parked.run_once)

    def _send_steps(self) -> Iterator[tuple[str, Step]]:
        sync = self._appliance.settings.sync
        if self._appliance.couriers().places:
            late_days = self._appliance.settings.courier.late_days
            carried = CarriedStep(self._appliance.catalogue, late_days)
            yield "sync:carried", Step(carried.run, carried.idle_seconds)
        for place in self._appliance.settings.destination:
            if place.kind == DestinationKind.COURIER:
                continue  # no line leads there
            stage = self._appliance.deposit_stage(place, self._stopping.is_set)
            every = sync.every_minutes * 60
            step = SendStep(stage, self._appliance.clock, every, sync.probe_seconds)
            yield f"sync:{place.name}", Step(step.run, step.idle_seconds)
        backing_up = backup_step(self._appliance)
        yield "sync:backup", Step(backing_up.run, backing_up.idle_seconds)

    def _resting(self, name: str, stage: Callable[[str], int]) -> tuple[str, Step]:
        resting = Resting(self._appliance.catalogue, WORK[name], stage)
        return name, Step(resting.run, resting.idle_seconds)

    def _watch_step(self) -> WatchStep:
        appliance = self._appliance
        step = WatchStep(
            box_id=appliance.settings.box.id,
            hot_folder=appliance.hot_folder(),
            accept=appliance.accept_stage(),
            catalogue=appliance.catalogue,
            scan_seconds=appliance.settings.intake.scan_seconds,
            ring=lambda: self._ring("watch"),
        )
        self._waker = step.waker
        return step

    def _ring(self, name: str) -> None:
        for worker in self._workers:
            if worker.name == name:
                worker.bell.ring()

    def _web_server(self) -> WebServer:
        appliance, web = self._appliance, self._appliance.settings.web
        context = WebContext(
            catalogue=appliance.catalogue,
            store=appliance.store,
            clock=appliance.clock,
            box_label=appliance.settings.box.label,
            may_change=is_loopback(web.host),
            rescans=RescanDrop(appliance.settings.paths.drop),
            scanner_labels=_scanner_labels(appliance),
            profiles=appliance.profiles(),
            work_folder=appliance.settings.paths.work,
            bandwidths=bandwidths(appliance.settings),
            accept_restored=appliance.accept_restored,
            take_signed=appliance.take_signed,
            couriers=appliance.couriers(backup_stage(appliance)),
        )
        return WebServer(create_app(context), web.host, web.port)

    def _is_alive(self) -> bool:
        """Whether every part works; parts that end because they were told to have not died."""
        return self._is_stopping or all(worker.is_alive for worker in self._workers)


def _scanner_labels(appliance: Appliance) -> dict[str, str]:
    configured = appliance.profiles().configured
    return {name: profile.label for name, profile in configured.items()}
