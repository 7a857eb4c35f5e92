"""The bag: declaration, manifests both ways, digests, Oxum (RFC 8493 and its drafts from 0.93)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.contents import ALGORITHMS
from appliance.packaging.verify.names import check_names, is_unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.packaging.verify.contents import Contents

PROFILE_CODES: Final = frozenset(
    {
        "BAG-FETCH",
        "BAG-NO-SHA256",
        "BAG-NO-TAGMANIFEST",
        "BAG-TAG-UNLISTED",
        "BAG-VERSION",
        "NAME-UNUSUAL",
    }
)
"""Rules that TT 05 packages keep beyond RFC 8493: a bag that breaks only these is still a bag."""

_DECLARATION: Final = re.compile(
    r"BagIt-Version: (?P<version>[0-9]{1,4}\.[0-9]{1,4})(?:\r\n|\r|\n)"
    r"Tag-File-Character-Encoding: (?P<encoding>[A-Za-z0-9._-]+)(?:\r\n|\r|\n)?"
)
_MANIFEST_NAME: Final = re.compile(r"(?P<tag>tag)?manifest-(?P<algorithm>[a-z0-9]+)\.txt")
_LINE: Final = re.compile(r"(?P<digest>[0-9A-Fa-f]+)[ \t]+\*?(?P<path>.+)")
_FETCH_LINE: Final = re.compile(r"\S+[ \t]+(?:\d+|-)[ \t]+(?P<path>.+)")
_OXUM: Final = re.compile(r"([0-9]{1,20})\.([0-9]{1,20})")
_ESCAPES: Final = {"%0A": "\n", "%0a": "\n", "%0D": "\r", "%0d": "\r", "%25": "%"}


@dataclass(frozen=True, slots=True)
class _Declaration:
    version: tuple[int, int]
    encoding: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    name: str
    algorithm: str
    is_tag: bool
    digests: dict[str, str]


def check_bag(contents: Contents) -> Iterator[Finding]:
    """Hold a package against BagIt and the rules of TT 05 packages."""
    yield from (f for f in check_names(contents.members) if f.code != "NAME-UNSAFE")
    declaration = _declaration(contents)
    if isinstance(declaration, Finding):
        yield declaration
        declaration = _Declaration((1, 0), "UTF-8")
    if declaration.version < (1, 0):
        yield Finding(
            "BAG-VERSION", "bagit.txt", {"version": ".".join(map(str, declaration.version))}
        )
    findings: list[Finding] = []
    manifests = tuple(_manifests(contents, declaration, findings))
    yield from findings
    yield from _check_presence(contents, manifests)
    yield from _check_fetch(contents, declaration)
    for manifest in manifests:
        yield from _check_manifest(contents, manifest)
    yield from _check_info(contents, declaration)


def bag_information(contents: Contents) -> dict[str, str]:
    """``bag-info.txt`` of a bag in UTF-8, by label; empty when there is none to be read."""
    text = _text(contents, "bag-info.txt", "UTF-8") if "bag-info.txt" in contents.members else None
    pairs = (line.partition(":") for line in re.split(r"\r\n|\r|\n", text or ""))
    return {label.strip(): value.strip() for label, colon, value in pairs if colon}


def _declaration(contents: Contents) -> _Declaration | Finding:
    data = contents.kept.get("bagit.txt")
    if data is None:
        return Finding("BAG-NO-DECLARATION", "bagit.txt")
    match = _DECLARATION.fullmatch(data.decode("utf-8", "replace"))
    if match is None:
        return Finding("BAG-DECLARATION", "bagit.txt")
    major, _, minor = match["version"].partition(".")
    try:
        codecs.lookup(match["encoding"])
    except LookupError:
        return Finding("BAG-DECLARATION", "bagit.txt")
    version = (int(major), int(minor))
    if not (0, 93) <= version <= (1, 0):
        return Finding("BAG-DECLARATION", "bagit.txt")
    return _Declaration(version, match["encoding"])


def _manifests(
    contents: Contents, declaration: _Declaration, findings: list[Finding]
) -> Iterator[_Manifest]:
    for name in sorted(path for path in contents.members if "/" not in path):
        match = _MANIFEST_NAME.fullmatch(name)
        if match is None:
            continue
        text = _text(contents, name, declaration.encoding)
        if text is None or match["algorithm"] not in ALGORITHMS:
            findings.append(Finding("BAG-MANIFEST", name, {"line": 0}))
            continue
        digests = dict(_lines(name, text, declaration, findings))
        yield _Manifest(name, match["algorithm"], match["tag"] is not None, digests)


def _text(contents: Contents, name: str, encoding: str) -> str | None:
    data = contents.kept.get(name)
    if data is None:
        return None
    try:
        return data.decode(encoding)
    except (ValueError, LookupError):  # or an encoding of no text, such as hex
        return None


def _lines(
    name: str, text: str, declaration: _Declaration, findings: list[Finding]
) -> Iterator[tuple[str, str]]:
    """Digest by path; RFC 8493 forbids a path twice, the drafts only with another digest."""
    seen: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            if line:
                findings.append(Finding("BAG-MANIFEST", name, {"line": number}))
            continue
        path, digest = _path_of(match["path"], declaration), match["digest"].lower()
        if is_unsafe(path):
            findings.append(Finding("BAG-UNSAFE-PATH", name, {"path": path}))
            continue
        if path in seen and (declaration.version >= (1, 0) or seen[path] != digest):
            findings.append(Finding("BAG-TWICE", name, {"path": path}))
        seen.setdefault(path, digest)
    return iter(seen.items())


def _path_of(text: str, declaration: _Declaration) -> str:
    path = re.sub("%0[AaDd]|%25", lambda match: _ESCAPES[match[0]], text)
    return path[2:] if path.startswith("./") and declaration.version < (1, 0) else path


def _check_presence(contents: Contents, manifests: tuple[_Manifest, ...]) -> Iterator[Finding]:
    payload = [one for one in manifests if not one.is_tag]
    tags = [one for one in manifests if one.is_tag]
    if not payload:
        yield Finding("BAG-NO-MANIFEST")
    elif not any(one.algorithm == "sha256" for one in payload):
        yield Finding("BAG-NO-SHA256")
    if "fetch.txt" in contents.members:
        yield Finding("BAG-FETCH", "fetch.txt")
    covering = [one for one in tags if one.algorithm == "sha256"]
    if not covering:
        yield Finding("BAG-NO-TAGMANIFEST")
        return
    listed = set(covering[0].digests)
    for path in contents.members:
        if not path.startswith(("data/", "tagmanifest-")) and path not in listed:
            yield Finding("BAG-TAG-UNLISTED", path)


def _check_fetch(contents: Contents, declaration: _Declaration) -> Iterator[Finding]:
    """What is to be fetched may lie nowhere but in the payload (RFC 8493 §2.2.3)."""
    text = _text(contents, "fetch.txt", declaration.encoding) or ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        match = _FETCH_LINE.fullmatch(line)
        if match is None:
            if line:
                yield Finding("BAG-MANIFEST", "fetch.txt", {"line": number})
            continue
        path = _path_of(match["path"], declaration)
        if is_unsafe(path) or not path.startswith("data/"):
            yield Finding("BAG-UNSAFE-PATH", "fetch.txt", {"path": path})


def _check_manifest(contents: Contents, manifest: _Manifest) -> Iterator[Finding]:
    for path, expected in manifest.digests.items():
        member = contents.members.get(path)
        if member is None:
            yield Finding("BAG-MISSING", path, {"manifest": manifest.name})
        elif member.digests[manifest.algorithm] != expected:
            yield Finding("BAG-DIGEST", path, {"manifest": manifest.name})
        if not manifest.is_tag and not path.startswith("data/"):
            yield Finding("BAG-UNSAFE-PATH", manifest.name, {"path": path})
    if not manifest.is_tag:
        payload = (path for path in contents.members if path.startswith("data/"))
        extra = (path for path in payload if path not in manifest.digests)
        yield from (Finding("BAG-EXTRA", path, {"manifest": manifest.name}) for path in extra)


def _check_info(contents: Contents, declaration: _Declaration) -> Iterator[Finding]:
    if "bag-info.txt" not in contents.members:
        return
    text = _text(contents, "bag-info.txt", declaration.encoding)
    if text is None:
        yield Finding("BAG-INFO", "bag-info.txt", {"line": 0})
        return
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line or line[0] in " \t":
            continue
        label, colon, value = line.partition(":")
        if not colon or not label.strip():
            yield Finding("BAG-INFO", "bag-info.txt", {"line": number})
        elif label.strip().lower() == "payload-oxum":
            yield from _check_oxum(contents, value.strip())


def _check_oxum(contents: Contents, value: str) -> Iterator[Finding]:
    payload = [one for path, one in contents.members.items() if path.startswith("data/")]
    found = (sum(one.size_bytes for one in payload), len(payload))
    match = _OXUM.fullmatch(value)
    if match is None or (int(match[1]), int(match[2])) != found:
        facts = {"expected": value, "found": f"{found[0]}.{found[1]}"}
        yield Finding("BAG-OXUM", "bag-info.txt", {**facts})
