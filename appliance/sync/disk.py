"""A carried disk: its papers, packages and receipts, written and read with suspicion.

Everything lies in one folder, ``appliance-courier``; whatever else is on the disk is left alone.
In it: ``disk.json`` (the marker), ``manifest.json``, ``report.json``, each with its ``.sig``; below
``packages/NN`` and ``receipts/NN`` the packages and receipts, ``NN`` being the last two digits of
the OBJID, since a folder of FAT holds few names.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.courier_papers import DiskMarker, Manifest, TakenReport
from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE
from appliance.signing import sshsig
from appliance.signing.allowed import AllowedSigner, signer_of
from appliance.sync.disk_folder import DiskFolder, courier_refusal, is_temporary
from appliance.sync.disk_readme import README_NAME, readme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from appliance.domain.errors import RuleError
    from appliance.signing.keys import MachineKey, PublicKey

COURIER_FOLDER: Final = "appliance-courier"
PACKAGES: Final = "packages"
RECEIPTS: Final = "receipts"
_MARKER: Final = "disk.json"
_MANIFEST: Final = "manifest.json"
_REPORT: Final = "report.json"

MAX_MARKER_BYTES: Final = 4 * 1024
MAX_MANIFEST_BYTES: Final = 8 * 1024 * 1024
"""Our own: room for ``courier_papers.MAX_PACKAGES`` and as many codes to be read again."""


@dataclass(frozen=True, slots=True)
class CourierDisk:
    """An open disk whose marker was checked.

    Args:
        folder: The courier's own folder on it.
        marker: Whose disk it is.
    """

    folder: DiskFolder
    marker: DiskMarker

    @property
    def place(self) -> str:
        """The disk, as people call it."""
        return self.folder.place

    def manifest(self, signers: Iterable[AllowedSigner]) -> tuple[Manifest, bytes]:
        """What the disk holds, and the exact bytes that say so.

        Raises:
            RuleError: ``COURIER-UNFINISHED``, ``COURIER-MANIFEST-BAD``, ``COURIER-DISK-UNSAFE``.
            OSError: The disk refused.
        """
        try:
            data, signature = read_paper(self.folder, _MANIFEST, MAX_MANIFEST_BYTES)
        except FileNotFoundError as problem:
            raise courier_refusal("COURIER-UNFINISHED", self.place) from problem
        manifest = self._believed(data, signature, signers)
        of_marker = (self.marker.disk_id, self.marker.box_id, self.marker.store_id)
        if (manifest.disk_id, manifest.box_id, manifest.store_id) != of_marker:
            raise self._bad("bảng kê của đĩa khác", "the manifest is of another disk")
        return manifest, data

    def put_manifest(self, manifest: Manifest, key: MachineKey) -> bytes:
        """Write the manifest and its signature: from now on the disk is ready.

        Returns:
            The bytes written.

        Raises:
            OSError: The disk refused.
        """
        return _put_paper(self.folder, _MANIFEST, manifest.to_bytes(), key, PACKAGE_NAMESPACE)

    def withdraw_manifest(self) -> None:
        """Take the manifest away before anything that it names is changed.

        Raises:
            OSError: The disk refused.
        """
        for name in (f"{_MANIFEST}.sig", _MANIFEST, f"{_REPORT}.sig", _REPORT):
            self.folder.remove(name)

    def report(self, store_key: PublicKey) -> TakenReport | None:
        """What the destination said of the newest taking-in; None when it said nothing sound."""
        try:
            data, signature = read_paper(self.folder, _REPORT, MAX_MANIFEST_BYTES)
            if sshsig.verify(signature, data, RECEIPT_NAMESPACE) != store_key:
                return None
            report = TakenReport.from_bytes(data)
        except (FileNotFoundError, ValueError, sshsig.SignatureError):
            return None
        of_marker = (self.marker.disk_id, self.marker.store_id)
        return report if (report.disk_id, report.store_id) == of_marker else None

    def put_report(self, report: TakenReport, key: MachineKey) -> None:
        """Say what became of everything, in place of what was said before.

        Raises:
            OSError: The disk refused.
        """
        data = report.to_bytes()
        self.folder.remove(f"{_REPORT}.sig")
        self.folder.replace(_REPORT, data)
        text = sshsig.sign(key, data, RECEIPT_NAMESPACE)
        self.folder.replace(f"{_REPORT}.sig", text.encode())

    @contextmanager
    def shard(self, kind: str, objid: str, *, make: bool = False) -> Iterator[DiskFolder]:
        """The folder of one package's files.

        Args:
            kind: ``PACKAGES`` or ``RECEIPTS``.
            objid: The package's OBJID, checked.
            make: Make it when it is not there.

        Raises:
            FileNotFoundError: It is not there.
            RuleError: ``COURIER-DISK-UNSAFE``.
            OSError: The disk refused.
        """
        with (
            self.folder.folder(kind, make=make) as above,
            above.folder(objid[-2:], make=make) as found,
        ):
            yield found

    def _believed(
        self,
        data: bytes,
        signature: str,
        signers: Iterable[AllowedSigner],
    ) -> Manifest:
        try:
            signer = signer_of(signers, signature, data, PACKAGE_NAMESPACE)
            paper = Manifest.from_bytes(data)
        except (sshsig.SignatureError, ValueError) as problem:
            raise self._bad("sai chữ ký hoặc sai dạng", f"{problem}"[:200]) from problem
        if signer != self.marker.box_id:
            raise self._bad(f"do {signer} ký", f"it was signed by {signer}")
        return paper

    def _bad(self, problem: str, problem_en: str) -> RuleError:
        return courier_refusal(
            "COURIER-MANIFEST-BAD", self.place, problem=problem, problem_en=problem_en
        )


@contextmanager
def opened_disk(mount: Path, signers: Iterable[AllowedSigner]) -> Iterator[CourierDisk]:
    """Open a disk that was prepared before.

    Args:
        mount: The top of the disk.
        signers: The boxes whose disks are believed, with their keys.

    Raises:
        RuleError: ``COURIER-DISK-EMPTY``, ``COURIER-DISK-FOREIGN``, ``COURIER-DISK-UNSAFE``.
        OSError: There is no such folder, or the disk refused.
    """
    with ExitStack() as stack:
        top = stack.enter_context(DiskFolder.open(mount))
        if not top.has(COURIER_FOLDER):
            raise courier_refusal("COURIER-DISK-EMPTY", str(mount))
        folder = stack.enter_context(top.folder(COURIER_FOLDER))
        folder.place = str(mount)
        yield CourierDisk(folder, _marker(folder, signers))


@contextmanager
def prepared_disk(
    mount: Path, marker: DiskMarker, key: MachineKey, earlier: Iterable[PublicKey] = ()
) -> Iterator[CourierDisk]:
    """Open a disk, and mark it as this box's when it carries no courier's folder yet.

    A folder that holds nothing but what an interrupted marking left is marked again; a mark
    signed with an earlier key is signed with the one in use.

    Args:
        mount: The top of the disk.
        marker: What to mark a new disk with.
        key: The box's; it signs the marker.
        earlier: Keys that it had before it was recovered; disks marked with them are its own.

    Raises:
        RuleError: ``COURIER-DISK-FOREIGN`` when the folder is somebody else's,
            ``COURIER-DISK-UNSAFE``.
        OSError: There is no such folder, or the disk refused.
    """
    with DiskFolder.open(mount) as top, top.folder(COURIER_FOLDER, make=True) as folder:
        folder.place = str(mount)
        if not folder.has(f"{_MARKER}.sig"):
            _mark(folder, marker, key)
        signers = box_signers(marker.box_id, key.public, earlier)
        disk = CourierDisk(folder, _marker(folder, signers))
        _sign_anew(folder, key)
        folder.sweep()
        yield disk


def box_signers(
    box_id: str, key: PublicKey, earlier: Iterable[PublicKey] = ()
) -> tuple[AllowedSigner, ...]:
    """This box, as the one whose disks it believes, with the keys that it had before."""
    return tuple(AllowedSigner(box_id, one, (PACKAGE_NAMESPACE,)) for one in (key, *earlier))


def _mark(folder: DiskFolder, marker: DiskMarker, key: MachineKey) -> None:
    for name in folder.names():
        if name not in {README_NAME, _MARKER} and not is_temporary(name):
            raise _foreign(folder, "có tệp lạ", f"it holds {name!r:.80}")
    folder.replace(README_NAME, readme(marker))
    folder.remove(_MARKER)
    _put_paper(folder, _MARKER, marker.to_bytes(), key, PACKAGE_NAMESPACE)


def _sign_anew(folder: DiskFolder, key: MachineKey) -> None:
    """Storages that no longer believe the earlier key take in what goes out from now on."""
    data, signature = read_paper(folder, _MARKER, MAX_MARKER_BYTES)
    if sshsig.verify(signature, data, PACKAGE_NAMESPACE) != key.public:
        folder.replace(f"{_MARKER}.sig", sshsig.sign(key, data, PACKAGE_NAMESPACE).encode())


def _marker(folder: DiskFolder, signers: Iterable[AllowedSigner]) -> DiskMarker:
    try:
        data, signature = read_paper(folder, _MARKER, MAX_MARKER_BYTES)
        marker = DiskMarker.from_bytes(data)
    except (FileNotFoundError, ValueError) as problem:
        raise _foreign(folder, "thiếu hoặc sai dấu", f"{problem}"[:200]) from problem
    try:
        signer = signer_of(signers, signature, data, PACKAGE_NAMESPACE)
    except sshsig.SignatureError as problem:
        known = {one.name for one in signers}
        if marker.box_id not in known:
            raise courier_refusal("COURIER-OTHER-BOX", folder.place, box=marker.box_id) from problem
        raise _foreign(folder, "sai chữ ký", f"{problem}"[:200]) from problem
    if signer != marker.box_id:
        raise _foreign(folder, f"do {signer} ký", f"it was signed by {signer}")
    return marker


def _foreign(folder: DiskFolder, problem: str, problem_en: str) -> RuleError:
    return courier_refusal(
        "COURIER-DISK-FOREIGN", folder.place, problem=problem, problem_en=problem_en
    )


def read_paper(folder: DiskFolder, name: str, most_bytes: int) -> tuple[bytes, str]:
    """A paper and its signature, neither of them looked at."""
    signature = folder.read_small(f"{name}.sig", sshsig.MAX_SIGNATURE_CHARACTERS)
    return folder.read_small(name, most_bytes), signature.decode("ascii", "replace")


def _put_paper(
    folder: DiskFolder, name: str, data: bytes, key: MachineKey, namespace: str
) -> bytes:
    """A paper, then its signature: one without the other is no paper."""
    folder.write_once(name, data)
    folder.write_once(f"{name}.sig", sshsig.sign(key, data, namespace).encode())
    return data
