"""A recovery's parts from a sheet of paper: there are no settings and no catalogue yet."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.catalogue.deposits import DestinationFacts
from appliance.clock import SystemClock
from appliance.config.destinations import DestinationKind
from appliance.config.remotes import remote_of
from appliance.config.settings import BoxSettings, DestinationSettings, PathSettings, Settings
from appliance.disk.durable import make_folder, replace_file, storage_errors
from appliance.domain.errors import ApplianceError, ConfigError
from appliance.domain.findings import Finding
from appliance.domain.recovery_key import TypingError, seed_of
from appliance.pipeline.recover_values import RecoveryPlan, RecoverySource, problem_of
from appliance.signing.keys import MachineKey, PublicKey, key_from_seed, load_key
from appliance.sync.papers import PinnedStore
from appliance.sync.plain import Sender
from appliance.sync.plain_kinds import folder_remote
from appliance.sync.rate import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from appliance.config.sheet_places import Sheet, SheetPlace
    from appliance.sync.remote import Remote

_SSH_PORT: Final = 22
_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_SUBJECTS: Final[Mapping[str, str]] = {
    "ALREADY-RUNNING": "into",
    "RECOVER-NOT-EMPTY": "into",
    "RECOVERY-KEY": "key",
    "SHEET": "config",
}
"""Errors that have a sentence of their own, and which argument of the command it names."""


def read_recovery_key(path: Path) -> MachineKey:
    """The recovery key from a file: as its QR code has it, or as its four lines were typed.

    Raises:
        ConfigError: ``RECOVERY-KEY``: it is missing, or not as it was printed.
    """
    try:
        data = path.read_bytes()
        if _OPENSSH in data:
            path.chmod(0o600)  # a phone or a browser wrote it; nobody else is to read it
            return load_key(path)
        seed = seed_of(data.decode("utf-8", "replace"))
    except OSError as problem:
        raise _no_key(path, problem.strerror or str(problem)) from problem
    except (TypingError, ConfigError) as problem:
        raise _no_key(path, str(problem)) from problem
    if seed is None:
        raise _no_key(path, "it holds neither the QR code's text nor the four lines")
    return key_from_seed(seed)


def _no_key(path: Path, problem: str) -> ConfigError:
    return ConfigError(f"the recovery key {path} cannot be used: {problem}", code="RECOVERY-KEY")


@contextmanager
def key_file(key: MachineKey) -> Iterator[Path]:
    """The key as a file for the SSH library, in memory alone."""
    descriptor = os.memfd_create("recovery-key", os.MFD_CLOEXEC)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, key.openssh_form())
        yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    finally:
        os.close(descriptor)


def recovery_plan(
    sheet: Sheet,
    origin: str,
    folder: Path,
    keys: tuple[MachineKey, Path],
    say: Callable[[str], None],
) -> RecoveryPlan:
    """What to recover from where.

    Args:
        sheet: Of the lost box.
        origin: The name of a destination, or the path of a folder with its copies.
        folder: The new state folder.
        keys: The recovery key, and the same as a file for SSH.
        say: Told what is going on.

    Raises:
        ConfigError: The sheet does not name the place, or the place cannot be used.
    """
    key, key_path = keys
    box_keys = tuple(PublicKey.from_line(line) for line in sheet.keys)
    place = _place(sheet, origin)
    known_hosts = folder / "recovery" / "known_hosts"
    with storage_errors(f"cannot write below {folder}"):
        make_folder(known_hosts.parent)
        replace_file(known_hosts, _known_hosts(place).encode("utf-8"))
    settings = Settings(BoxSettings(sheet.box_id), PathSettings(state=folder, key=key_path))
    target = _destination(place, known_hosts)
    store_key = PublicKey.from_line(place.store_key) if place.store_key else key.public
    return RecoveryPlan(
        folder=folder,
        box_id=sheet.box_id,
        box_keys=box_keys,
        source=RecoverySource(
            place.name,
            partial(_remote, settings, target, key, box_keys),
            PinnedStore(place.store_id, store_key),
        ),
        places=tuple(
            DestinationFacts(one.name, one.label, one.kind, one.store_id) for one in sheet.places
        ),
        recovery_key=key,
        clock=SystemClock(),
        say=say,
    )


def _remote(
    settings: Settings,
    place: DestinationSettings,
    key: MachineKey,
    box_keys: tuple[PublicKey, ...],
) -> Remote:
    """The port to copies; a folder with a key of its own is the disk of a receiver's store."""
    if place.kind == DestinationKind.FOLDER and place.store_key:
        sender = Sender(settings.box.id, key, box_keys)
        return folder_remote(Path(place.path), place.store_id, sender, is_receivers_store=True)
    return remote_of(settings, place, key, UNLIMITED, box_keys)


def _place(sheet: Sheet, origin: str) -> SheetPlace:
    """The destination that is meant: by its name, or by the store that a folder says it is."""
    if "/" not in origin:
        place = sheet.place(origin)
        if place.kind == DestinationKind.COURIER:
            raise ConfigError(
                f"no line leads to {origin}: bring the disk of its store, and name the folder "
                "where it is mounted",
                code="SHEET",
            )
        return place
    marker = Path(origin) / ".appliance" / "store.json"
    try:
        text = marker.read_text(encoding="utf-8")
    except OSError as problem:
        raise ConfigError(
            f"{origin} has no marker of a store ({problem.strerror}): is the disk mounted?",
            code="SHEET",
        ) from problem
    for place in sheet.places:
        if f'"{place.store_id}"' in text:
            return replace(place, kind=DestinationKind.FOLDER.value, path=origin)
    raise ConfigError(f"{origin} is none of the stores that the sheet names", code="SHEET")


def _known_hosts(place: SheetPlace) -> str:
    port = "" if place.port == _SSH_PORT else f":{place.port}"
    name = f"[{place.host}]{port}" if port else place.host
    return "".join(f"{name} {key}\n" for key in place.host_keys)


def _destination(place: SheetPlace, known_hosts: Path) -> DestinationSettings:
    return DestinationSettings(
        name=place.name,
        label=place.label,
        kind=place.kind,
        host=place.host,
        port=place.port,
        user=place.user,
        known_hosts=known_hosts,
        store_id=place.store_id,
        store_key=place.store_key,
        path=place.path,
    )


def stopped_by(error: ApplianceError, arguments: Mapping[str, object]) -> Finding:
    """What ended a recovery before its end, for people.

    Args:
        error: What was raised.
        arguments: Of the command, by name.
    """
    subject = _SUBJECTS.get(error.code)
    if subject is not None:
        return Finding(error.code, str(arguments[subject]))
    origin = str(arguments["origin"])
    return Finding("RECOVER-STOPPED", origin, problem_of(error, origin))
