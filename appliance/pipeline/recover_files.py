"""Packages come back from a place, and masters and derivatives out of the packages.

Each step is idempotent: what is there and right stays. A package counts as done when a line of
the progress file says so, which is written last.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

import pikepdf
from sqlmodel import col, select

from appliance.catalogue import register
from appliance.catalogue.tables import PageRow
from appliance.catalogue.version_tables import SignedPdfRow
from appliance.disk.digesting import chunks
from appliance.disk.durable import make_folder, storage_errors
from appliance.disk.store import DIFFERS
from appliance.domain.errors import IntegrityError
from appliance.domain.findings import Verdict
from appliance.domain.rules import judge
from appliance.packaging.verify import verify_new_package
from appliance.packaging.verify.retelling import content_files
from appliance.pipeline.same_bytes import write_same
from appliance.sync.papers import PackageName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from sqlmodel import Session

    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.packaging.verify.retelling import ToldFile
    from appliance.sync.papers import SignedSidecar
    from appliance.sync.remote import Remote

_PDF_ENDING: Final = ".pdf"


def fetch_package(remote: Remote, signed: SignedSidecar, store: Store) -> Path:
    """Bring one package to its place, with its papers beside it; whole and verified.

    A package that is there already is read and judged all the same.

    Raises:
        RemoteError: As of ``Remote.fetch``; what came stays for the next try.
        IntegrityError: It does not verify; it is removed, the place's copy is as bad.
        StorageError: The disk refused.
    """
    sidecar = signed.sidecar
    path = store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
    with storage_errors(f"cannot write below {path.parent}"):
        make_folder(path.parent)
    if not path.exists():
        store.ensure_room(sidecar.size_bytes)
        remote.fetch(PackageName.of(sidecar), path)
    _verify(path, sidecar.sha256)
    write_same(path.with_suffix(".json"), sidecar.to_bytes())
    write_same(path.with_suffix(".json.sig"), signed.signature.encode("ascii"))
    return path


def _verify(path: Path, sha256: str) -> None:
    report, whole = verify_new_package(path)
    verdict = judge(report.findings, complete=not report.not_checked)
    if whole.fingerprint.sha256 == sha256 and verdict is Verdict.PASS:
        return
    path.unlink()
    problem = ", ".join(f"{one.code} {one.where}" for one in report.findings[:3])
    raise IntegrityError(
        f"{path.name} does not verify: {problem or whole.fingerprint.sha256}", code="PACKAGE-BAD"
    )


@dataclass(slots=True)
class Wanted:
    """Derivatives that rows name and the store lacks.

    Args:
        signed: SHA-256 of PDFs that came back signed.
        images: SHA-256 of page images.
    """

    signed: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)


def wanted_of(session: Session, file_code: str, store: Store) -> Wanted:
    """What the rows of a hồ sơ name and the store lacks; nothing when it has no rows yet."""
    unit = register.file_unit_row(session, file_code)
    if unit is None:
        return Wanted()
    signed = session.exec(select(SignedPdfRow.sha256).where(SignedPdfRow.file_unit_id == unit.id))
    images = session.exec(
        select(PageRow.derivative_sha256).where(
            PageRow.file_unit_id == unit.id, col(PageRow.derivative_sha256).is_not(None)
        )
    )
    return Wanted(_lacking(signed, store), _lacking(images, store))


def _lacking(digests: Iterable[str | None], store: Store) -> set[str]:
    return {one for one in digests if one and not store.derivative_path(one).exists()}


def take_out_masters(package: Path, store: Store) -> list[tuple[ToldFile, Fingerprint]]:
    """Put every master of a package under its digest; each with its fingerprint.

    Raises:
        IntegrityError: The disk gives back other bytes than were written.
        StorageError: The disk refused.
    """
    masters, _ = content_files(package)
    taken = []
    for master in masters:
        with master.open() as source:
            copy = store.copy_master(source, master.extent.size_bytes)
        try:
            store.publish_masters([copy])
        finally:
            store.drop(copy)
        _prove_master(store, copy.fingerprint.sha256, copy.fingerprint.size_bytes)
        taken.append((master, copy.fingerprint))
    return taken


def _prove_master(store: Store, sha256: str, size_bytes: int) -> None:
    try:
        store.prove_master(sha256, size_bytes)
    except OSError as problem:
        raise IntegrityError(f"the master {sha256} reads not: {problem}", code=DIFFERS) from problem


def take_out_derivatives(package: Path, store: Store, wanted: Wanted, work: Path) -> int:
    """Put wanted PDFs and page images of a package back under their digests; how many.

    Page images lie in the PDFs byte for byte; what is not found there is made again when it is
    needed.

    Raises:
        StorageError: The disk refused.
    """
    if not wanted.signed and not wanted.images:
        return 0
    _, pdfs = content_files(package)
    count = 0
    for pdf in (one for one in pdfs if one.name.endswith(_PDF_ENDING)):
        with pdf.open() as stream:
            if sha256_of(stream) in wanted.signed:
                stream.seek(0)
                count += _keep(iter(lambda: stream.read(1 << 20), b""), store, work)
            stream.seek(0)
            if wanted.images:
                count += sum(_keep([one], store, work) for one in _images(stream, wanted.images))
    return count


def sha256_of(stream: BinaryIO) -> str:
    """The digest of the rest of a stream, hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks(stream):
        digest.update(chunk)
    return digest.hexdigest()


def _images(stream: BinaryIO, wanted: Collection[str]) -> Iterator[bytes]:
    with pikepdf.open(stream) as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image":
                data = one.read_raw_bytes()
                if hashlib.sha256(data).hexdigest() in wanted:
                    yield bytes(data)


def _keep(pieces: Iterable[bytes], store: Store, work: Path) -> int:
    path = work / "derivative"
    with storage_errors(f"cannot write below {work}"):
        make_folder(work)
        with path.open("wb") as output:
            for piece in pieces:
                output.write(piece)
    store.add_derivative(path)
    path.unlink()
    return 1


@dataclass(frozen=True, slots=True)
class Done:
    """A package that is back.

    Args:
        counter: The event that its sidecar anchors.
        head: The digest of that event.
        masters: How many came out of it.
        derivatives: How many came out of it.
    """

    counter: int
    head: str
    masters: int
    derivatives: int


class Progress:
    """What was done, in a file that grows by a durable line for each.

    Args:
        path: Of the file.

    Attributes:
        done: Packages that are back, by OBJID.
        rebuilt: File codes whose rows were rebuilt, each once for each version; the line comes
            before the rows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: dict[str, Done] = {}
        self.rebuilt: dict[str, str] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)

    def add(self, objid: str, done: Done) -> None:
        """A package is done."""
        self._append({"objid": objid, **asdict(done)})
        self.done[objid] = done

    def add_rebuilt(self, objid: str, file_code: str) -> None:
        """Rows of a package are about to be rebuilt."""
        if objid not in self.rebuilt:
            self._append({"rebuilt": objid, "file_code": file_code})
            self.rebuilt[objid] = file_code

    def _append(self, told: dict[str, JsonValue]) -> None:
        with storage_errors(f"cannot write {self._path}"), self._path.open("a") as stream:
            stream.write(f"{json.dumps(told)}\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _take(self, line: str) -> None:
        """A line that a crash cut off says nothing: its package is done again."""
        try:
            told = json.loads(line)
            if "rebuilt" in told:
                self.rebuilt[told["rebuilt"]] = told["file_code"]
            else:
                objid = told.pop("objid")
                self.done[objid] = Done(**told)
        except (ValueError, KeyError, TypeError):
            return
