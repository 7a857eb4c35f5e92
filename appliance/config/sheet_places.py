"""The places of a recovery sheet as a short TOML text: printed, scanned from its QR code, typed.

It holds nothing secret. A recovery reads it in place of the settings, which are lost.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from appliance.config.destinations import DestinationKind
from appliance.domain.errors import ConfigError
from appliance.signing.keys import PublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.config.settings import DestinationSettings, Settings

_SHEET: Final = "SHEET"


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """One destination, as the sheet names it.

    Args:
        name: Short, as in the settings.
        label: How people call it.
        kind: ``receiver``, ``sftp``, ``folder`` or ``courier``.
        store_id: Which store must answer.
        store_key: The key that signs its receipts, as one OpenSSH line; empty where the box
            signs them itself.
        host: Name or address of its host; empty for a folder.
        port: Of its sshd.
        user: The account there.
        host_keys: The only host keys that are accepted, each ``type base64``.
        path: The folder, where one is named.
    """

    name: str
    label: str
    kind: str
    store_id: str
    store_key: str = ""
    host: str = ""
    port: int = 22
    user: str = ""
    host_keys: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a recovery must know beside its key.

    Args:
        box_id: Which box is lost.
        keys: Public keys that sign for it, the newest first, each as one OpenSSH line.
        places: Every destination.
    """

    box_id: str
    keys: tuple[str, ...]
    places: tuple[SheetPlace, ...]

    def place(self, name: str) -> SheetPlace:
        """One destination by its name.

        Raises:
            ConfigError: ``SHEET``: there is none of this name.
        """
        for place in self.places:
            if place.name == name:
                return place
        known = ", ".join(place.name for place in self.places)
        raise ConfigError(f"the sheet names no destination {name!r}, but: {known}", code=_SHEET)


def sheet_of(settings: Settings, keys: Sequence[PublicKey]) -> Sheet:
    """What the sheet of a box says, from its settings.

    Raises:
        ConfigError: ``SHEET``: a file of host keys cannot be read.
    """
    places = tuple(_place(place) for place in settings.destination)
    return Sheet(settings.box.id, tuple(key.line() for key in keys), places)


def _place(place: DestinationSettings) -> SheetPlace:
    has_line = place.kind in {DestinationKind.RECEIVER, DestinationKind.SFTP}
    return SheetPlace(
        name=place.name,
        label=place.label,
        kind=place.kind,
        store_id=place.store_id,
        store_key=" ".join(place.store_key.split()[:2]),
        host=place.host if has_line else "",
        port=place.port,
        user=place.user if has_line else "",
        host_keys=_host_keys(place) if has_line else (),
        path=place.path,
    )


def _host_keys(place: DestinationSettings) -> tuple[str, ...]:
    """The pinned keys of a host, the strongest kind alone where there is one."""
    known = place.host if place.port == 22 else f"[{place.host}]:{place.port}"  # noqa: PLR2004 - of SSH
    try:
        lines = place.known_hosts.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot read {place.known_hosts}: {problem}", code=_SHEET) from problem
    words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    keys = [f"{one[1]} {one[2]}" for one in words if len(one) > 2 and known in one[0].split(",")]  # noqa: PLR2004 - names, type, key
    best = [key for key in keys if key.startswith("ssh-ed25519 ")]
    return tuple(best or keys)


def to_text(sheet: Sheet) -> str:
    """The text to print; ``from_text`` reads it back."""
    lines = ["[box]", f"id = {_quoted(sheet.box_id)}", f"keys = {_listed(sheet.keys)}"]
    for place in sheet.places:
        lines += ["", "[[destination]]"]
        for one in fields(SheetPlace):
            value = getattr(place, one.name)
            if value not in {"", ()} and (one.name, value) != ("port", 22):
                lines.append(f"{one.name} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def read_sheet(path: Path) -> Sheet:
    """Read the text of a sheet from a file.

    Raises:
        ConfigError: ``SHEET``: it is missing, or not as it was printed.
    """
    try:
        return from_text(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigError(
            f"cannot read the sheet's text {path}: {problem.strerror}; scan the QR code of its "
            "second page into this file",
            code=_SHEET,
        ) from problem


def from_text(text: str) -> Sheet:
    """Read what ``to_text`` wrote.

    Raises:
        ConfigError: ``SHEET``: it is not as it was printed; the message names the place.
    """
    try:
        told = tomllib.loads(text)
        box = told["box"]
        places = tuple(_read_place(one) for one in told["destination"])
        keys = tuple(PublicKey.from_line(line).line() for line in box["keys"])
        return Sheet(str(box["id"]), keys, places)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ConfigError(
            f"the sheet's text is not as it was printed: {type(problem).__name__}: {problem}",
            code=_SHEET,
        ) from problem


def _read_place(told: dict[str, Any]) -> SheetPlace:
    known = {**told, "host_keys": tuple(told.get("host_keys", ()))}
    return SheetPlace(**known)


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return _listed(value)
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _listed(values: tuple[str, ...]) -> str:
    return f"[{', '.join(_quoted(value) for value in values)}]"


def _quoted(text: str) -> str:
    """A TOML basic string; those of JSON are a part of them."""
    return json.dumps(text, ensure_ascii=False)
