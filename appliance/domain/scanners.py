"""What is known of a scanner: how it writes its files, what it may send, how its pages group."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field of a dataclass
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from appliance.domain.policy import MAX_DROP_BYTES


class Grouping(StrEnum):
    """How the pages of a scanner find their hồ sơ."""

    FOLDER = "folder"
    """``<scanner>/<hồ sơ code>/NNNN.ext``"""
    COVER_SHEETS = "cover_sheets"
    """A flat batch, split by printed sheets with a QR code."""
    NAME_TEMPLATE = "name_template"
    """The name of each file says its hồ sơ and number, by a configured template."""


class WatchWay(StrEnum):
    """How the box learns that something was dropped into a scanner's folder, as last probed."""

    EVENTS = "events"
    """The kernel says so; a scan by the clock makes sure."""
    POLLING = "polling"
    """Nobody says so (a network mount, no watches left): the folder is looked at often."""
    UNKNOWN = "unknown"
    """Not probed yet, or no probe may be written there: looked at often."""
    GONE = "gone"
    """The folder is not there."""


@dataclass(frozen=True, slots=True)
class ScannerProfile:
    """One scanner, or what is taken for granted of any.

    Args:
        name: Its folder below the hot folder; empty for the default profile.
        label: How people call it.
        settle_seconds: Quiet time after which a whole file is taken; scanners that append
            pages to one file, or close and open it again for each, need longer.
        patience_seconds: Quiet time after which an unfinished file is handed on as such.
        temporary_names: Patterns (``fnmatch``, any case) of names that are not finished yet.
        lock_names: Patterns of files or folders whose presence says that the scanner is still
            writing: everything in the same folder and below waits.
        grouping: How its pages find their hồ sơ.
        name_template: For ``NAME_TEMPLATE``, such as ``{fonds}-{inventory}-{unit}-{page}``.
        file_code_template: How the parts of a name make a file code.
        batch_quiet_seconds: Quiet time after which a batch is split.
        max_paper: The largest paper it scans, an ISO 216 name.
        max_dpi: The highest resolution it scans at.
        is_duplex: Whether it scans both sides of every sheet.
        max_file_bytes: A larger file of it is left where it lies, unopened, and said.
    """

    name: str = ""
    label: str = ""
    settle_seconds: float = 5.0
    patience_seconds: float = 900.0
    temporary_names: tuple[str, ...] = ()
    lock_names: tuple[str, ...] = ()
    grouping: Grouping = Grouping.FOLDER
    name_template: str = ""
    file_code_template: str = ""
    batch_quiet_seconds: float = 60.0
    max_paper: str = "A0"
    max_dpi: int = 600
    is_duplex: bool = False
    max_file_bytes: int = MAX_DROP_BYTES


@dataclass(frozen=True, slots=True)
class ScannerProfiles:
    """The configured scanners, and what holds for every other one.

    Args:
        default: For scanners that nobody configured.
        configured: By name.
    """

    default: ScannerProfile = field(default_factory=ScannerProfile)
    configured: Mapping[str, ScannerProfile] = field(default_factory=dict)

    def of(self, name: str) -> ScannerProfile:
        """The profile of a scanner, by the name of its folder."""
        found = self.configured.get(name)
        return found if found is not None else replace(self.default, name=name)


NO_PROFILES: Final = ScannerProfiles()
"""Every scanner as any other."""
