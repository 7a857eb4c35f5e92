"""The papers of a carried disk.

Three papers lie on such a disk, each canonical JSON with a detached SSHSIG beside it: the marker
(whose disk it is), the manifest (what one filling holds, written last) and, once it was at its
destination, the report of what was taken there. Whoever reads one is not to trust it: a disk
was in other hands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from appliance.domain.clock import from_text
from appliance.domain.signed_paper import paper_bytes, read_paper

DISK_FORMAT: Final = "archive-appliance-courier-disk/1"
MANIFEST_FORMAT: Final = "archive-appliance-courier-manifest/1"
REPORT_FORMAT: Final = "archive-appliance-courier-report/1"

MAX_PACKAGES: Final = 20_000
"""Our own: packages on one disk; a manifest of so many is read in less than 50 MiB of memory."""

MAX_AUDITS: Final = 2_000
"""Our own: stored packages that one filling asks to be read again."""

_OBJID: Final = re.compile(r"urn:uuid:[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DISK_ID: Final = re.compile(r"[0-9a-f]{32}")
_PLACE: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9-]{0,63}")
_MAX_TEXT_CHARACTERS: Final = 100
"""A fonds or file code; ``identifiers.MAX_FILE_CODE_CHARACTERS``."""


@dataclass(frozen=True, slots=True)
class DiskMarker:
    """Whose disk it is; written before anything else, never changed.

    Args:
        disk_id: 32 hexadecimal digits, minted by the box.
        box_id: The box that fills it.
        store_id: The only store that may take it in.
        made_at: ``clock.to_text``.
    """

    disk_id: str
    box_id: str
    store_id: str
    made_at: str

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return paper_bytes(
            DISK_FORMAT,
            {
                "disk_id": self.disk_id,
                "box_id": self.box_id,
                "store_id": self.store_id,
                "made_at": self.made_at,
            },
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> DiskMarker:
        """Read canonical bytes.

        Raises:
            ValueError: Not a marker of this format.
        """
        return read_paper(data, DISK_FORMAT, _marker)


@dataclass(frozen=True, slots=True)
class CarriedPackage:
    """One package of a manifest.

    Args:
        objid: Its OBJID.
        size_bytes: Of its ZIP.
        sha256: Of its ZIP, hexadecimal.
    """

    objid: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NamedPackage:
    """A package at the destination that is to be read again there.

    Args:
        fonds_code: Its fonds.
        file_code: Its hồ sơ.
        objid: Its OBJID.
    """

    fonds_code: str
    file_code: str
    objid: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one filling of a disk holds; written last, when everything was read back.

    Args:
        disk_id: Of the disk.
        box_id: The box that filled it.
        store_id: The only store that may take it in.
        trip: The box's number of this filling.
        prepared_at: When everything had been read back (``clock.to_text``).
        packages: What lies on the disk, by OBJID.
        audits: What is to be read again at the destination.
    """

    disk_id: str
    box_id: str
    store_id: str
    trip: int
    prepared_at: str
    packages: tuple[CarriedPackage, ...]
    audits: tuple[NamedPackage, ...] = ()

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return paper_bytes(
            MANIFEST_FORMAT,
            {
                "disk_id": self.disk_id,
                "box_id": self.box_id,
                "store_id": self.store_id,
                "trip": self.trip,
                "prepared_at": self.prepared_at,
                "packages": [[one.objid, one.size_bytes, one.sha256] for one in self.packages],
                "audits": [[one.fonds_code, one.file_code, one.objid] for one in self.audits],
            },
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read canonical bytes.

        Raises:
            ValueError: Not a manifest of this format.
        """
        return read_paper(data, MANIFEST_FORMAT, _manifest)


@dataclass(frozen=True, slots=True)
class TakenOutcome:
    """What became of one package at the destination.

    Args:
        objid: Its OBJID.
        code: Why it was not taken, a rule code; empty when a receipt lies on the disk.
    """

    objid: str
    code: str


@dataclass(frozen=True, slots=True)
class TakenReport:
    """What the destination says of one taking-in; signed by the store.

    Args:
        disk_id: Of the disk.
        store_id: The store.
        trip: The filling that was taken in.
        taken_at: When, by the destination's clock (``clock.to_text``).
        outcomes: One for each package of the manifest that was tried.
    """

    disk_id: str
    store_id: str
    trip: int
    taken_at: str
    outcomes: tuple[TakenOutcome, ...]

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return paper_bytes(
            REPORT_FORMAT,
            {
                "disk_id": self.disk_id,
                "store_id": self.store_id,
                "trip": self.trip,
                "taken_at": self.taken_at,
                "outcomes": [[one.objid, one.code] for one in self.outcomes],
            },
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> TakenReport:
        """Read canonical bytes.

        Raises:
            ValueError: Not a report of this format.
        """
        return read_paper(data, REPORT_FORMAT, _report)


def _marker(values: dict[str, Any]) -> DiskMarker:
    made_at = _moment(values["made_at"])
    return DiskMarker(*_whose(values), made_at)


def _manifest(values: dict[str, Any]) -> Manifest:
    packages = tuple(_carried(*one) for one in _list(values["packages"], MAX_PACKAGES))
    audits = tuple(_named(*one) for one in _list(values["audits"], MAX_AUDITS))
    if len({one.objid for one in packages}) != len(packages):
        raise ValueError("a package is named twice")
    trip, prepared_at = _count(values["trip"]), _moment(values["prepared_at"])
    return Manifest(*_whose(values), trip, prepared_at, packages, audits)


def _report(values: dict[str, Any]) -> TakenReport:
    most = MAX_PACKAGES + MAX_AUDITS
    outcomes = tuple(_outcome(*one) for one in _list(values["outcomes"], most))
    disk_id, store_id = _text(values["disk_id"], _DISK_ID), _text(values["store_id"], _PLACE)
    return TakenReport(
        disk_id, store_id, _count(values["trip"]), _moment(values["taken_at"]), outcomes
    )


def _whose(values: dict[str, Any]) -> tuple[str, str, str]:
    return (
        _text(values["disk_id"], _DISK_ID),
        _text(values["box_id"], _PLACE),
        _text(values["store_id"], _PLACE),
    )


def _carried(objid: object, size_bytes: object, sha256: object) -> CarriedPackage:
    return CarriedPackage(_text(objid, _OBJID), _count(size_bytes), _text(sha256, _SHA256))


def _named(fonds_code: object, file_code: object, objid: object) -> NamedPackage:
    codes = (fonds_code, file_code)
    if not all(isinstance(one, str) and 0 < len(one) <= _MAX_TEXT_CHARACTERS for one in codes):
        raise ValueError("not the code of a fonds or a hồ sơ")
    return NamedPackage(str(fonds_code), str(file_code), _text(objid, _OBJID))


def _outcome(objid: object, code: object) -> TakenOutcome:
    return TakenOutcome(_text(objid, _OBJID), "" if code == "" else _text(code, _CODE))


def _text(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"{value!r:.80} has another form than {form.pattern}")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 < value < 2**62:
        raise ValueError(f"{value!r:.80} is no positive number")
    return value


def _moment(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a moment is a text")  # noqa: TRY004 - the value is data, not a type
    from_text(value)
    return value


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"not a list of at most {most}")
    return value
