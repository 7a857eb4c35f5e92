"""Arguments of the commands for carried disks and for the central register."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.cli.parser import Commands


def add_courier(commands: Commands) -> None:
    """``courier``: disks that are carried to a destination."""
    courier = commands.add_parser("courier", help="disks that are carried to a destination")
    actions = courier.add_subparsers(dest="action", required=True, metavar="ACTION")
    prepare = actions.add_parser("prepare", help="fill a disk with what a destination lacks")
    prepare.add_argument("destination", metavar="DESTINATION")
    prepare.add_argument(
        "--disk", type=Path, required=True, metavar="DIR", help="where the disk is mounted"
    )
    prepare.add_argument(
        "--size-limit", type=_gigabytes, metavar="GB", help="at most so much; default: what fits"
    )
    prepare.add_argument("--json", action="store_true", help="facts instead of sentences")
    prepare.set_defaults(handler="couriering:prepare_disk")
    importing = actions.add_parser("import", help="take in the receipts that a disk brings back")
    importing.add_argument("disk", type=Path, metavar="DISK")
    importing.add_argument("--json", action="store_true", help="facts instead of sentences")
    importing.set_defaults(handler="couriering:import_disk")
    listing = actions.add_parser("list", help="every filling of a disk, and which are late")
    listing.add_argument("--json", action="store_true", help="facts instead of sentences")
    listing.set_defaults(handler="couriering:list_trips")
    carried = actions.add_parser("carried", help="a prepared disk was handed to somebody")
    carried.add_argument("trip", type=int, metavar="TRIP", help="as courier list numbers it")
    carried.add_argument("--by", required=True, metavar="NAME", help="who carries it")
    carried.set_defaults(handler="couriering:say_carried")
    lost = actions.add_parser("lost", help="give a disk up; its packages go with another one")
    lost.add_argument("trip", type=int, metavar="TRIP", help="as courier list numbers it")
    lost.set_defaults(handler="couriering:say_lost")


def add_central(commands: Commands) -> None:
    """``central``: the register over all boxes."""
    central = commands.add_parser("central", help="the register over all boxes")
    actions = central.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="read stores, and bring the register up to date")
    build.add_argument(
        "--from",
        dest="sources",
        nargs="+",
        type=Path,
        required=True,
        metavar="STORE_OR_DIR",
        help="stores, or folders with the packages' papers",
    )
    build.add_argument(
        "--into", required=True, metavar="URL", help="sqlite:FILE or postgresql://USER@HOST/NAME"
    )
    build.add_argument(
        "--signers",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="allowed_signers: boxes and stores to believe; a store's own list is read besides",
    )
    build.add_argument("--json", action="store_true", help="facts instead of sentences")
    build.set_defaults(handler="centralling:build_register")
    query = actions.add_parser("query", help="which hồ sơ are held where, and proved when by whom")
    query.add_argument("--in", dest="register", required=True, metavar="URL", help="as --into")
    query.add_argument("--fonds", metavar="F", help="only this fonds")
    query.add_argument("--file-code", metavar="C", help="only this hồ sơ")
    query.add_argument("--box", metavar="B", help="only what this box sealed")
    query.add_argument(
        "--not-proved-within", type=_days, metavar="DAYS", help="only what lacks a younger proof"
    )
    query.add_argument("--json", action="store_true", help="facts instead of sentences")
    query.set_defaults(handler="centralling:query_register")


def _gigabytes(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not 0 < size < 2**31:
        raise argparse.ArgumentTypeError(f"not a size in GB: {text!r}")
    return size


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 36_500:  # noqa: PLR2004 - a century
        return int(text)
    raise argparse.ArgumentTypeError(f"not a number of days: {text!r}")
