"""The masters in the store: read again round after round, and taken from packages when rotten.

A master's digest is its name, so that whatever carries that digest is the master; a package that
holds it need not be whole for that.
"""

from __future__ import annotations

import logging
import lzma
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, master_walk
from appliance.catalogue.events import EventDraft, record
from appliance.disk.digesting import fingerprint_of, read_back
from appliance.disk.durable import make_folder, storage_errors, temporary_beside
from appliance.domain.audits import BOX_PLACE
from appliance.domain.custody import EventType
from appliance.domain.errors import StorageError
from appliance.domain.findings import Finding
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.own_copies import OwnCopy, put_in_place

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import MasterRow, PackageRow
    from appliance.disk.store import Store

_MANIFEST: Final = "manifest-sha256.txt"
ROTTEN: Final = (
    OSError,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""What a rotten ZIP raises when it is read: one bit of its directory renames a member, or has it
packed by another method, or encrypted."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MasterCopies:
    """Audits and repairs masters.

    Args:
        catalogue: Where the walk stands.
        store: Where masters and packages lie.
    """

    catalogue: Catalogue
    store: Store

    def prove(self, master: MasterRow) -> bool:
        """Read a master back from the disk and hold it against its digest.

        The walk is behind it after that, whatever was found; damage is recorded.
        """
        problem = _problem(self.store.master_path(master.sha256), master)
        with self.catalogue.write() as writing:
            master_walk.step_behind(writing, master.id or 0)
            if problem is not None:
                file_code = audit_records.file_code_of(writing.session, master.file_unit_id)
                values = {
                    "file_code": file_code,
                    "problem": problem[0],
                    "problem_en": problem[1],
                }
                finding = Finding("MASTER-ROTTEN", master.sha256, {**values})
                master_walk.find_damage(writing, master, finding, SOFTWARE_AGENT)
        return problem is None

    def repair(self, master: MasterRow) -> bool:
        """Take a rotten master out of a sealed package again; whether it is whole now."""
        final = self.store.master_path(master.sha256)
        if _problem(final, master) is None:  # put right by a rescan or by hand
            self._mended(master, "")
            return True
        with self.catalogue.read() as session:
            packages = master_walk.packages_holding(session, master.sha256)
        try:
            for package in packages:
                if self._taken_from(package, master, final):
                    self._mended(master, package.objid)
                    return True
        except StorageError as problem:
            _LOG.warning("the master %s cannot be repaired now: %s", master.sha256, problem)
            return False
        self._not_mended(master, is_sealed=bool(packages))
        return False

    def _taken_from(self, package: PackageRow, master: MasterRow, final: Path) -> bool:
        self.store.ensure_room(master.size_bytes)
        temporary = temporary_beside(final.parents[2] / "incoming" / master.sha256)
        with storage_errors(f"cannot write {temporary}"):
            make_folder(temporary.parent)
        try:
            if not extracted(OwnCopy.of(self.store, package).path, master.sha256, temporary):
                return False
            if _problem(temporary, master) is not None:
                return False
            kept = put_in_place(temporary, final, self.store)
        finally:
            temporary.unlink(missing_ok=True)
        _LOG.warning(
            "%s was taken from %s; the rotten one is kept as %s", final, package.name, kept
        )
        return True

    def _mended(self, master: MasterRow, source: str) -> None:
        with self.catalogue.write() as writing:
            audit_records.close_damage(writing, BOX_PLACE, master.sha256, source)
            detail = {"package": source}
            draft = EventDraft(
                EventType.RECOVERY, "master", master.sha256, SOFTWARE_AGENT, detail={**detail}
            )
            record(writing, draft)

    def _not_mended(self, master: MasterRow, *, is_sealed: bool) -> None:
        """Say what a person should do: a package may be whole again tomorrow, nothing else may."""
        if is_sealed:
            return
        with self.catalogue.write() as writing:
            file_code = audit_records.file_code_of(writing.session, master.file_unit_id)
            finding = Finding("MASTER-LOST", master.sha256, {"file_code": file_code})
            master_walk.find_damage(writing, master, finding, SOFTWARE_AGENT)


def _problem(path: Path, master: MasterRow) -> tuple[str, str] | None:
    """What is wrong with the bytes of a master, in both languages; None when nothing is."""
    try:
        found = read_back(path).fingerprint
    except FileNotFoundError:
        return "không thấy tệp", "its file is not there"
    except OSError as problem:
        told = problem.strerror or type(problem).__name__
        return f"ổ đĩa không đọc được ({told})", f"unreadable ({told})"
    if (found.sha256, found.size_bytes) != (master.sha256, master.size_bytes):
        return "sai mã băm", "its digest differs"
    return None


def extracted(package: Path, sha256: str, target: Path) -> bool:
    """Copy the member with a digest out of a package, however rotten that is.

    Returns:
        Whether there is such a member, and it is whole; else the target may be there, cut off.
    """
    try:
        with zipfile.ZipFile(package) as archive:
            name = member_with(archive, sha256)
            if name is None:
                return False
            with archive.open(name) as source, target.open("xb") as copy:
                shutil.copyfileobj(source, copy)
        return fingerprint_of(target).sha256 == sha256
    except ROTTEN as problem:
        _LOG.warning("no master from %s: %r", package, problem)
        return False


def member_with(archive: zipfile.ZipFile, sha256: str) -> str | None:
    """The name of the member that the bag's manifest gives a digest for; None without one."""
    return manifest_of(archive).get(sha256)


def manifest_of(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of a package's members by their SHA-256, as its manifest gives them."""
    manifest = next(
        (name for name in archive.namelist() if name.rpartition("/")[2] == _MANIFEST), None
    )
    if manifest is None:
        return {}
    folder = manifest.removesuffix(_MANIFEST)
    lines = archive.read(manifest).decode("utf-8").splitlines()
    named = (line.partition("  ") for line in lines)
    return {digest: folder + path for digest, _, path in named}
