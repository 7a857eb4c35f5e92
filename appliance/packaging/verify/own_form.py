"""What only packages of this format promise: names, ids and an order that are always the same.

A package says so itself (``Package-Format-Version`` in ``bag-info.txt``); those of other writers
are free in all of it.
"""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appliance.packaging.verify.mets_reading import MetsDocument, Reference

FORMAT_KEY: Final = "Package-Format-Version"
KNOWN_VERSIONS: Final = ("1",)
"""Formats that this verifier knows (``docs/format.md``)."""

_ID: Final = re.compile("(?:uuid|ID)-[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_NEEDED: Final = {False: 20, True: 45}
"""Version needed to unpack (APPNOTE 6.3.10 §4.4.3.2), without and with ZIP64 numbers."""
_UNIX: Final = 3 << 8
_FLAGS: Final = 0x0008
_NO_TIME: Final = (0, 0x21)
"""1980-01-01 00:00; the real times stand in the metadata."""
_REGULAR_0644: Final = 0o100644 << 16
_TAG_FILES: Final = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")


def check_own_form(
    information: Mapping[str, str],
    root: MetsDocument | None,
    documents: Iterable[MetsDocument],
    restyled: str,
) -> Iterator[Finding]:
    """Hold a package of this format against what the format promises of it.

    Args:
        information: ``bag-info.txt`` by label.
        root: METS of the package; None when it cannot be read.
        documents: Every METS that can be read.
        restyled: The first entry of its ZIP whose header is otherwise; empty if there is none.
    """
    version = information.get(FORMAT_KEY)
    if version is None:
        return
    if version not in KNOWN_VERSIONS:
        yield Finding("FORMAT-UNKNOWN", "bag-info.txt", {"version": version})
        return
    if restyled:
        yield Finding("ZIP-FORM", restyled)
    objid = "" if root is None else root.facts.get("OBJID", "")
    if objid and information.get("External-Identifier") != objid:
        facts = {"field": "External-Identifier", "expected": objid}
        yield Finding("BAG-INFO-DIFFERS", "bag-info.txt", {**facts})
    stem = _stem(information.get("Internal-Sender-Identifier", ""))
    for document in documents:
        yield from _check_ids(document)
        yield from _check_order(document)
        yield from _check_names(document, stem)


def check_entry_order(names: Iterable[str]) -> Iterator[Finding]:
    """Say where the entries of a ZIP, below its one top folder, do not lie in the format's order.

    Args:
        names: In the order in which they lie, folders among them or not.
    """
    paths = [name.partition("/")[2] for name in names if not name.endswith("/")]
    for before, after in pairwise(_rank(path) for path in paths):
        if after < before:
            yield Finding("ZIP-ORDER", after[1])
            return


def is_own_header(fields: tuple[int, ...], *, is_zip64: bool) -> bool:
    """Whether the fixed fields of a directory's entry are those of the format.

    Args:
        fields: Made by, needed version, flags, time, date, first disk, internal and external
            attributes.
        is_zip64: Whether it carries ZIP64 numbers.
    """
    needed = _NEEDED[is_zip64]
    return fields == (_UNIX | needed, needed, _FLAGS, *_NO_TIME, 0, 0, _REGULAR_0644)


def is_own_version(needed: int, *, is_zip64: bool) -> bool:
    """Whether a local header asks for the version that the format asks for."""
    return needed == _NEEDED[is_zip64]


def _rank(path: str) -> tuple[int, str]:
    place = _TAG_FILES.index(path) if path in _TAG_FILES else len(_TAG_FILES)
    return place, path


def _stem(file_code: str) -> str:
    """How the names of all content begin; empty when the code cannot tell."""
    try:
        return safe_name(file_code)
    except ValueError:
        return ""


def _check_ids(document: MetsDocument) -> Iterator[Finding]:
    for identifier in document.ids:
        if _ID.fullmatch(identifier) is None:
            yield Finding("METS-ID-FORM", document.path, {"id": identifier})


def _check_order(document: MetsDocument) -> Iterator[Finding]:
    """Files of a group lie by path, and links in the order of the files they name."""
    groups: dict[str, list[Reference]] = {}
    for one in document.references:
        if one.kind == "file":
            groups.setdefault(one.section, []).append(one)
    for files in groups.values():
        paths = [one.path for one in files]
        if paths not in (sorted(paths), sorted(paths, key=_by_number)):
            yield Finding("METS-ORDER", document.path, {"path": paths[0]})
    places = {one.id: place for files in groups.values() for place, one in enumerate(files)}
    links = (one for one in document.divisions if one.label == "MetadataLink/File")
    linked = [places[one.file_ids[0]] for one in links if set(one.file_ids[:1]) & places.keys()]
    if linked != sorted(linked):
        yield Finding("METS-ORDER", document.path, {"path": "structMap"})


def _by_number(path: str) -> tuple[int, str]:
    """The order of masters beyond the 9,999th, whose numbers have more digits."""
    return len(path), path


def _check_names(document: MetsDocument, stem: str) -> Iterator[Finding]:
    """Content and descriptions carry the safe name of the file code."""
    for one in document.references:
        name = posixpath.basename(one.path)
        is_content = f"{document.folder}/data/" in one.path
        lead = re.match("EAD_(?:doc|pic)_", name)
        own = name[lead.end() :] if lead else name
        if (is_content or lead) and stem and not own.startswith(f"{stem}."):
            yield Finding("NAME-CODE", one.path, {"expected": stem})
