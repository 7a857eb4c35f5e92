"""Commands of the way back: ``recovery-sheet``, ``backup``, ``recover``."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from appliance import __version__
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.config.destinations import DestinationKind
from appliance.config.sheet_places import Sheet, SheetPlace, read_sheet, sheet_of, to_text
from appliance.disk.durable import make_folder, replace_file, storage_errors
from appliance.domain.errors import ApplianceError, ConfigError, RuleError
from appliance.domain.recovery_key import typed_lines
from appliance.domain.rules import sentence, todo
from appliance.pipeline.agents import SOFTWARE_NAME
from appliance.pipeline.recover import Recovery
from appliance.reports.recovery_sheet import PlacePage, RecoverySheet, recovery_sheet_pdf
from appliance.service.backing_up import backup_step, recovery_key
from appliance.service.part_lock import PartLock
from appliance.service.parts import PARTS
from appliance.service.recovering import (
    key_file,
    read_recovery_key,
    recovery_plan,
    stopped_by,
)
from appliance.signing.keys import PublicKey, ensure_key, new_key
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from appliance.pipeline.recover_values import Recovered, RecoveryPlan
    from appliance.signing.keys import MachineKey

_SOFTWARE: Final = f"{SOFTWARE_NAME} {__version__}"
_SHEET_MODE: Final = 0o600
_MEMORY_BYTES: Final = 2 * 1024**3
_TASK_SECONDS: Final = 300


def print_recovery_sheet(arguments: argparse.Namespace) -> int:
    """Make a recovery key and write the sheet to be printed, or the pages of places alone.

    The private half goes into this one PDF and nowhere else.

    Raises:
        ConfigError: ``RECOVERY-KEY-EXISTS``: there is a sheet already.
    """
    with opened(arguments) as appliance:
        known = recovery_key(appliance)
        if arguments.places_only:
            if known is None:
                raise ConfigError("there is no recovery key yet: leave out --places-only")
            _write_sheet(arguments.out, appliance, known, None)
            say(f"{arguments.out}: in và để cùng phiếu cũ; các trang này không có khóa bí mật")
        else:
            if known is not None and not arguments.new_key:
                raise ConfigError(
                    "there is a recovery sheet already; --places-only prints its other pages "
                    "anew, --new-key makes a new key (backups from then on open with that alone, "
                    "keep the old sheet until one is proved)",
                    code="RECOVERY-KEY-EXISTS",
                )
            key = new_key()
            _write_sheet(arguments.out, appliance, key.public, key)
            _keep_public(appliance, key.public)
            _say_what_to_do(arguments.out)
    return 0


def _say_what_to_do(path: Path) -> None:
    say(f"{path}: in hai bản, cho vào hai phong bì niêm phong, rồi xóa tệp này.")
    say("Khởi động lại dịch vụ: từ đó bản sao lưu được mã hóa cho khóa này.")
    say("Print it twice, seal the envelopes, delete the file, and restart the service.")


def _keep_public(appliance: Appliance, key: PublicKey) -> None:
    path = appliance.settings.recovery_key_path
    with storage_errors(f"cannot write {path}"):
        make_folder(path.parent)
        replace_file(path, f"{key.line()} recovery of {appliance.settings.box.id}\n".encode())


def _write_sheet(
    path: Path, appliance: Appliance, public: PublicKey, private: MachineKey | None
) -> None:
    keys = dict.fromkeys((appliance.key.public, *appliance.earlier_keys()))
    sheet = sheet_of(appliance.settings, tuple(keys))
    pdf = recovery_sheet_pdf(
        RecoverySheet(
            box_id=sheet.box_id,
            box_label=appliance.settings.box.label,
            made_on=appliance.clock.now().date(),
            software=_SOFTWARE,
            public_key=public.line(),
            private_key="" if private is None else private.openssh_form().decode("ascii"),
            typed_lines=() if private is None else typed_lines(private.seed()),
            places=tuple(_page(sheet, place, public) for place in sheet.places),
        )
    )
    if path.exists():
        raise ConfigError(f"{path} exists: name a new file")
    with storage_errors(f"cannot write {path}"):
        path.touch(_SHEET_MODE)
        path.write_bytes(pdf)


def _page(sheet: Sheet, place: SheetPlace, key: PublicKey) -> PlacePage:
    """One destination for people, and what its QR code holds: the box and this place alone."""
    facts = [f"Kho / store: {place.store_id}"]
    if place.host:
        facts.append(f"Máy chủ: {place.user}@{place.host}, cổng {place.port}")
    if place.path:
        facts.append(f"Thư mục: {place.path}")
    command = 'restrict,command="appliance receive --read-only --store THU-MUC-KHO"'
    has_door = place.kind == DestinationKind.RECEIVER
    return PlacePage(
        name=place.name,
        label=place.label,
        facts=tuple(facts),
        text=to_text(Sheet(sheet.box_id, sheet.keys, (place,))),
        provisioning=f"{command} {key.line()}" if has_door else _plain_door(place, key),
    )


def _plain_door(place: SheetPlace, key: PublicKey) -> str:
    """Where nothing of ours runs, the key logs in as any other: to read files."""
    return f"restrict {key.line()}" if place.kind == DestinationKind.SFTP else ""


def back_up_now(arguments: argparse.Namespace) -> int:
    """Make a backup of the catalogue and bring it to every destination; 1 if none proved it."""
    with opened(arguments) as appliance:
        step = backup_step(appliance)
        row = step.stage.make(whole=arguments.whole)
        proved = sum(sending.run_once("command:backup") for sending in step.sendings)
    say(f"{row.objid}: {row.size_bytes} bytes; {proved} proved at {len(step.sendings)} places")
    return 0 if proved or not step.sendings else 1


def recover_box(arguments: argparse.Namespace) -> int:
    """Recover a box; 1 when something did not come back."""
    try:
        return _recover(arguments)
    except RuleError:
        raise  # says by itself what to do
    except ApplianceError as problem:
        if not arguments.json:
            finding = stopped_by(problem, vars(arguments))
            _tell(f"{sentence(finding)}\n  → {todo(finding)}")
        raise


def _recover(arguments: argparse.Namespace) -> int:
    sheet = read_sheet(arguments.config)
    key = read_recovery_key(arguments.key)
    folder: Path = arguments.into
    with _locked(folder):
        with key_file(key) as path, WorkerPool(_jobs(), _MEMORY_BYTES, _TASK_SECONDS) as pool:
            origin = arguments.origin
            plan = recovery_plan(sheet, origin, folder, (key, path), _tell)
            plan = replace(plan, accepts_foreign=arguments.accept_missing)
            if arguments.without_backup:
                plan = replace(plan, recovery_key=None)
            found = Recovery(plan, pool).run(
                accept_missing=arguments.accept_missing, with_views=not arguments.no_views
            )
        facts = _report(plan, found)
        with storage_errors(f"cannot write below {folder}"):
            if found.next_counter:
                facts["box_key"] = ensure_key(folder / "keys" / "box", plan.box_id).public.line()
            replace_file(folder / "recovery" / "report.json", json.dumps(facts, indent=2).encode())
    if arguments.json:
        say_json(facts)
    else:
        _say_report(facts, found)
    return 0 if found.next_counter and not _is_lacking(found) else 1


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else recovers into the folder, and no service works on it."""
    locks = [PartLock(folder / "locks", name) for name in ("recover", *PARTS)]
    try:
        with storage_errors(f"cannot write below {folder}"):
            for lock in locks:
                lock.take()
        yield
    finally:
        for lock in locks:
            lock.release()


def _jobs() -> int:
    """As many as there are cores for this process."""
    return len(os.sched_getaffinity(0))


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _is_lacking(found: Recovered) -> bool:
    return any(finding.code == "RECOVER-COPY-MISSING" for finding in found.findings)


def _report(plan: RecoveryPlan, found: Recovered) -> dict[str, Any]:
    return {
        "box_id": plan.box_id,
        "place": plan.source.name,
        "folder": str(plan.folder),
        "recovery": found.recovery_id,
        "is_finished": bool(found.next_counter),
        "backup": found.backup,
        "backup_made_at": found.backup_made_at,
        "packages": found.packages,
        "rebuilt": found.rebuilt,
        "masters": found.masters,
        "derivatives": found.derivatives,
        "receipts": found.receipts,
        "proofs": found.proofs,
        "lost_masters": found.lost_masters,
        "next_event": found.next_counter,
        "findings": [finding_json(finding) for finding in found.findings],
    }


def _say_report(facts: dict[str, Any], found: Recovered) -> None:
    say(f"BÁO CÁO KHÔI PHỤC – máy {facts['box_id']}, từ {facts['place']}")
    made = facts["backup_made_at"][:10] or "không có"
    say(f"  Bản sao lưu cơ sở dữ liệu: {made}")
    say(f"  Gói đã về và đã kiểm tra: {facts['packages']}; ảnh gốc: {facts['masters']}")
    say(f"  Hồ sơ lập lại từ gói: {len(found.rebuilt)}; biên nhận: {facts['receipts']}")
    say(f"  Ảnh quét bị mất vì chưa niêm phong: {facts['lost_masters']}")
    say_findings(found.findings)
    if not facts["is_finished"]:
        say("CHƯA XONG: còn gói chưa về. Làm theo các dòng trên rồi chạy lại vào cùng thư mục,")
        say("hoặc thêm --accept-missing để kết thúc dù còn thiếu.")
        return
    say("VIỆC PHẢI LÀM TIẾP:")
    say("  1. Xóa tệp khóa khôi phục khỏi máy này.")
    say(f"  2. Mang khóa mới {facts['folder']}/keys/box.pub tới từng nơi lưu:")
    say(f"       {facts['box_key']}")
    say("     thay khóa cũ trong authorized_keys; ở nơi có appliance receive, chạy thêm:")
    say(f"     appliance allow-sender --store THU-MUC-KHO --box {facts['box_id']} --key box.pub")
    say(f'  3. Viết appliance.toml với paths.state = "{facts["folder"]}"')
    say(f'     và paths.key = "{facts["folder"]}/keys/box", rồi chạy appliance doctor')
    say("     và khởi động dịch vụ.")
    say("  4. In phiếu khôi phục mới: appliance recovery-sheet --new-key --out phieu.pdf")
