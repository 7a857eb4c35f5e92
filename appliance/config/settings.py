"""Every setting, with its default, unit and meaning; ``docs/operations.md`` lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from appliance.config.auditing import AuditSettings
from appliance.config.couriers import CourierSettings
from appliance.config.sealing import (
    FondsSettings,
    PackageSettings,
    PdfSettings,
    SigningSettings,
    TextSettings,
)


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """``[box]``: which box this is.

    Args:
        id: Unique among all boxes of the archive; in every package and receipt. Never changes.
        label: How people call it.
    """

    id: str
    label: str = "Máy lưu trữ dự phòng"


@dataclass(frozen=True, slots=True)
class PathSettings:
    """``[paths]``: where things lie.

    Args:
        state: Catalogue, store and work; a local disk.
        drop: The hot folder; a folder ``.claimed`` in it must be on the same file system.
        key: The machine's private signing and login key (OpenSSH, Ed25519).
    """

    state: Path = Path("/var/lib/appliance")
    drop: Path = Path("/srv/drop")
    key: Path = Path("/var/lib/appliance/keys/box")

    @property
    def catalogue(self) -> Path:
        """The catalogue's database."""
        return self.state / "catalogue.db"

    @property
    def store(self) -> Path:
        """Masters, derivatives, packages."""
        return self.state / "store"

    @property
    def work(self) -> Path:
        """What is being made; emptied at every start."""
        return self.state / "work"

    @property
    def claimed(self) -> Path:
        """Where claimed drops wait until they are recorded."""
        return self.drop / ".claimed"


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """``[intake]``: when a dropped file is ready.

    Args:
        settle_seconds: Quiet time after which a whole file is taken.
        patience_seconds: Quiet time after which an unfinished file is parked as such.
        scan_seconds: Between two full scans without any event.
        max_file_mib: A larger file is left where it lies, unopened, and said on the page.
    """

    settle_seconds: float = 5.0
    patience_seconds: float = 900.0
    scan_seconds: float = 60.0
    max_file_mib: int = 16 * 1024


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """``[[scanner]]``: one scanner that is not like any other; what is left out is as usual.

    Args:
        name: Its folder below ``paths.drop``.
        label: How people call it.
        settle_seconds: As in ``[intake]``, for this scanner; longer for one that appends pages
            to a file, or closes and opens it again for each page.
        patience_seconds: As in ``[intake]``, for this scanner.
        temporary_names: Patterns of names that are not finished yet, such as ``*.writing``.
        lock_names: Patterns of names that say "still writing" to everything beside them, such
            as ``*.LCK``.
        grouping: ``folder``, ``cover_sheets`` or ``name_template``.
        name_template: Such as ``{archive}-{fonds}-{inventory}-{unit}-{page}``.
        file_code_template: How the parts of a name make a file code.
        batch_quiet_seconds: Quiet time after which a batch is split by its cover sheets.
        max_paper: The largest paper, ``A6`` to ``A0``.
        max_dpi: The highest resolution.
        is_duplex: Whether it scans both sides of every sheet.
        max_file_mib: As in ``[intake]``, for this scanner.
    """

    name: str
    label: str = ""
    settle_seconds: float | None = None
    patience_seconds: float | None = None
    temporary_names: tuple[str, ...] = ()
    lock_names: tuple[str, ...] = ()
    grouping: str = "folder"
    name_template: str = ""
    file_code_template: str = ""
    batch_quiet_seconds: float = 60.0
    max_paper: str = "A0"
    max_dpi: int = 600
    is_duplex: bool = False
    max_file_mib: int | None = None


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """``[[target]]``: one printed target sheet whose true colours were measured.

    Args:
        id: As its QR code names it.
        reference: L*, a*, b* (D50) of each patch, in the order of the layout: three numbers for
            each; `docs/quality.md` lists the patches.
    """

    id: str
    reference: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """``[workers]``: the processes that decode and derive.

    Args:
        count: How many; 0 = one per core.
        memory_mib: Bound on each one's memory.
        task_seconds: Bound on one page's time.
        reserve_mib: Free disk space that intake must leave.
    """

    count: int = 0
    memory_mib: int = 2048
    task_seconds: int = 300
    reserve_mib: int = 1024


@dataclass(frozen=True, slots=True)
class WebSettings:
    """``[web]``: the local page.

    Args:
        host: Address to listen on; this release has no login, so keep it on loopback.
        port: TCP port.
    """

    host: str = "127.0.0.1"
    port: int = 8080


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """``[sync]``: when destinations are tried.

    Args:
        every_minutes: Between two rounds, besides the round right after a seal.
        probe_seconds: Between two cheap probes of a line that stays down; the first come sooner.
        office_hours: When people share the line, local time; may run past midnight.
        office_days: Days on which these hours begin: ``mon`` to ``sun``.
        office_kib_per_second: How fast each destination may be sent to in them; 0 = no bound.
        night_kib_per_second: The same in all other hours.
        time_zone: Whose local time.
    """

    every_minutes: int = 15
    probe_seconds: int = 30
    office_hours: str = "07:30-17:00"
    office_days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    office_kib_per_second: int = 0
    night_kib_per_second: int = 0
    time_zone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, slots=True)
class DestinationSettings:
    """``[[destination]]``: one place for copies, pinned by provisioning.

    Args:
        name: Short and stable, such as ``province``.
        label: How people call it, such as ``Kho lưu trữ tỉnh``.
        store_id: Which store must answer.
        kind: ``receiver``: ``appliance receive`` runs there; ``sftp``: nothing of ours may run
            there; ``folder``: a disk or share that is mounted here; ``courier``: disks are
            carried there.
        host: Name or address of the storage host (receiver, sftp).
        user: The account there (receiver, sftp).
        known_hosts: The only host keys that are accepted (receiver, sftp).
        store_key: The public key that signs its receipts, as one OpenSSH line (receiver,
            courier).
        path: Where the copies lie: as the server names it (sftp), or here (folder).
        port: TCP port of its sshd.
        office_hours: As in ``[sync]``, for this destination.
        office_days: As in ``[sync]``, for this destination.
        office_kib_per_second: As in ``[sync]``, for this destination.
        night_kib_per_second: As in ``[sync]``, for this destination.
    """

    name: str
    label: str
    store_id: str
    kind: str = "receiver"
    host: str = ""
    user: str = ""
    known_hosts: Path = Path()
    store_key: str = ""
    path: str = ""
    port: int = 22
    office_hours: str | None = None
    office_days: tuple[str, ...] | None = None
    office_kib_per_second: int | None = None
    night_kib_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """``[recovery]``: the way back when this box is lost.

    Args:
        public_key: The public half of the printed recovery key; left out, ``keys/recovery.pub``
            below ``paths.state``.
        backup_hours: Between two backups of the catalogue.
    """

    public_key: Path | None = None
    backup_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file.

    Args:
        box: Which box this is.
        paths: Where things lie.
        intake: When a dropped file is ready.
        scanner: Every scanner that is not like any other.
        target: Every target sheet that was measured.
        fonds: Every fonds that is not like any other.
        workers: The processes that decode and derive.
        text: Machine-read text.
        pdf: The two-layer PDF/A.
        package: What is sealed.
        signing: PDFs that come back signed.
        web: The local page.
        sync: When destinations are tried.
        courier: Disks that are carried.
        audit: When copies are read again.
        destination: Every place for copies.
        recovery: The way back when this box is lost.
    """

    box: BoxSettings
    paths: PathSettings = field(default_factory=PathSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    text: TextSettings = field(default_factory=TextSettings)
    pdf: PdfSettings = field(default_factory=PdfSettings)
    package: PackageSettings = field(default_factory=PackageSettings)
    signing: SigningSettings = field(default_factory=SigningSettings)
    web: WebSettings = field(default_factory=WebSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    courier: CourierSettings = field(default_factory=CourierSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    recovery: RecoverySettings = field(default_factory=RecoverySettings)
    scanner: tuple[ScannerSettings, ...] = ()
    target: tuple[TargetSettings, ...] = ()
    fonds: tuple[FondsSettings, ...] = ()
    destination: tuple[DestinationSettings, ...] = ()

    @property
    def recovery_key_path(self) -> Path:
        """Where the public half of the recovery key lies."""
        return self.recovery.public_key or self.paths.state / "keys" / "recovery.pub"
