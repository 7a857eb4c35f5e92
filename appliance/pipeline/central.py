"""Building the central register: every paper of every source is read once, and again if changed.

It is made of packages' papers and receipts alone, so that it can be made anew at any time. A
build that was stopped goes on; one that finds nothing new writes nothing.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.central.entries import PackageEntry, PaperFile, PaperRead, Problem, ReceiptEntry
from appliance.central.filling import put_papers, seen_papers
from appliance.domain.errors import ConfigError, RemoteError
from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE
from appliance.pipeline.central_papers import Believed, PaperReader, package_beside
from appliance.signing.allowed import AllowedSigner, read_signers
from appliance.signing.keys import PublicKey
from appliance.sync.farstore import read_marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.central.engine import Register
    from appliance.central.filling import Seen

PAPERS_AT_ONCE: Final = 500
"""Our own: papers that one transaction writes; what is lost by a stop is read again."""
_SKIPPED: Final = frozenset({"masters", "derivatives", "quarantine", "incoming", "lost+found"})
"""Folders that hold no papers, or papers of what does not count."""
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Built:
    """What one build did.

    Args:
        packages: Sidecars that were read and count.
        receipts: Receipts that were read and count.
        unchanged: Papers that were known already.
        refused: Papers that do not count, or not wholly.
    """

    packages: int = 0
    receipts: int = 0
    unchanged: int = 0
    refused: int = 0


def build(
    register: Register, sources: Sequence[Path], signers: Sequence[AllowedSigner] = ()
) -> Built:
    """Bring a register up to date with what lies in some places.

    Args:
        register: Open.
        sources: Stores, or any folders with papers of packages.
        signers: The boxes and stores that are believed; a store's own list and key are read
            besides, for what lies in it.

    Raises:
        ConfigError: ``CENTRAL-SOURCE``: there is no such folder; a list of signers is damaged.
        StorageError: The register refuses.
    """
    built = Built()
    for source in sources:
        if not source.is_dir():
            raise ConfigError(f"there is no folder {source}", code="CENTRAL-SOURCE")
        reader = PaperReader(Believed([*signers, *own_signers(source)]))
        for files in _batches(_papers(source)):
            _take(register, source, files, reader, built)
    return built


def own_signers(source: Path) -> Iterator[AllowedSigner]:
    """Whom a store itself believes: the boxes on its list, and its own key.

    Raises:
        ConfigError: The list is damaged.
    """
    own = source / ".appliance"
    if (own / "allowed_senders").is_file():
        for signer in read_signers(own / "allowed_senders"):
            yield AllowedSigner(signer.name, signer.public_key, (PACKAGE_NAMESPACE,))
    try:
        store_id = read_marker(source)
        key = PublicKey.from_line((own / "key.pub").read_text(encoding="utf-8"))
        yield AllowedSigner(store_id, key, (RECEIPT_NAMESPACE,))
    except (OSError, ValueError, RemoteError) as problem:
        _LOG.debug("%s brings no key of its own: %s", source, problem)


def _take(
    register: Register,
    source: Path,
    files: Sequence[PaperFile],
    reader: PaperReader,
    built: Built,
) -> None:
    place = str(source.resolve())
    with register.session() as session:
        seen = seen_papers(session, place, [file.path for file in files])
    changed = [file for file in files if not _is_known(file, seen.get(file.path))]
    built.unchanged += len(files) - len(changed)
    read = [paper for file in changed if (paper := reader.read(source / file.path, file))]
    misfits = put_papers(register, place, read) if read else []
    _count(built, read, misfits)


def _count(built: Built, read: Iterable[PaperRead], misfits: Sequence[Problem]) -> None:
    for paper in read:
        built.packages += isinstance(paper.content, PackageEntry)
        built.receipts += isinstance(paper.content, ReceiptEntry)
        built.refused += paper.problem is not None
        if paper.problem is not None:
            _LOG.warning("%s: %s: %s", paper.file.path, paper.problem.code, paper.problem.text)
    built.refused += len(misfits)


def _is_known(file: PaperFile, seen: Seen | None) -> bool:
    """Whether a paper was read well before; one that did not count is tried again each time."""
    return (
        seen is not None
        and not seen.code
        and (seen.size_bytes, seen.modified_ns) == (file.size_bytes, file.modified_ns)
        and (seen.has_metadata or not file.has_metadata)
    )


def _papers(source: Path) -> Iterator[PaperFile]:
    """Every JSON file below a source, in a stable order; links are not followed."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            path = Path(folder, name)
            if name.endswith(".json") and not path.is_symlink():
                try:
                    found = path.stat()
                except OSError as problem:
                    _LOG.warning("%s cannot be looked at: %s", path, problem)
                    continue
                yield PaperFile(
                    path.relative_to(source).as_posix(),
                    found.st_size,
                    found.st_mtime_ns,
                    package_beside(path) is not None,
                )


def _batches(files: Iterator[PaperFile]) -> Iterator[list[PaperFile]]:
    while batch := list(islice(files, PAPERS_AT_ONCE)):
        yield batch
