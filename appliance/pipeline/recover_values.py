"""What a recovery is told, and what it says at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.disk.store import Store
from appliance.domain.errors import (
    ApplianceError,
    ConfigError,
    IntegrityError,
    RemoteError,
    StorageError,
)
from appliance.domain.findings import Finding
from appliance.domain.rules import RULES, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from appliance.catalogue.deposits import DestinationFacts
    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.papers import PinnedStore
    from appliance.sync.remote import Remote

MARKER_FORMAT: Final = "archive-appliance-recovery/1"
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "AUTH-REFUSED": (
        "{where} không nhận khóa này: sai phong bì, hoặc ở đó chưa có dòng khóa của phiếu",
        "{where} does not let this key in: the wrong envelope, or the sheet's line is not there",
    ),
    "BACKUP-DAMAGED": ("nội dung không còn như lúc lập", "it is not as it was made"),
    "BACKUP-KEY": ("khóa này không mở được nó", "this key does not open it"),
    "CATALOGUE-NEWER": (
        "cơ sở dữ liệu do bản phần mềm mới hơn lập: cài bản đó trên máy này",
        "a newer release made the catalogue: install that one on this machine",
    ),
    "KEY-EXPOSED": (
        "tệp khóa của máy này để người khác đọc được (chmod 0600)",
        "others may read this machine's key (chmod 0600)",
    ),
    "KEY-MISSING": ("không đọc được khóa của máy này", "this machine's key cannot be read"),
    "KEY-UNREADABLE": ("tệp khóa của máy này đã hỏng", "this machine's key is damaged"),
    "MASTER-DIFFERS": (
        "ổ đĩa của máy này đọc lại khác với lúc đã ghi",
        "this machine's disk reads back otherwise than was written",
    ),
    "OTHER-BOX": ("nó là của máy khác", "it is of another box"),
    "PACKAGE-BAD": ("bản ở đó không qua được kiểm tra", "the copy there does not verify"),
    "RECOVER-UNDECODED": (
        "một ảnh gốc lấy về không giải mã được",
        "a master that came back cannot be decoded",
    ),
    "RETELL": ("gói ở đó không phải gói của một hồ sơ", "the package there is of no file unit"),
    "SQLITE-TOO-OLD": (
        "SQLite của máy này quá cũ: cài đúng bộ cài của bản phần mềm này",
        "this machine's SQLite is too old: install the set of this release",
    ),
    "STORAGE": ("ổ đĩa của máy này không ghi được", "this machine's disk cannot be written"),
    "STORAGE-FULL": ("ổ đĩa của máy này không đủ chỗ", "this machine's disk is full"),
    "STORAGE-NO-LOCKS": (
        "hệ thống tệp của máy này không khóa được tệp",
        "this machine's file system gives no locks",
    ),
}
"""What is wrong, by the code of the error and in the words of a recovery, Vietnamese first."""

_KINDS: Final[Mapping[type[ApplianceError], str]] = {
    ConfigError: "máy này chưa được cài đặt đúng",
    IntegrityError: "dữ liệu đọc được không khớp với những gì đã ghi",
    RemoteError: "nơi lưu {where} không làm được việc máy yêu cầu",
    StorageError: "ổ đĩa của máy này báo lỗi",
}
"""The same for any other code, by who must act; its English is the error's own sentence."""
_UNFORESEEN: Final = "phần mềm gặp lỗi chưa lường trước"


@dataclass(frozen=True, slots=True)
class RecoverySource:
    """Where copies are taken from.

    Args:
        name: Of the destination, as the sheet names it.
        open_remote: Makes the port to it.
        store: Which store must answer, and the key that signs its receipts.
    """

    name: str
    open_remote: Callable[[], Remote]
    store: PinnedStore


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """What is to come back, and how it is known to be genuine.

    Args:
        folder: The new state folder: catalogue, store, keys.
        box_id: Whose copies are wanted.
        box_keys: Public keys that sign for this box: the last one, and any before it.
        source: Where copies are taken from.
        places: Every destination that the sheet names.
        recovery_key: Opens the backups; None rebuilds from packages alone.
        clock: Of this machine.
        say: Told what is going on, in one line.
        accepts_foreign: Whether what another key signed for this box is passed over; else
            backups of another key say that the sheet is an old one, and packages keep the
            recovery open until a person says whose they are.
    """

    folder: Path
    box_id: str
    box_keys: tuple[PublicKey, ...]
    source: RecoverySource
    places: tuple[DestinationFacts, ...]
    recovery_key: MachineKey | None
    clock: Clock
    say: Callable[[str], None]
    accepts_foreign: bool = False

    @property
    def catalogue_path(self) -> Path:
        """Where the catalogue comes back."""
        return self.folder / "catalogue.db"

    @property
    def own_folder(self) -> Path:
        """What the recovery itself remembers and works in."""
        return self.folder / "recovery"

    @property
    def store(self) -> Store:
        """Where masters and packages come back."""
        return Store(self.folder / "store")


@dataclass(slots=True)
class Recovered:
    """What came back, counted as it does.

    Args:
        recovery_id: Of this recovery, for ever.
        backup: OBJID of the backup that was taken; empty when none was.
        backup_made_at: When it was made; empty when none was.
        packages: Packages that are whole and verified on this disk.
        rebuilt: File codes whose rows were rebuilt from their packages.
        masters: Masters that are back under their digests.
        derivatives: Derivatives that are back under their digests.
        receipts: Receipts of the place that were believed.
        proofs: Deposits that these proved anew.
        views: Masters whose pictures for the screen were made again.
        lost_masters: Scans of which no copy is left.
        next_counter: The number of the first event after the recovery.
        findings: What did not come back, and what a person must see to.
    """

    recovery_id: str
    backup: str = ""
    backup_made_at: str = ""
    packages: int = 0
    rebuilt: list[str] = field(default_factory=list)
    masters: int = 0
    derivatives: int = 0
    receipts: int = 0
    proofs: int = 0
    views: int = 0
    lost_masters: int = 0
    next_counter: int = 0
    findings: list[Finding] = field(default_factory=list)


def problem_of(error: ApplianceError, place: str) -> dict[str, JsonValue]:
    """What a finding says of an error: ``problem`` and its English twin.

    Args:
        error: What happened.
        place: Where, for people.
    """
    if error.code in _WORDS:
        vi, en = (words.format(where=place) for words in _WORDS[error.code])
    elif error.code in RULES:
        finding = Finding(error.code, place)
        vi, en = (sentence(finding, language).rstrip(".") for language in ("vi", "en"))
    else:
        vi, en = _KINDS.get(type(error), _UNFORESEEN).format(where=place), str(error)
    return {"problem": f"{vi} ({error.code})", "problem_en": f"{en} ({error.code})"}
