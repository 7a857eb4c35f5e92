"""From TOML to frozen settings: every key known, every value of its type and range."""

from __future__ import annotations

import dataclasses
import re
import tomllib
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from appliance.config.auditing import audit_plan
from appliance.config.destinations import check_kind
from appliance.config.sending import bandwidth
from appliance.config.settings import (
    DestinationSettings,
    ScannerSettings,
    Settings,
    TargetSettings,
)
from appliance.domain.errors import ConfigError
from appliance.domain.naming import name_pattern
from appliance.domain.paper import ISO_SIZES_MM
from appliance.domain.records import PdfPer
from appliance.domain.scanners import Grouping
from appliance.domain.targets import LAYOUT
from appliance.imaging.ocr import are_languages
from appliance.imaging.pdf_form import PdfaProfile

if TYPE_CHECKING:
    from appliance.config.sealing import FondsSettings

S = TypeVar("S")

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_RANGES: Final[dict[str, tuple[float, float]]] = {
    "settle_seconds": (0, 3600),
    "patience_seconds": (0, 86_400),
    "scan_seconds": (0.1, 3600),
    "count": (0, 256),
    "memory_mib": (256, 1_048_576),
    "task_seconds": (1, 86_400),
    "reserve_mib": (0, 1_048_576),
    "page_seconds": (1, 3600),
    "volume_mib": (1, 4096),  # many readers fail above
    "volume_pages": (1, 5000),
    "jpeg_quality": (1, 100),
    "port": (0, 65_535),
    "every_minutes": (1, 720),  # a place unheard of for a day is shown as unknown
    "probe_seconds": (1, 86_400),
    "backup_hours": (1, 168),  # older than a week is no backup of a day's work
    "office_kib_per_second": (0, 10_000_000),
    "night_kib_per_second": (0, 10_000_000),
    "batch_quiet_seconds": (1, 86_400),
    "max_dpi": (100, 2400),
    "late_days": (1, 3650),
    "budget_minutes": (0, 1439),  # a slice ends before the next one begins
    "every_days": (2, 1095),  # TT 05/2025: every record is checked within three years
    "scrub_days": (1, 1095),
    "fetch_mib": (0, 1_048_576),
    "max_file_mib": (1, 1_048_576),
}


def load_settings(path: Path) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: The file is missing, is no TOML, or a key or value is wrong; the message
            names the key.
    """
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
    except OSError as problem:
        raise ConfigError(f"cannot read the settings {path}: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is not valid TOML: {problem}") from problem
    settings = _section(Settings, values, "")
    _check_together(settings)
    return settings


def _section(kind: type[S], values: dict[str, Any], place: str) -> S:
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # always one of our dataclasses
    unknown = sorted(values.keys() - fields.keys())
    if unknown:
        known = ", ".join(sorted(fields))
        raise ConfigError(f"unknown setting {place}{unknown[0]}; known here: {known}")
    missing = [
        name
        for name, field in fields.items()
        if name not in values
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"the setting {place}{missing[0]} is missing")
    read = {name: _value(hints[name], value, f"{place}{name}") for name, value in values.items()}
    return kind(**read)


def _value(hint: Any, value: Any, place: str) -> Any:  # noqa: ANN401 - types of the settings decide
    if isinstance(hint, types.UnionType):  # X | None; TOML itself has no null
        hint = typing.get_args(hint)[0]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise ConfigError(f"{place} must be a table, [{place}]")
        return _section(hint, value, f"{place}.")
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if not isinstance(value, list):
            raise ConfigError(f"{place} must be a list")
        return tuple(_value(inner, one, f"{place}[{i}]") for i, one in enumerate(value))
    return _plain(hint, value, place)


def _plain(hint: type, value: Any, place: str) -> Any:  # noqa: ANN401 - as above
    wanted = {float: (int, float), Path: (str,)}.get(hint, (hint,))
    fits = isinstance(value, wanted) and isinstance(value, bool) == (hint is bool)
    if not fits:
        raise ConfigError(f"{place} must be of type {hint.__name__}, not {value!r}")
    bounds = _RANGES.get(place.rpartition(".")[2])
    if bounds is not None and not bounds[0] <= value <= bounds[1]:
        raise ConfigError(f"{place} must lie between {bounds[0]} and {bounds[1]}, not {value!r}")
    return hint(value) if hint in {float, Path} else value


def _check_together(settings: Settings) -> None:
    if _NAME.fullmatch(settings.box.id) is None:
        raise ConfigError(
            f"box.id {settings.box.id!r}: use lower-case letters, digits, dots and hyphens"
        )
    names = [place.name for place in settings.destination]
    for place in settings.destination:
        _check_destination(place, names)
        check_kind(place)
        bandwidth(settings.sync, place)
    audit_plan(settings)
    for scanner in settings.scanner:
        _check_scanner(scanner, [one.name for one in settings.scanner])
    for target in settings.target:
        _check_target(target, [one.id for one in settings.target])
    _check_languages(settings.text.languages, "text.languages")
    for fonds in settings.fonds:
        _check_fonds(fonds, [one.code for one in settings.fonds])
    if settings.package.pdf_per not in set(PdfPer):
        known = ", ".join(PdfPer)
        raise ConfigError(f"package.pdf_per {settings.package.pdf_per!r}: one of {known}")
    if settings.pdf.profile not in set(PdfaProfile):
        known = ", ".join(PdfaProfile)
        raise ConfigError(f"pdf.profile {settings.pdf.profile!r}: one of {known}")
    state, drop = settings.paths.state.resolve(), settings.paths.drop.resolve()
    if state == drop or state in drop.parents or drop in state.parents:
        raise ConfigError("paths.state and paths.drop must not lie inside one another")


def _check_scanner(scanner: ScannerSettings, names: list[str]) -> None:
    is_name = scanner.name not in {"", ".", ".."} and "/" not in scanner.name
    if not is_name or scanner.name.startswith(".") or names.count(scanner.name) != 1:
        raise ConfigError(f"scanner.name {scanner.name!r}: the name of one folder; once")
    if scanner.grouping not in set(Grouping):
        known = ", ".join(Grouping)
        raise ConfigError(f"scanner.grouping {scanner.grouping!r}: one of {known}")
    _check_templates(scanner)
    if scanner.max_paper not in ISO_SIZES_MM:
        known = ", ".join(sorted(ISO_SIZES_MM))
        raise ConfigError(f"scanner.max_paper {scanner.max_paper!r}: one of {known}")


def _check_templates(scanner: ScannerSettings) -> None:
    if scanner.grouping == Grouping.NAME_TEMPLATE:
        name_pattern(scanner.name_template, scanner.file_code_template)
    elif scanner.name_template or scanner.file_code_template:
        raise ConfigError(
            f"scanner {scanner.name!r} has a name template: its grouping must be "
            f"{Grouping.NAME_TEMPLATE.value!r}"
        )


def _check_target(target: TargetSettings, ids: list[str]) -> None:
    wanted = 3 * len(LAYOUT.patches)
    if len(target.reference) != wanted:
        raise ConfigError(f"target.reference of {target.id!r} must hold {wanted} numbers")
    if ids.count(target.id) != 1:
        raise ConfigError(f"target.id {target.id!r} must occur once")


def _check_fonds(fonds: FondsSettings, codes: list[str]) -> None:
    if not fonds.code.strip() or codes.count(fonds.code) != 1:
        raise ConfigError(f"fonds.code {fonds.code!r}: a fonds as the register names it; once")
    if fonds.languages is not None:
        _check_languages(fonds.languages, f"fonds.languages of {fonds.code!r}")


def _check_languages(languages: tuple[str, ...], place: str) -> None:
    if not are_languages(languages):
        raise ConfigError(
            f"{place} must name trained data of tesseract, such as 'vie', not {list(languages)!r}"
        )


def _check_destination(place: DestinationSettings, names: list[str]) -> None:
    if _NAME.fullmatch(place.name) is None or names.count(place.name) != 1:
        raise ConfigError(
            f"destination.name {place.name!r}: lower-case letters, digits, dots, hyphens; once"
        )
