"""Arguments of the command ``audit``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.cli.parser import Commands


def add_audit(commands: Commands) -> None:
    """``audit``: copies are read again, here and at every destination."""
    audit = commands.add_parser("audit", help="read copies again, repair them, hold drills")
    audit.add_argument(
        "destination", nargs="?", metavar="DESTINATION", help="only this one; 'box' for this box"
    )
    audit.add_argument(
        "--budget", type=_minutes, metavar="MINUTES", help="at each place; default: audit's own"
    )
    audit.add_argument(
        "--drill", action="store_true", help="instead bring one package back and look at it"
    )
    audit.add_argument(
        "--continue",
        dest="go_on",
        metavar="PLACE",
        help="go on where audits stopped after too much damage",
    )
    audit.add_argument("--json", action="store_true", help="facts instead of sentences")
    audit.set_defaults(handler="auditing:audit_now")


def _minutes(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 10**6:
        return int(text)
    raise argparse.ArgumentTypeError(f"not a number of minutes: {text!r}")
