"""The whole command line as arguments; the commands themselves are loaded when they are run.

A storage host starts ``appliance receive`` for every connection, so that nothing else is loaded.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Final, TypeAlias

from appliance import __version__
from appliance.cli.audit_arguments import add_audit
from appliance.cli.recovery_arguments import add_recovery
from appliance.cli.storage_arguments import add_central, add_courier
from appliance.service.parts import PARTS

DEFAULT_CONFIG: Final = Path("/etc/appliance/appliance.toml")

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse gives it no public name


def build_parser() -> argparse.ArgumentParser:
    """Every command; ``handler`` names the module and function that runs it."""
    parser = argparse.ArgumentParser(
        prog="appliance",
        description="Makes, proves and keeps insurance copies of an archive's records.",
        epilog="Exit status: 0 done, 1 the answer is no, 2 usage or settings, "
        "3 refused by a rule, 4 storage or network, 5 integrity.",
    )
    parser.add_argument("--version", action="version", version=f"archive-appliance {__version__}")
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="the settings (TOML)"
    )
    parser.add_argument("--verbose", action="store_true", help="log more")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_operating(commands)
    _add_showing(commands)
    _add_recording(commands)
    _add_reviewing(commands)
    _add_printing(commands)
    _add_checking(commands)
    _add_receiving(commands)
    _add_preparing(commands)
    add_audit(commands)
    add_courier(commands)
    add_central(commands)
    add_recovery(commands)
    return parser


def _add_operating(commands: Commands) -> None:
    run = commands.add_parser("run", help="the service: watchers, stages, sync, status page")
    run.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART", help=f"of: {', '.join(PARTS)}"
    )
    run.set_defaults(handler="operating:run_service")
    demo = commands.add_parser(
        "demo", help="the main job on sample scans, two storages on loopback"
    )
    how = demo.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="stop by itself when all is proved")
    how.add_argument(
        "--storage-only", action="store_true", help="its storage hosts, without the box"
    )
    demo.add_argument(
        "--every-kind", action="store_true", help="copy to plain SFTP and to a folder, too"
    )
    demo.add_argument("--scans", type=Path, metavar="DIR", help="your own scans instead of samples")
    demo.add_argument(
        "--folder", type=Path, default=Path("var"), metavar="DIR", help="where everything is kept"
    )
    demo.add_argument("--port", type=int, help="of the status page; default 8080 if free")
    demo.set_defaults(handler="demonstrating:run_the_demo")
    seal = commands.add_parser("seal", help="seal one hồ sơ now")
    seal.add_argument("file_code", metavar="FILE_CODE")
    seal.set_defaults(handler="operating:seal_one")
    package = commands.add_parser("package", help="write another form of a sealed hồ sơ's package")
    package.add_argument("file_code", metavar="FILE_CODE")
    package.add_argument(
        "--profile", choices=("aip_hoso", "sip_hoso"), required=True, help="which form"
    )
    package.add_argument("--to", type=Path, required=True, metavar="DIR", help="where it goes")
    package.add_argument(
        "--agreement", default="", metavar="CODE", help="the receiver's code of the submission"
    )
    package.add_argument("--json", action="store_true", help="facts instead of sentences")
    package.set_defaults(handler="packing:write_form")
    _add_correcting(commands)
    sync = commands.add_parser("sync", help="deposit what waits, and retry what was refused")
    sync.add_argument("--once", action="store_true", help="one round, whatever it brings")
    sync.add_argument("destination", nargs="?", metavar="DESTINATION", help="only this one")
    sync.add_argument(
        "--resume-after-damage",
        action="store_true",
        help="a person has looked: send again what is not damaged",
    )
    sync.add_argument(
        "--accept-restored",
        metavar="DESTINATION",
        help="its store was restored from a backup: send again what that has forgotten",
    )
    sync.set_defaults(handler="syncing:sync_now")


def _add_correcting(commands: Commands) -> None:
    correct = commands.add_parser("correct", help="open a sealed hồ sơ, and seal its next version")
    correct.add_argument("file_code", metavar="FILE_CODE")
    step = correct.add_mutually_exclusive_group(required=True)
    step.add_argument("--reason", metavar="TEXT", help="open it; why goes into the record")
    step.add_argument("--finish", action="store_true", help="seal what was changed as version n+1")
    step.add_argument("--withdraw", action="store_true", help="give up what changed nothing")
    correct.add_argument("--json", action="store_true", help="facts instead of sentences")
    correct.set_defaults(handler="correcting:correct_one")
    signed = commands.add_parser("signed", help="PDFs that the agency signed outside the box")
    actions = signed.add_subparsers(dest="action", required=True, metavar="ACTION")
    taking = actions.add_parser("import", help="verify signed PDFs and seal their hồ sơ with them")
    taking.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    taking.add_argument("--json", action="store_true", help="facts instead of sentences")
    taking.set_defaults(handler="correcting:import_signed")


def _add_showing(commands: Commands) -> None:
    status = commands.add_parser("status", help="the verdict and the counts, as on the page")
    status.add_argument("--json", action="store_true", help="facts instead of sentences")
    status.set_defaults(handler="showing:show_status")
    doctor = commands.add_parser("doctor", help="check the installation and say what to do")
    doctor.add_argument("--json", action="store_true", help="facts instead of sentences")
    doctor.set_defaults(handler="showing:show_doctor")
    parked = commands.add_parser("parked", help="what was put aside and waits for a person")
    actions = parked.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="causes, and each parked file with its reason")
    listing.add_argument("--cause", metavar="CODE", help="only those parked for this rule code")
    listing.add_argument(
        "--limit", type=_count, default=100, metavar="N", help="list at most N; default 100"
    )
    listing.add_argument("--json", action="store_true", help="facts instead of sentences")
    listing.set_defaults(handler="showing:list_parked")
    retry = actions.add_parser("retry", help="judge parked files again")
    retry.add_argument("id", nargs="*", type=int, metavar="ID", help="only these; default all")
    retry.add_argument("--cause", metavar="CODE", help="only those parked for this rule code")
    retry.set_defaults(handler="showing:retry_parked")
    aside = actions.add_parser("set-aside", help="take off the list what nobody needs as a page")
    aside.add_argument("id", nargs="+", type=int, metavar="ID", help="as listed; bytes are kept")
    aside.set_defaults(handler="showing:set_parked_aside")


def _add_recording(commands: Commands) -> None:
    parser = commands.add_parser("register", help="the register of fonds and hồ sơ")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    importing = actions.add_parser("import", help="take in a register workbook, all or nothing")
    importing.add_argument("workbook", type=Path, metavar="FILE.xlsx")
    importing.add_argument("--json", action="store_true", help="facts instead of sentences")
    importing.set_defaults(handler="recording:import_register")
    template = actions.add_parser("template", help="write an empty workbook to fill in")
    template.add_argument("workbook", type=Path, metavar="FILE.xlsx")
    template.set_defaults(handler="recording:write_template")
    approving = actions.add_parser("approve", help="record the decision that approves a list")
    approving.add_argument("list_code", metavar="LIST")
    approving.add_argument("--decision", required=True, metavar="N", help="số quyết định")
    approving.add_argument(
        "--date", required=True, type=_day, metavar="D", help="ngày: DD/MM/YYYY or YYYY-MM-DD"
    )
    approving.add_argument("--signer", required=True, metavar="S", help="người ký")
    approving.set_defaults(handler="recording:approve_list")


def _add_reviewing(commands: Commands) -> None:
    parser = commands.add_parser("review", help="questions about pages that only a person answers")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="each open question")
    listing.add_argument("--json", action="store_true", help="facts instead of sentences")
    listing.set_defaults(handler="reviewing:list_questions")
    answering = actions.add_parser("answer", help="answer the questions about one page")
    answering.add_argument("file_code", metavar="FILE_CODE")
    answering.add_argument("page", type=int, metavar="PAGE", help="as the question names it")
    answering.add_argument(
        "answer", choices=("keep", "drop"), help="keep it as it is, or leave the later page out"
    )
    answering.set_defaults(handler="reviewing:answer_questions")


def _add_printing(commands: Commands) -> None:
    sheets = commands.add_parser("cover-sheets", help="QR sheets for scanning, as a PDF to print")
    sheets.add_argument("list_code", metavar="LIST", help="an approved list")
    sheets.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    chosen = sheets.add_mutually_exclusive_group()
    chosen.add_argument("--only", nargs="+", metavar="FILE_CODE", help="only these hồ sơ")
    chosen.add_argument(
        "--rescan",
        nargs=2,
        metavar=("FILE_CODE", "NUMBER"),
        help="one sheet: the pages after it replace this number and the next ones",
    )
    sheets.add_argument(
        "--both-sides", action="store_true", help="twice each, for scanners that scan both sides"
    )
    sheets.set_defaults(handler="printing:print_cover_sheets")
    target = commands.add_parser("target-sheet", help="a sheet that measures a scanner, as a PDF")
    target.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    target.add_argument("--id", default="T1", metavar="ID", help="one for each printed sheet")
    target.set_defaults(handler="printing:print_target_sheet")


def _add_checking(commands: Commands) -> None:
    inspect = commands.add_parser("inspect", help="judge image files as intake would")
    inspect.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    inspect.add_argument("--json", action="store_true", help="facts instead of sentences")
    inspect.set_defaults(handler="checking:inspect_paths")
    verify = commands.add_parser("verify", help="check packages, sidecars, receipts or stores")
    verify.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    verify.add_argument(
        "--signers", type=Path, metavar="FILE", help="allowed_signers: check signatures too"
    )
    verify.add_argument("--deep", action="store_true", help="also decode masters, parse PDFs")
    verify.add_argument(
        "--jobs", type=_count, default=0, metavar="N", help="cores to use; 0, the default: all"
    )
    verify.add_argument("--json", action="store_true", help="facts instead of sentences")
    verify.set_defaults(handler="verifying:verify_paths")


def _add_receiving(commands: Commands) -> None:
    receive = commands.add_parser("receive", help="the storage side, for sshd's forced command")
    receive.add_argument("--store", type=Path, required=True, metavar="DIR")
    receive.add_argument(
        "--read-only", action="store_true", help="only lists, fetches and scrubs: for recovery"
    )
    receive.add_argument(
        "--from-disk", type=Path, metavar="DISK", help="take in a carried disk instead"
    )
    receive.set_defaults(handler="receiving:receive_session")


def _add_preparing(commands: Commands) -> None:
    parser = commands.add_parser(
        "prepare-place", help="make a disk, folder or SFTP account ready to take copies"
    )
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="a mounted folder")
    parser.add_argument("--store-id", metavar="ID", help="what the place is called, for DIR")
    parser.add_argument(
        "--destination", metavar="NAME", help="a configured one of kind sftp or folder"
    )
    parser.add_argument(
        "--largest-file-mib",
        type=_count,
        default=0,
        metavar="N",
        help="split larger packages; FAT32 is noticed by itself in a folder of this machine",
    )
    parser.add_argument("--json", action="store_true", help="facts instead of sentences")
    parser.set_defaults(handler="preparing:prepare_place")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**63:
        return int(text)
    raise argparse.ArgumentTypeError(f"not a number of records: {text!r}")


def _day(text: str) -> dt.date:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"not a day: {text!r}")
