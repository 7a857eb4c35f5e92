"""What a package holds: every member with size and digests, taken in one read of its bytes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import BinaryIO

    from appliance.domain.findings import Finding

MAX_KEPT_BYTES: Final = 64 * 1024 * 1024
"""Our own: a metadata or tag file above this size is refused, so that none fills the memory."""

ALGORITHMS: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""Digest algorithms that manifests of RFC 8493 use in practice; sha256 is always taken."""

_MANIFEST: Final = re.compile(r"(?:tag)?manifest-([a-z0-9]+)\.txt")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package.

    Args:
        path: In the bag, with ``/``.
        size_bytes: As read.
        digests: Hexadecimal, by algorithm.
    """

    path: str
    size_bytes: int
    digests: dict[str, str]


@dataclass(slots=True)
class Contents:
    """Everything a reader of packages found.

    Args:
        open_member: Opens a member for random access, after the read.
        members: By path in the bag.
        kept: Bytes of tag files and metadata, by path.
        findings: What was wrong with the container.
        complete: Whether every member was read to its end.
        top: Name of the bag's folder; empty when unknown.
    """

    open_member: Callable[[str], BinaryIO]
    members: dict[str, Member] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True
    top: str = ""


def is_kept(path: str) -> bool:
    """Whether a member's bytes are needed again: tag files and metadata, never content."""
    if "/" not in path:
        return path.endswith(".txt")
    is_content = re.search(r"/representations/[^/]+/data/", path) is not None
    return path.endswith(".xml") and not is_content


def algorithms_for(paths: Iterable[str]) -> tuple[str, ...]:
    """Which digests the manifests among these paths call for; sha256 always."""
    named = {match[1] for path in paths if (match := _MANIFEST.fullmatch(path))}
    return tuple(name for name in ALGORITHMS if name in named or name == "sha256")


class MemberReader:
    """Takes one member as its bytes pass.

    Args:
        path: In the bag.
        algorithms: Digests to take.
        keep: Whether to keep its bytes.
    """

    def __init__(self, path: str, algorithms: tuple[str, ...], *, keep: bool) -> None:
        self._path = path
        # The weak ones only compare what an old manifest says; sha256 is the evidence.
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
        self._kept = bytearray() if keep else None
        self._size_bytes = 0

    def update(self, chunk: memoryview) -> None:
        """Take the next bytes."""
        for digest in self._digests.values():
            digest.update(chunk)
        self._size_bytes += len(chunk)
        if self._kept is not None:
            self._kept += chunk

    def finish(self, contents: Contents) -> None:
        """Record the member."""
        digests = {name: digest.hexdigest() for name, digest in self._digests.items()}
        contents.members[self._path] = Member(self._path, self._size_bytes, digests)
        if self._kept is not None:
            contents.kept[self._path] = bytes(self._kept)
