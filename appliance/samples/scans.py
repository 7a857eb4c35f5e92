"""Makes a register for a folder of scans that somebody brings along."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.canonical import canonical_json
from appliance.domain.drop_names import natural_key
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import MAX_FILE_CODE_CHARACTERS, nfc
from appliance.domain.records import Approval
from appliance.samples.remembering import recall, remember
from appliance.samples.values import REGISTER_NAME, Drop, SampleFileUnit, SampleFonds
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from appliance.spreadsheet.writing import write_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from appliance.domain.canonical import JsonValue

FONDS_CODE: Final = "DEMO"
APPROVAL: Final = Approval(
    list_code="DM-DEMO",
    decision_number="01/QĐ-DEMO",
    decision_date=dt.date(2026, 1, 5),
    signer="Người dùng thử",
)
"""The invented decision that approves a list made for somebody's scans."""

_MAX_FOLDER_NAME_BYTES: Final = 240
"""File systems allow 255; a few are kept for what makes a code unique."""

_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class _FoundUnit:
    """One folder of scans: its code, its scans in order, its pages."""

    file_code: str
    scans: tuple[Path, ...]
    pages: int


def make_register_for_scans(
    scans: Path, folder: Path, *, frames_of: Callable[[Path], int]
) -> SampleFonds:
    """Register the scans of a folder: each sub-folder is a hồ sơ, and so are loose scans.

    Everything found is to be dropped, in natural order; what cannot be decoded is dropped too,
    last, so that the appliance tells why it does not take it. A hồ sơ without a decodable frame is
    not registered. Nothing is copied, and an unchanged folder is not looked through twice.

    Args:
        scans: The folder; links in it are not followed to other folders.
        folder: Where the register goes; made when absent.
        frames_of: How many frames a file holds; 0 when it is not a page image to be accepted.

    Raises:
        ConfigError: There is no such folder, or nothing in it can be decoded.
    """
    root = scans.resolve()
    groups = _groups(root, folder.resolve())
    key = _key(root, groups)
    found = recall(folder, root, key)
    if found is not None:
        return found
    units = [_found_unit(code, scans_of, frames_of) for code, scans_of in _named(groups)]
    registered = [unit for unit in units if unit.pages]
    if not registered:
        raise ConfigError(f"no page image below {scans} can be decoded: name a folder with scans")
    write_workbook(folder / REGISTER_NAME, _workbook(registered))
    sample = SampleFonds(
        folder=folder,
        register=folder / REGISTER_NAME,
        approval=APPROVAL,
        file_units=tuple(SampleFileUnit(u.file_code, FONDS_CODE, u.pages) for u in registered),
        plan=tuple(drop for unit in units for drop in _drops(unit)),
    )
    remember(sample, root, key)
    return sample


def _found_unit(code: str, scans: tuple[Path, ...], frames_of: Callable[[Path], int]) -> _FoundUnit:
    """What is no page comes after the pages, so that it leaves no gap in their numbers."""
    frames = {scan: frames_of(scan) for scan in scans}
    pages_first = sorted(scans, key=lambda scan: not frames[scan])
    return _FoundUnit(code, tuple(pages_first), sum(frames.values()))


def _groups(root: Path, own_folder: Path) -> list[tuple[Path, tuple[Path, ...]]]:
    """Folders and the files that belong to each; deeper folders belong to the first level's."""
    if not root.is_dir():
        raise ConfigError(f"there is no folder {root}: name a folder with scans")
    loose: list[Path] = []
    groups: list[tuple[Path, tuple[Path, ...]]] = []
    for entry in sorted(root.iterdir(), key=lambda path: natural_key(path.name)):
        if entry.is_file():
            loose.append(entry)
        elif entry.is_dir() and not entry.is_symlink() and entry != own_folder:
            groups.append((entry, tuple(_files_below(entry, own_folder))))
    return [(owner, files) for owner, files in [(root, tuple(loose)), *groups] if files]


def _files_below(folder: Path, own_folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted((f for f in folders if here / f != own_folder), key=natural_key)
        paths = (here / name for name in sorted(names, key=natural_key))
        yield from (path for path in paths if path.is_file())


def _key(root: Path, groups: Iterable[tuple[Path, tuple[Path, ...]]]) -> str:
    """Changes with any name, size or time below the folder."""
    facts: list[JsonValue] = [
        [os.fsencode(path.relative_to(root)).hex(), path.stat().st_size, path.stat().st_mtime_ns]
        for _, files in groups
        for path in files
    ]
    place = os.fsencode(root).hex()
    return f"scans/1/{hashlib.sha256(canonical_json([place, facts])).hexdigest()}"


def _named(
    groups: Iterable[tuple[Path, tuple[Path, ...]]],
) -> Iterator[tuple[str, tuple[Path, ...]]]:
    taken: set[str] = set()
    for owner, files in groups:
        code = _unique(_code_from(owner.name), taken)
        taken.add(code)
        yield code, files


def _code_from(name: str) -> str:
    """A file code that is a folder's name as far as it can be one."""
    kept = "".join(
        "_"
        if character == "/" or unicodedata.category(character) in {"Cc", "Cs", "Cn"}
        else character
        for character in nfc(name)
    )
    return _shortened(kept.lstrip(". ") or "hồ sơ", 0)


def _shortened(code: str, spare: int) -> str:
    short = code[: MAX_FILE_CODE_CHARACTERS - spare]
    while len(short.encode()) > _MAX_FOLDER_NAME_BYTES:
        short = short[:-1]
    return short.rstrip(". ") or "hồ sơ"


def _unique(code: str, taken: set[str]) -> str:
    candidate, number = code, 1
    while candidate in taken:
        number += 1
        suffix = f"-{number}"
        candidate = _shortened(code, len(suffix)) + suffix
    return candidate


def _drops(unit: _FoundUnit) -> Iterator[Drop]:
    for number, scan in enumerate(unit.scans, start=1):
        extension = _EXTENSION.fullmatch(scan.suffix)
        ending = extension[1].lower() if extension else "bin"
        yield Drop(scan, unit.file_code, f"{number:04d}.{ending}")


def _workbook(units: Iterable[_FoundUnit]) -> Workbook:
    listed = list(units)
    title = "Danh mục lập cho thư mục ảnh quét dùng thử"
    fonds = {"fonds_code": FONDS_CODE, "name": "Ảnh quét dùng thử", "archive_code": FONDS_CODE}
    return Workbook(
        fonds=(WorkbookRow({**fonds, "status": "open"}),),
        file_units=tuple(WorkbookRow(_row(unit, n)) for n, unit in enumerate(listed, start=1)),
        list_items=tuple(
            WorkbookRow(
                {"list_code": APPROVAL.list_code, "title": title, "file_code": unit.file_code}
            )
            for unit in listed
        ),
    )


def _row(unit: _FoundUnit, number: int) -> dict[str, str]:
    """A row that says no more than the folder does: dates are those of the scans themselves."""
    times = sorted(scan.stat().st_mtime for scan in unit.scans)
    dates = [dt.datetime.fromtimestamp(times[end], dt.UTC).strftime("%d/%m/%Y") for end in (0, -1)]
    return {
        "fonds_code": FONDS_CODE,
        "arcFileCode": unit.file_code,
        "title": f"Ảnh quét trong thư mục “{unit.file_code}”",
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": dates[0],
        "endDate": dates[1],
        "totalDoc": "1",
        "numberOfPaper": str(unit.pages),
        "numberOfPage": str(unit.pages),
        "confidenceLevel": codes.DIGITISED,
        "paperFileCode": f"{FONDS_CODE}.1.{number:04d}",
        "riskRecovery": "1",
        "riskRecoveryStatus": "02",
        "description": "Bảng kê lập tự động để dùng thử; thời gian là thời gian của ảnh quét.",
    }
