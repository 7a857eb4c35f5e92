"""The bag around the AIP (BagIt 1.0, RFC 8493)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.identifiers import object_folder
from appliance.packaging.write.parts import Part, made
from appliance.packaging.write.profile import FORMAT_VERSION
from appliance.packaging.write.xml import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.packaging.facts import PackageFacts

_TEXT = "text/plain"


def tag_parts(facts: PackageFacts, payload: tuple[Part, ...]) -> tuple[Part, ...]:
    """The tag files, in the order in which they lead the archive.

    Args:
        facts: The package's facts.
        payload: Every part of the AIP, sorted by path.
    """
    folder = f"data/{object_folder(facts.objid)}"
    declaration = made(
        "bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", _TEXT
    )
    info = made("bag-info.txt", _info(facts, payload).encode("utf-8"), _TEXT)
    lines = ((part.sha256, f"{folder}/{part.path}") for part in payload)
    manifest = made("manifest-sha256.txt", _manifest(lines), _TEXT)
    tags = (info, declaration, manifest)
    tag_manifest = _manifest((part.sha256, part.path) for part in tags)
    return (declaration, info, manifest, made("tagmanifest-sha256.txt", tag_manifest, _TEXT))


def _manifest(lines: Iterable[tuple[str, str]]) -> bytes:
    return "".join(f"{sha256}  {path}\n" for sha256, path in lines).encode("ascii")


def _info(facts: PackageFacts, payload: tuple[Part, ...]) -> str:
    size_bytes = sum(part.size_bytes for part in payload)
    lines = {
        "Source-Organization": facts.archive_name,
        "External-Identifier": facts.objid,
        "External-Description": facts.file_unit.fields["title"],
        "Bag-Group-Identifier": facts.fonds.fonds_code,
        "Internal-Sender-Identifier": facts.file_unit.file_code,
        "Bagging-Date": local_date(facts.sealed_at).isoformat(),
        "Payload-Oxum": f"{size_bytes}.{len(payload)}",
        "Bag-Software-Agent": f"{facts.software_name} {facts.software_version}",
        "Package-Format-Version": str(FORMAT_VERSION),
        "Package-Version": str(facts.version),
        "Package-Predecessor": facts.predecessor_objid,
    }
    # A line break inside a value would begin another line (RFC 8493 §2.2.2).
    return "".join(f"{name}: {' '.join(text.split())}\n" for name, text in lines.items() if text)
