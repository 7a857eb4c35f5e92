"""Examining an installation: what is as it should be, and what to do where it is not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pysqlite3.dbapi2

from appliance.bootstrap import open_appliance
from appliance.catalogue import couriers
from appliance.config import load_settings
from appliance.config.destinations import DestinationKind
from appliance.domain.errors import ApplianceError, ConfigError, RemoteError
from appliance.imaging.ocr import ORIENTATION_DATA, ocr_version
from appliance.watchers.names import is_foreign_name
from appliance.watchers.rights import try_folder
from appliance.watchers.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.bootstrap import Appliance
    from appliance.config import DestinationSettings, Settings
    from appliance.sync.remote import Contact

_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Result:
    """One thing looked at.

    Args:
        name: What.
        is_ok: None when it is worth a note but not wrong.
        advice: What was found, and what to do.
    """

    name: str
    is_ok: bool | None
    advice: str


def examine(config: Path) -> tuple[Result, ...]:
    """Look at everything that the service needs."""
    try:
        settings = load_settings(config)
    except ApplianceError as problem:
        return (Result("settings", is_ok=False, advice=str(problem)),)
    results = [Result("settings", is_ok=True, advice=str(config)), *_machine(settings)]
    try:
        appliance = open_appliance(settings)
    except ApplianceError as problem:
        return (*results, Result("catalogue", is_ok=False, advice=str(problem)))
    try:
        return (*results, *_box(appliance))
    finally:
        appliance.close()


def _machine(settings: Settings) -> Iterator[Result]:
    version = ".".join(map(str, pysqlite3.dbapi2.sqlite_version_info))
    yield Result("SQLite", is_ok=True, advice=version)
    yield from _text_engine(settings)
    yield _drop_folder(settings)
    yield from _scanner_folders(settings)
    yield _disk(settings)


def _text_engine(settings: Settings) -> Iterator[Result]:
    languages = _languages(settings)
    if not languages:
        yield Result("text engine", is_ok=None, advice="switched off in the settings")
    for language in languages:
        try:
            yield Result(f"text in {language}", is_ok=True, advice=ocr_version((language,)))
        except ApplianceError as problem:
            yield Result(f"text in {language}", is_ok=False, advice=str(problem))
    if languages:
        yield _way_up()


def _way_up() -> Result:
    """Without this data pages are read all the same, but none that lies upside down."""
    try:
        return Result("way up of pages", is_ok=True, advice=ocr_version((ORIENTATION_DATA,)))
    except ApplianceError as problem:
        return Result("way up of pages", is_ok=None, advice=str(problem))


def _languages(settings: Settings) -> list[str]:
    """Every language that pages of some fonds are read in, each once."""
    text = settings.text
    used = list(text.languages) if text.enabled else []
    for fonds in settings.fonds:
        if text.enabled if fonds.text is None else fonds.text:
            used += text.languages if fonds.languages is None else fonds.languages
    return list(dict.fromkeys(used))


def _drop_folder(settings: Settings) -> Result:
    drop, claimed = settings.paths.drop, settings.paths.claimed
    if not drop.is_dir():
        advice = f"{drop} is missing: make it, or mount its disk"
        return Result("hot folder", is_ok=False, advice=advice)
    if not os.access(drop, os.R_OK | os.W_OK | os.X_OK):
        advice = f"{drop} must be readable and writable for this account"
        return Result("hot folder", is_ok=False, advice=advice)
    if claimed.exists() and claimed.stat().st_dev != drop.stat().st_dev:
        advice = f"{claimed} must lie on the same file system as {drop}"
        return Result("hot folder", is_ok=False, advice=advice)
    return Result("hot folder", is_ok=True, advice=str(drop))


def _scanner_folders(settings: Settings) -> Iterator[Result]:
    drop = settings.paths.drop
    if not drop.is_dir():
        return
    for folder in sorted(drop.iterdir()):
        if is_foreign_name(folder.name) or folder.is_symlink() or not folder.is_dir():
            continue
        check = f"scanner {shown(Path(folder.name))}"
        try:
            try_folder(drop, folder.name)
        except OSError as problem:
            advice = (
                f"{shown(drop / str(problem.filename))}: {problem.strerror}; this account must be "
                "able to write, rename and remove there: set the group, and a umask of 007"
            )
            yield Result(check, is_ok=False, advice=advice)
        else:
            yield Result(check, is_ok=True, advice=shown(folder))


def _disk(settings: Settings) -> Result:
    folder = settings.paths.state
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free > 2 * settings.workers.reserve_mib * 1024 * 1024
    advice = f"{free / _GIB:.1f} GiB free" + ("" if enough else ": add disk space")
    return Result("disk", is_ok=enough, advice=advice)


def _box(appliance: Appliance) -> Iterator[Result]:
    yield Result("catalogue", is_ok=True, advice=str(appliance.settings.paths.catalogue))
    yield _clock(appliance)
    yield _decoder(appliance)
    if not appliance.settings.destination:
        yield Result("destinations", is_ok=False, advice="none is configured: no copy leaves")
    for place in appliance.settings.destination:
        if place.kind == DestinationKind.COURIER:
            yield _carried(appliance, place.name)
            continue
        try:
            contact = appliance.remote(place).probe()
        except (RemoteError, ConfigError) as problem:
            yield Result(f"destination {place.name}", is_ok=False, advice=str(problem))
        else:
            yield _reached(appliance, place, contact)


def _reached(appliance: Appliance, place: DestinationSettings, contact: Contact) -> Result:
    """A place that answers; a folder on the box's own disk is lost together with the box."""
    room = f", {contact.free_bytes / _GIB:.1f} GiB free" if contact.free_bytes else ""
    advice = f"{contact.software}{room}"
    state = appliance.settings.paths.state
    is_folder = place.kind == DestinationKind.FOLDER
    if is_folder and Path(place.path).stat().st_dev == state.stat().st_dev:
        advice += "; it lies on the box's own disk, which makes it no second copy: use another"
        return Result(f"destination {place.name}", is_ok=None, advice=advice)
    return Result(f"destination {place.name}", is_ok=True, advice=advice)


def _carried(appliance: Appliance, name: str) -> Result:
    """A place without a line is as well as the disks that come back from it."""
    with appliance.catalogue.read() as session:
        returned_at = couriers.last_return(session, name)
    if returned_at is None:
        advice = "no disk has come back yet: appliance courier prepare, or the page of disks"
        return Result(f"destination {name}", is_ok=None, advice=advice)
    return Result(f"destination {name}", is_ok=True, advice=f"last disk back {returned_at}")


def _clock(appliance: Appliance) -> Result:
    if appliance.clock.is_trusted():
        return Result("clock", is_ok=True, advice="synchronised")
    advice = "not synchronised: times are marked so; order comes from counters all the same"
    return Result("clock", is_ok=None, advice=advice)


def _decoder(appliance: Appliance) -> Result:
    with appliance.worker_pool() as pool:
        isolated = pool.is_network_isolated()
    if isolated:
        return Result("decoder", is_ok=True, advice="has no network")
    advice = "the kernel refuses user namespaces: decoders keep their network; allow them"
    return Result("decoder", is_ok=None, advice=advice)
