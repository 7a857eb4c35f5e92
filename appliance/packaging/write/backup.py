"""A backup of the catalogue as a package of its own kind: a bag in one uncompressed ZIP."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import storage_errors
from appliance.disk.uncached import uncached_writing
from appliance.domain.identifiers import object_folder
from appliance.packaging.backup_names import (
    BACKUP_FORMAT,
    BASE_LABEL,
    CHANGES_PATH,
    FORMAT_LABEL,
    README_PATH,
    WHOLE_PATH,
)
from appliance.packaging.write.archive import ArchiveWriter
from appliance.packaging.write.parts import Part, made

if TYPE_CHECKING:
    from appliance.disk.uncached import UncachedFile

_TEXT: Final = "text/plain"
_AGE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What one backup says of itself outside its encrypted part.

    Args:
        objid: Minted once.
        box_id: Whose catalogue.
        version: 1-based, over all backups of the box.
        made_at: ``clock.to_text``.
        base_objid: The whole backup that it says the changes of; empty for a whole one.
        recovery_key: The public key that it is encrypted to, as one OpenSSH line.
        catalogue_sha256: Of the catalogue as it comes out again, hexadecimal.
        software: Name and version of what made it.
        encrypted: Where the encrypted part lies.
        size_bytes: Of the encrypted part.
        sha256: Of the encrypted part, hexadecimal.
    """

    objid: str
    box_id: str
    version: int
    made_at: str
    base_objid: str
    recovery_key: str
    catalogue_sha256: str
    software: str
    encrypted: Path
    size_bytes: int
    sha256: str


def write_backup(target: Path, facts: BackupFacts) -> None:
    """Write one backup package; its bytes are durable when this returns.

    Raises:
        FileExistsError: The target is taken; it is left alone.
        StorageError: The disk refused; nothing stays behind.
    """
    with storage_errors(f"cannot write {target}"), uncached_writing(target) as output:
        try:
            _write(output, facts)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _write(output: UncachedFile, facts: BackupFacts) -> None:
    top = object_folder(facts.objid)
    archive = ArchiveWriter(output)
    payload = _payload(facts)
    for part in (*_tags(facts, payload), *payload):
        with _opened(part) as source:
            archive.add(f"{top}/{part.path}", part.size_bytes, source)
    archive.finish()
    output.finish()


def _opened(part: Part) -> io.FileIO | io.BytesIO:
    if isinstance(part.content, Path):
        return part.content.open("rb", buffering=0)
    return io.BytesIO(bytes(part.content))  # type: ignore[arg-type]  # made here, never spooled


def _payload(facts: BackupFacts) -> tuple[Part, Part]:
    path = CHANGES_PATH if facts.base_objid else WHOLE_PATH
    encrypted = Part(path, facts.size_bytes, facts.sha256, _AGE, facts.encrypted)
    return made(README_PATH, _readme(facts).encode("utf-8"), _TEXT), encrypted


def _tags(facts: BackupFacts, payload: tuple[Part, ...]) -> tuple[Part, ...]:
    """The tag files of the bag (RFC 8493), in the order in which they lead the archive."""
    declaration = made(
        "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", _TEXT
    )
    info = made("bag-info.txt", _info(facts, payload).encode("utf-8"), _TEXT)
    manifest = made("manifest-sha256.txt", _manifest(payload), _TEXT)
    tag_manifest = _manifest((info, declaration, manifest))
    return declaration, info, manifest, made("tagmanifest-sha256.txt", tag_manifest, _TEXT)


def _manifest(parts: tuple[Part, ...]) -> bytes:
    return "".join(f"{part.sha256}  {part.path}\n" for part in parts).encode("ascii")


def _info(facts: BackupFacts, payload: tuple[Part, ...]) -> str:
    size_bytes = sum(part.size_bytes for part in payload)
    lines = {
        "External-Identifier": facts.objid,
        "External-Description": "Backup of the catalogue / Bản sao lưu cơ sở dữ liệu",
        "Internal-Sender-Identifier": facts.box_id,
        "Bagging-Date": facts.made_at[:10],
        "Payload-Oxum": f"{size_bytes}.{len(payload)}",
        "Bag-Software-Agent": facts.software,
        FORMAT_LABEL: BACKUP_FORMAT,
        "Backup-Version": str(facts.version),
        BASE_LABEL: facts.base_objid,
        "Catalogue-SHA256": facts.catalogue_sha256,
        "Recovery-Key": facts.recovery_key,
    }
    return "".join(f"{name}: {text}\n" for name, text in lines.items() if text)


def _readme(facts: BackupFacts) -> str:
    name = "README.changes.template.txt" if facts.base_objid else "README.backup.template.txt"
    template = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return template.format(
        box_id=facts.box_id,
        made_at=facts.made_at,
        objid=facts.objid,
        base_objid=facts.base_objid,
        base_zip=f"{object_folder(facts.base_objid)}.zip" if facts.base_objid else "",
        recovery_key=facts.recovery_key,
        catalogue_sha256=facts.catalogue_sha256,
        software=facts.software,
    )
