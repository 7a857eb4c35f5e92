"""The arguments of the commands that back up and recover."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.cli.parser import Commands


def add_recovery(commands: Commands) -> None:
    """``recovery-sheet``, ``backup``, ``recover`` and ``allow-sender``."""
    sheet = commands.add_parser("recovery-sheet", help="the paper that a lost box comes back from")
    sheet.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")
    which = sheet.add_mutually_exclusive_group()
    which.add_argument(
        "--places-only", action="store_true", help="the pages without the key, after a change"
    )
    which.add_argument("--new-key", action="store_true", help="a new key in place of the one known")
    sheet.set_defaults(handler="recovering:print_recovery_sheet")
    backup = commands.add_parser("backup", help="back the catalogue up now, to every destination")
    backup.add_argument("--whole", action="store_true", help="all of it, not only what changed")
    backup.set_defaults(handler="recovering:back_up_now")
    recover = commands.add_parser(
        "recover", help="catalogue and store from one place and the sheet; --config is its text"
    )
    recover.add_argument(
        "--from",
        dest="origin",
        required=True,
        metavar="DESTINATION",
        help="as the sheet names it, or the folder of a carried disk",
    )
    recover.add_argument("--into", type=Path, required=True, metavar="DIR", help="a new folder")
    recover.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="the key, scanned or typed"
    )
    recover.add_argument(
        "--accept-missing",
        action="store_true",
        help="end even when packages did not come back, or are signed by another key",
    )
    recover.add_argument(
        "--without-backup",
        action="store_true",
        help="rebuild all from the packages, when no backup opens",
    )
    recover.add_argument(
        "--no-views", action="store_true", help="leave out the pictures for the screen"
    )
    recover.add_argument("--json", action="store_true", help="facts instead of sentences")
    recover.set_defaults(handler="recovering:recover_box")
    allow = commands.add_parser(
        "allow-sender", help="on a storage host: let a box deposit; the key it had before ends"
    )
    allow.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store")
    allow.add_argument("--box", required=True, metavar="ID", help="the box's id")
    allow.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="its public key, one line"
    )
    allow.add_argument("--json", action="store_true", help="facts instead of sentences")
    allow.set_defaults(handler="allowing:allow_box")
