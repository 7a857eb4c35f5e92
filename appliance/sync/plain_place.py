"""A plain place: its marker, where things lie, and small files that are written once.

The layout is that of a receiver's store: ``packages/<fonds>/<hồ sơ>/<OBJID>.zip`` with ``.json``
and ``.json.sig`` beside it, everything else under ``.appliance/``. A place never guards itself:
that nothing is replaced or removed there is kept by this code alone (invariant I5).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from appliance.domain.canonical import canonical_json
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import object_folder, safe_name
from appliance.sync.farstore import MARKER_FORMAT
from appliance.sync.plain_files import INCOMING, MARKER, OWN
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from appliance.sync.papers import PackageName
    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.plain_unfinished import Unfinished

PACKAGES: Final = "packages"
QUARANTINE: Final = f"{OWN}/quarantine"
MAX_PAPER_BYTES: Final = 64 * 1024 * 1024
"""Our own: a sidecar of a package of some two terabytes; anything larger is no paper of ours."""
_MAX_MARKER_BYTES: Final = 4096
_MARKER_LEAD: Final = "store.json."
"""Begins the names of unfinished markers."""
_STORE_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


@dataclass(frozen=True, slots=True)
class Marker:
    """What provisioning wrote at a place.

    Args:
        store_id: Which store it is.
        largest_file_bytes: The largest file that the place takes; 0 = larger than any package.
        folds_case: Whether names that differ in case alone are one name there.
    """

    store_id: str
    largest_file_bytes: int = 0
    folds_case: bool = False

    def to_bytes(self) -> bytes:
        """The bytes of the marker; that of a receiver's store when there is nothing to add."""
        body: dict[str, Any] = {"format": MARKER_FORMAT, "store_id": self.store_id}
        if self.largest_file_bytes:
            body["largest_file_bytes"] = self.largest_file_bytes
        if self.folds_case:
            body["folds_case"] = True
        return canonical_json(body) + b"\n"


class PlainPlace:
    """An open place whose marker was seen.

    Args:
        files: Its files.
        store_id: The store that it must be.
        unfinished: Names what is being written there.

    Raises:
        RemoteError: ``FAR-STORE-MISSING`` or ``FAR-STORE-FOREIGN``.
        OSError: The place refused.

    Attributes:
        files: Its files.
        marker: What provisioning wrote.
    """

    def __init__(self, files: PlainFiles, store_id: str, unfinished: Unfinished) -> None:
        self.files = files
        self.marker = read_marker(files)
        self._unfinished = unfinished
        if self.marker.store_id != store_id:
            raise refusal("FAR-STORE-FOREIGN", f"the store is {self.marker.store_id!r}")

    def check_marker(self) -> None:
        """Make sure that the place is still there; errors as of the class."""
        found = read_marker(self.files)
        if found.store_id != self.marker.store_id:
            raise refusal("FAR-STORE-FOREIGN", f"the store is now {found.store_id!r}")

    def read_small(self, path: str) -> bytes | None:
        """A paper; None when it is not there.

        Raises:
            RemoteError: ``FAR-COPY-DAMAGED``: far too long to be one.
        """
        size_bytes = self.files.size_bytes(path)
        if size_bytes is None:
            return None
        if size_bytes > MAX_PAPER_BYTES:
            raise refusal("FAR-COPY-DAMAGED", f"{path} has {size_bytes} bytes")
        return self.files.read(path, 0, size_bytes)

    def write_once(self, path: str, data: bytes) -> None:
        """Write a small file under a name that must be free, in a folder made when missing.

        Raises:
            FileExistsError: The name is taken.
        """
        folder, _, name = path.rpartition("/")
        self.files.make_folder(INCOMING)
        self.files.make_folder(folder)
        unfinished = self._unfinished.path_for(name)
        with self.files.writing(unfinished, afresh=True) as writer:
            writer.write(0, data)
            writer.finish()
        try:
            self.files.rename(unfinished, path)
        except FileExistsError:
            self.files.remove_unfinished(unfinished)
            raise

    def write_same(self, path: str, data: bytes) -> None:
        """Write a small file that may be there already with the very same bytes.

        Raises:
            RemoteError: ``FAR-CONFLICT``.
        """
        if self.files.size_bytes(path) is None:
            self.write_once(path, data)
        elif self.read_small(path) != data:
            raise refusal("FAR-CONFLICT", f"{path} is stored with other bytes")

    def put_aside(self, path: str, words: str) -> str:
        """Move a damaged file to where nothing is ever removed.

        Args:
            path: The file.
            words: When it was found, and as what; fit for a name.

        Returns:
            Where it is now.
        """
        self.files.make_folder(QUARANTINE)
        aside = f"{QUARANTINE}/{words}.{path.rpartition('/')[2]}"
        self.files.rename(path, aside)
        return aside


def package_folder(name: PackageName) -> str:
    """Where a package and its papers lie, or would lie."""
    return f"{PACKAGES}/{safe_name(name.fonds_code)}/{safe_name(name.file_code)}"


def zip_path(name: PackageName) -> str:
    """Where a package lies, or would lie, when it is not split."""
    return f"{package_folder(name)}/{name.zip_name}"


def sidecar_path(name: PackageName) -> str:
    """Where its sidecar lies, or would lie."""
    return f"{package_folder(name)}/{object_folder(name.objid)}.json"


def signature_path(name: PackageName) -> str:
    """Where the sidecar's signature lies, or would lie."""
    return f"{sidecar_path(name)}.sig"


def partial_path(name: PackageName, sha256: str, number: int, count: int) -> str:
    """Where a package grows, bound to its digest.

    Args:
        name: Of the package.
        sha256: Of the whole package.
        number: Which part, 1-based.
        count: How many parts it has.
    """
    part = f".{number:03d}" if count > 1 else ""
    return f"{INCOMING}/{object_folder(name.objid)}.{sha256}{part}.part"


def read_marker(files: PlainFiles) -> Marker:
    """The marker of a place.

    Raises:
        RemoteError: ``FAR-STORE-MISSING`` or ``FAR-STORE-FOREIGN``.
        OSError: The place refused.
    """
    try:
        data = files.read(MARKER, 0, _MAX_MARKER_BYTES)
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise refusal(
            "FAR-STORE-MISSING",
            f"{files.describe()} has no marker: is its disk mounted? A new place is made with "
            "appliance prepare-place",
        ) from problem
    try:
        return _parsed(json.loads(data))
    except (ValueError, RecursionError) as problem:
        raise refusal("FAR-STORE-FOREIGN", f"the marker of {files.describe()}: {problem}") from (
            problem
        )


def prepare(files: PlainFiles, store_id: str, largest_file_bytes: int = 0) -> Marker:
    """Make a place ready to take packages; doing so again with the same id changes nothing.

    Args:
        files: The place's; its root must be there.
        store_id: Lower-case letters, digits, dots and hyphens, at most 63.
        largest_file_bytes: The largest file that the place takes; 0 = larger than any package.

    Returns:
        The marker that is there now.

    Raises:
        ConfigError: ``STORE-EXISTS``: it is another store; ``STORE-ID``: not an id.
        OSError: The place refused.
    """
    if _STORE_ID.fullmatch(store_id) is None:
        raise ConfigError(f"not a store id: {store_id!r}", code="STORE-ID")
    if files.size_bytes(MARKER) is None:
        files.make_folder(INCOMING)
        _sweep_markers(files)
        folds_case = files.size_bytes(OWN.upper()) is not None
        _write_marker(files, Marker(store_id, largest_file_bytes, folds_case))
    found = read_marker(files)
    if found.store_id != store_id:
        raise ConfigError(
            f"{files.describe()} is the store {found.store_id!r}", code="STORE-EXISTS"
        )
    return found


def _sweep_markers(files: PlainFiles) -> None:
    """Remove what a killed preparation left; nothing else is written where no marker is."""
    for entry in files.entries(INCOMING):
        if entry.name.startswith(_MARKER_LEAD) and not entry.is_folder:
            files.remove_unfinished(f"{INCOMING}/{entry.name}")


def _write_marker(files: PlainFiles, marker: Marker) -> None:
    unfinished = f"{INCOMING}/{_MARKER_LEAD}{uuid4().hex}.writing"
    with files.writing(unfinished, afresh=True) as writer:
        writer.write(0, marker.to_bytes())
        writer.finish()
    files.rename(unfinished, MARKER)


def _parsed(body: object) -> Marker:
    if not isinstance(body, dict) or body.get("format") != MARKER_FORMAT:
        raise ValueError("it is of another kind")
    store_id, largest_bytes = body.get("store_id"), body.get("largest_file_bytes", 0)
    folds_case = body.get("folds_case", False)
    is_whole = (
        isinstance(store_id, str)
        and type(largest_bytes) is int
        and largest_bytes >= 0
        and type(folds_case) is bool
    )
    if not is_whole:
        raise ValueError("its words do not fit together")
    return Marker(str(store_id), largest_bytes, folds_case)
