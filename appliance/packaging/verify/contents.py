"""What a package holds: every member with size and digests, and a way back to its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.ranges import Extent, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

MAX_METADATA_BYTES: Final = 512 * 1024 * 1024
"""Our own: a metadata file above this size (80,000 pages) is refused; it is read as a stream."""
MAX_TAG_BYTES: Final = 16 * 1024 * 1024
"""Our own: a tag file above this size (100,000 lines of a manifest) is refused; it is held."""

ALGORITHMS: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""Digest algorithms that manifests of RFC 8493 use in practice; sha256 is always taken."""

_MANIFEST: Final = re.compile(r"(?:tag)?manifest-([a-z0-9]+)\.txt")
_CONTENT: Final = re.compile(r"/representations/[^/]+/data/")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package.

    Args:
        path: In the bag, with ``/``.
        size_bytes: As the container tells it; a member that ends before is refused.
        digests: Hexadecimal, by algorithm; empty until its bytes were read.
    """

    path: str
    size_bytes: int
    digests: dict[str, str] = field(default_factory=dict)


class KeptMembers(Mapping[str, bytes]):
    """Tag files and metadata by path: read from their place when asked for, never kept.

    Large ones are better read as streams (``Contents.open_member``).

    Args:
        extents: Where each lies.
    """

    def __init__(self, extents: Mapping[str, Extent]) -> None:
        self._extents = extents

    def __getitem__(self, path: str) -> bytes:
        with opened(self._extents[path]) as stream:
            return stream.read()

    def __contains__(self, path: object) -> bool:
        return path in self._extents

    def __iter__(self) -> Iterator[str]:
        return iter(self._extents)

    def __len__(self) -> int:
        return len(self._extents)


@dataclass(slots=True)
class Contents:
    """Everything a reader of packages found.

    Args:
        top: Name of the bag's folder; empty when unknown.
        extents: Where the bytes of each member lie, by path in the bag.
        members: The same members; their digests come with the read.
        findings: What was wrong with the container.
        complete: Whether the members can be trusted to be all there is, each read to its end.
        restyled: The first entry whose header is not as this format has it; empty if there is none.
    """

    top: str = ""
    extents: dict[str, Extent] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    restyled: str = ""
    _kept: dict[str, Extent] = field(default_factory=dict)

    @property
    def kept(self) -> KeptMembers:
        """Tag files and metadata, but for those that are too large."""
        return KeptMembers(self._kept)

    def add(self, path: str, extent: Extent) -> None:
        """Take in one member before its bytes are read."""
        self.extents[path] = extent
        self.members[path] = Member(path, extent.size_bytes)
        if not _is_metadata(path):
            return
        if extent.size_bytes > (MAX_METADATA_BYTES if path.endswith(".xml") else MAX_TAG_BYTES):
            facts = {"size_bytes": extent.size_bytes}
            self.findings.append(Finding("XML-TOO-LARGE", path, {**facts}))
        else:
            self._kept[path] = extent

    def open_member(self, path: str) -> BinaryIO:
        """Open a member for random access, whether or not it was read already.

        Raises:
            KeyError: There is no such member.
            OSError: It cannot be read.
        """
        return opened(self.extents[path])

    def refuse(self, finding: Finding) -> None:
        """Take note of what ends the check: nothing behind it can be trusted."""
        self.findings.append(finding)
        self.complete = False


def _is_metadata(path: str) -> bool:
    """Whether a member's bytes are needed again: tag files and metadata, never content."""
    if "/" not in path:
        return path.endswith(".txt")
    return path.endswith(".xml") and _CONTENT.search(path) is None


def algorithms_for(paths: Iterable[str]) -> tuple[str, ...]:
    """Which digests the manifests among these paths call for; sha256 always."""
    named = {match[1] for path in paths if (match := _MANIFEST.fullmatch(path))}
    return tuple(name for name in ALGORITHMS if name in named or name == "sha256")
